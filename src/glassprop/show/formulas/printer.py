"""Printing formulas with indices: one method for each kind of node, the notation in subclasses.

A method asks for the parts that it needs (`yield part, scope`) and is given them printed, so that a
formula may be as deep as it likes. What a printer doesn't know is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Self

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axes
from glassprop.formula.functions.table import FUNCTIONS
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
    Select,
    Step,
    Symbol,
    softmax_total,
)
from glassprop.show.formulas.excluded_entries import apart, apart_exponential
from glassprop.show.notation.function_names import require_known, sign_condition
from glassprop.show.notation.glyphs import LONGEST, Glyphs
from glassprop.show.notation.indices import Scope
from glassprop.show.notation.l2_penalty import share
from glassprop.show.notation.notation import EXAMPLE, NIELSEN, Notation, is_of_network
from glassprop.show.notation.precedence import Level, Piece, Product
from glassprop.show.notation.quantity_names import Name, Quotient

PENALTY = "λ"
Writing = Generator[tuple[Node, Scope], Piece, Piece]


class TooLong(FormulaError):  # noqa: N818 - it states a fact about the formula
    """A formula that nobody could read."""


class Printer(Glyphs):
    """What all notations share.

    Args:
        notation: whose letters, which way vectors lie.
    """

    def __init__(self, notation: Notation = NIELSEN) -> None:
        self.notation = notation
        self.layers: Mapping[str, str] = {}
        self.mean = False
        self.penalty = 0.0

    # -- whole formulas

    def formula(self, root: Node, scope: Scope | None = None) -> str:
        """The formula in components.

        Raises FormulaError for a node or function that the printer does not know, and for a
        formula that is too long to be read.
        """
        return self.signed(self.write(root, scope or Scope.of(root.axes, root)))

    def equation(self, step: Step, formula: Node | None = None) -> tuple[str, str, str]:
        """Left side, sign and right side of a step: ("a¹ⱼ", "=", "σ(z¹ⱼ)")."""
        right = step.formula if formula is None else formula
        scope = Scope.of(step.symbol.axes, right)
        sign = self.becomes if step.kind == "update" else self.equals
        return self.write(step.symbol, scope).text, sign, self.formula(right, scope)

    def write(self, root: Node, scope: Scope) -> Piece:
        """Print a formula without recursion."""
        stack = [self.visit(root, scope)]
        made: Piece | None = None
        while stack:
            try:
                part, inner = next(stack[-1]) if made is None else stack[-1].send(made)
            except StopIteration as end:
                stack.pop()
                made = end.value
                assert made is not None
                if len(made.text) > self.longest:
                    raise TooLong(
                        f"a formula of more than {LONGEST} characters; name some of its parts"
                    ) from None
            else:
                stack.append(self.visit(part, inner))
                made = None
        assert made is not None
        return made

    def visit(self, node: Node, scope: Scope) -> Writing:
        """The method for a node, by its kind."""
        method = KINDS.get(type(node))
        if method is None:
            raise self.unknown(f"a {type(node).__name__}")
        return method(self, node, scope)

    # -- kinds of nodes

    def symbol(self, node: Symbol, scope: Scope) -> Writing:
        """A quantity with its indices."""
        yield from ()
        return self.named(node, tuple(scope.letters[axis] for axis in self.notation.axes(node)))

    def constant(self, node: Const, scope: Scope) -> Writing:
        """A number."""
        yield from ()
        return Piece(self.number(abs(node.value)), Level.ATOM, node.value < 0)

    def sum(self, node: Add, scope: Scope) -> Writing:
        """Terms with their signs between them."""
        pieces: list[Piece] = []
        for term in node.terms:
            piece = yield term, scope
            pieces.append(piece)
        return self.total(pieces)

    def total(self, pieces: Sequence[Piece]) -> Piece:
        """A sum of pieces; sums among them stand in parentheses."""
        text = ""
        for piece in pieces:
            if piece.level == Level.SUM:
                piece = Piece(self.group(self.signed(piece)), Level.ATOM)
            if text:
                text += f" {self.minus if piece.negative else self.plus} {piece.text}"
            else:
                text = self.signed(piece)
        return Piece(text, Level.SUM)

    def contract(self, node: Contract, scope: Scope) -> Writing:
        """A product, perhaps summed."""
        inner = scope.binding(node.summed)
        summed = set(node.summed)
        outer: list[Piece] = []
        inside: list[Piece] = []
        below: list[Piece] = []
        negative = node.coefficient < 0
        strength = share(node, self.penalty)
        factors = self.ordered(node)
        for factor in factors:
            part, reach = factor.node, inner.through(factor)
            parted = apart_exponential(part)
            if parted is not None:
                inside.append(self.unequal(parted[0], reach))
                part = parted[1]
            if type(part) is Map and part.function.name == "reciprocal":
                piece = yield part.operands[0], reach
                apart = summed and not summed & set(factor.labels)
                (outer if apart else below).append(piece)
            else:
                piece = yield part, reach
                inside.append(piece)
        if len(inside) == 1 and not (outer or below or summed) and abs(node.coefficient) == 1:
            return self.opposite(inside[0]) if negative else inside[0]
        order = dict.fromkeys(label for factor in factors for label in factor.labels)
        sums = tuple(inner.letters[label] for label in order if label in summed)
        numbers = not any(factor.labels for factor in factors)
        if strength:
            return self.weighted(strength, sums, tuple(inside))
        made = self.product(
            Product(abs(node.coefficient), sums, tuple(outer), tuple(inside), tuple(below), numbers)
        )
        return made.negated() if negative else made

    def weighted(self, share: Number, sums: tuple[str, ...], inside: tuple[Piece, ...]) -> Piece:
        """A term of an L2 penalty, ½ λ Σ W², or of its derivative, λ W."""
        front = (self.strength(),) if sums else (self.strength(), *inside)
        made = self.product(Product(share, (), (), front, (), numbers=False))
        if not sums:
            return made
        total = self.product(Product(1, sums, (), inside, (), numbers=False))
        return Piece(
            self.juxtaposed(
                [replace(made, level=Level.ATOM), replace(total, level=Level.ATOM)]
            ).text,
            Level.PREFIX,
        )

    def strength(self) -> Piece:
        """The letter of the strength of an L2 penalty."""
        return self.marked(Name(PENALTY), ())

    def map(self, node: Map, scope: Scope) -> Writing:
        """A function of each entry, in its own notation or as f(u)."""
        require_known(node.function)
        parted = apart_exponential(node)
        if parted is not None:
            bracket = self.unequal(parted[0], scope)
            piece = yield parted[1], scope
            return self.product(Product(1, (), (), (bracket, piece), (), False))
        total = softmax_total(node)
        if total is not None and total.over:
            over = tuple(scope.letters[axis] for axis in total.over)
            vector = self.vector(total)
            if vector is not None:
                return self.softmax(self.name(vector), (), over)
            piece = yield total.operand, scope
            return self.softmax(self.signed(piece), over)
        operands: list[Piece] = []
        for operand in node.operands:
            compared = sign_condition(node, operand)
            if compared is None:
                piece = yield operand, scope
            else:
                piece = yield compared, scope
                text = self.bracket(self.signed(piece), self.number(0), self.greater)
                piece = Piece(text, Level.ATOM)
            operands.append(piece)
        if node.function.primitive is None:
            special = self.special(node.function, operands)
            if special is not None:
                return special
        return self.call(node.function, [self.signed(piece) for piece in operands])

    def reduction(self, node: Reduce, scope: Scope) -> Writing:
        """A maximum or ln Σ exp over some indices."""
        inner = scope.binding(node.over)
        letters = tuple(inner.letters[axis] for axis in node.over)
        parted = apart(node.operand) if node.kind == "logsumexp" else None
        if parted is None:
            operand = yield node.operand, inner
            return self.reduced(node.kind, letters, operand)
        operand = yield parted[1], inner
        return self.reduced(node.kind, letters, operand, self.unequal(parted[0], inner).text)

    def apart(self, node: Apart, scope: Scope) -> Writing:
        """The logarithm of [k ≠ j]: 0, and −∞ where k = j."""
        yield from ()
        bracket = self.unequal(node.axes, scope)
        return self.call(FUNCTIONS["log"], [bracket.text])

    def unequal(self, axes: Axes, scope: Scope) -> Piece:
        """[k ≠ j]."""
        left, right = (self.index(scope.letters[axis]) for axis in axes)
        return Piece(self.bracket(left, right, self.differs), Level.ATOM)

    def select(self, node: Select, scope: Scope) -> Writing:
        """Windows: [h = s i + d p − pad]."""
        yield from ()
        h, i, p = (self.index(scope.letters[axis]) for axis in node.axes)
        place = f"{self._times(node.stride, i)} {self.plus} {self._times(node.dilation, p)}"
        if node.pad:
            place += f" {self.minus} {self.number(node.pad)}"
        return Piece(self.bracket(h, place), Level.ATOM)

    def one_hot(self, node: OneHot, scope: Scope) -> Writing:
        """A choice by index: [k = v]."""
        index = yield node.index, scope
        chosen = self.index(scope.letters[node.axes[-1]])
        return Piece(self.bracket(chosen, self.signed(index)), Level.ATOM)

    def ordered(self, node: Contract) -> list[Factor]:
        """Matrices that are summed over beside what they act on, W x or x W; selectors last."""
        summed = set(node.summed)
        rows = self.notation.vectors == "rows"

        def rank(factor: Factor) -> int:
            part = factor.node
            if isinstance(part, SELECTORS):
                return 3
            if not summed & set(factor.labels):
                return 2
            weights = isinstance(part, Symbol) and part.role == "parameter" and len(part.axes) > 1
            return int(weights == rows)

        return sorted(node.factors, key=rank)

    # -- what the notations share

    def signed(self, piece: Piece) -> str:
        """The text with its sign."""
        return f"{self.minus}{piece.text}" if piece.negative else piece.text

    def opposite(self, piece: Piece) -> Piece:
        """The piece with a minus before it: −(a + b)."""
        if piece.negative or piece.level == Level.SUM:
            piece = Piece(self.group(self.signed(piece)), Level.ATOM)
        return piece.negated()

    def inside(self, piece: Piece, least: Level) -> str:
        """The text where at least some level is needed."""
        return self.signed(piece) if piece.fits(least) else self.group(self.signed(piece))

    def name(self, symbol: Symbol) -> str:
        """A quantity's name alone: z², ∂C/∂W²."""
        return self.named(symbol, ()).text

    def plain(self, value: float) -> str:
        """A number with its sign, whole numbers without a point."""
        short = int(value) if float(value).is_integer() and abs(value) < 1e15 else value
        return f"{self.minus if value < 0 else ''}{self.number(abs(short))}"

    def _times(self, count: int, letter: str) -> str:
        return letter if count == 1 else f"{self.number(count)}{letter}"

    def unknown(self, what: str) -> FormulaError:
        """The error for what this printer has no notation for."""
        return FormulaError(f"{type(self).__name__} has no notation for {what}")

    def named(self, symbol: Symbol, indices: tuple[str, ...]) -> Piece:
        """A quantity with some indices."""
        name = self.called(symbol)
        if isinstance(name, Quotient):
            return self.quotient(self.named(name.of, ()), self.named(name.by, indices))
        if indices and name.count == EXAMPLE:
            name = replace(name, count="")  # Cₑ of the example e, where Cₓ is that of any x
        return self.marked(name, indices)

    def vector(self, total: Reduce) -> Symbol | None:
        """The vector, called by a letter, all of whose entries are in a ln Σ exp."""
        v = total.operand
        if not isinstance(v, Symbol) or v.axes != total.over:
            return None
        return v if isinstance(self.called(v), Name) else None

    def owned(self, piece: Piece, symbol: Symbol) -> Piece:
        """What stands for a quantity, marked so in a format where readers can point at it."""
        return piece

    def seen(self, text: str) -> str:
        """A text without such marks: what readers see."""
        return text

    def called(self, symbol: Symbol) -> Name | Quotient:
        """The name of a quantity in this notation, with the numbers of layers as they are shown."""
        name = self.notation.called(symbol)
        if self.mean and isinstance(name, Name) and is_of_network(symbol):
            return self.notation.averaged(name)
        if isinstance(name, Quotient) or not name.layer:
            return name
        return replace(name, layer=self.layers.get(name.layer, self.notation.layer(name.layer)))

    def of_mean(self) -> Self:
        """The same printer where the cost is the mean of a mini-batch: C for Cₓ."""
        made = copy(self)
        made.mean = True
        return made

    def relabelled(self, layers: Mapping[str, str]) -> Self:
        """The same printer with other numbers of layers, such as {"2": "l", "1": "l−1"}."""
        made = copy(self)
        made.layers = dict(layers)
        return made


KINDS: dict[type[Node], Callable[..., Writing]] = {
    Symbol: Printer.symbol,
    Const: Printer.constant,
    Add: Printer.sum,
    Contract: Printer.contract,
    Map: Printer.map,
    Reduce: Printer.reduction,
    Apart: Printer.apart,
    Select: Printer.select,
    OneHot: Printer.one_hot,
}
