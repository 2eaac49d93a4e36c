"""Activations: scalar functions of the table, softmax, and a user's own."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from glassprop.errors import FormulaError, NetworkError, nearest
from glassprop.formula.algebra import depends, fit_axes, tidy
from glassprop.formula.axes import Axis
from glassprop.formula.functions.table import FUNCTIONS, ScalarFunction
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Contract, Node, Reduce, Symbol, symbols, walk
from glassprop.formula.parse import REDUCTIONS, names_in, parse
from glassprop.formula.stability.finite_form import finite_form
from glassprop.formula.text.write import to_text
from glassprop.formula.user.constants import require_numbers
from glassprop.formula.user.custom_functions import EXAMPLE, scalar_function_from
from glassprop.formula.user.statement import Formula, Statement, of
from glassprop.models.custom_names import require_own_name


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
        """The activation of a weighted input; one number for a layer is repeated along it.

        Raises:
            FormulaError: if it is the same for every z in a layer of this size.
        """
        if self.function is not None:
            return z.graph.map(self.function, z)
        sizes = " x ".join(str(axis.size) for axis in z.axes)
        with of(f"activation {self.name!r} of {sizes} neurons"):
            made = parse(self.formula, z.graph, {"z": z})
            require_numbers(tidy(made))
        if not depends(tidy(made), set(symbols(z))):
            raise _constant(f"activation {self.name!r} of {sizes} neurons")
        return fit_axes(made, z.axes)

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
    made = from_formula(name, formula)
    _own[name] = made
    return made


def from_formula(name: str, formula: Formula) -> Activation:
    """A user's activation, without making its name known.

    Raises:
        NetworkError: for a name that cannot be used.
        FormulaError: for what is not a formula, or one that does not depend on z.
    """
    require_own_name("activation", name, {**ACTIVATIONS, **FUNCTIONS, **REDUCTIONS})
    whose = f"activation {name!r}"
    graph = Graph()
    axis = Axis("j", "J")  # its length is the network's
    graph.size(axis)
    z = graph.symbol("z", (axis,))
    root = Statement(whose, f"a function of z, {EXAMPLE}", graph, {"z": z}).made(formula)
    if z not in symbols(root) or z not in symbols(tidy(root)):
        raise _constant(whose)
    with of(whose):
        if any(_of_layer(node) for node in walk([root])):
            text = to_text(finite_form(root))
            return Activation(name, text, None, custom=True)
        record = scalar_function_from(name, formula, whose=whose)
    if "z" not in names_in(record.formula):
        raise _constant(whose)
    return Activation(name, record.formula, record, record.range, custom=True)


def _of_layer(node: Node) -> bool:
    """Whether it looks at the whole layer: a sum, a largest entry, the number of neurons."""
    if isinstance(node, Symbol):
        return node.role == "size"
    return isinstance(node, Reduce) or (isinstance(node, Contract) and bool(node.summed))


def _constant(whose: str) -> FormulaError:
    return FormulaError(
        f"{whose} is the same for every z, so that its layer would pass nothing on; expected a "
        "formula that depends on z"
    )


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
