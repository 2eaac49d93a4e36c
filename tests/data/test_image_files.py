import re

import numpy as np
import pytest

from glassprop.data import load, write_idx
from glassprop.data.image_files import from_pixels, read_images

PIXELS = np.arange(12, dtype=np.uint8).reshape(3, 2, 2) * 20
LABELS = np.array([7, 0, 9], np.uint8)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
        ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
        ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte"),
        ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte.gz"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte.gz"),
        ("t-images-idx3-ubyte", "t-labels-idx1-int"),
        ("t-images-idx3-ubyte", "t-labels-idx1-short.gz"),
        ("t-images-idx3-ubyte.gz", "t-labels-idx2-int"),
        ("t-images-idx3-ubyte", "t-labels.idx1-ubyte"),
        ("t-images.idx3", "t-labels-idx1"),
    ],
)
def test_labels_are_found_beside_their_images(tmp_path, images, labels):
    write_idx(tmp_path / images, PIXELS)
    write_idx(tmp_path / labels, LABELS)
    x, y = load(tmp_path / images)
    assert x.dtype == np.float32
    np.testing.assert_allclose(x, PIXELS.reshape(3, 4) / 255, rtol=1e-7)
    assert y is not None
    assert y.dtype == np.int64
    assert y.tolist() == [7, 0, 9]


@pytest.mark.parametrize("name", ["images-idx3-ubyte", "digits.idx", "digits.IDX3", "a-ubyte.gz"])
def test_images_may_have_no_labels(tmp_path, name):
    write_idx(tmp_path / name, PIXELS)
    x, y = load(tmp_path / name)
    assert x.shape == (3, 4)
    assert y is None


def test_only_ubyte_pixels_are_scaled(tmp_path):
    write_idx(tmp_path / "a.idx", PIXELS.astype(np.int16))
    np.testing.assert_array_equal(load(tmp_path / "a.idx").x, PIXELS.reshape(3, 4))


def test_pixels_span_0_to_1():
    x = from_pixels(np.arange(256, dtype=np.uint8).reshape(1, 16, 16))
    assert x.shape == (1, 256)
    assert x.flags.c_contiguous
    np.testing.assert_array_equal(x[0], (np.arange(256) / 255).astype(np.float32))


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.zeros(3, np.uint8), "expected images, found labels"),
        (np.zeros((0, 2, 2), np.uint8), "no data"),
        (np.zeros((3, 0), np.uint8), "no data"),
        (np.array(1, np.uint8), "found shape ()"),
        (np.array([[0, np.nan]]), "found nan at index [0, 1]"),
    ],
)
def test_what_is_no_image_is_refused(tmp_path, refusal, array, expected):
    write_idx(tmp_path / "a.idx", array)
    assert expected in refusal(load, tmp_path / "a.idx")


def test_a_file_of_labels_points_to_its_images(tmp_path, refusal):
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", LABELS)
    message = refusal(load, tmp_path / "t10k-labels-idx1-ubyte")
    assert "t10k-images-idx3-ubyte" in message


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (LABELS[:2], "expected 3 labels, one for each image of .*, found 2"),
        (LABELS.astype(np.float32), "expected integer labels .* found float32"),
        (PIXELS, r"expected integer labels .* found uint8 of shape \(3, 2, 2\)"),
    ],
)
def test_labels_of_other_images_are_refused(tmp_path, refusal, labels, expected):
    images_path, labels_path = tmp_path / "a-images-idx3-ubyte", tmp_path / "a-labels-idx1-ubyte"
    write_idx(images_path, PIXELS)
    write_idx(labels_path, labels)
    message = refusal(lambda _: read_images(images_path), labels_path)
    assert re.search(expected, message)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32"])
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_labels_may_be_of_any_whole_type(tmp_path, dtype, shape):
    write_idx(tmp_path / "a-images-idx3-ubyte", PIXELS)
    write_idx(tmp_path / "a-labels-idx2-int", LABELS.astype(dtype).reshape(shape))
    y = load(tmp_path / "a-images-idx3-ubyte").y
    assert y is not None and y.dtype == np.int64 and y.tolist() == [7, 0, 9]


def test_the_label_among_several_numbers_is_asked_for(tmp_path, refusal):
    images, labels = tmp_path / "q-images-idx3-ubyte", tmp_path / "q-labels-idx2-int"
    write_idx(images, PIXELS)
    write_idx(labels, np.column_stack([[4, 4, 4], LABELS, [1, 2, 3]]).astype("int32"))
    message = refusal(lambda _: load(images), labels)
    assert "3 numbers for each image, such as [4, 7, 1]" in message and "--target 1" in message
    for target in (2, "2", -2, [2]):
        assert load(images, target=target).y.tolist() == [7, 0, 9]
    assert "from 1 to 3" in refusal(lambda _: load(images, target=4), labels)
    assert "say which one is the label" in refusal(lambda _: load(images, target=[1, 2]), labels)


def test_one_of_several_files_of_labels_is_not_guessed(tmp_path, refusal):
    images = tmp_path / "a-images-idx3-ubyte"
    write_idx(images, PIXELS)
    write_idx(tmp_path / "b-labels-idx1-ubyte", LABELS[:1])
    write_idx(tmp_path / "a-labels-ubyte", LABELS[:1])
    assert load(images).y is None
    for name in ("a-labels-idx1-int", "a-labels-idx1-int.gz"):
        write_idx(tmp_path / name, LABELS)
    assert load(images).y.tolist() == [7, 0, 9]
    write_idx(tmp_path / "a-labels-idx2-int", LABELS)
    assert "several files of labels beside it: a-labels-idx1-int" in refusal(load, images)
    write_idx(tmp_path / "a-labels-idx1-ubyte", LABELS[::-1].copy())
    assert load(images).y.tolist() == [9, 0, 7]


def test_a_target_without_labels_is_refused(tmp_path, refusal):
    write_idx(tmp_path / "a-images-idx3-ubyte", PIXELS)
    assert "no labels beside it" in refusal(load, tmp_path / "a-images-idx3-ubyte", target=1)


def test_damaged_labels_are_refused_under_their_name(tmp_path, refusal):
    images_path, labels_path = tmp_path / "a-images-idx3-ubyte", tmp_path / "a-labels-idx1-ubyte"
    write_idx(images_path, PIXELS)
    labels_path.write_bytes(b"\0\0\x08\x01\0\0\0\x03\0")
    assert "truncated" in refusal(lambda _: load(images_path), labels_path)


def test_a_folder_beside_is_no_file_of_labels(tmp_path):
    write_idx(tmp_path / "a-images-idx3-ubyte", PIXELS)
    (tmp_path / "a-labels-idx1-ubyte").mkdir()
    assert load(tmp_path / "a-images-idx3-ubyte").y is None
