"""Which contraction is which matrix product, sum, outer product or broadcast."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from glassprop.compile.layout.array_expressions import elementwise, name, number
from glassprop.compile.layout.choices import Conditions
from glassprop.compile.layout.named_dimensions import (
    Lowered,
    matrix_product,
    multiplied,
    product,
    summed,
    volume,
)
from glassprop.compile.layout.operands import Operands
from glassprop.compile.layout.selectors import lower_one_hot, lower_select, overlap
from glassprop.formula.axes import Axis
from glassprop.formula.nodes import SELECTORS, Factor, Map, OneHot, Select


class Product(Operands):
    """Lowers one Contract."""

    def lower(self) -> tuple[bool, Lowered]:
        """Whether the product is subtracted, and its array without the sign."""
        conditions = Conditions(self.node, self.layout.infinite)
        factors: Sequence[Factor] = self.node.factors
        if conditions.needed:
            self.coefficient, factors = conditions.coefficient, conditions.others
            if conditions.is_whole:
                negative = self.coefficient < 0
                return negative, conditions.choice(self.layout, abs(self.coefficient))
            self.operands.append(conditions.choice(self.layout, 1))
        selectors: list[Factor] = []
        for factor in factors:
            if isinstance(factor.node, SELECTORS):
                selectors.append(factor)
            else:
                self._take(factor)
        for factor in selectors:
            if isinstance(factor.node, OneHot):
                lower_one_hot(self, factor.node, factor.labels)
        for factor in selectors:
            if isinstance(factor.node, Select):
                lower_select(self, factor.node, factor.labels)
        self._sizes({axis for factor in selectors for axis in factor.labels})
        self._contract()
        return self._finish()

    def _take(self, factor: Factor) -> None:
        node, names = factor.node, dict(zip(factor.node.axes, factor.labels, strict=True))
        inverse = isinstance(node, Map) and node.function.numpy == "1 / z"
        inner = self.layout.done[node.operands[0] if inverse and isinstance(node, Map) else node]
        if inner.labels:
            labels = tuple(names[axis] for axis in inner.labels)
            self.operands.append(Lowered(inner.array, labels, inverse))
        else:
            (self.below if inverse else self.above).append(inner.array)

    def _sizes(self, selected: set[Axis]) -> None:
        """A label that is summed over but that no array has counts as its size."""
        present = {axis for u in self.operands for axis in u.labels} | selected
        given = dict.fromkeys(axis for f in self.node.factors for axis in f.labels)
        for axis in given:
            if axis in present or axis in self.node.axes:
                continue
            if isinstance(axis.size, int):
                self.coefficient *= axis.size
            else:
                self.above.append(name(axis.size, weak=True))

    def _contract(self) -> None:
        """Sum over labels one group at a time, the cheapest product first."""
        while True:
            self._sum_alone()
            groups: dict[Axis, list[int]] = {
                axis: self.uses(axis)
                for u in self.operands
                for axis in u.labels
                if axis not in self.out
            }
            if not groups:
                return
            pairs = {tuple(uses) for uses in groups.values()}
            simple = [pair for pair in pairs if len(pair) == 2]
            if simple:
                a, b = min(simple, key=self._cost)
                over = tuple(axis for axis, uses in groups.items() if uses == [a, b])
                made = matrix_product(self.operands[a], self.operands[b], over, self.out)
            else:
                candidates = [pair for uses in pairs for pair in combinations(uses, 2)]
                a, b = min(candidates, key=self._cost)
                both = [self.operands[a], self.operands[b]]
                both.sort(key=lambda u: -len(u.labels))
                made = product(both, dict.fromkeys([*both[0].labels, *both[1].labels]))
            self.operands[a] = made
            del self.operands[b]

    def _cost(self, pair: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        a, b = pair
        return volume({*self.operands[a].labels, *self.operands[b].labels}), pair

    def _sum_alone(self) -> None:
        for k, u in enumerate(self.operands):
            alone = [a for a in u.labels if a not in self.out and len(self.uses(a)) == 1]
            if alone:
                self.operands[k] = summed(u, alone)
        self.above.extend(u.array for u in self.operands if not u.labels and not u.inverse)
        self.operands = [u for u in self.operands if u.labels]

    def _finish(self) -> tuple[bool, Lowered]:
        negative = self.coefficient < 0
        coefficient, divisors = -self.coefficient if negative else self.coefficient, self.below
        inverse = 1 / coefficient if coefficient else 0.0
        if 0 < coefficient < 1 and inverse.is_integer() and 1 / inverse == coefficient:
            coefficient, divisors = 1, [number(int(inverse)), *divisors]
        scale = [number(coefficient)] if coefficient != 1 else []
        operands = [Lowered(array, ()) for array in (*scale, *self.above)] + self.operands
        if divisors:
            divisor = divisors[0]
            for array in divisors[1:]:
                divisor = elementwise("*", divisor, array)
            operands.append(Lowered(divisor, (), inverse=True))
        target = tuple(a for a in self.out if any(a in u.labels for u in operands))
        if sum(bool(u.labels) for u in operands) == 1 and not self.folds:
            target = next(u.labels for u in operands if u.labels)  # any order will do
        value = Lowered(multiplied(operands, target), target)
        for node, labels in reversed(self.folds):
            value = overlap(value, node, labels)
        return negative, value
