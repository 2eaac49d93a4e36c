"""Properties of formulas printed as MathML."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import prime
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import RECORDS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Step
from glassprop.show.formulas.mathml import MathmlPrinter
from glassprop.show.formulas.mathml_alternative import plain
from glassprop.show.formulas.printer import TooLong
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.notation import NOTATIONS
from glassprop.show.notation.precedence import Level, Piece
from show.derivations import ALL
from show.test_printers import random_formula

PRINTER = MathmlPrinter()
i, j = Axis("i", 2), Axis("j", 3)
PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
ROWS = {"math", "mrow", "msqrt", "mtable", "mtr", "mtd", "mpadded"}
LEAVES = {"mi", "mn", "mo", "mtext", "mspace"}


def require_core(text: str) -> ElementTree.Element:
    """MathML Core alone, each element with the parts that it has to have."""
    root = ElementTree.fromstring(f"<math>{text}</math>")
    for element in root.iter():
        if element.tag in LEAVES:
            assert len(element) == 0
            assert element.text or element.tag == "mspace"
        else:
            assert element.tag in ROWS | set(PARTS), element.tag
            assert len(element) == PARTS.get(element.tag, len(element)), text
            assert not (element.text or "").strip(), text
        assert not (element.tail or "").strip(), text
    return root


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_step_is_mathml_core(name, notation):
    printer = MathmlPrinter(NOTATIONS[notation])
    for step in ALL[name]():
        require_core("".join(printer.equation(step)))
        require_core("".join(printer.relabelled({"1": "l", "2": "l+1"}).equation(step)))
        for mark in step.rewrites:
            require_core(printer.formula(mark.before))


@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_every_function_of_the_table_is_printed(record):
    g = Graph()
    operands = [g.symbol(name, (j,)) for name in record.operands]
    text = PRINTER.formula(g.map(record, *operands))
    require_core(text)
    assert PRINTER.formula(operands[0]) in text
    if record.named_prime:
        slope = PRINTER.formula(g.map(prime(record), *operands))
        require_core(slope)
        assert "′" in slope and "′" not in text


def test_what_is_not_known_is_an_error():
    g = Graph()
    unknown = ScalarFunction("mystery", "mystery(z)", ("1",))
    with pytest.raises(FormulaError, match="no notation for the function 'mystery'"):
        PRINTER.formula(g.map(unknown, g.symbol("z", (j,))))

    class Strange(Node):
        pass

    strange = Strange()
    strange.graph, strange.uid, strange.axes = g, 10**6, ()
    with pytest.raises(FormulaError, match="MathmlPrinter has no notation for a Strange"):
        PRINTER.formula(strange)
    with pytest.raises(FormulaError, match="the reduction median"):
        PRINTER.reduced("median", (), Piece("<mi>u</mi>", Level.ATOM))


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda a, b: a - (b - a), "a − (b − a)"),
        (lambda a, b: -(a + b), "−(a + b)"),
        (lambda a, b: a * (b + 1), "a (b + 1)"),
        (lambda a, b: a / (2 * b), "a/(2 b)"),
        (lambda a, b: (a * b) ** 2, "(a · b)²"),
        (lambda a, b: (a**2) ** 2, "(a²)²"),
        (lambda a, b: a**-3, "a⁻³"),
        (lambda a, b: a**1.5, "a^(1.5)"),
        (lambda a, b: abs(abs(a) + b), "||a| + b|"),
        (lambda a, b: 0.1 * a + 1e-5, "0.1 a + 10⁻⁵"),
        (lambda a, b: 2.5e-7 * a, "2.5 · 10⁻⁷ a"),
        (lambda a, b: a / 7, "1/7 a"),
        (lambda a, b: 1 / (1 + a), "1/(1 + a)"),
    ],
)
def test_arithmetic_of_numbers(build, text):
    g = Graph()
    formula = PRINTER.formula(build(g.symbol("a", (), "variable"), g.symbol("b", (), "variable")))
    require_core(formula)
    assert plain(formula) == text


@pytest.mark.parametrize("name", ["sigmoid_quadratic", "little_graph"])
def test_read_aloud_it_is_what_the_text_printer_writes(name):
    def bare(text: str) -> str:
        return text.replace(" · ", " ").replace("∑", "Σ").replace("½", "1/2")

    for step in ALL[name]():
        said = plain(" ".join(PRINTER.equation(step)))
        assert bare(said) == bare(" ".join(TextPrinter().equation(step)))


def test_quantities_carry_their_names():
    g = Graph()
    W, x = g.symbol("W1", (j, i), "parameter"), g.symbol("x", (i,))
    root = require_core("".join(PRINTER.equation(Step(g.symbol("z1", (j,), "step"), W * x))))
    assert [e.get("data-q") for e in root.iter() if e.get("data-q")] == ["z1", "W1", "x"]
    g.symbol("C")
    quotient = PRINTER.formula(g.symbol("dC_dx", (i,), "step"))
    assert quotient.count("data-q") == 1


def test_matrices_are_mathml_core():
    W, x = (PRINTER.marked(PRINTER.notation.called(s), ()) for s in symbols_of_a_product())
    both = PRINTER.juxtaposed([PRINTER.transposed(W), x])
    share = PRINTER.fraction(Piece("<mn>1</mn>", Level.ATOM), [x])
    for piece, text in (
        (both, "(W¹)ᵀ x"),
        (PRINTER.hadamard([both, x]), "(W¹)ᵀ x ⊙ x"),
        (PRINTER.juxtaposed([share, PRINTER.ones(), PRINTER.transposed(x)]), "1/x 𝟏 xᵀ"),
        (PRINTER.norm_squared(W), "‖W¹‖²"),
    ):
        require_core(piece.text)
        assert plain(piece.text) == text


def symbols_of_a_product():
    g = Graph()
    return g.symbol("W1", (j, i), "parameter"), g.symbol("x", (i,), "input")


def test_a_huge_formula_is_refused():
    g = Graph()
    v = g.symbol("v", (), "variable") + 1
    for _ in range(60):
        v = v * v + 1
    with pytest.raises(TooLong, match="name some of its parts"):
        PRINTER.formula(v)


def test_formulas_that_print_alike_print_alike_as_text():
    draw = random.Random(1)
    g = Graph()
    seen: dict[str, str] = {}
    for _ in range(1500):
        root = random_formula(g, draw, draw.randrange(1, 5))
        text = PRINTER.formula(root)
        require_core(text)
        assert seen.setdefault(text, TextPrinter().formula(root)) == TextPrinter().formula(root)
    assert len(seen) > 500
