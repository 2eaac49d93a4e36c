"""What is no path is refused as such, by everything that takes one."""

from pathlib import Path

import numpy as np
import pytest

import glassprop as gp
from glassprop.system.paths import path_of

NET = gp.Network([2, 1], seed=0)


class Named:
    """A path object of somebody else's."""

    def __init__(self, name):
        self.name = name

    def __fspath__(self):
        return self.name


TAKERS = {
    "read_idx": gp.data.read_idx,
    "read_idx mapped": lambda path: gp.data.read_idx(path, mmap=True),
    "write_idx": lambda path: gp.data.write_idx(path, np.zeros(3)),
    "data.load": gp.data.load,
    "load": gp.load,
    "save": NET.save,
    "derivation": NET.derivation.save,
    "diff": gp.diff(NET, gp.Network([2, 2])).save,
    "picture": NET.derivation.picture().save,
}


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize(
    "given", [5, None, 2.5, ["a"], {}, np.zeros(3), object(), bytearray(b"a"), len, Named(5)],
    ids=lambda given: type(given).__name__,
)  # fmt: skip
def test_what_is_no_path_is_refused(taker, given):
    with pytest.raises(gp.GlasspropError, match=r"^expected the path of a file, such") as caught:
        TAKERS[taker](given)
    assert str(caught.value).endswith(f"; got {type(given).__name__}")


def test_text_bytes_and_objects_are_paths(tmp_path):
    for given in ("a.idx", b"a.idx", Path("a.idx"), Named("a.idx"), Named(b"a.idx")):
        assert path_of(given, gp.DataError, "") == Path("a.idx")
    path = tmp_path / "a.idx"
    gp.data.write_idx(bytes(path), np.arange(3, dtype=np.uint8))
    assert gp.data.read_idx(Named(str(path))).tolist() == [0, 1, 2]


def test_a_checksum_that_is_none_differs(tmp_path):
    gp.data.write_idx(tmp_path / "a.idx", np.arange(3, dtype=np.uint8))
    with pytest.raises(gp.DataError, match="expected SHA-256 5, found"):
        gp.data.read_idx(tmp_path / "a.idx", sha256=5)
