"""The language: immutable nodes over named axes, interned per graph.

Grammar of a formula u (its axes are the set of its free indices):

    u ::= Symbol(name, axes, role)              a parameter, input, target, …, or a named step
        | Const(c)                              a number
        | Contract(c, ((u, labels), …), axes)   c · Σ over the labels not in `axes` of Π u[labels]
        | Map(f, (u, …))                        f applied elementwise
        | Add((u, …))                           a sum of terms
        | Reduce(max | logsumexp, u, over)      a reduction that is not a sum
        | Apart(k, j)                               ln [k ≠ j]: 0, and −∞ where k = j
        | Select(h = s·i + d·p − pad)           0/1, only as an operand of Contract
        | OneHot(k = v)                         0/1, only as an operand of Contract

An axis of a Contract that no operand has is a broadcast. Nodes that are equal in structure are
one object within their graph, so identity is equality.
"""

from __future__ import annotations

from typing import Literal, TypeGuard

from glassprop.formula.axes import Axes
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.node import Const as Const
from glassprop.formula.node import Factor, Node, Number, Step, Symbol, symbols
from glassprop.formula.node import Kind as Kind
from glassprop.formula.node import Rewriting as Rewriting
from glassprop.formula.node import Role as Role
from glassprop.formula.node import walk as walk


class Contract(Node):
    """coefficient · Σ Π factors: products, sums, matrix products, transposes, broadcasts."""

    __slots__ = ("coefficient", "factors")
    coefficient: Number
    factors: tuple[Factor, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        """The operands."""
        return tuple(factor.node for factor in self.factors)

    @property
    def is_multiple(self) -> bool:
        """Whether it is a number times one formula: c · u, entry by entry."""
        if self.coefficient == 1 or len(self.factors) != 1:
            return False
        (factor,) = self.factors
        return factor.labels == self.axes == factor.node.axes

    @property
    def is_straight(self) -> bool:
        """Whether each factor has the axes of its own, none under another label."""
        return all(factor.labels == factor.node.axes for factor in self.factors)

    @property
    def summed(self) -> Axes:
        """The labels that the sum runs over, in order of first appearance."""
        free = set(self.axes)
        return tuple(
            dict.fromkeys(k for factor in self.factors for k in factor.labels if k not in free)
        )


class Map(Node):
    """A scalar function applied to each entry; operands broadcast by axis name."""

    __slots__ = ("function", "operands")
    function: ScalarFunction
    operands: tuple[Node, ...]

    @property
    def kind_name(self) -> str:
        """The name of the function."""
        return self.function.name

    @property
    def parts(self) -> tuple[Node, ...]:
        """The operands."""
        return self.operands


class Add(Node):
    """A sum of terms; a term without an axis of the sum is repeated along it."""

    __slots__ = ("terms",)
    terms: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        """The terms."""
        return self.terms


class Reduce(Node):
    """The maximum, or ln Σ exp, over some axes."""

    __slots__ = ("kind", "operand", "over")
    kind: Literal["max", "logsumexp"]
    operand: Node
    over: Axes

    @property
    def parts(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


class Apart(Node):
    """ln [k ≠ j], with axes (k, j): a term that leaves the entry k out of ln Σ exp over j."""

    __slots__ = ()


class Select(Node):
    """[h = stride·i + dilation·p − pad], with axes (h, i, p): the windows of a convolution."""

    __slots__ = ("dilation", "pad", "stride")
    stride: int
    dilation: int
    pad: int


class OneHot(Node):
    """[k = v], with the axes of the whole-number tensor v and then k: a choice by index."""

    __slots__ = ("index",)
    index: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        """The whole-number tensor."""
        return (self.index,)


SELECTORS = (Select, OneHot)


def is_call(node: Node, name: str) -> TypeGuard[Map]:
    """Whether a formula is a call of the function with this name."""
    return isinstance(node, Map) and node.function.name == name


def softmax_total(node: Node) -> Reduce | None:
    """The ln Σ exp v of a softmax exp(v − ln Σ exp v); None for any other formula."""
    if not (is_call(node, "exp") and isinstance(inner := node.operands[0], Add)):
        return None
    for place, term in enumerate(inner.terms):
        if isinstance(term, Contract) and term.coefficient == -1 and len(term.factors) == 1:
            total, rest = term.factors[0].node, inner.terms[:place] + inner.terms[place + 1 :]
            if isinstance(total, Reduce) and total.kind == "logsumexp" and term.is_straight:
                v = total.operand
                if rest == (v,) or (isinstance(v, Add) and v.terms == rest):
                    return total
    return None


def counts(node: Node) -> bool:
    """Whether a formula is a number that changes with what counts, as t or t/k does."""
    if isinstance(node, Symbol):
        return node.role == "counter"
    roles = {symbol.role for symbol in symbols(node)}
    return not node.axes and "counter" in roles and roles <= {"counter", "hyper"}


def mentioned(step: Step) -> list[Symbol]:
    """The symbols that a step is stated with, in its formula or in a form that it had before."""
    return symbols(step.formula, *(mark.before for mark in step.rewrites))
