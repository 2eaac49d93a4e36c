import os
import subprocess
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kills_cost_no_checkpoint_and_no_bit():
    """Some hundreds by `python -m tests.signals --kills 200`."""
    pytest.importorskip("numba")
    command = [sys.executable, "-m", "tests.signals", "--kills", "8"]
    paths = os.pathsep.join(map(os.path.abspath, sys.path))
    found = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths}
    )
    assert found.returncode == 0 and ", 0 faults" in found.stdout, found
