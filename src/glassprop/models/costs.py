"""Costs of one example, each stated by its formula in the outputs a and the target y.

The cost of a mini-batch is the mean over its examples. Sources: Nielsen, Neural Networks and Deep
Learning, eqs. (6) and (63); Bishop, Pattern Recognition and Machine Learning, eq. (5.24); Huber
1964; hinge: Cortes & Vapnik 1995.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Literal

from glassprop.errors import FormulaError, NetworkError, nearest
from glassprop.formula.algebra import depends, tidy
from glassprop.formula.axes import Axis, spell
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, symbols
from glassprop.formula.parse import parse
from glassprop.formula.stability.finite_form import finite_form
from glassprop.formula.text.write import to_text
from glassprop.formula.user.constants import require_numbers
from glassprop.formula.user.statement import Formula, Statement, of
from glassprop.models.custom_names import require_own_name

Labels = Literal["one-hot", "signs"]


@dataclass(frozen=True, eq=False)
class Cost:
    """What one example costs.

    Attributes:
        name: its name in code, on the command line and in model files.
        formula: its definition in a and y, in the language of `glassprop.formula.parse`.
        outputs: the open interval in which the outputs have to lie for the formula to be defined.
        targets: the interval in which targets have to lie.
        distribution: whether a target row is a probability distribution (its sum is 1).
        labels: how a whole-number label becomes a target row: 1 for its class and 0, or −1, else.
        custom: whether a user defined it; then model files carry the formula.
    """

    name: str
    formula: str
    outputs: tuple[float, float] = (-inf, inf)
    targets: tuple[float, float] = (-inf, inf)
    distribution: bool = False
    labels: Labels = "one-hot"
    custom: bool = False

    def __call__(self, a: Node, y: Node) -> Node:
        """The cost of the outputs a for the target y.

        Raises:
            FormulaError: if it does not depend on one of them, with so many outputs.
        """
        outputs = " x ".join(str(axis.size) for axis in a.axes)
        with of(f"cost {self.name!r} of {outputs} outputs"):
            made = parse(self.formula, a.graph, {"a": a, "y": y})
            require_numbers(tidy(made))
        self.require_use(made, a, y)
        return made

    def require_outputs(self, count: int) -> None:
        """Raises FormulaError for a cost that means nothing with so many outputs."""
        graph, axis = Graph(), Axis("k", count)
        self(graph.symbol("a", (axis,)), graph.symbol("y", (axis,), "target"))

    def require_use(self, made: Node, a: Node, y: Node) -> None:
        """Raises FormulaError for a cost that does not depend on the outputs, or on the target."""
        tidied = tidy(made)
        for quantity, what in ((a, "the outputs a"), (y, "the target y")):
            if not depends(tidied, set(symbols(quantity))):
                raise FormulaError(
                    f"cost {self.name!r} does not use {what}; expected a formula in a and y"
                )

    def __repr__(self) -> str:
        return f"cost({self.name!r})"


RECORDS = (
    Cost("quadratic", "sum((a - y)**2) / 2"),
    Cost("absolute", "sum(abs(a - y))"),
    Cost("huber", "sum(huber(a - y))"),
    Cost(
        "cross_entropy",
        "-sum(y * log(a))",
        outputs=(0.0, inf),
        targets=(0.0, 1.0),
        distribution=True,
    ),
    Cost(
        "binary_cross_entropy",
        "-sum(y * log(a) + (1 - y) * log(1 - a))",
        outputs=(0.0, 1.0),
        targets=(0.0, 1.0),
    ),
    Cost("hinge", "sum(maximum(0, 1 - y * a))", targets=(-1.0, 1.0), labels="signs"),
)

COSTS: dict[str, Cost] = {record.name: record for record in RECORDS}

_own: dict[str, Cost] = {}

EXAMPLE = "a function of the outputs a and the target y, such as lambda a, y: gp.sum((a - y) ** 2)"


def cost(name: str, formula: Formula | None = None) -> Cost:
    """A cost by name, or a new one from its formula; its gradient is derived.

    `cost("quartic", lambda a, y: gp.sum((a - y) ** 4))` makes one that networks can take as it is
    or by its name.

    Args:
        name: an identifier; for a new cost not the name of a built-in one.
        formula: a function of the outputs a and the target y of one example, built with the
            functions of glassprop, or text such as "sum((a - y)**4)".

    Raises:
        NetworkError: for an unknown name without a formula, or a name that is taken.
        FormulaError: for a formula that means nothing or is not a single number.
    """
    if formula is None:
        return find_cost(name)
    made = from_formula(name, formula)
    _own[name] = made
    return made


def from_formula(name: str, formula: Formula) -> Cost:
    """A user's cost, without making its name known.

    Raises:
        NetworkError: for a name that cannot be used.
        FormulaError: for what is not a formula in a and y, or is not a single number.
    """
    require_own_name("cost", name, COSTS)
    graph = Graph()
    axis = Axis("k", "K")  # its length is the network's
    graph.size(axis)
    a, y = graph.symbol("a", (axis,)), graph.symbol("y", (axis,), "target")
    root = Statement(f"cost {name!r}", EXAMPLE, graph, {"a": a, "y": y}).made(formula)
    if root.axes:
        raise FormulaError(
            f"cost {name!r} has a free index {spell(root.axes)}: a cost is a single number; "
            "wrap it in gp.sum(...)"
        )
    with of(f"cost {name!r}"):
        text = to_text(finite_form(root))
    cost = Cost(name, text, custom=True)
    cost.require_use(root, a, y)
    return cost


def find_cost(given: str | Cost) -> Cost:
    """A cost by its name.

    Raises:
        NetworkError: for an unknown name, with the nearest known one.
    """
    if isinstance(given, Cost):
        return given
    known = COSTS | _own
    if not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise NetworkError(f"cost {given!r}: expected a name or gp.cost(...)")
    if given not in known:
        raise NetworkError(f"unknown cost {given!r}; {nearest(given, known)}")
    return known[given]
