"""Which formulas are told once for all layers."""

from __future__ import annotations

import pytest

from glassprop.formula.algebra import dot
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Step
from glassprop.models.layers import Dense
from glassprop.network import Network
from glassprop.show.outline.code_lines import Lines
from glassprop.show.outline.outline import story
from glassprop.show.outline.repeated_layers import MOST, left_out, ranges, repeats
from show.derivations import ALL


def found(net: Network) -> dict[str, tuple[int, ...]]:
    derivation = net.derivation
    told = story(derivation.inner, derivation._lines, fold=True)
    return {r.general.name: r.layers for r in told.repeats}


def test_layers_of_one_kind_are_one_formula_and_the_input_is_layer_0():
    net = Network([4, 5, 6, 7, 2])
    assert found(net) == {
        "z2": (1, 2, 3, 4),
        "a2": (1, 2, 3, 4),
        "delta2": (1, 2, 3),
        "dC_db2": (1, 2, 3, 4),
        "dC_dW2": (1, 2, 3, 4),
    }
    starts = {
        r.general.name: r.start for r in story(net.derivation.inner, Lines({}, {}), False).repeats
    }
    assert starts["z2"][0].name == "x"
    assert starts["z2"][1] == "a"
    assert starts["a2"] is None


def test_other_activations_are_other_formulas():
    net = Network(3, Dense(4, "relu"), Dense(4, "tanh"), Dense(4, "relu"), Dense(2, "tanh"))
    layers = found(net)
    assert layers["z2"] == (1, 2, 3, 4)
    assert sorted(value for name, value in layers.items() if name.startswith("a")) == [
        (1, 3),
        (2, 4),
    ]
    assert layers["delta3"] == (1, 3)


def test_names_do_not_matter_but_structure_does():
    g = Graph()
    axis = Axis("u", 3)
    told = []
    before = g.symbol("s0", (axis,))
    for number in range(1, 5):
        factor = g.symbol(f"Q{number}", (axis,), "parameter")
        formula = before * factor + (before if number == 3 else 1)
        before = g.let(f"s{number}", formula)
        told.append((g.steps[before], formula))
    (only,) = repeats(told)
    assert only.layers == (1, 2, 4)


def test_a_weight_that_layers_share_stays_itself():
    g = Graph()
    j, i = Axis("j", 3), Axis("i", 3)
    W = g.symbol("W9", (j, i), "parameter")
    h = g.symbol("h0", (i,))
    told = []
    for number in range(1, 5):
        previous, axes = h, (j, i) if number % 2 else (i, j)
        weights = W if number % 2 else g.symbol("V9", (i, j), "parameter")
        h = g.let(f"h{number}", g.apply("tanh", dot(weights, previous, over=axes[1])))
        told.append((g.steps[h], g.steps[h].formula))
    assert [repeat.layers for repeat in repeats(told)] == [(1, 3), (2, 4)]


@pytest.mark.parametrize("name", ["convolution", "attention", "arithmetic"])
def test_nothing_repeats_where_nothing_does(name):
    assert repeats((step, step.formula) for step in ALL[name]()) == []


def test_many_layers_are_left_out_all_but_the_first_two_and_the_last():
    derivation = Network([3] * 31).derivation
    told = [(step, step.formula) for step in derivation.inner.forward]
    gone = {step.name for step in left_out(told)}
    assert {f"z{k}" for k in range(3, 30)} <= gone
    assert not gone & {"z1", "a1", "z2", "a2", "z30", "a30", "C"}
    few = Network([3] * (MOST + 1)).derivation
    assert left_out([(step, step.formula) for step in few.inner.forward]) == set()


def test_a_long_section_without_repetition_is_cut():
    g = Graph()
    u = g.symbol("u", (Axis("i", 2),))
    told = []
    for number in range(500):
        formula = u * (number + 2)
        told.append((Step(g.let(f"q{number}x", formula), formula), formula))
    gone = left_out(told)
    assert len(told) - len(gone) < 60
    assert told[0][0] not in gone
    assert told[-1][0] not in gone


def test_runs_of_numbers():
    assert ranges([1, 2, 3, 7, 9, 10]) == [(1, 3), (7, 7), (9, 10)]
