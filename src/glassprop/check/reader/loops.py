"""The value of a printed formula by plain loops over its indices.

A letter runs over what the shapes of the arrays say where it is an index of one. A letter that no
array has, such as a place within a window, needs a size from outside.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.check.reader.functions import FUNCTIONS, Function, power, quotient
from glassprop.check.reader.names import Notation
from glassprop.check.reader.tree import (
    Bracket,
    Call,
    Number,
    Over,
    Power,
    Product,
    Quantity,
    Quotient,
    ReadingError,
    Sum,
    Tree,
    free,
    weights,
)
from glassprop.errors import nearest

Places = dict[str, int]
Value = Callable[[Places], float]
Sizes = Mapping[str, int]
Functions = Mapping[tuple[str, int], Function]


@dataclass(frozen=True)
class Surroundings:
    """What a formula is read in.

    Attributes:
        values: arrays by the names of quantities.
        sizes: how far letters run that no array has as an index.
        functions: what functions are worth, by name and number of primes.
        notation: how quantities are written.
        numbers: letters that stand for numbers, the operands of a definition.
    """

    values: Mapping[str, npt.NDArray[Any]]
    sizes: Sizes
    functions: Functions
    notation: Notation
    numbers: Mapping[str, float] = field(default_factory=dict[str, float])

    def array(self, quantity: Quantity) -> npt.NDArray[Any]:
        """The array of a quantity, with a dimension for each index.

        Raises:
            ReadingError: if there is none, or one with more or fewer dimensions.
        """
        name = self.notation.find(quantity, self.values)
        array = np.asarray(self.values[name])
        if array.ndim == 2 and self.notation.is_turned(name):
            array = array.T
        if array.ndim != len(quantity.indices):
            raise ReadingError(
                f"{quantity} stands with {len(quantity.indices)} indices for an array of shape "
                f"{array.shape}"
            )
        return array

    def range(self, letter: str, body: Tree) -> int:
        """How far an index runs in a formula.

        Raises:
            ReadingError: if nothing says so, or if arrays disagree.
        """
        found = {
            self.array(quantity).shape[place]
            for quantity in free(body, letter)
            for place, index in enumerate(quantity.indices)
            if index == letter
        }
        if len(found) > 1:
            raise ReadingError(f"the index {letter} runs over arrays of sizes {sorted(found)}")
        if not found and letter not in self.sizes:
            raise ReadingError(f"no array says how far the index {letter} runs; give its size")
        return found.pop() if found else self.sizes[letter]


def compile_loops(tree: Tree, scope: Sizes, around: Surroundings) -> Value:
    """What computes a formula for given places of its free indices, whose ranges are in scope."""

    def inner(part: Tree) -> Value:
        return compile_loops(part, scope, around)

    match tree:
        case Number():
            return lambda places: tree.value
        case Quantity():
            return _quantity(tree, scope, around)
        case Sum():
            terms = [(sign, inner(term)) for sign, term in tree.terms]
            return lambda places: sum(sign * term(places) for sign, term in terms)
        case Product():
            factors = [inner(factor) for factor in tree.factors]
            found = [inner(weight) for weight in weights(tree)]
            return _unless_0(found, lambda p: math.prod(factor(p) for factor in factors))
        case Quotient():
            above, below = inner(tree.above), inner(tree.below)
            found = [inner(weight) for weight in weights(tree)]
            return _unless_0(found, lambda p: quotient(above(p), below(p)))
        case Power():
            base, exponent = inner(tree.base), inner(tree.exponent)
            return lambda places: power(base(places), exponent(places))
        case Call("ln", 0, (Over("sum") | Call("exp", 0) as inside,)) if _exponent(inside):
            return _log_of_sum(inside, scope, around)
        case Call("where", 0, (condition, then, otherwise)):
            chosen, first, second = inner(condition), inner(then), inner(otherwise)
            return lambda places: first(places) if chosen(places) else second(places)
        case Call():
            return _call(tree, [inner(part) for part in (*tree.operands, *tree.constants)], around)
        case Bracket():
            left, right = (_index(part, scope, around) for part in (tree.left, tree.right))
            if tree.sign == ">":
                return lambda places: float(left(places) > right(places))
            equal = tree.sign == "="
            return lambda places: float((left(places) == right(places)) == equal)
        case Over():
            return _over(tree, scope, around)


def _unless_0(weights: list[Value], product: Value) -> Value:
    """A product, and 0 where a weight is 0, whatever the rest is there."""
    if not weights:
        return product
    return lambda places: product(places) if all(weight(places) for weight in weights) else 0.0


def _quantity(tree: Quantity, scope: Sizes, around: Surroundings) -> Value:
    if str(tree) in around.numbers and not tree.indices:
        number = str(tree)
        return lambda places: around.numbers[number]
    array = around.array(tree)
    for letter, size in zip(tree.indices, array.shape, strict=True):
        if letter not in scope:
            raise ReadingError(f"{tree} has the index {letter}, which nothing introduces")
        if scope[letter] != size:
            raise ReadingError(
                f"the index {letter} of {tree} runs to {size}, elsewhere to {scope[letter]}"
            )
    rows, indices = array.tolist(), tree.indices

    def entry(places: Places) -> float:
        found = rows
        for letter in indices:
            found = found[places[letter]]
        return found

    return entry


def _index(tree: Tree, scope: Sizes, around: Surroundings) -> Value:
    """What stands in [ ], where a letter that is an index means the index itself."""
    if isinstance(tree, Quantity) and str(tree) in scope and not tree.indices:
        letter = str(tree)
        return lambda places: places[letter]
    if isinstance(tree, Sum):
        terms = [(sign, _index(term, scope, around)) for sign, term in tree.terms]
        return lambda places: sum(sign * term(places) for sign, term in terms)
    if isinstance(tree, Product):
        factors = [_index(factor, scope, around) for factor in tree.factors]
        return lambda places: math.prod(factor(places) for factor in factors)
    return compile_loops(tree, scope, around)


def _call(tree: Call, operands: list[Value], around: Surroundings) -> Value:
    function = around.functions.get((tree.name, tree.primes)) or FUNCTIONS.get(
        (tree.name, tree.primes)
    )
    if function is None:
        known = [name + "′" * primes for name, primes in {**FUNCTIONS, **around.functions}]
        shown = tree.name + "′" * tree.primes
        raise ReadingError(f"what {shown} means is not known; {nearest(shown, known)}")
    return lambda places: function(*(operand(places) for operand in operands))


def _over(tree: Over, scope: Sizes, around: Surroundings) -> Value:
    if tree.kind == "softmax":
        return _softmax(tree, scope, around)
    terms = _terms(tree, scope, around)
    return (
        (lambda places: sum(terms(places)))
        if tree.kind == "sum"
        else (lambda places: max(terms(places)))
    )


def _softmax(tree: Over, scope: Sizes, around: Surroundings) -> Value:
    """The value of exp(u) / Σ exp(u), with the largest u taken out; its indices are free, too."""
    for letter in tree.letters:
        if letter not in scope:
            raise ReadingError(f"a softmax runs over the index {letter}, which nothing introduces")
    own = compile_loops(tree.body, scope, around)
    terms = _terms(tree, scope, around)

    def value(places: Places) -> float:
        found = list(terms(places))
        top = max(found)
        return math.exp(own(places) - top) / sum(math.exp(u - top) for u in found)

    return value


def _terms(
    tree: Over, scope: Sizes, around: Surroundings, of: Tree | None = None
) -> Callable[[Places], Iterator[float]]:
    """The values of the body for all places of the letters, which run as in another formula."""
    sizes = [around.range(letter, of or tree.body) for letter in tree.letters]
    inside = {**scope, **dict(zip(tree.letters, sizes, strict=True))}
    body = compile_loops(tree.body, inside, around)

    def terms(places: Places) -> Iterator[float]:
        here = dict(places)
        for place in itertools.product(*map(range, sizes)):
            here.update(zip(tree.letters, place, strict=True))
            yield body(here)

    return terms


def _exponent(tree: Tree) -> Tree | None:
    """The u of exp(u) or of Σ exp(u)."""
    inside = tree.body if isinstance(tree, Over) else tree
    match inside:
        case Product((Bracket(), Call("exp", 0) as exponential)):
            return exponential.operands[0]
        case _:
            pass
    return inside.operands[0] if isinstance(inside, Call) and inside.name == "exp" else None


def _log_of_sum(tree: Tree, scope: Sizes, around: Surroundings) -> Value:
    """The value of ln Σ exp(u), with the largest u taken out so that no exponential overflows."""
    exponent = _exponent(tree)
    assert exponent is not None
    letters = tree.letters if isinstance(tree, Over) else ()
    terms = _terms(Over("sum", letters, exponent), scope, around)
    body = tree.body if isinstance(tree, Over) else tree
    bracket = body.factors[0] if isinstance(body, Product) else Number(1)
    counted = _terms(Over("sum", letters, bracket), scope, around, exponent)

    def value(places: Places) -> float:
        pairs = zip(counted(places), terms(places), strict=True)
        found = [u for counts, u in pairs if counts]
        top = max(found)
        return top + math.log(sum(math.exp(u - top) for u in found)) if math.isfinite(top) else top

    return value
