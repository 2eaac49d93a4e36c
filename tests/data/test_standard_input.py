import gzip
import io
import sys

import numpy as np
import pytest

from glassprop.data import load, standard_input
from glassprop.errors import DataError


class Input:
    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


def saved(save, *arrays, **named) -> bytes:
    memory = io.BytesIO()
    save(memory, *arrays, **named)
    return memory.getvalue()


IDX = b"\0\0\x08\x02\0\0\0\x03\0\0\0\x02" + bytes([0, 255, 51, 0, 0, 0])
KINDS = {
    "commas": b"x,label\n0.5,1\n1.5,0\n2.5,1\n",
    "tabs": b"x\tlabel\n0.5\t1\n1.5\t0\n2.5\t1\n",
    "npz": saved(np.savez, x=np.array([[0.5], [1.5], [2.5]]), y=np.array([1, 0, 1])),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_bytes_tell_the_kind(monkeypatch, kind):
    monkeypatch.setattr(sys, "stdin", Input(KINDS[kind]))
    x, y = load("-")
    assert x.tolist() == [[0.5], [1.5], [2.5]] and y.tolist() == [1, 0, 1]


CONTENTS = {
    "idx": IDX,
    "gzip": gzip.compress(IDX),
    "npy": saved(np.save, np.ones((3, 2))),
}


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_features_alone(monkeypatch, raw, content):
    monkeypatch.setattr(sys, "stdin", Input(content))
    x, y = load("-", raw=raw)
    assert x.shape == (3, 2) and y is None and float(x.sum()) > 0


def test_refusals_name_standard_input(monkeypatch):
    for content, expected in (
        (b"", "standard input: expected data, found none"),
        (b"1,2\n3,x\n", "standard input, line 2, column 2"),
        (b"PK\3\4", "standard input: expected a whole .npz file"),
    ):
        monkeypatch.setattr(sys, "stdin", Input(content))
        with pytest.raises(DataError, match=expected):
            load("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match=r"standard input: is closed"):
        load("-")


def test_what_does_not_end_is_refused_unless_it_is_meant(monkeypatch):
    monkeypatch.setattr(standard_input, "LONGEST", 2000)
    monkeypatch.setattr(standard_input, "_CHUNK", 1000)
    content = b"1,2\n" * 1000
    monkeypatch.setattr(sys, "stdin", Input(content))
    with pytest.raises(DataError, match=r"does it ever end.* --large"):
        load("-")
    monkeypatch.setattr(sys, "stdin", Input(content))
    with pytest.warns(UserWarning, match=r"the target is 2 in all examples"):
        assert len(load("-", large=True).x) == 1000


def test_a_file_of_that_name_can_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"no such file"):
        load("./-")
