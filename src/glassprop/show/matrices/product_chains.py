"""Which sums are which products of matrices: operands with labels, joined two by two.

An operand has at most two labels. Asked for the label down its rows and the one along its columns,
it gives the factors of a product of matrices; `None` stands for a length of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from glassprop.show.formulas.printer import Printer
from glassprop.show.matrices.entry_names import NoMatrices
from glassprop.show.matrices.operands import Label, Operand
from glassprop.show.matrices.reasons import Reasons
from glassprop.show.notation.precedence import Piece


class Chains:
    """Joins operands.

    Args:
        printer: how pieces are written.
        reasons: told of each transpose and each outer product.
    """

    def __init__(self, printer: Printer, reasons: Reasons) -> None:
        self.printer, self.reasons = printer, reasons

    def joined(self, pieces: Sequence[Piece]) -> Piece:
        """Factors side by side."""
        return pieces[0] if len(pieces) == 1 else self.printer.juxtaposed(pieces)

    def entrywise(self, pieces: Sequence[Piece]) -> Piece:
        """Factors multiplied entry by entry."""
        return pieces[0] if len(pieces) == 1 else self.printer.hadamard(pieces)

    def ones(self, label: str) -> Operand:
        """A column or row of ones."""

        def chain(rows: Label, columns: Label) -> list[Piece]:
            ones = self.printer.ones()
            return [ones if rows == label else self.printer.transposed(ones)]

        return Operand(frozenset([label]), chain, ones=True)

    def product(self, a: Operand, b: Operand, over: Label = None) -> Operand:
        """A product of matrices, summed over a label; without one, of a column and a row."""
        rest_a, rest_b = _only(a.labels - {over}), _only(b.labels - {over})

        def chain(rows: Label, columns: Label) -> list[Piece]:
            left, right = (a, b) if (rest_a, rest_b) == (rows, columns) else (b, a)
            self.reasons.product(left, right, over, (rows, columns))
            return [*left.chain(rows, over), *right.chain(over, columns)]

        return Operand((a.labels | b.labels) - {over}, chain)

    def hadamard(self, operands: Iterable[Operand], labels: frozenset[str]) -> Operand:
        """A product entry by entry; operands that lack a label are repeated along it."""
        factors: list[Operand] = []
        for operand in operands:
            full = operand if operand.labels == labels else self.repeated(operand, labels)
            factors += full.factors or (full,)
        if len(factors) == 1:
            return factors[0]

        def chain(rows: Label, columns: Label) -> list[Piece]:
            pieces = [self.joined(factor.chain(rows, columns)) for factor in factors]
            return [self.printer.hadamard(pieces)]

        lying = (f.natural for f in factors if None not in f.natural)
        return Operand(labels, chain, natural=next(lying, (None, None)), factors=tuple(factors))

    def repeated(self, operand: Operand, labels: frozenset[str]) -> Operand:
        """An operand with the labels that it lacks, by products with ones."""
        for label in sorted(labels - operand.labels):
            operand = self.product(operand, self.ones(label))
        return operand

    def full(self, operands: Sequence[Operand], labels: frozenset[str]) -> tuple[Operand, ...]:
        """The factors, entry by entry, of operands whose labels are among some labels."""
        whole = [operand for operand in operands if operand.labels == labels]
        parts: dict[frozenset[str], list[Operand]] = {}
        for operand in operands:
            if operand.labels and operand.labels != labels:
                parts.setdefault(operand.labels, []).append(operand)
        merged = [self.hadamard(found, own) for own, found in parts.items()]
        if len(merged) == 2:
            merged = [self.product(merged[0], merged[1])]
        if not whole and not merged and labels:
            first, *others = sorted(labels)
            merged = [self.ones(first)]
            return (self.repeated(merged[0], labels),) if others else (merged[0],)
        made = self.hadamard([*whole, *merged], labels) if whole or merged else None
        return () if made is None else made.factors or (made,)

    def summed(self, operands: Sequence[Operand], kept: frozenset[str]) -> list[Operand]:
        """The operands once all labels but some have been summed over.

        Raises:
            NoMatrices: where products of two matrices at a time cannot do it.
        """
        left = [self._norm(operand, operands, kept) for operand in operands]
        while True:
            uses: dict[str, list[Operand]] = {}
            for operand in left:
                for label in sorted(operand.labels - kept):
                    uses.setdefault(label, []).append(operand)
            if not uses:
                return left
            self._sum(left, *min(uses.items(), key=_turn))

    def _sum(self, left: list[Operand], label: str, used: list[Operand]) -> None:
        """Do one thing about a label: merge two operands, or sum over it."""
        place = min(map(left.index, used))
        if len(used) == 1:
            made, gone = self.product(self.ones(label), used[0], label), used
        else:
            a, b = _pair(used)
            both = a.labels | b.labels
            if len(used) == 2 and a.labels & b.labels == {label} and len(both) <= 3:
                made = self.product(a, b, label)
            elif len(both) <= 2:
                made = self.hadamard([a, b], both)
            else:
                raise NoMatrices("a sum of three matrices over one index")
            gone = [a, b]
        for operand in gone:
            left.remove(operand)
        left.insert(place, made)

    def _norm(self, operand: Operand, all_: Sequence[Operand], kept: frozenset[str]) -> Operand:
        """‖u‖² for the sum of u² over all labels that it has."""
        square = operand.square
        others = {label for other in all_ if other is not operand for label in other.labels}
        if square is None or operand.labels & (kept | others):
            return operand
        return Operand(frozenset(), lambda rows, columns: [self.printer.norm_squared(square())])


def _turn(use: tuple[str, list[Operand]]) -> tuple[int, bool, str]:
    """When a label is summed over: products of two matrices first, rows of a matrix last."""
    label, used = use
    return abs(len(used) - 2), any(operand.natural[0] == label for operand in used), label


def _only(labels: frozenset[str]) -> Label:
    if len(labels) > 1:
        raise NoMatrices("more than two indices")
    return next(iter(labels), None)


def _pair(used: Sequence[Operand]) -> tuple[Operand, Operand]:
    """The two operands to join first: equal ones, then one within the other."""
    pairs = [(a, b) for k, a in enumerate(used) for b in used[k + 1 :]]
    return min(pairs, key=lambda pair: (len(pair[0].labels | pair[1].labels), -used.index(pair[1])))
