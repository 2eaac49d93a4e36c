"""Drawing formulas: costs in a and y, activations in z, nested as people nest them and further."""

from __future__ import annotations

import random

from . import known
from .operations import OPERATIONS
from .tree import A, Tree, Y, Z, call, tree

NUMBERS = (0.1, 0.3, 0.5, 1, 1, 2, 3, 0.25, 1.5, 1e-3)
ENTRIES = [name for name, op in OPERATIONS.items() if op.kind == "entries"]
RARE = {"step": 0.5, "above": 0.5, "sign": 0.4, "equal": 0.2, "raised": 0.5}
USUAL = {"square": 3, "exp": 2, "abs": 2, "tanh": 2, "sqrt": 2, "log": 2, "maximum": 2}
FUNCTIONS = dict.fromkeys(ENTRIES, 1.0) | RARE | USUAL
OWN_VALUE = dict.fromkeys(
    ("sqrt", "exp", "log", "tanh", "sigmoid", "reciprocal", "power", "square", "softplus"), 1.0
)
"""Outermost functions, most of which have a derivative that mentions their own value."""
REDUCTIONS = {"sum": 5, "mean": 4, "max": 2, "logsumexp": 2}


KNOWN_COSTS = known.trees(known.COSTS)
KNOWN_ACTIVATIONS, KNOWN_LAYERS = known.trees(known.ACTIVATIONS), known.trees(known.LAYERS)


