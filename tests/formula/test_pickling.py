"""Graphs that are pickled and copied, whatever the depth of their formulas."""

import copy
import pickle

import numpy as np
import pytest

import glassprop as gp
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import walk

WAYS = {"pickle": lambda given: pickle.loads(pickle.dumps(given)), "copy": copy.deepcopy}
A, B = gp.scalars("a b")
DEEP = {
    "nested": lambda e, k: e * B + A,
    "sum": lambda e, k: e + A**k,
    "functions": lambda e, k: gp.sin(e) + k,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", DEEP)
def test_two_thousand_terms_or_levels(name, way):
    formula = A
    for k in range(2, 2000):
        formula = DEEP[name](formula, k)
    again = WAYS[way](formula)
    assert again is not formula and again.graph is not formula.graph
    assert repr(again) == repr(formula) and again.uid == formula.uid
    assert formula == formula and hash(formula) == hash(formula)
    assert {again: 1}[again] == 1 and len(list(walk([again]))) == len(list(walk([formula])))


@pytest.mark.parametrize("way", WAYS)
def test_every_kind_of_node_means_the_same_and_is_interned_as_before(way):
    derivations = [
        gp.Network(3, gp.Dense(4, "gelu"), gp.Dense(3, "softmax"), cost="cross_entropy", l2=0.1),
        gp.Network(3, gp.Dense(3, "softmax"), cost="binary_cross_entropy"),
        gp.Network(3, gp.Dense(2, gp.activation("leaky_relu", slope=0.3)), cost="hinge"),
    ]
    for net in derivations:
        lifted = net.derivation.lift()
        for given in (net.derivation, lifted):
            found = WAYS[way](given)
            assert str(found) == str(given) and repr(found) == repr(given)
            assert found.explain(92) == given.explain(92)
            graph = found.inner.graph
            for step in found:
                assert step.symbol is graph.find(step.name) and step.formula.graph is graph
                again = 2 * step.formula
                assert again is 2 * step.formula and again.uid >= step.formula.uid


def test_a_copied_formula_has_the_same_value():
    graph = Graph()
    a, b = (graph.symbol(name, (), "variable") for name in "ab")
    formula = graph.apply("maximum", a * b + 1, a / (b**2 + 3)) ** 3
    values = {"a": np.float64(2.0), "b": np.float64(-0.5)}
    expected = evaluate([formula], values)[formula]
    for way in WAYS.values():
        again = way(formula)
        assert evaluate([again], values)[again] == expected


def test_a_copy_can_be_built_on_without_touching_the_other():
    formula = A * B + 1
    size = len(formula.graph._nodes)
    again = copy.deepcopy(formula)
    assert again.graph.find("a") is not A and (again + 7).graph is again.graph
    assert len(formula.graph._nodes) == size
    assert copy.copy(formula) is formula
