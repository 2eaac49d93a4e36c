"""Every formula that is shown for the gallery is read again and agrees with the program."""

from functools import cache

import pytest

from gallery.networks import GALLERY
from gallery.reading import computed, displayed, explained, notation, written
from glassprop.check.reader import verify_text
from glassprop.show.notation import NOTATIONS as PROFILES


@cache
def read(name):
    exhibit = GALLERY[name]
    derivation = exhibit.small()
    full, table, shown = displayed(derivation)
    shown += [(step, step.formula) for step in derivation if (step, step.formula) not in shown]
    return full, table, shown, computed(exhibit, derivation.inner), explained(full)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", GALLERY)
def test_every_formula_is_worth_what_the_program_has(name, profile):
    _, _, shown, values, functions = read(name)
    exhibit = GALLERY[name]
    for one in shown:
        text = written(one, profile)
        verify_text(text, values, exhibit.windows, functions, notation(profile, exhibit))


@pytest.mark.parametrize("name", GALLERY)
def test_what_is_read_is_what_stands_in_the_document(name):
    full, table, shown = displayed(GALLERY[name].small())
    text = " ".join(f"{full} {table}".split())
    assert shown
    for one in shown:
        assert written(one) in text


@pytest.mark.parametrize("name", [name for name in GALLERY if GALLERY[name].twin])
def test_the_twin_has_the_formulas_of_what_is_shown(name):
    whole, twin = displayed(GALLERY[name].shown()), displayed(GALLERY[name].small())
    assert [written(one) for one in whole[-1]] == [written(one) for one in twin[-1]]


def test_functions_are_defined_where_they_are_not_plain():
    assert {("σ", 0), ("σ", 1)} <= set(read("seed")[4])
    assert {("gallery_swish", 0), ("gallery_swish", 1)} <= set(read("custom")[4])
