"""Mistakes that are planted in derivations: all that change a number are caught."""

import re
from collections import Counter

import pytest

from glassprop.check.mutation.formulas import KINDS
from glassprop.check.mutation.mutants import gradients, mutants
from mutants import PAGE, caught, networks, values_of


@pytest.mark.parametrize("name", ["two layers", "absolute"])
def test_each_mistake_is_caught(name):
    counts = Counter()
    for mutant, verdict in caught(networks()[name]):
        assert verdict != "not caught", mutant.words
        counts[verdict] += 1
    assert counts["caught"] > 60 and counts["equal"] < 0.15 * counts["caught"]


def test_every_kind_is_planted_and_said():
    found, words = set(), []
    for net in networks().values():
        for mutant in mutants(net._program().after("lift")):
            found.add(mutant.mistake.kind)
            words.append(mutant.words)
    assert found == set(KINDS) and len(words) > 700
    assert any(
        re.match(r"delta1: a factor is missing: sigmoid_prime\(z1\)", text) for text in words
    )


def test_the_definition_gives_the_gradients_of_the_program():
    net = networks()["softmax"]
    x, y, parameters = values_of(net)
    found = gradients(net._program().after("lift"), {"x": x, "y": y, **parameters})
    for name, value in net.gradients(x, y).items():
        assert found[name] == pytest.approx(value, rel=1e-12, abs=1e-15)


def test_the_page_says_that_none_is_missed():
    rows = re.findall(r"^\| (.+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text(), re.M)
    assert [row[0] for row in rows] == list(KINDS.values())
    assert all(int(row[1]) == int(row[2]) + int(row[3]) and row[4] == "0" for row in rows)