class Author:
    """Writes formulas over some leaves.

    Args:
        source: what is drawn from.
        leaves: vectors that stand for themselves.
        reduces: whether sums, maxima and the like may be among them.
    """

    def __init__(self, source: random.Random, leaves: tuple[Tree, ...], reduces: bool) -> None:
        self.source, self.leaves, self.reduces = source, leaves, reduces

    def chance(self, share: float) -> bool:
        return self.source.random() < share

    def one(self, weights: dict[str, float]) -> str:
        return self.source.choices(list(weights), list(weights.values()))[0]

    def number(self) -> Tree:
        if self.reduces and self.chance(0.04):
            return Tree("size")
        value = self.source.choice(NUMBERS)
        found = tree(-value if self.chance(0.2) else value)
        return call(self.source.choice(["exp", "sqrt"]), abs(value)) if self.chance(0.05) else found

    def count(self) -> Tree:
        """A positive number."""
        return tree(self.source.choice(NUMBERS))

    # -- one number for an example

    def scalar(self, depth: int) -> Tree:
        if depth <= 0:
            return self.reduction(self.leaf())
        kinds = {
            "reduce": 5,
            "function": 3,
            "two": 3,
            "number": 2,
            "norm": 1.5,
            "ratio": 1,
            "where": 1,
        }
        match self.one(kinds):
            case "reduce":
                return self.reduction(self.vector(depth - 1))
            case "function":
                return self.function(self.scalar, depth)
            case "two":
                return self.joined(self.scalar(depth - 1), self.scalar(depth - 1))
            case "number":
                return self.joined(self.scalar(depth - 1), self.number())
            case "norm":
                return self.norm(self.vector(depth - 1))
            case "where":
                return self.cases(self.scalar, depth)
            case _:
                return self.scalar(depth - 1) / self.positive(self.scalar, depth - 1)

    def reduction(self, u: Tree) -> Tree:
        return call(self.one(REDUCTIONS), u)

    def norm(self, u: Tree) -> Tree:
        squares = call(self.source.choice(["sum", "mean"]), call("square", u))
        return call("sqrt", squares + self.count() if self.chance(0.5) else squares)

    # -- a number for each entry

    def leaf(self) -> Tree:
        if len(self.leaves) == 1:
            return self.leaves[0]
        a, y = self.leaves
        if self.chance(0.4):
            return self.source.choice(self.leaves)
        return self.source.choice([a - y, a - y, a * y, call("square", a - y), y - a, a + y, a / 2])

    def vector(self, depth: int) -> Tree:
        if depth <= 0:
            return self.leaf()
        kinds = {"function": 5, "two": 4, "number": 2, "ratio": 1, "where": 1.2}
        if self.reduces:
            kinds |= {"one": 2.5, "softmax": 0.7, "centred": 1, "normed": 1}
        match self.one(kinds):
            case "function":
                return self.function(self.vector, depth)
            case "two":
                return self.joined(self.vector(depth - 1), self.vector(depth - 1))
            case "number":
                return self.joined(self.vector(depth - 1), self.number())
            case "ratio":
                return self.vector(depth - 1) / self.positive(self.vector, depth - 1)
            case "one":
                return self.joined(self.vector(depth - 1), self.scalar(depth - 1))
            case "where":
                return self.cases(self.vector, depth)
            case "softmax":
                return call("softmax", self.vector(depth - 1))
            case "centred":
                u = self.vector(depth - 1)
                return u - call("mean", u)
            case _:
                u = self.vector(depth - 1)
                return u / self.norm(u)

    # -- either

    def cases(self, kind, depth: int) -> Tree:
        """One formula where something is above something, else another."""
        left = kind(depth - 2)
        right = self.number() if self.chance(0.7) else kind(depth - 2)
        sides = (left, right) if self.chance(0.7) else (right, left)
        branches = [self.number() if self.chance(0.2) else kind(depth - 1) for _ in range(2)]
        return call("where", *sides, *branches)

    def joined(self, u: Tree, v: Tree) -> Tree:
        u, v = (v, u) if self.chance(0.4) else (u, v)
        nothing = u == v and self.chance(0.9)  # u - u, which glassprop may refuse
        return call(self.one({"+": 3, "-": 0 if nothing else 3, "*": 3}), u, v)

    def function(self, kind, depth: int, weights: dict[str, float] | None = None) -> Tree:
        operation = OPERATIONS[self.one(weights or FUNCTIONS)]
        numbers = tuple(self.source.choice(choices) for choices in operation.choices)
        parts = []
        for place, wanted in enumerate(operation.operands):
            other = place > 0 and self.chance(0.5)
            if wanted == "any":
                parts.append(self.number() if other else kind(depth - 1))
            elif operation.name == "power" and numbers[0] in (2, 3, 4):
                parts.append(kind(depth - 1))
            else:
                parts.append(self.count() if other else self.positive(kind, depth - 1))
        return call(operation.name, *parts, numbers=numbers)

    def positive(self, kind, depth: int) -> Tree:
        """A formula that is above 0, or mostly."""
        u = kind(depth - 1)
        match self.one({"square": 4, "exp": 2, "abs": 2, "softplus": 1, "sigmoid": 1, "itself": 1}):
            case "square":
                return call("square", u) + self.count() if self.chance(0.7) else call("square", u)
            case "abs":
                return call("abs", u) + self.count()
            case "exp":
                return call("exp", u) + self.count() if self.chance(0.4) else call("exp", u)
            case "itself":
                return u
            case name:
                return call(name, u)


def cost(source: random.Random) -> Tree:
    """A cost in a and y: one number for an example."""
    author = Author(source, (A, Y), reduces=True)
    while True:
        depth = source.choice([1, 1, 2, 2, 2, 3, 3, 4])
        if author.chance(0.15):
            found = source.choice(KNOWN_COSTS)
            if author.chance(0.4):
                found = author.function(lambda _, found=found: found, 1, OWN_VALUE)
        elif author.chance(0.4):
            found = author.function(author.scalar, depth, OWN_VALUE)
        elif author.chance(0.25):
            found = author.reduction(author.vector(depth))
        else:
            found = author.scalar(depth)
        for _ in range(source.choice([0, 0, 0, 1, 2])):
            found = author.joined(found, author.scalar(depth - 1))
        if author.chance(0.05):
            found = found + author.number()
        if found.uses("a") and found.uses("y") and found.weight < 120:
            return found


def activation(source: random.Random, whole: bool) -> Tree:
    """An activation in z: of each entry by itself, or of the whole vector."""
    author = Author(source, (Z,), reduces=whole)
    reduces = [name for name, op in OPERATIONS.items() if op.kind != "entries"]
    if author.chance(0.15):
        return source.choice(KNOWN_LAYERS if whole else KNOWN_ACTIVATIONS)
    while True:
        found = author.vector(source.choice([1, 1, 2, 2, 3]))
        if found.op != "z" and found.weight < 60 and (found.uses(*reduces) or not whole):
            return found


