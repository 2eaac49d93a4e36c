import random
import sys

import pytest
from tests.hostile.run import fault, trials

SOME = 6


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits")
def test_hostile_files_get_a_sentence():
    """All of them, in all commands, are tried by `python -m tests.hostile`."""
    every = list(trials())
    assert len({trial.name for trial in every}) > 200
    faults = {" ".join(one.words): fault(one) for one in random.Random(4).sample(every, SOME)}
    assert {words: wrong for words, wrong in faults.items() if wrong} == {}
