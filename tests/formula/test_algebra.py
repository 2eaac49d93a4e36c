import numpy as np
import pytest
from hypothesis import given, settings

from formula.random_formulas import J, K, formulas, sample_graph, sample_values
from glassprop.errors import FormulaError
from glassprop.formula.algebra import (
    depends,
    dot,
    fit_axes,
    mean,
    multiply_out,
    negative,
    plus,
    rename,
    rewrite,
    softmax,
    substitute,
    tidy,
    total,
)
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Add, Contract, Symbol, walk


def value(node, axes=None, seed=0, **more):
    values = {**sample_values(seed), **more}
    found = evaluate([node], values)[node]
    if axes is None:
        return found
    return np.transpose(found, [node.axes.index(axis) for axis in axes])


@settings(max_examples=200, deadline=None)
@given(formulas())
def test_tidying_keeps_values_and_axes_and_is_done_at_once(sample):
    _, _, formula = sample
    tidied = tidy(formula)
    assert set(tidied.axes) == set(formula.axes)
    assert tidy(tidied) is tidied
    with np.errstate(all="ignore"):
        expected, got = value(formula), value(tidied, formula.axes)
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(formulas(depth=3))
def test_multiplying_out_keeps_values_and_axes(sample):
    _, _, formula = sample
    opened = multiply_out(tidy(formula))
    assert set(opened.axes) == set(formula.axes)
    with np.errstate(all="ignore"):
        expected, got = value(formula), value(opened, formula.axes)
    scale = 1 + np.max(np.abs(expected), initial=0, where=np.isfinite(expected))
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-6 * scale)


@settings(max_examples=100, deadline=None)
@given(formulas())
def test_substituting_is_evaluating_elsewhere(sample):
    graph, names, formula = sample
    moved = substitute(formula, {names["z"]: names["z"] + 1})
    with np.errstate(all="ignore"):
        expected = value(formula, z=sample_values()["z"] + 1)
        got = value(moved, formula.axes)
    np.testing.assert_allclose(got, expected, rtol=1e-7, atol=1e-6)
    if not depends(formula, {names["z"]}):
        assert moved is formula
    assert graph.find("z") is names["z"]


def test_products_and_sums_are_written_out():
    _, names = sample_graph()
    z, w, u, M = (names[k] for k in "zwuM")
    assert tidy(2 * (z * (3 * w))).coefficient == 6
    assert len(tidy(z + (w + (z + 1))).terms) == 3
    assert tidy(z + w - z) is w
    assert tidy(z - z) is z.graph.const(0)
    nested = tidy(total(dot(M, u, over=J) * dot(M, u, over=J)))
    assert isinstance(nested, Contract) and len(nested.factors) == 4
    assert all(isinstance(factor.node, Symbol) for factor in nested.factors)
    np.testing.assert_allclose(value(nested), np.sum(value(dot(M, u, over=J)) ** 2))


def test_a_sum_keeps_the_axes_of_terms_that_cancel():
    graph, names = sample_graph()
    u, M = names["u"], names["M"]
    left = tidy(M + u - M)
    assert set(left.axes) == {J, K}
    np.testing.assert_allclose(value(left, (J, K)), np.repeat(value(u)[:, None], 2, 1))
    assert value(tidy(total(M + u - M))) == pytest.approx(2 * value(u).sum())
    assert plus(graph, [M, negative(M)]).axes == (J, K)


def test_rebuilding_follows_axes_by_name():
    graph, names = sample_graph()
    a = graph.symbol("a", (K, J))
    b = names["M"]
    product = total((b + a) * b)
    turned = substitute(product, {b + a: a + b})
    np.testing.assert_allclose(
        value(turned, a=np.arange(6.0).reshape(2, 3)),
        value(product, a=np.arange(6.0).reshape(2, 3)),
    )


def test_a_broadcast_that_is_summed_counts_its_size():
    _, names = sample_graph()
    u = names["u"]
    wide = fit_axes(u, (J, K))
    assert wide.axes == (J, K)
    np.testing.assert_allclose(value(total(wide)), 2 * value(u).sum())
    assert tidy(total(wide)) is tidy(2 * total(u))
    assert fit_axes(wide, (J,)) is tidy(2 * u)


def test_a_symbolic_size_is_counted_too():
    graph, _ = sample_graph()
    n = Axis("n", "n")
    x = graph.symbol("x", (n,))
    assert value(mean(x), x=np.arange(5.0)) == 2
    assert value(total(fit_axes(graph.symbol("c"), (n,))), c=3.0, x=np.zeros(5), n=5) == 15


def test_dot_mean_softmax_and_rename():
    graph, names = sample_graph()
    u, M = names["u"], names["M"]
    values = sample_values()
    np.testing.assert_allclose(value(dot(M, u, over=J)), values["M"].T @ values["u"])
    np.testing.assert_allclose(value(mean(M, K)), values["M"].mean(1))
    np.testing.assert_allclose(value(total(softmax(M, K), K)), np.ones(3))
    other = Axis("i", 3)
    gram = dot(M, rename(M, {J: other}), over=K)
    np.testing.assert_allclose(value(gram), values["M"] @ values["M"].T)
    for attempt, message in (
        (lambda: dot(u, over=K), "sums over k, which no factor has"),
        (lambda: rename(u, {K: other}), "has no axis k"),
        (lambda: rename(u, {J: Axis("i", 4)}), "size 3, i has size 4"),
        (lambda: rename(M, {J: Axis("k", 3)}), "an axis twice"),
        (lambda: graph.reduce("max", u, (K,)), "max over k"),
    ):
        with pytest.raises(FormulaError, match=message):
            attempt()


def test_terms_meet_when_products_are_multiplied_out():
    _, names = sample_graph()
    z, w = names["z"], names["w"]
    assert multiply_out(tidy(z * (w - 1) + z)) is tidy(z * w)
    opened = multiply_out(tidy((z + w) * (z - w)))
    assert isinstance(opened, Add)


def test_rewriting_visits_each_node_once():
    _, names = sample_graph()
    z = names["z"]
    u = z
    for _ in range(60):
        u = u * u
    visited = []
    rewrite(u, lambda node: visited.append(node))
    assert len(visited) == len(list(walk([u]))) == 61
