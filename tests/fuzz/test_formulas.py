"""Some hundreds of drawn formulas: `python -m tests.fuzz` checks as many as one likes."""

import pytest

from .cases import drawn
from .run import Tally, examine

SEED, CASES = 11, 20


@pytest.mark.parametrize("part", range(10))
def test_drawn_formulas_are_worth_what_they_say(part):
    tally = Tally()
    for number in range(part * CASES, (part + 1) * CASES):
        again = f"python -m tests.fuzz --seed {SEED} --case {number}"
        report = examine(drawn(SEED, number), tally, again, shrink=2.0)
        assert report is None, report
    assert tally.passed, str(tally)