STEEP = {
    "exp": 6, "log": 2, "tanh": 2, "sigmoid": 3, "softplus": 1.5, "sqrt": 1.5, "power": 2,
    "square": 2, "reciprocal": 2, "abs": 1, "maximum": 1, "relu": 1, "silu": 0.7, "gelu": 0.3,
    "Phi": 0.3, "step": 0.5, "elu": 0.3, "huber": 0.2, "clip": 0.2, "sin": 0.1,
}  # fmt: skip


class ExtremeAuthor(Author):
    """Writes formulas that overflow if they are not written with care."""

    def line(self) -> Tree:
        u = self.leaves[0]
        minus = call("neg", u)
        plain = [u, u, u, minus, minus, 2 * u, u / 2, u + 1, 1 - u]
        if len(self.leaves) > 1:
            plain += [u - self.leaves[1], u * self.leaves[1]]
        return self.source.choice(plain)

    def leaf(self) -> Tree:
        return self.line() if self.chance(0.5) else self.leaves[0]

    def vector(self, depth: int) -> Tree:
        if depth <= 0:
            return self.leaf()
        kinds = {
            "function": 5,
            "two": 3,
            "number": 2,
            "ratio": 3,
            "cases": 1.2,
            "sums": 2,
            "where": 1.5,
        }
        if self.reduces:
            kinds |= {"softmax": 2, "shared": 2, "target": 3}
        match self.one(kinds):
            case "function":
                return self.function(self.vector, depth, STEEP)
            case "two":
                return self.joined(self.vector(depth - 1), self.vector(depth - 1))
            case "number":
                return self.joined(self.vector(depth - 1), self.number())
            case "ratio":
                return self.vector(depth - 1) / self.tamed(depth)
            case "cases":
                u, v = self.vector(depth - 1), self.vector(depth - 1)
                step = call("step", self.leaves[0])
                return step * u + (1 - step) * v
            case "where":
                return self.cases(self.vector, depth)
            case "softmax":
                return call("softmax", self.vector(depth - 2))
            case "shared":
                u = call("exp", self.line())
                return u / call("sum", u) if self.chance(0.5) else u - call("logsumexp", u)
            case "target":
                return self.leaves[1] * self.vector(depth - 1)
            case _:
                return self.source.choice(
                    [call("log", self.tamed(depth)), call("sqrt", self.tamed(depth))]
                )

    def tamed(self, depth: int) -> Tree:
        """A sum with exponentials, as in 1 + exp(-z)."""
        first = call("exp", self.line() if self.chance(0.7) else self.vector(depth - 2))
        other = self.count() if self.chance(0.7) else call("exp", self.line())
        if self.chance(0.15):
            first = call("square", first)
        found = first + other if self.chance(0.5) else other + first
        if self.chance(0.1):
            found = first - other
        return found


def extreme(source: random.Random) -> Tree:
    """An activation with exponentials and the like in it."""
    author = ExtremeAuthor(source, (Z,), reduces=False)
    while True:
        found = author.vector(source.choice([1, 2, 2, 3, 3]))
        if found.op != "z" and found.weight < 50 and found.uses(*STEEPEST):
            return found


def extreme_cost(source: random.Random) -> Tree:
    """A cost with exponentials and the like in it."""
    author = ExtremeAuthor(source, (A, Y), reduces=True)
    while True:
        found = author.reduction(author.vector(source.choice([1, 2, 2, 3])))
        if author.chance(0.3):
            found = call("log", call("sum", call("exp", author.line())))
            found = found - call("sum", Y * A) if author.chance(0.7) else found
        if found.uses("a") and found.weight < 60 and found.uses(*STEEPEST):
            return found if found.uses("y") else found - call("sum", Y * A)


STEEPEST = ("exp", "log", "sigmoid", "softplus", "tanh", "sqrt", "power", "step", "softmax")
