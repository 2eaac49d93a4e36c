"""Messages quote a line at most of what they were given."""

import struct

import numpy as np
import pytest

import glassprop as gp
from glassprop.errors import MESSAGE, QUOTED, shortened

SHAPE = (1,) * 255
LONG = {
    "shape": str(SHAPE),
    "list of texts": repr(["q"] * 250),
    "record": str(np.dtype([(f"field{k}", "f8") for k in range(300)])),
    "array": repr(np.zeros(300)),
    "rows": repr(np.arange(3000.0).reshape(30, 100).tolist()),
    "text": repr("q q" * 200),
    "quotes within": repr("a'b" * 200),
    "word": "q" * 100_000,
    "names": repr({f"n{k}": k for k in range(200)}),
}


@pytest.mark.parametrize("name", LONG)
def test_what_came_is_quoted_by_its_ends(name):
    message = f"x: expected a name such as ['relu', (3, 2)], got {LONG[name]}; give another one"
    found = shortened(message)
    assert len(found) < len(message) - len(LONG[name]) + QUOTED + 10
    assert found.startswith("x: expected a name such as ['relu', (3, 2)], got ")
    assert found.endswith("; give another one") and "…" in found


@pytest.mark.parametrize(
    "text", ["(1, ", "['a, ", "(", "[1 ", "'", "(1", '["\\', '("a', "(1 '", "(1" + " " * 99, "(1 ,"]
)
def test_messages_are_shortened_without_a_search_that_explodes(text):
    assert len(shortened(text * (100_000 // len(text)))) <= MESSAGE


@pytest.mark.parametrize("numbers", [b"", b"aa"])
def test_an_idx_file_of_255_axes(numbers, tmp_path):
    path = tmp_path / "a.idx"
    path.write_bytes(b"\0\0\x08\xff" + struct.pack(">255I", *SHAPE) + numbers)
    for mmap in (False, True):
        with pytest.raises(gp.DataError, match=r"shape \(1, 1, .*….*1\), found") as caught:
            gp.data.read_idx(path, mmap=mmap)
        assert len(str(caught.value)) < 300 + len(str(path))


@pytest.mark.parametrize(
    "call",
    [
        lambda: gp.Network([3, 2], activation=["q"] * 250),
        lambda: gp.Network([3, 2], dtype=[(f"f{k}", "f8") for k in range(300)]),
        lambda: gp.Network([3, 2], scale=np.zeros(300)),
        lambda: gp.Network([3, 2], l2=np.zeros(300)),
        lambda: gp.Network([0] * 3000),
        lambda: gp.Network([3, 2]).predict(np.zeros((1,) * 60)),
        lambda: gp.Network([3, 2]).derivation.table(notation=[1] * 3000),
        lambda: gp.Network([3, 2]).derivation["q q" * 300],
        lambda: gp.scalars(["q-" * 200] * 10),
        lambda: gp.activation("mine", "+".join(f"x{k}" for k in range(300))),
        lambda: gp.cost("q q" * 300, "sum(a - y)"),
    ],
)
def test_arguments_that_are_long(call):
    with pytest.raises(gp.GlasspropError) as caught:
        call()
    assert len(str(caught.value)) < 350
