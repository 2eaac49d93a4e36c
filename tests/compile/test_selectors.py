"""Products with selectors, any labels anywhere, against the reference evaluator."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compile.programs import agree
from compile.test_layout import values_of
from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.verify import verify
from glassprop.compile.numpy_source.emit import Lines, expression_function, module
from glassprop.compile.numpy_source.load import load
from glassprop.compile.passes.windows import windows
from glassprop.compile.program import Routine
from glassprop.formula.algebra import dot, total
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Factor, Node, Step, Symbol

H, W = Axis("h", 7), Axis("w", 6)
OUT, WINDOW = [Axis("i", 3), Axis("j", 2)], [Axis("p", 2), Axis("q", 3)]
C, K, S = Axis("c", 2), Axis("k", 4), Axis("s", 3)
POOL = (H, W, *OUT, *WINDOW, C, K, S)


@st.composite
def products(draw: st.DrawFn) -> tuple[Graph, list[Symbol], Node]:
    graph = Graph()
    words = graph.symbol("words", (S,))
    factors: list[Factor] = []
    for h, i, p in zip((H, W), draw(st.permutations(OUT)), WINDOW, strict=True):
        for _ in range(draw(st.integers(0, 1))):
            settings_ = [draw(st.integers(1, 2)), draw(st.integers(1, 2)), draw(st.integers(0, 2))]
            factors.append(Factor(graph.select(h, i, p, *settings_), (h, i, p)))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        factors.append(Factor(graph.one_hot(words, K), (S, K)))
    if kind == 1:
        factors.append(Factor(graph.one_hot(graph.const(draw(st.integers(0, 3))), K), (K,)))
    inputs = [words]
    for number in range(draw(st.integers(1, 3))):
        axes = draw(st.lists(st.sampled_from(POOL), unique=True, max_size=4))
        inputs.append(graph.symbol(f"u{number}", axes))
        factors.append(Factor(inputs[-1], tuple(axes)))
    used = list(dict.fromkeys(label for factor in factors for label in factor.labels))
    out = [label for label in used if draw(st.integers(0, 2)) == 0]
    coefficient = draw(st.sampled_from([1, -0.5, 3]))
    factors = draw(st.permutations(factors))
    return graph, inputs, graph.contract(coefficient, factors, tuple(draw(st.permutations(out))))


@settings(max_examples=200, deadline=None)
@given(products())
def test_random_products_with_selectors(problem):
    graph, inputs, formula = problem
    result = graph.symbol("result", formula.axes, "step")
    steps = Derivation(graph, (Step(result, formula),), result, {}, (result,))
    values = values_of(inputs) | {"words": np.array([3, 0, 3])}
    theirs = {"result": evaluate([formula], values)[formula]}
    for given_steps in (steps, verify(windows(steps), "windows")):
        routine = Routine("f", "f", given_steps, (result,), tuple(inputs))
        lines = Lines(list(given_steps), "float64")
        source = module([expression_function(routine, lines)], "test")
        found = load(source, "test")["f"](*values.values())
        agree({"result": found}, theirs, 1e-12)


def source_of(formula: Node, inputs: list[Symbol]) -> str:
    graph = formula.graph
    result = graph.symbol("result", formula.axes, "step")
    steps = windows(Derivation(graph, (Step(result, formula),), result, {}, (result,)))
    routine = Routine("f", "f", steps, (result,), tuple(inputs))
    return expression_function(routine, Lines(list(steps), "float64"))


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (lambda g, E, v, k: dot(g.one_hot(v, k), E, over=k), "E[v]"),
        (lambda g, E, v, k: dot(g.one_hot(g.const(2), k), E, over=k), "E[2]"),
        (lambda g, E, v, k: total(dot(g.one_hot(v, k), E, over=k)), "E[v].sum()"),
    ],
)
def test_choices_read_as_indexing(state, line):
    g = Graph()
    E, v = g.symbol("E", (K, C)), g.symbol("v", (S,))
    assert f"result = {line}" in source_of(state(g, E, v, K), [E, v])


def test_labels_pick_entries_and_their_adjoint_scatters():
    g = Graph()
    z, v, u = g.symbol("z", (S, K)), g.symbol("v", (S,)), g.symbol("u", (S, C))
    assert "pick(z, v).sum()" in source_of(dot(g.one_hot(v, K), z, over=(S, K)), [z, v])
    g = Graph()
    v, u = g.symbol("v", (S,)), g.symbol("u", (S, C))
    assert "scatter(u, v, 4)" in source_of(dot(g.one_hot(v, K), u, over=S), [v, u])


def test_windows_and_overlaps_say_what_is_not_usual():
    g = Graph()
    x, i, p = g.symbol("x", (H,)), OUT[0], WINDOW[0]
    formula = dot(g.select(H, i, p, 2, pad=1), x, over=H)
    assert "windows(x, axis=0, count=3, size=2, stride=2, pad=1)" in source_of(formula, [x])
    g = Graph()
    u = g.symbol("u", (i, p))
    formula = dot(g.select(H, i, p, 1, dilation=2), u, over=(i, p))
    assert "overlap(u, axis=0, length=7, dilation=2)" in source_of(formula, [u])
