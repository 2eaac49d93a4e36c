import sys

import pytest
from tests.signals.jobs import JOBS
from tests.signals.run import tried


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_nothing_is_lost_and_nothing_left_behind():
    """Some hundred times as many are sent by `python -m tests.signals --signals 200`."""
    found = list(tried(2, 1, ["train", "source"]))
    assert len(found) == 8 and set(JOBS) > {"train", "source"}
    assert [(trial, how, fault) for trial, how, fault in found if fault] == []
