"""Random formulas, printed, read back, and worth the same: the printed text is unambiguous."""

import random

import numpy as np
import pytest
from hypothesis import assume, given, settings

from formula.random_formulas import formulas, sample_values
from glassprop.check.reader import NOTATIONS, ReadingError, verify_text
from glassprop.formula.algebra import dot, largest, logsumexp, mean, rename, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Const, Node, Step
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.notation import NOTATIONS as PROFILES

LARGE = 1e5
"""Beyond it a sine says nothing any more."""
UNSAID = "no array says how far"
"""Of a formula such as Σᵢ 1, whose range only the axes know."""


def same(graph, root, values, profile="nielsen"):
    """Whether the formula is worth anything; then the printed form is worth the same."""
    with np.errstate(all="ignore"):
        found = evaluate([root], values)
    if not all(np.abs(value).max(initial=0) < LARGE for value in found.values()):
        return False
    expected = found[root]
    left = graph.find("result") or graph.symbol("result", root.axes)
    text = " ".join(TextPrinter(PROFILES[profile]).equation(Step(left, root)))
    try:
        known = {**values, "result": expected}
        verify_text(text, known, notation=NOTATIONS[profile], tolerance=1e-7)
    except ReadingError as error:
        if UNSAID not in str(error):
            raise
        return False
    return True


@settings(max_examples=300, deadline=None)
@given(formulas())
def test_formulas_of_operators(sample):
    graph, _, root = sample
    assume(same(graph, root, sample_values()))


i, j, k, w, p = (Axis(name, size) for name, size in zip("ijkwp", (2, 3, 3, 4, 2), strict=True))
AXES = (i, j, k, w, p)
SMOOTH = ("sin", "tanh", "sigmoid", "relu", "abs", "gelu", "exp", "square", "silu", "sqrt", "elu")


class Author:
    """Writes formulas with layers, counts, derivatives, windows and choices in them."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.graph = g = Graph()
        self.values = {}
        random_numbers = np.random.default_rng(seed)
        listed = {
            "x": (i,), "W1": (j, i), "W2": (k, j), "b1": (j,), "delta2": (k,), "gamma": (),
            "a": (), "v3": (), "image": (w,), "K": (p, k), "A": (j, k), "s_W1": (j, i),
        }  # fmt: skip
        for name, axes in listed.items():
            g.symbol(name, axes, "parameter" if name[0] in "WK" else "input")
            self.values[name] = random_numbers.normal(size=[axis.size for axis in axes])
        for name, axes in {"C": (), "dC_dW1": (j, i), "dC_da": (), "t1": (j,)}.items():
            g.symbol(name, axes, "step")
            self.values[name] = random_numbers.normal(size=[axis.size for axis in axes])
        words = g.symbol("words", (i,))
        self.values["words"] = np.array([2, 0])
        self.names = [g.find(name) for name in self.values if name != "words"]
        self.zero_ones = [g.one_hot(words, j), g.select(w, j, p, 2, 1, 1), g.select(w, k, p)]

    def some(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        return tuple(axis for axis in axes if self.draw.random() < 0.5)

    def formula(self, depth: int) -> Node:
        if depth == 0 or self.draw.random() < 0.1:
            number = self.graph.const(self.draw.choice([2, 0.5, -3, 1 / 3, 0.1, 1e-7, 7]))
            return self.draw.choice([*self.names, number])
        u = self.formula(depth - 1)
        kind = self.draw.choice("fff+++---***///nps dddd rrr ww o t".replace(" ", ""))
        if kind in "+-*/d":
            v = self.formula(depth - 1)
            if kind in "+-" and not (set(u.axes) <= set(v.axes) or set(v.axes) <= set(u.axes)):
                kind = "*"
        match kind:
            case "f":
                return self.graph.apply(self.draw.choice(SMOOTH), u)
            case "+":
                return u + v
            case "-":
                return u - v
            case "*":
                return u * v * self.draw.choice([1, 1, 0.5, 3, -1])
            case "/":
                return u / self.draw.choice([abs(v) + 1, v * v + 1, 7, total(v * v) + 2])
            case "n":
                return -u
            case "p":
                base = self.graph.apply("exp", u) if isinstance(u, Const) else u
                return base ** self.draw.choice([2, 3, -1, -2, 0.5, 1.5])
            case "s":
                return softmax(u, self.some(u.axes) or u.axes) if u.axes else u
            case "d":
                both = tuple(dict.fromkeys([*u.axes, *v.axes]))
                return dot(u, v, over=self.some(both))
            case "r":
                over = self.some(u.axes)
                return self.draw.choice([largest, logsumexp, mean, total])(u, over) if over else u
            case "w":
                chosen = self.draw.choice(self.zero_ones)
                over = self.some(tuple(dict.fromkeys([*u.axes, *chosen.axes])))
                return dot(chosen, u, over=over)
            case "o":
                second = self.formula(depth - 1)
                axes = {*u.axes} <= {*second.axes} or {*second.axes} <= {*u.axes}
                return self.graph.apply("maximum", u, second) if axes else u
            case _:
                turn = {j: k} if j in u.axes and k not in u.axes else {}
                return rename(u, turn)


@pytest.mark.parametrize("profile", ["nielsen", "ng", "goodfellow"])
@pytest.mark.parametrize("seed", range(10))
def test_formulas_of_networks(seed, profile):
    worth = 0
    for attempt in range(25):
        author = Author(100 * seed + attempt)
        root = author.formula(author.draw.randrange(1, 5))
        worth += len(root.axes) < 4 and same(author.graph, root, author.values, profile)
    assert worth > 5
