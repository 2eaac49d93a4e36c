"""Every formula that is shown for the gallery is read again and agrees with the program."""

from functools import cache

import pytest

from gallery.networks import GALLERY, LOGARITHMS, NETWORKS
from gallery.reading import Shown, displayed, readable, reading
from glassprop.formula.nodes import Map, walk
from glassprop.models.activations import ACTIVATIONS
from glassprop.show.notation.notation import NOTATIONS as PROFILES


@cache
def known(name):
    return reading(GALLERY[name], GALLERY[name].small())


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", GALLERY)
def test_every_formula_is_worth_what_the_program_has(name, profile):
    exhibit, read = GALLERY[name], known(name)
    for one in [*read.shown, *(Shown(step, step.formula) for step in exhibit.small())]:
        read.verify(one, profile, exhibit)


@pytest.mark.filterwarnings("ignore:cross_entropy counts")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", LOGARITHMS)
def test_every_rewritten_logarithm_is_worth_what_the_program_has(name, profile):
    exhibit = LOGARITHMS[name]
    read = reading(exhibit, exhibit.small())
    assert any("log" in mark.rule for step in exhibit.small().inner.steps for mark in step.rewrites)
    for one in [*read.shown, *(Shown(step, step.formula) for step in exhibit.small())]:
        read.verify(one, profile, exhibit)


@pytest.mark.parametrize("name", GALLERY)
def test_what_stands_in_a_document_is_what_was_read(name):
    read = known(name)
    texts = {one.written() for one in read.shown}
    found = set(readable(read.full))
    assert found <= texts
    updates = {one.written() for one in read.shown if one.step.kind == "update"}
    elsewhere = " ".join(f"{read.full} {read.table}".split())
    assert all(text in elsewhere for text in texts - updates)
    assert len(found) >= 4 or name == "little_graph"


@pytest.mark.parametrize("name", [name for name in GALLERY if GALLERY[name].twin])
def test_the_twin_has_the_formulas_of_what_is_shown(name):
    whole, twin = (displayed(make())[-1] for make in (GALLERY[name].shown, GALLERY[name].small))
    assert [one.written() for one in whole] == [one.written() for one in twin]


def test_general_formulas_are_read_for_every_layer():
    layers = known("deep").layers
    assert layers["∂Cₓ/∂bˡₖ = δˡₖ"] == [{"l": layer} for layer in range(1, 10)]
    assert layers["δᴸᵢ = ∂Cₓ/∂aᴸᵢ · tanh′(zᴸᵢ)"] == [{"L": 9}]


def test_functions_are_defined_where_they_are_not_plain():
    assert {("σ", 0), ("σ", 1)} <= set(known("seed").functions)
    assert {("gallery_swish", 0), ("gallery_swish", 1)} <= set(known("custom").functions)


def test_every_activation_of_the_table_is_in_the_gallery():
    used = set()
    for name in NETWORKS:
        steps = GALLERY[name].small().inner.steps
        nodes = walk([step.formula for step in steps if step.kind == "forward"])
        used |= {node.function.name for node in nodes if isinstance(node, Map)}
    assert used >= {name for name in ACTIVATIONS if name not in ("identity", "softmax")}
