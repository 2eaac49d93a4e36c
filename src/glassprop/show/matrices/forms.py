"""One step in three forms: components, matrices for one example, matrices for a mini-batch.

In a mini-batch, quantities of the data are matrices with an example in each row (or column), and
so are the errors: a row of Δ is the error of that example alone. The factor 1/n of the mean stands
where the examples are summed, at the gradients of the parameters.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassprop.formula.algebra import substitute
from glassprop.formula.nodes import Node, Step, symbols, walk
from glassprop.show.formulas.printer import Printer
from glassprop.show.matrices.entry_names import NoMatrices
from glassprop.show.matrices.matrices import Matrices, Part
from glassprop.show.matrices.reasons import Sentence
from glassprop.show.notation.indices import Scope
from glassprop.show.notation.quantity_kinds import is_cost, of_data

DEEPEST = 40
Equation = tuple[str, str, str]


@dataclass(frozen=True)
class Forms:
    """The forms of a step, each as left side, sign and right side.

    Attributes:
        components: with indices and sums.
        example: matrices and vectors, for one example; None beyond two axes, and for formulas that
            products of matrices cannot say.
        batch: matrices, for a mini-batch; None likewise.
        why: sentences about each transpose and each column times row of the form for one example.
        why_batch: the same for the mini-batch.
    """

    components: Equation
    example: Equation | None
    batch: Equation | None
    why: tuple[Sentence, ...] = ()
    why_batch: tuple[Sentence, ...] = ()


def forms(step: Step, printer: Printer, formula: Node | None = None) -> Forms:
    """The forms of a step in the notation of a printer.

    Args:
        step: a step of a derivation for one example, or an update.
        printer: how it is written.
        formula: another formula for the step, with earlier steps written out in it.

    Raises:
        FormulaError: for a function without a notation, or a formula that is too long.
    """
    root = step.formula if formula is None else formula
    if step.kind == "update" and printer.notation.mean == "sum":
        root = _shared(root)
    components = printer.equation(step, root)
    example, why = _written(step, root, printer, batch=False)
    batch, why_batch = _written(step, _own_costs(root), printer, batch=True)
    return Forms(components, example, batch, why, why_batch)


def _written(
    step: Step, root: Node, printer: Printer, batch: bool
) -> tuple[Equation | None, tuple[Sentence, ...]]:
    nodes = list(walk([step.symbol, root]))
    over = {axis for node in nodes for axis in node.axes}
    if not over or any(isinstance(axis.size, str) for axis in over) or _depth(nodes) > DEEPEST:
        return None, ()
    writer = Matrices(printer, batch)
    scope = Scope.of(step.symbol.axes, root)
    left, right = Part(step.symbol, scope), Part(root, scope)
    try:
        layout = writer.natural(left)
        name = writer.upright(left)
        mean = step.kind in ("backward", "gradient") or is_cost(step.symbol)
        if batch and mean and not of_data(step.symbol):
            writer.apart = step.kind == "forward" and printer.notation.mean == "mean"
            piece = writer.over_examples(right, *layout)
        else:
            piece = writer.lay(right, *layout)
    except NoMatrices:
        return None, ()
    sign = printer.becomes if step.kind == "update" else printer.equals
    return (name.text, sign, printer.signed(piece)), tuple(writer.reasons.found)


def _own_costs(root: Node) -> Node:
    """A formula that mentions the cost, with the cost of each example written out.

    For one example the cost is C; for a mini-batch C is the mean.
    """
    steps = root.graph.steps
    costs = [symbol for symbol in symbols(root) if symbol in steps and is_cost(symbol)]
    return substitute(root, {symbol: steps[symbol].formula for symbol in costs})


def _shared(root: Node) -> Node:
    """An update by the mean gradient, where the notation's gradient is a sum."""
    graph = root.graph
    n = graph.symbol("n", (), "size")
    gradients = [symbol for symbol in symbols(root) if symbol in graph.adjoints]
    return substitute(root, {symbol: symbol / n for symbol in gradients})


def _depth(nodes: list[Node]) -> int:
    """How deep the last of some nodes, each listed after its parts, is."""
    depths: dict[Node, int] = {}
    for node in nodes:
        depths[node] = 1 + max((depths[part] for part in node.parts), default=0)
    return depths[nodes[-1]]
