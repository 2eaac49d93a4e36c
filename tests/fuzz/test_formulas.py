"""Some hundreds of drawn formulas: `python -m tests.fuzz` checks as many as one likes."""

import pytest

from .cases import Case, drawn
from .compiled import drawn_wide
from .run import COMMAND
from .tally import Tally, examine

SEED, CASES = 11, 20


def check(case: Case, tally: Tally, number: int, engine: str) -> None:
    again = f"{COMMAND} --seed {SEED} --engine {engine} --case {number}"
    report = examine(case, tally, again, engine, shrink=2.0)
    assert report is None, report


@pytest.mark.parametrize("part", range(10))
def test_drawn_formulas_are_worth_what_they_say(part):
    tally = Tally()
    for number in range(part * CASES, (part + 1) * CASES):
        check(drawn(SEED, number), tally, number, "numpy")
    assert sum(tally.refused.values()) <= 2, str(tally)


@pytest.mark.parametrize("number", [0])
def test_the_compiled_engine_trains_on_many_at_once(number, tmp_path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path))
    tally = Tally()
    check(drawn_wide(SEED, number), tally, number, "compiled")
    assert tally.passed, str(tally)
