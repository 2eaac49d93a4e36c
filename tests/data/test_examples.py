import numpy as np
import pytest

from glassprop.data.examples import Examples, features_from, labels_or_numbers, targets_from
from glassprop.errors import DataError


def refused(call, array, *rest):
    with pytest.raises(DataError) as caught:
        call(array, *rest, "data.npz, array x")
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert message.startswith("data.npz, array x: ")
    return message


def test_examples_unpack():
    x, y = Examples(np.zeros((1, 2)), None)
    assert x.shape == (1, 2)
    assert y is None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        *[(kind, np.float32) for kind in ("?", "u1", "i1", "u2", "i2", "f2", "f4", ">f4")],
        *[(kind, np.float64) for kind in ("u4", "i4", "u8", "i8", "f8", ">f8")],
    ],
)
def test_features_become_floats_that_hold_them(given, kept):
    x = features_from(np.ones((2, 3, 4), given, order="F"), "name")
    assert x.dtype == kept
    assert x.dtype.isnative
    assert x.flags.c_contiguous
    np.testing.assert_array_equal(x, np.ones((2, 12)))


def test_the_axes_after_the_first_are_flattened_last_fastest():
    array = np.arange(24.0).reshape(2, 3, 4)
    assert features_from(array, "name").tolist() == [[*range(12)], [*range(12, 24)]]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array(1.0), "shape (n, features), found shape ()"),
        (np.zeros(3), "shape (n, features), found shape (3,)"),
        (np.zeros((0, 3)), "no data, found shape (0, 3)"),
        (np.zeros((3, 0)), "no data, found shape (3, 0)"),
        (np.array([["a"]]), "expected numbers, found the type <U1"),
        (np.zeros((2, 2), complex), "expected numbers, found the type complex128"),
        (np.zeros((2, 2), "M8[s]"), "expected numbers"),
        (np.zeros((2, 2), "f8,i4"), "expected numbers"),
        (np.array([[0, 1], [np.nan, 3]]), "found nan at index [1, 0]"),
        (np.array([[0, np.inf], [np.nan, 3]], "f4"), "found inf at index [0, 1]"),
    ],
)
def test_what_is_no_feature_is_refused(array, expected):
    assert expected in refused(features_from, array)


@pytest.mark.parametrize("kind", ["?", "u1", "i2", ">i4", "i8", "u8"])
def test_a_row_of_integers_is_labels(kind):
    y = targets_from(np.array([0, 1, 1], kind), 3, "name")
    assert y.dtype == np.int64
    assert y.tolist() == [0, 1, 1]


def test_other_targets_are_floats():
    assert targets_from(np.array([0.0, 2.0]), 2, "name").tolist() == [0, 2]
    rows = targets_from(np.eye(3, dtype=np.uint8), 3, "name")
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows, np.eye(3))


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array(1), "found shape ()"),
        (np.zeros((2, 2, 2)), "found shape (2, 2, 2)"),
        (np.zeros((2, 0)), "found shape (2, 0)"),
        (np.zeros(3), "expected 2 targets, one for each example, found 3"),
        (np.array(["cat", "dog"]), "expected numbers"),
        (np.array([1.0, -np.inf]), "found -inf at index [1]"),
        (np.array([[1.0], [np.nan]]), "found nan at index [1, 0]"),
        (np.array([0, 2**64 - 1], "u8"), "found 18446744073709551615"),
    ],
)
def test_what_is_no_target_is_refused(array, expected):
    assert expected in refused(targets_from, array, 2)


@pytest.mark.parametrize(
    ("column", "kind"),
    [([0, 1, -3], "i"), ([2.0**53], "i"), ([0, 0.5], "f"), ([1e300], "f"), ([2.0**60], "f")],
)
def test_integral_columns_are_labels(column, kind):
    y = labels_or_numbers(np.array(column, float))
    assert y.dtype.kind == kind
    assert y.tolist() == column
