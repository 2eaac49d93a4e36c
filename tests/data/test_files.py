import os
from pathlib import Path

import pytest

from glassprop.data.files import LARGEST_UNPACKED, opened, require_unpackable
from glassprop.errors import DataError, shown


@pytest.mark.parametrize("path", ["two\nlines", "", "  ", "carriage\rreturn", "\u2028", "\x1b[2J"])
def test_a_path_never_breaks_the_line(path):
    text = shown(path)
    assert len(text.splitlines()) == 1
    assert text.isprintable()
    assert text.strip()


def test_a_usual_path_is_shown_as_it_is():
    assert shown(Path("däta/my digits.csv")) == os.path.join("däta", "my digits.csv")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_locked_file_is_refused(tmp_path, refusal):
    path = tmp_path / "locked.csv"
    path.touch(mode=0)
    assert "permission denied" in refusal(opened, path)


def test_packed_numbers_up_to_the_limit_are_taken():
    require_unpackable(LARGEST_UNPACKED, "a.gz")
    with pytest.raises(DataError, match=r"a\.gz: expected at most 8 GiB"):
        require_unpackable(LARGEST_UNPACKED + 1, "a.gz")
