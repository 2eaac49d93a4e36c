"""The graph that makes, interns and names the nodes of one model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar, cast

from glassprop.errors import FormulaError
from glassprop.formula import pickling
from glassprop.formula.axes import Axes, Axis, spell, union
from glassprop.formula.canonical import (
    canonical_labels,
    canonical_number,
    decimal_sum,
    real_power,
    real_product,
    reciprocal,
)
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.naming import RESERVED, require_name
from glassprop.formula.nodes import (
    SELECTORS,
    Add,
    Apart,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    Number,
    OneHot,
    Reduce,
    Role,
    Select,
    Step,
    Symbol,
    counts,
)
from glassprop.formula.text.preview import shown

N = TypeVar("N", bound=Node)


class Graph:
    """The nodes of one model, the definitions of its named steps, and what derivatives are of."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[object, ...], Node] = {}
        self._order: list[Node] = []
        self._names: dict[str, Symbol] = {}
        self.steps: dict[Symbol, Step] = {}
        self.adjoints: dict[Symbol, Node] = {}
        self.weights: dict[Node, tuple[bool, bool]] = {}
        self.conditions: dict[Node, bool] = {}
        self.limit = 0
        """How many nodes there may be, while a user's function makes them; 0 for any number."""

    def node(self, value: Node | Number) -> Node:
        """A number or a node of this graph, as a node of this graph; anything else is refused.

        The name of a size, as `axis.size` gives it where the length is not known yet, is one too.
        """
        if isinstance(value, Node):
            if value.graph is not self:
                raise FormulaError(
                    f"{value!r} belongs to another graph; build all symbols of a formula together"
                )
            return value
        if isinstance(value, str):
            found = self._names.get(value)
            if found is not None and found.role == "size":
                return found
        return self.const(value)

    def const(self, value: Number) -> Const:
        """A number, which has to be finite."""
        value = canonical_number(value)
        return self._interned(Const, ("const", value), (), value=value)

    def symbol(
        self, name: str, axes: Sequence[Axis] = (), role: Role = "input", probability: bool = False
    ) -> Symbol:
        """A new named quantity, or the one already made with the same name, axes and role.

        Raises FormulaError if the name is taken by another quantity or cannot be a name.
        """
        axes = tuple(axes)
        known = self._names.get(name)
        if known is not None:
            if (known.axes, known.role) == (axes, role) and role != "step":
                return known
            raise FormulaError(
                f"the name {name!r} is taken by a {known.role} with {spell(known.axes)}; "
                "choose another name"
            )
        require_name(name)
        if len({axis.name for axis in axes}) != len(axes):
            raise FormulaError(f"{name} has an axis twice: {spell(axes)}; rename one of them")
        node = self._make(Symbol, ("symbol", name), axes)
        node.name, node.role, node.probability = name, role, probability
        self._names[name] = node
        return node

    def let(
        self, name: str, formula: Node, meaning: str = "", axes: Sequence[Axis] | None = None
    ) -> Symbol:
        """Name a formula. The name is a barrier: nothing simplifies through it."""
        axes = formula.axes if axes is None else tuple(axes)
        if set(axes) != set(formula.axes):
            raise FormulaError(
                f"{name} is declared over {spell(axes)} but its formula has {spell(formula.axes)}"
            )
        symbol = self.symbol(name, axes, "step")
        self.steps[symbol] = Step(symbol, self.node(formula), meaning=meaning)
        return symbol

    def fresh(self, stem: str) -> str:
        """The stem, or the stem with the first number that makes it a new name."""
        if stem not in self._names and stem not in RESERVED:
            return stem
        number = 1
        while f"{stem}_{number}" in self._names:
            number += 1
        return f"{stem}_{number}"

    def taken(self, name: str) -> bool:
        """Whether a quantity has this name."""
        return name in self._names

    def find(self, name: str) -> Symbol | None:
        """The quantity of this name, or None."""
        return self._names.get(name)

    def size(self, axis: Axis) -> Node:
        """The length of an axis, as a number, or as a symbol where it is known only later."""
        if isinstance(axis.size, int):
            return self.const(axis.size)
        return self.symbol(axis.size, (), "size")

    def contract(self, coefficient: Number, factors: Sequence[Factor], axes: Axes) -> Node:
        """The product c · Σ Π factors, with the primes of bound labels in canonical order."""
        kept: list[Factor] = []
        for factor in factors:
            node = self.node(factor.node)
            if isinstance(node, Const):
                coefficient = real_product(coefficient, node.value)
            else:
                kept.append(factor)
        coefficient = canonical_number(coefficient)
        if coefficient == 0:
            kept = []
        if not kept and not axes:
            return self.const(coefficient)
        kept = canonical_labels(kept, axes)
        if coefficient == 1 and len(kept) == 1:
            (only,) = kept
            if only.labels == axes == only.node.axes and not isinstance(only.node, SELECTORS):
                return only.node
        key = ("contract", coefficient, tuple((f.node.uid, f.labels) for f in kept), axes)
        return self._interned(Contract, key, axes, coefficient=coefficient, factors=tuple(kept))

    def multiply(self, coefficient: Number, nodes: Sequence[Node]) -> Node:
        """The elementwise product, broadcast by axis name."""
        axes = union((node.axes for node in nodes), "a product")
        return self.contract(coefficient, [Factor(node, node.axes) for node in nodes], axes)

    def negative(self, node: Node) -> Node:
        """−u; a sign goes into the number of a multiple: −(2u) is (−2)u, and −(−u) is u."""
        if isinstance(node, Contract) and node.is_multiple:
            return self.contract(-node.coefficient, node.factors, node.axes)
        return self.multiply(-1, (node,))

    def add(self, terms: Sequence[Node]) -> Node:
        """The sum of the terms.

        Raises FormulaError if no term has all the axes, as in a over (j) plus b over (k).
        """
        constant: Number = 0
        kept: list[Node] = []
        for term in terms:
            if isinstance(self.node(term), Const):
                assert isinstance(term, Const)
                constant = decimal_sum(constant, term.value)
            elif not (isinstance(term, Contract) and term.coefficient == 0):
                kept.append(term)
        axes = union((term.axes for term in terms), "a sum")
        if not any(set(term.axes) == set(axes) for term in terms):
            first = terms[0]
            odd = next(t for t in terms if not set(t.axes) <= set(first.axes))
            raise FormulaError(
                f"a sum mixes axes: {_short(first)} over {spell(first.axes)} and {_short(odd)} "
                f"over {spell(odd.axes)}; rename an axis, or sum over it"
            )
        if constant != 0:
            kept.insert(0 if isinstance(terms[0], Const) else len(kept), self.const(constant))
        if not kept:
            return self.contract(0, (), axes)
        if len(kept) == 1 and set(kept[0].axes) == set(axes):
            return kept[0]
        if not any(set(term.axes) == set(axes) for term in kept):
            kept[0] = self.contract(1, [Factor(kept[0], kept[0].axes)], axes)
            if len(kept) == 1:
                return kept[0]
        key = ("add", tuple(term.uid for term in kept))
        return self._interned(Add, key, axes, terms=tuple(kept))

    def map(self, function: ScalarFunction, *operands: Node) -> Node:
        """The function applied to each entry."""
        if len(operands) != len(function.operands):
            raise FormulaError(
                f"{function.name} takes {len(function.operands)} operands, got {len(operands)}"
            )
        if function.name == "identity":
            return operands[0]
        if function.name == "greater" and any(map(_is_zero, operands)):
            z, w = operands
            return self.apply("step", z if _is_zero(w) else -w)
        if function.name == "power" and 0 < function.parameters["p"] < 1:
            function = FUNCTIONS["root"].with_parameters(p=function.parameters["p"])
        axes = union((self.node(u).axes for u in operands), function.name)
        if len(operands) > 1 and not any(set(u.axes) == set(axes) for u in operands):
            raise FormulaError(
                f"{function.name} mixes axes: "
                + " and ".join(f"{_short(u)} over {spell(u.axes)}" for u in operands)
            )
        if function.name == "where" and len(operands) == 3:
            _, u, v = operands
            if u is v and (_is_zero(u) or u.axes == axes):  # the same in both cases
                return self.contract(1, [Factor(u, u.axes)], axes)
        key = ("map", function.key, tuple(u.uid for u in operands))
        return self._interned(Map, key, axes, function=function, operands=operands)

    def apply(self, name: str, *operands: Node) -> Node:
        """A function of the table, by name."""
        return self.map(FUNCTIONS[name], *operands)

    def reciprocal(self, node: Node) -> Node:
        """1/u; of a number, a number."""
        if isinstance(node, Const):
            return self.const(reciprocal(node.value))
        return self.apply("reciprocal", node)

    def power(self, node: Node, exponent: object) -> Node:
        """A formula to the power of a number or of what counts; of a number, a number."""
        exponent = exponent.value if isinstance(exponent, Const) else exponent
        if isinstance(exponent, Node) and counts(exponent):
            return self.apply("raised", node, self.node(exponent))
        if isinstance(exponent, Node):
            raise FormulaError(_no_power(node))
        exponent = canonical_number(exponent)
        if isinstance(node, Const):
            return self.const(real_power(node.value, exponent))
        special = {2: "square", -1: "reciprocal", 0.5: "sqrt"}.get(exponent)
        if special:
            return self.apply(special, node)
        if exponent == 1:
            return node
        if exponent == 0:
            return self.contract(1, (), node.axes)
        return self.map(FUNCTIONS["power"].with_parameters(p=exponent), node)

    def reduce(self, kind: Literal["max", "logsumexp"], operand: Node, over: Axes) -> Node:
        """The maximum or ln Σ exp over some axes of the operand."""
        for axis in over:
            if axis not in operand.axes:
                raise FormulaError(
                    f"{kind} over {axis.name}: {_short(operand)} has {spell(operand.axes)}"
                )
        over = tuple(axis for axis in operand.axes if axis in over)
        key = ("reduce", kind, self.node(operand).uid, over)
        rest = tuple(axis for axis in operand.axes if axis not in over)
        return self._interned(Reduce, key, rest, kind=kind, operand=operand, over=over)

    def apart(self, k: Axis, j: Axis) -> Node:
        """The term ln [k ≠ j] over (k, j), two axes of one length."""
        if k == j or k.size != j.size:
            raise FormulaError(
                f"[{k} ≠ {j}]: expected two axes of one length, got {k.size}, {j.size}"
            )
        return self._interned(Apart, ("apart", k, j), (k, j))

    def select(
        self, h: Axis, i: Axis, p: Axis, stride: int = 1, dilation: int = 1, pad: int = 0
    ) -> Node:
        """[h = stride·i + dilation·p − pad] over (h, i, p)."""
        if stride < 1 or dilation < 1 or pad < 0:
            raise FormulaError(
                f"select: stride {stride} and dilation {dilation} have to be ≥ 1, pad {pad} ≥ 0"
            )
        key = ("select", h, i, p, stride, dilation, pad)
        return self._interned(Select, key, (h, i, p), stride=stride, dilation=dilation, pad=pad)

    def one_hot(self, index: Node, axis: Axis) -> Node:
        """[k = v] over the axes of v and k; v holds whole numbers from 0."""
        key = ("one_hot", self.node(index).uid, axis)
        return self._interned(OneHot, key, (*index.axes, axis), index=index)

    def shown(self, node: Node) -> str:
        """A formula as text, for people who look at it."""
        return shown(node)

    def _interned(self, kind: type[N], key: tuple[object, ...], axes: Axes, /, **own: Any) -> N:
        """The node with this key, made with its own fields if there is none yet."""
        node = self._nodes.get(key)
        if node is None:
            node = self._make(kind, key, axes)
            for name, value in own.items():
                setattr(node, name, value)
        return cast(N, node)

    def _make(self, kind: type[N], key: tuple[object, ...], axes: Axes) -> N:
        if self.limit and len(self._nodes) >= self.limit:
            raise FormulaError(f"it makes over {self.limit} operations; state a shorter formula")
        node = kind.__new__(kind)
        node.graph, node.axes, node.uid = self, axes, len(self._order)
        self._nodes[key] = node
        self._order.append(node)
        return node

    def at(self, uid: int) -> Node:
        """The node with this number, in the order in which they were made."""
        return self._order[uid]

    def __reduce__(self) -> tuple[Any, ...]:
        apart = ("_nodes", "_order")
        rest = {name: value for name, value in self.__dict__.items() if name not in apart}
        return Graph._refilled, (pickling.rows(self._nodes),), rest

    @classmethod
    def _refilled(cls, rows: Sequence[pickling.Row]) -> Graph:
        graph = cls()
        for kind, key, axes, own in rows:
            pickling.fill(graph._make(kind, key, axes), own, graph._order)
        return graph


def _no_power(base: Node) -> str:
    if not isinstance(base, Const):
        known = "for a > 0 (and only there) a to the power b is exp(b * log(a))"
    elif base.value > 0:
        known = f"{base.value} to the power b is exp(b * log({base.value}))"
    else:
        known = f"{base.value} to the power b is a number for some b only"
    return f"an exponent that is a formula: expected a number; {known}"


def _short(node: Node) -> str:
    text = repr(node)
    return text if len(text) < 60 else text[:57] + "..."


def _is_zero(node: Node) -> bool:
    return isinstance(node, Const) and node.value == 0
