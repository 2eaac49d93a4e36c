"""Random formulas over a small graph, as hypothesis strategies."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from glassprop.formula.algebra import largest, logsumexp, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph

J, K = Axis("j", 3), Axis("k", 2)
UNARY = ("exp", "tanh", "sigmoid", "softplus", "abs", "sign", "step", "sin", "gelu", "huber")
numbers = st.one_of(
    st.integers(-4, 4), st.floats(-1e3, 1e3, allow_subnormal=False), st.sampled_from([0.1, 1 / 3])
)


def sample_graph():
    graph = Graph()
    names = {
        "z": graph.symbol("z"),
        "w": graph.symbol("w"),
        "u": graph.symbol("u", (J,)),
        "v": graph.symbol("v", (J,)),
        "M": graph.symbol("M", (J, K)),
    }
    return graph, names


def sample_values(seed=0):
    rng = np.random.default_rng(seed)
    shapes = {"z": (), "w": (), "u": (3,), "v": (3,), "M": (3, 2)}
    return {name: rng.uniform(0.3, 1.5, shape) for name, shape in shapes.items()}


@st.composite
def formulas(draw, depth=4):
    """A graph, its symbols by name, and a formula that operators made."""
    graph, names = sample_graph()

    def leaf():
        if draw(st.integers(0, 3)) == 0:
            return graph.const(draw(numbers))
        return names[draw(st.sampled_from(sorted(names)))]

    def make(level):
        if level == 0 or draw(st.integers(0, 5)) == 0:
            return leaf()
        kind = draw(st.integers(0, 9))
        u = make(level - 1)
        if kind == 0:
            return -u
        if kind == 1:
            return graph.apply(draw(st.sampled_from(UNARY)), u)
        if kind == 2:
            return graph.map(FUNCTIONS["leaky_relu"].with_parameters(slope=draw(numbers)), u)
        if kind == 3:
            over_all = draw(st.sampled_from([total, largest, logsumexp, softmax]))
            return over_all(u)
        if kind == 4:
            base = graph.apply("exp", u)
            return base ** draw(st.sampled_from([2, -1, 0.5, 3, -2, 1.5, 1, 4]))
        w = make(level - 1)
        covered = set(u.axes) <= set(w.axes) or set(w.axes) <= set(u.axes)
        if kind in (5, 6) and covered:
            return u + w if kind == 5 else u - w
        if kind == 7 and covered:
            return graph.apply("maximum", u, w)
        if kind == 8:
            return u / (1 + graph.apply("abs", w))
        return u * w

    return graph, names, make(depth)
