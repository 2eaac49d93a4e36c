"""Writing formulas as text that `parse` reads back.

What operators and `parse` build comes back as the same node. Tidied products and sums are flat
where text is nested, a * b * c: those come back equal, and the same once tidied.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axis, Size, spell, union
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.nodes import (
    Add,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    Number,
    Reduce,
    Symbol,
    counts,
    softmax_total,
    symbols,
    walk,
)
from glassprop.formula.text.syntax import DEEPEST, LONGEST, TooLongError, require_readable

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)
"""How tightly a text holds together; a looser one within a tighter one needs parentheses."""


@dataclass(frozen=True, slots=True)
class Text:
    """A part of a formula as text, and how tightly it holds together."""

    text: str
    level: int
    size: Size = 0
    """The size that a symbol stands for, or of the one axis that a sum(…) goes over."""

    def inside(self, level: int) -> str:
        """The text where at least some level is needed."""
        return self.text if self.level >= level else f"({self.text})"

    def after_sign(self, level: int) -> str:
        """The text to the right of an operator, where a sign in front would read badly."""
        return f"({self.text})" if self.text.startswith("-") else self.inside(level)


def to_text(root: Node) -> str:
    """The formula in the language of `parse`, with as few parentheses as it takes.

    Raises FormulaError for what that language cannot say (sums over some axes only, transposes,
    broadcasts, selectors, derivatives by name), and for a formula that is too long to be read.
    """
    done: dict[Node, Text] = {}
    writer = Writer(done, vectors(root))
    written = 0
    for node in walk([root]):
        done[node] = writer.write(node)
        length = len(done[node].text)
        written += length
        if length > LONGEST or written > LONGEST * DEEPEST:
            raise TooLongError(
                f"the formula is longer than {LONGEST} characters of text, in which what is used "
                "twice stands twice; state a shorter one"
            )
    require_readable(done[root].text)
    return done[root].text


def _refusal(node: Node, what: str) -> FormulaError:
    return FormulaError(
        f"{node.outline(4)} over {spell(node.axes)} cannot be written as text: {what}"
    )


class Writer:
    """Writes one node, given the texts of its parts."""

    def __init__(self, done: dict[Node, Text], vectors: dict[Size, str]) -> None:
        self.done, self.vectors = done, vectors

    def write(self, node: Node) -> Text:
        """The text of any node."""
        if isinstance(node, Symbol):
            if node.role == "size" and node.name in self.vectors:
                return Text(f"size({self.vectors[node.name]})", ATOM, node.name)
            return Text(node.name, ATOM)
        if isinstance(node, Const):
            return Text(repr(node.value), ATOM if node.value >= 0 else SIGN)
        if isinstance(node, Add):
            return self.sum(node)
        if isinstance(node, Map):
            return self.function(node)
        if isinstance(node, Reduce):
            if node.axes:
                raise _refusal(node, f"{node.kind} over some of the axes")
            return Text(f"{node.kind}({self.done[node.operand].text})", ATOM)
        if isinstance(node, Contract):
            return self.product(node, node.coefficient)
        raise _refusal(node, "text has no selectors")

    def function(self, node: Map) -> Text:
        """A function of each entry: an operator, a power, or f(u)."""
        name = node.function.name
        known = FUNCTIONS.get(name)
        if known is None or known.formula != node.function.formula:
            raise _refusal(node, f"text does not know the function {name}")
        (first, *_) = node.operands
        if not isinstance(first, Const):
            base = self.done[first].inside(ATOM)
            if name == "square":
                return Text(f"{base}**2", POWER)
            if name in ("power", "root"):
                exponent = node.function.parameters["p"]
                if exponent not in (2, -1, 0.5, 1, 0):
                    return Text(f"{base}**{_number(exponent)}", POWER)
            if name == "raised" and counts(node.operands[1]):
                return Text(f"{base}**{self.done[node.operands[1]].inside(ATOM)}", POWER)
            if name == "reciprocal":
                return Text(f"1 / {self.done[first].inside(SIGN)}", PRODUCT)
        if name == "greater":
            left, right = (self.done[u].inside(SUM) for u in node.operands)
            return Text(f"{left} > {right}", COMPARISON)
        total = softmax_total(node)
        if total is not None and not total.axes:
            return Text(f"softmax({self.done[total.operand].text})", ATOM)
        arguments = [self.done[u].text for u in node.operands]
        if name == "where" and isinstance(first, Map) and first.function.name == "step":
            arguments[0] = f"{self.done[first.operands[0]].inside(SUM)} > 0"
        if node.function.parameters != known.parameters:
            arguments += [_number(value) for value in node.function.parameters.values()]
        return Text(f"{name}({', '.join(arguments)})", ATOM)

    def sum(self, node: Add) -> Text:
        """Terms with their signs between them."""
        text = self.done[node.terms[0]].inside(SUM)
        for term in node.terms[1:]:
            if isinstance(term, Const) and term.value < 0:
                text += f" - {-term.value!r}"
            elif isinstance(term, Contract) and term.coefficient < 0 and not _folds(term):
                text += " - " + self.product(term, -term.coefficient).after_sign(PRODUCT)
            else:
                text += " + " + self.done[term].after_sign(PRODUCT)
        return Text(text, SUM)

    def product(self, node: Contract, coefficient: Number) -> Text:
        """A number times factors, some of them below a line, some summed."""
        if not node.factors:
            raise _refusal(node, f"the number {node.coefficient} repeated along axes")
        factors = self.factors(node)
        divisor = _divisor(coefficient) if not factors[0][1] else None
        text, level = "", ATOM
        if coefficient == -1 and not factors[0][1] and not _folds(node):
            text, level = "-" + factors.pop(0)[0].after_sign(POWER), SIGN
        elif (coefficient != 1 and divisor is None) or factors[0][1]:
            text, level = repr(coefficient), ATOM
        else:
            first = factors.pop(0)[0]
            if not (factors or divisor):
                return first
            text = first.inside(PRODUCT)
        for factor, below in factors:
            text += (" / " if below else " * ") + factor.inside(SIGN)
            level = PRODUCT
        return Text(f"{text} / {divisor}", PRODUCT) if divisor else Text(text, level)

    def factors(self, node: Contract) -> list[tuple[Text, bool]]:
        """Texts to multiply (False) or to divide by (True); sums over all axes as sum(…)."""
        written: list[tuple[Text, bool]] = []
        kept: list[Factor] = []
        free = set(node.axes)
        for group in _groups(node):
            members = [node.factors[place] for place in group]
            labels = {label for factor in members for label in factor.labels}
            if labels <= free:
                kept += members
                written += [self.factor(factor.node) for factor in members]
            elif labels & free:
                raise _refusal(node, "a sum over some of the axes")
            else:
                written.append((self.total(node, members), False))
        _name_means(written)
        axes = union((f.node.axes for f in kept), "a product")
        if axes != node.axes or any(f.labels != f.node.axes for f in kept):
            raise _refusal(node, "axes that are renamed, reordered or added")
        return written

    def factor(self, node: Node) -> tuple[Text, bool]:
        """What a factor multiplies with (False) or divides by (True)."""
        if isinstance(node, Map) and node.function.name == "reciprocal":
            (operand,) = node.operands
            if not isinstance(operand, Const):
                return self.done[operand], True
        return self.done[node], False

    def total(self, node: Contract, group: list[Factor]) -> Text:
        """The sum of a product over all its axes."""
        own: dict[Axis, Axis] = {}
        for factor in group:
            for axis, label in zip(factor.node.axes, factor.labels, strict=True):
                if own.setdefault(label, axis) != axis:
                    raise _refusal(node, f"one index for the axes {own[label]} and {axis}")
        if len(set(own.values())) != len(own):
            raise _refusal(node, "one axis under two indices")
        text = ""
        for factor in group:
            written, below = self.factor(factor.node)
            if not text:
                alone = written.text if len(group) == 1 else written.inside(PRODUCT)
                text = f"1 / {written.inside(SIGN)}" if below else alone
            else:
                text += (" / " if below else " * ") + written.inside(SIGN)
        return Text(f"sum({text})", ATOM, next(iter(own)).size if len(own) == 1 else 0)


def vectors(root: Node) -> dict[Size, str]:
    """For each size the first quantity whose entries it counts."""
    found: dict[Size, str] = {}
    for symbol in symbols(root):
        if len(symbol.axes) == 1:
            found.setdefault(symbol.axes[0].size, symbol.name)
    return found


def _name_means(factors: list[tuple[Text, bool]]) -> None:
    """Write sum(u) / size(u) as mean(u)."""
    sizes = [text for text, below in factors if below and text.text.startswith("size(")]
    for divisor in sizes:
        for place, (text, below) in enumerate(factors):
            if text.size == divisor.size and not below and text.text.startswith("sum("):
                factors[place] = (Text("mean" + text.text.removeprefix("sum"), ATOM), False)
                factors.remove((divisor, True))
                break


def _folds(node: Contract) -> bool:
    """Whether a sign in front would be taken into the number of what follows: −(2u) is (−2)u."""
    inner = node.factors[0].node if node.coefficient == -1 and len(node.factors) == 1 else None
    return isinstance(inner, Contract) and inner.is_multiple


def _groups(node: Contract) -> list[list[int]]:
    """The places of the factors, those that summed labels tie together in one group."""
    free = set(node.axes)
    groups: list[list[int]] = []
    bound: list[set[Axis]] = []
    for place, factor in enumerate(node.factors):
        labels, members = set(factor.labels) - free, [place]
        for k in reversed(range(len(groups))):
            if bound[k] & labels:
                labels |= bound.pop(k)
                members += groups.pop(k)
        groups.append(sorted(members))
        bound.append(labels)
    return sorted(groups)


def _number(value: float) -> str:
    return repr(int(value) if value.is_integer() and abs(value) < 1e15 else value)


def _divisor(coefficient: Number) -> int | None:
    """The whole number k of a coefficient 1/k that is shorter to write as a division."""
    if not 0 < coefficient < 1:
        return None
    k = round(1 / coefficient)
    return k if 1 / k == coefficient and (k == 2 or len(repr(coefficient)) > 6) else None
