"""No right program is called wrong; mistakes of other people are named, and mended."""

import json
from pathlib import Path

import pytest

from glassprop import diagnose_file

GALLERY = Path(__file__).parent / "gallery"
RIGHT = json.loads((GALLERY / "right" / "expected.json").read_text(encoding="utf-8"))
FAULTY = json.loads((GALLERY / "faulty" / "expected.json").read_text(encoding="utf-8"))
UNREAD = {"r14", "r17", "r18", "r20", "r28"}
"""Programs whose layers are not understood yet: nothing is said of them but that."""
NAMED = (
    "f11_flower.py", "f15_lmodel.py", "f19_regress.py", "f20_fit_mse.py", "f24_sleep.py",
    "f38_lines.py", "f43_basic.py", "f52_approx.py", "f65_moons.ipynb", "f79_ring.py",
    "f93_mnistlike.py", "f99_records.py", "f100_learns_nothing.py", "f112_softplus.ipynb",
)  # fmt: skip
"""Programs whose mistake is found soon."""


def diagnosed(folder, file, seconds):
    return diagnose_file(GALLERY / folder / file, seconds=seconds, executors=1)


@pytest.mark.parametrize("file", RIGHT)
def test_no_right_program_is_called_wrong(file):
    found = diagnosed("right", file, 1)
    assert found.verdict == ("unsure" if file[:3] in UNREAD else "right"), str(found)


@pytest.mark.parametrize("file", NAMED)
def test_a_mistake_is_named_where_it_is_and_its_repair_is_proved(file):
    expected = FAULTY[file]
    found = diagnosed("faulty", file, 30)
    assert found.verdict == "wrong"
    assert found.first_wrong in [expected["first_wrong"], *expected["also"]], str(found)
    lines = [expected["line"], *expected["lines_ok"]]
    assert found.line in [one[1] if isinstance(one, list) else one for one in lines], str(found)
    assert found.proved
