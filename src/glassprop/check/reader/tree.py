"""What a printed formula says: numbers, quantities with indices, sums, products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from glassprop.errors import GlasspropError


class ReadingError(GlasspropError):
    """A printed formula that cannot be read, or that lacks a value."""


@dataclass(frozen=True)
class Number:
    """3, 0.5, 1e-05, ½."""

    value: float


@dataclass(frozen=True)
class Quantity:
    """A letter with a layer, a count and indices, or a derivative."""

    stem: str
    layer: str = ""
    count: str = ""
    indices: tuple[str, ...] = ()
    of: Quantity | None = None

    def __str__(self) -> str:
        plain = self.stem + self.layer + self.count
        return f"∂{self.of}/∂{plain}" if self.of else plain


@dataclass(frozen=True)
class Call:
    """f(u, v; c), f′(u)."""

    name: str
    primes: int
    operands: tuple[Tree, ...]
    constants: tuple[Tree, ...] = ()


@dataclass(frozen=True)
class Sum:
    """Terms, each with a sign."""

    terms: tuple[tuple[int, Tree], ...]


@dataclass(frozen=True)
class Product:
    """Factors side by side."""

    factors: tuple[Tree, ...]


@dataclass(frozen=True)
class Quotient:
    """u / v."""

    above: Tree
    below: Tree


@dataclass(frozen=True)
class Power:
    """A base and an exponent."""

    base: Tree
    exponent: Tree


@dataclass(frozen=True)
class Over:
    """A sum, a maximum or a softmax over some indices, which are free in a softmax as well."""

    kind: str
    letters: tuple[str, ...]
    body: Tree


@dataclass(frozen=True)
class Bracket:
    """[u = v], [u > v] or [u ≠ v]: 1 where that holds, else 0."""

    left: Tree
    right: Tree
    sign: str = "="


Tree = Number | Quantity | Call | Sum | Product | Quotient | Power | Over | Bracket


def parts(tree: Tree) -> tuple[Tree, ...]:
    """What a formula is made of, one step down."""
    match tree:
        case Number() | Quantity():
            return ()
        case Call():
            return (*tree.operands, *tree.constants)
        case Sum():
            return tuple(term for _, term in tree.terms)
        case Product():
            return tree.factors
        case Quotient():
            return (tree.above, tree.below)
        case Power():
            return (tree.base, tree.exponent)
        case Over():
            return (tree.body,)
        case Bracket():
            return (tree.left, tree.right)


def is_weight(tree: Tree) -> bool:
    """Whether a formula is made of [ ], H and sgn with numbers: where it is 0, products are 0."""
    match tree:
        case Bracket():
            return True
        case Call():
            return (tree.name, tree.primes) in (("H", 0), ("sgn", 0))
        case Sum() | Product():
            rest = [part for part in parts(tree) if not isinstance(part, Number)]
            return bool(rest) and all(map(is_weight, rest))
        case Quotient():
            return is_weight(tree.above) and isinstance(tree.below, Number)
        case _:
            return False


def weights(tree: Tree) -> list[Tree]:
    """The factors of a product, above the line, that are weights."""
    match tree:
        case Product():
            return [weight for factor in tree.factors for weight in weights(factor)]
        case Quotient():
            return weights(tree.above)
        case _:
            return [tree] if is_weight(tree) else []


def free(tree: Tree, letter: str) -> Iterator[Quantity]:
    """The quantities in which a letter stands as an index and means what it means outside."""
    if isinstance(tree, Over) and letter in tree.letters and tree.kind != "softmax":
        return
    if isinstance(tree, Quantity) and letter in tree.indices:
        yield tree
    for part in parts(tree):
        yield from free(part, letter)
