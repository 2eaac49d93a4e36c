import numpy as np
import pytest

from chainrule.comparison import results
from glassprop.chainrule.reverse_sweep import derive
from glassprop.chainrule.rewritings.rewrites import (
    positive_first,
    rewrite_backward,
    rewrite_forward,
)
from glassprop.formula.algebra import dot, negative, softmax, tidy, total
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Step

K = Axis("k", 4)


def step_of(formula) -> Step:
    return Step(formula.graph.symbol("step_", formula.axes, "step"), formula)


def value(formula, **values):
    return evaluate([formula], values)[formula]


def test_log_of_exp():
    g = Graph()
    z = g.symbol("z", (K,))
    done = rewrite_forward(step_of(g.apply("log", g.apply("exp", z)) + 1), {})
    assert done.formula is z + 1
    (mark,) = done.rewrites
    assert mark.rule == "log of exp" and "logarithm of 0" in mark.reason
    assert mark.before is g.apply("log", g.apply("exp", z)) + 1


def test_log_of_a_named_sigmoid_and_of_its_complement():
    g = Graph()
    z = g.symbol("z", (K,))
    a = g.let("a", g.apply("sigmoid", z))
    done = rewrite_forward(step_of(g.apply("log", a)), g.steps)
    assert done.formula is negative(g.apply("softplus", negative(z)))
    for one_minus in (1 - a, -a + 1):
        g2_step = Step(g.symbol(g.fresh("u"), (K,), "step"), g.apply("log", one_minus))
        done = rewrite_forward(g2_step, g.steps)
        assert done.formula is negative(g.apply("softplus", z))


@pytest.mark.parametrize(
    "build",
    [
        lambda g, a, z: g.apply("log", 2 - a),
        lambda g, a, z: g.apply("log", 1 + a),
        lambda g, a, z: g.apply("log", 1 - 2 * a),
        lambda g, a, z: g.apply("log", z),
        lambda g, a, z: g.apply("log", 1 - a * a),
    ],
)
def test_what_only_looks_alike_is_left(build):
    g = Graph()
    z = g.symbol("z", (K,))
    a = g.let("a", g.apply("sigmoid", z))
    step = step_of(build(g, a, z))
    assert rewrite_forward(step, g.steps) is step


def test_rewritten_logarithms_do_not_overflow():
    g = Graph()
    z, y = g.symbol("z", (K,), "parameter"), g.symbol("y", (K,), "target")
    a = g.let("a", g.apply("sigmoid", z))
    log = g.apply("log", a)
    C = g.let("C", -total(y * log + (1 - y) * g.apply("log", 1 - a)))
    derivation = derive(C, [z])
    values = {"z": np.array([800.0, -800.0, 1.0, 0.0]), "y": np.array([0.0, 1.0, 1.0, 0.5])}
    with np.errstate(over="ignore"):
        found = results(derivation, values)["z"]
        cost = evaluate([C], values, derivation.steps)[C]
    np.testing.assert_allclose(found[:2], [1.0, -1.0])
    assert np.isfinite(cost) and cost > 1600


def test_probabilities_sum_to_one_only_where_they_are_declared():
    g = Graph()
    y = g.symbol("y", (K,), "target", probability=True)
    t = g.symbol("t", (K,), "target")
    s = g.symbol("s")
    done = rewrite_backward(step_of(tidy(total(y * s))), {}, {})
    assert done.formula is s
    assert done.rewrites[0].rule == "probabilities sum to 1"
    other = Step(g.symbol("other", (), "step"), tidy(total(t * s)))
    assert rewrite_backward(other, {}, {}).rewrites == ()
    weighted = Step(g.symbol("weighted", (), "step"), tidy(total(y * t)))
    assert rewrite_backward(weighted, {}, {}).rewrites == ()
    kept = Step(g.symbol("kept", (K,), "step"), y * s)
    assert rewrite_backward(kept, {}, {}).rewrites == ()


def test_what_has_a_name_is_called_by_it():
    g = Graph()
    z = g.symbol("z", (K,))
    a = g.let("a", softmax(z))
    done = rewrite_backward(step_of(softmax(z) * z), g.steps, {softmax(z): a})
    assert done.formula is a * z
    assert done.rewrites[0].reason == "a stands for it already"


def test_a_sum_starts_with_what_is_positive():
    g = Graph()
    a, y = g.symbol("a", (K,)), g.symbol("y", (K,))
    assert positive_first(-y + a) is a - y
    assert positive_first(a - y) is None
    assert positive_first(-y - 2 * a) is None
    b = tidy(-y + 2 * a - 3)
    assert value(positive_first(b), a=np.ones(4), y=np.ones(4)) == pytest.approx(-2)


def test_names_are_not_looked_through():
    g = Graph()
    b = g.symbol("b", (K,), "parameter")
    c = g.let("c", 2 * b)
    C = g.let("C", total(dot(c, c)))
    derivation = derive(C, [b])
    assert [step.name for step in derivation] == ["c", "C", "dC_dc", "dC_db"]
    assert derivation["dC_dc"].formula is 2 * c
