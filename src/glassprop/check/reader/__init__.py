"""The second reader: what is printed is parsed again and computed by plain loops.

It shares no code with the printers, the emitters or the language of formulas: from the printed text
alone, arrays, and definitions of the functions out of the literature, it says what a formula is
worth. Where that agrees with the program, what is shown is what runs.

    equation = read("δ¹ⱼ = Σₖ W²ₖⱼ δ²ₖ σ′(z¹ⱼ)")
    equation.evaluate({"W2": …, "delta2": …, "z1": …})     # an array over j
    verify_text("δ¹ⱼ = Σₖ W²ₖⱼ δ²ₖ σ′(z¹ⱼ)", values)       # raises Disagreement
    batch(equations, examples, parameters).verify("Δ¹ = Δ²W² ⊙ σ′(Z¹)")

What is printed for a mini-batch is compared with the formulas of one example, each example by
itself: `batch`.

The grammar of the notation is in `grammar`, how quantities are written in `names`.
"""

from glassprop.check.reader.batch import Batch, batch
from glassprop.check.reader.definition import Definition, read_definition, verify_definition
from glassprop.check.reader.equation import Disagreement, Equation, read, verify_text
from glassprop.check.reader.names import NIELSEN, NOTATIONS, Notation
from glassprop.check.reader.tree import ReadingError

__all__ = [
    "NIELSEN",
    "NOTATIONS",
    "Batch",
    "Definition",
    "Disagreement",
    "Equation",
    "Notation",
    "ReadingError",
    "batch",
    "read",
    "read_definition",
    "verify_definition",
    "verify_text",
]
