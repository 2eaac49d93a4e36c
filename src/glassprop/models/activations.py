"""Activations: scalar functions of the table, softmax, and a user's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from glassprop.errors import FormulaError, NetworkError, nearest
from glassprop.formula.algebra import fit_axes
from glassprop.formula.axes import Axis
from glassprop.formula.constants import require_numbers
from glassprop.formula.custom import scalar_function_from
from glassprop.formula.functions import FUNCTIONS, ScalarFunction
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Contract, Node, Reduce, walk
from glassprop.formula.parse import names_in, parse
from glassprop.formula.scaled import without_overflow
from glassprop.formula.text import to_text
from glassprop.formula.vanishing import with_limits_at_zero

Formula = str | Callable[[Node], Node]


@dataclass(frozen=True, eq=False)
class Activation:
    """What a layer does to its weighted input z.

    Attributes:
        name: its name in code, on the command line and in model files.
        formula: its definition in z, in the language of `glassprop.formula.parse`.
        function: the scalar function, unless it works on the whole vector z (softmax).
        range: the least and the largest value that it can take.
        custom: whether a user defined it; then model files carry the formula.
    """

    name: str
    formula: str
    function: ScalarFunction | None = None
    range: tuple[float, float] = (-inf, inf)
    custom: bool = False

    def __call__(self, z: Node) -> Node:
        """The activation of a weighted input; one number for a layer is repeated along it."""
        if self.function is not None:
            return z.graph.map(self.function, z)
        return fit_axes(parse(self.formula, z.graph, {"z": z}), z.axes)

    @property
    def parameters(self) -> dict[str, float]:
        """Its constants by name, such as the slope of leaky relu."""
        return dict(self.function.parameters) if self.function else {}

    def __repr__(self) -> str:
        settings = "".join(f", {key}={value!r}" for key, value in self.parameters.items())
        return f"activation({self.name!r}{settings})"


def _of_record(record: ScalarFunction) -> Activation:
    return Activation(record.name, record.formula, record, record.range)


ACTIVATIONS: dict[str, Activation] = {
    name: _of_record(record) for name, record in FUNCTIONS.items() if record.activation
}
ACTIVATIONS["softmax"] = Activation("softmax", "softmax(z)", None, (0.0, 1.0))

_own: dict[str, Activation] = {}


def activation(name: str, formula: Formula | None = None, **parameters: float) -> Activation:
    """An activation by name, or a new one from its formula; its gradient is derived.

    `activation("swish", lambda z: z / (1 + gp.exp(-z)))` makes one that layers can take as it is or
    by its name; `activation("leaky_relu", slope=0.2)` is a built-in one with another constant.

    Args:
        name: an identifier; for a new activation not the name of a known function.
        formula: a function of z built with the functions of glassprop, or text such as
            "z / (1 + exp(-z))".
        parameters: constants of a built-in activation.

    Raises:
        NetworkError: for an unknown name without a formula, or a name that is taken.
        FormulaError: for a formula that means nothing.
    """
    if formula is None:
        found = find_activation(name)
        if not parameters:
            return found
        if found.function is None:
            raise NetworkError(f"activation {name} has no parameter {next(iter(parameters))!r}")
        return _of_record(found.function.with_parameters(**parameters))
    if parameters:
        raise NetworkError(f"activation {name!r}: write constants into the formula itself")
    if name in ACTIVATIONS or name in FUNCTIONS:
        raise NetworkError(f"{name!r} is a built-in function; give your activation another name")
    made = from_formula(name, formula)
    _own[name] = made
    return made


def from_formula(name: str, formula: Formula) -> Activation:
    """A user's activation, without making its name known."""
    text = _whole_vector(name, formula)
    if text is not None:
        return Activation(name, text, None, custom=True)
    record = scalar_function_from(name, formula)
    if "z" not in names_in(record.formula):
        raise FormulaError(
            f"activation {name!r} is the number {record.formula} for every z; expected a formula "
            "in which z counts"
        )
    return Activation(name, record.formula, record, record.range, custom=True)


def _whole_vector(name: str, formula: Formula) -> str | None:
    """The text of a formula that sums over z, as softmax does; None for a scalar function."""
    graph = Graph()
    axis = Axis("j", "J")  # its length is the network's
    graph.size(axis)
    z = graph.symbol("z", (axis,))
    root = parse(formula, graph, {"z": z}) if isinstance(formula, str) else formula(z)
    if not isinstance(root, Node):  # pyright: ignore[reportUnnecessaryIsInstance]
        return None
    require_numbers(root, f"activation {name!r}")
    sums = any(
        isinstance(u, Reduce) or (isinstance(u, Contract) and u.summed) for u in walk([root])
    )
    return to_text(with_limits_at_zero(without_overflow(root))) if sums else None


def find_activation(given: str | Activation) -> Activation:
    """An activation by its name.

    Raises:
        NetworkError: for an unknown name, with the nearest known one.
    """
    if isinstance(given, Activation):
        return given
    known = ACTIVATIONS | _own
    if not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise NetworkError(f"activation {given!r}: expected a name or gp.activation(...)")
    if given not in known:
        raise NetworkError(f"unknown activation {given!r}; {nearest(given, known)}")
    return known[given]
