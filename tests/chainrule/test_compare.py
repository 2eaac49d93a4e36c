"""Two derivations compared: pairs of steps, smallest differing parts, causes."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule.sequences import attention, long_short_term_memory, recurrent
from glassprop.chainrule.little_graph.graph_copies import copy
from glassprop.chainrule.little_graph.scalars import derive_apart, scalars
from glassprop.chainrule.mini_batch import lift
from glassprop.chainrule.reverse_sweep import derive
from glassprop.comparison.compare import compare
from glassprop.comparison.difference import Comparison
from glassprop.errors import NetworkError
from glassprop.formula.algebra import dot, total
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Factor, Symbol, symbols
from glassprop.network import Network


def network(*layers, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Network(*layers, seed=0, **settings)


def compared(a, b):
    return compare(a.derivation.inner, b.derivation.inner)


def of(found, name):
    return next(change for change in found.changes if change.step.name == name)


def kinds(found):
    return {change.step.name: change.kind for change in found.changes if change.kind != "same"}


def causes(found, change):
    return [found.changes[place].step.name for place in change.causes]


# -- what changes


def test_a_cost_that_the_output_is_made_for():
    found = compared(network([2, 3, 1]), network([2, 3, 1], cost="binary_cross_entropy"))
    assert kinds(found) == {"C": "changed", "dC_da2": "removed", "delta2": "changed"}
    delta = of(found, "delta2")
    (edit,) = delta.edits
    assert edit.kind == "factor" and edit.right is None
    assert edit.left.function.name == "sigmoid_prime"
    assert [step.name for step in delta.lost] == ["a2"]
    assert [step.name for step in delta.gained] == ["C"]
    assert causes(found, delta) == causes(found, of(found, "dC_da2")) == ["C"]
    assert of(found, "C").primary and not delta.primary
    assert of(found, "delta1").affected and not of(found, "a2").affected


def test_another_activation():
    found = compared(network([2, 3, 1]), network([2, 3, 1], activation="relu", output="sigmoid"))
    assert kinds(found) == {"a1": "changed", "delta1": "changed"}
    (edit,) = of(found, "delta1").edits
    assert edit.kind == "function"
    names = edit.left.function.name, edit.right.function.name
    assert names == ("sigmoid_prime", "relu_prime")
    assert causes(found, of(found, "delta1")) == ["a1"]
    assert of(found, "z2").affected and not of(found, "z1").affected


def test_a_penalty():
    found = compared(network([2, 3, 1]), network([2, 3, 1], l2=0.1))
    assert kinds(found) == {"C": "changed", "dC_dW1": "changed", "dC_dW2": "changed"}
    assert {edit.kind for edit in of(found, "C").edits} == {"term"}
    for name in ("dC_dW1", "dC_dW2"):
        (edit,) = of(found, name).edits
        assert edit.kind == "term" and edit.left is None
        assert edit.right.coefficient == 0.1
        assert causes(found, of(found, name)) == ["C"]
    assert not any(change.affected for change in found.changes)


def test_another_penalty_is_another_number():
    found = compared(network([2, 3, 1], l2=0.2), network([2, 3, 1], l2=0.1))
    assert {edit.kind for edit in of(found, "dC_dW1").edits} == {"number"}


@pytest.mark.parametrize("cost", ["quadratic", "cross_entropy"])
def test_a_layer_comes_before_the_output(cost):
    found = compared(network([2, 3, 3], cost=cost), network([2, 3, 3, 3], cost=cost))
    added = {name for name, kind in kinds(found).items() if kind == "added"}
    if cost == "cross_entropy":
        assert added == {"z2", "a2", "dC_da2", "delta2", "dC_db2", "dC_dW2"}
        output = of(found, "a3")
        assert output.left.name == "a2" and output.kind == "same" and output.renamed
        assert causes(found, of(found, "z3")) == ["a2"]
    assert len(added) == 6
    assert "removed" not in kinds(found).values()


def test_other_sizes():
    found = compared(network([4, 3, 2]), network([4, 5, 2]))
    assert set(kinds(found).values()) == {"resized"}
    assert of(found, "C").kind == "same" and of(found, "dC_dW1").kind == "resized"


def test_the_same_formula_from_other_costs():
    softmax = network([4, 3], cost="cross_entropy")
    sigmoid = network([4, 3], cost="binary_cross_entropy")
    found = compared(softmax, sigmoid)
    delta = of(found, "delta1")
    assert delta.kind == "same" and "C" in causes(found, delta)


def test_little_graphs():
    a, b = scalars("a b")
    first, second = derive_apart((a + b) * (b + 1), b), derive_apart((a + b) * (b + 2), b)
    found = compare(first, second)
    assert kinds(found) == {"d": "changed"}
    other = compare(first, derive_apart(a**3, a))
    assert {change.kind for change in other.changes} >= {"removed", "changed"}


# -- what does not


@pytest.mark.parametrize("sample", [attention, recurrent, long_short_term_memory])
def test_nothing_changes_to_a_copy_in_another_graph(sample):
    made = sample()
    one = derive(made.cost, made.wrt)
    assert {change.kind for change in compare(one, one).changes} == {"same"}
    graph = Graph()
    cost, *wrt = copy([made.cost, *made.wrt], graph)
    assert {c.kind for c in compare(one, derive(cost, wrt)).changes} == {"same"}


def test_order_and_names_of_axes_do_not_matter():
    def stated(i, j, turned):
        g = Graph()
        W, x = g.symbol("W", (j, i), "parameter"), g.symbol("x", (i,))
        b = g.symbol("b", (j,), "parameter")
        product = dot(x, W, over=i) if turned else dot(W, x, over=i)
        return g.let("z", b + product if turned else product + b)

    left = stated(Axis("i", 2), Axis("j", 3), False)
    right = stated(Axis("p", 2), Axis("q", 3), True)
    names = {s.name: s for s in symbols(right.graph.steps[right].formula)}
    partners = {s: names[s.name] for s in symbols(left.graph.steps[left].formula)}
    comparison = Comparison(partners)
    formulas = left.graph.steps[left].formula, right.graph.steps[right].formula
    assert comparison.equal(*formulas, left.axes, right.axes)


def test_indices_matter():
    g = Graph()
    i, j = Axis("i", 3), Axis("j", 3)
    A = g.symbol("A", (i, j))
    turned = g.contract(1, [Factor(A, (j, i))], (i, j))
    comparison = Comparison({A: A})
    assert comparison.equal(A, A, (i, j), (i, j))
    assert not comparison.equal(A, turned, (i, j), (i, j))
    assert comparison.edits(A, turned, (i, j), (i, j))
    rows, columns = total(A, j), total(A, i)
    assert not comparison.equal(rows, columns, (i,), (j,))


def test_deep_formulas_are_compared():
    def tower(height, top):
        g = Graph()
        (x,) = (g.symbol("x", (), "variable"),)
        u = x
        for _ in range(height):
            u = g.apply("sin", u) + 1
        return g.let("e", g.apply(top, u)), x

    (left, x), (right, y) = tower(3000, "exp"), tower(3000, "cos")
    comparison = Comparison({x: y})
    formulas = left.graph.steps[left].formula, right.graph.steps[right].formula
    assert [edit.kind for edit in comparison.edits(*formulas, (), ())] == ["function"]


# -- properties, over random pairs

COSTS = ["quadratic", "binary_cross_entropy", "cross_entropy", "huber", "absolute", "hinge"]
DESCRIBED = st.fixed_dictionaries(
    {
        "layers": st.lists(st.integers(1, 4), min_size=2, max_size=5),
        "activation": st.sampled_from(["sigmoid", "relu", "tanh", "softplus", "silu", "gelu"]),
        "output": st.sampled_from([None, "sigmoid", "softmax", "identity"]),
        "cost": st.sampled_from(COSTS),
        "l2": st.sampled_from([0.0, 0.1]),
    }
)


def described(options):
    options = dict(options)
    layers = options.pop("layers")
    try:
        return network(layers, **options)
    except NetworkError:  # a cost that the output does not fit
        return network(layers, **{**options, "output": None})


@given(DESCRIBED, DESCRIBED, st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_step_of_either_side_occurs_once(a, b, lifted):
    left, right = (described(options).derivation.inner for options in (a, b))
    if lifted:
        left, right = lift(left), lift(right)
    found = compare(left, right).changes
    assert sorted(c.left.name for c in found if c.left) == sorted(s.name for s in left)
    assert [c.right.name for c in found if c.right] == [s.name for s in right]
    for change in found:
        assert (change.kind == "added") == (change.left is None)
        assert (change.kind == "removed") == (change.right is None)
        assert (change.kind == "changed") == bool(change.edits)
        assert all(found[place].kind not in ("same", "resized") for place in change.causes)
    back = compare(right, left).changes
    pairs = {(c.left and c.left.name, c.right and c.right.name, c.kind) for c in found}
    swap = {"added": "removed", "removed": "added"}
    turned = {
        (c.right and c.right.name, c.left and c.left.name, swap.get(c.kind, c.kind)) for c in back
    }
    assert pairs == turned


@given(DESCRIBED, DESCRIBED)
@settings(max_examples=40, deadline=None)
def test_steps_called_the_same_have_the_same_values(a, b):
    first, second = described(a), described(b)
    found = compared(first, second)
    random = np.random.default_rng(1)
    values = {}

    def value(symbol, partner):
        if symbol not in values:
            values[symbol] = values[partner] = random.uniform(
                0.1, 0.9, [x.size for x in symbol.axes]
            )
        return values[symbol]

    for change in found.changes:
        if change.kind != "same":
            continue
        mine = {s.name: value(s, found.partners[s]) for s in symbols(change.left_formula)}
        yours = {s.name: values[s] for s in symbols(change.right_formula)}
        one = replace(change.left, formula=change.left_formula)
        other = replace(change.right, formula=change.right_formula)
        np.testing.assert_allclose(_value(one, mine), _value(other, yours), rtol=1e-12)


def _value(step, values):
    found = evaluate([step.formula], values)[step.formula]
    order = [step.formula.axes.index(axis) for axis in step.symbol.axes]
    return np.transpose(found, order)


@given(DESCRIBED, DESCRIBED)
@settings(max_examples=25, deadline=None)
def test_steps_that_nothing_touches_have_the_same_values_in_both_programs(a, b):
    assume(a["layers"][-1] > 1)  # the softmax of one number is 1, and ln(1 − 1) is not defined
    options = {**b, "layers": [a["layers"][0], *b["layers"][1:-1], a["layers"][-1]]}
    first, second = described(a), described(options)
    found = compared(first, second)
    random = np.random.default_rng(2)
    for p, q in found.partners.items():
        if p.role == "parameter" and p.axes and _shape(p) == _shape(q):
            second.parameters[q.name] = first.parameters[p.name]
    x = random.standard_normal((5, a["layers"][0]))
    y = np.eye(a["layers"][-1])[random.integers(a["layers"][-1], size=5)]  # for any cost
    left, right = first.trace(x, y), second.trace(x, y)
    for change in found.changes:
        if change.kind == "same" and not change.affected:
            np.testing.assert_allclose(
                left[change.left.name], right[change.right.name], rtol=1e-9, atol=1e-12
            )


def _shape(symbol: Symbol):
    return [axis.size for axis in symbol.axes]
