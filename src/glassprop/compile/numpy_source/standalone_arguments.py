"""How a standalone file takes its arguments; the functions are emitted as they stand."""

# pyright: basic

import inspect

import numpy as np


def as_numbers(values, name):
    """Return an array of real numbers; masked entries have none."""
    given = np.asarray(values)
    if np.ma.is_masked(values) or given.dtype.kind not in "biuf":
        raise ValueError(f"{name}: expected real numbers, got {given.dtype}, or masked entries")
    return given


def examples(values, shape, name, dtype):
    """Return an array of this shape and type, where -1 is any length."""
    given = as_numbers(values, name)
    fits = [size in (-1, length) for size, length in zip(shape, given.shape, strict=False)]
    if given.ndim != len(shape) or not all(fits) or not len(given):
        wanted = str(shape).replace("-1", "n")
        raise ValueError(f"{name}: expected numbers of shape {wanted}, got {given.shape}")
    return np.ascontiguousarray(given, dtype)


def targets(values, shape, name, dtype):
    """Return target rows; a label becomes a row with 1 in its place and 0 elsewhere."""
    given, (length, classes) = as_numbers(values, name), shape
    if given.shape != (length,):
        return examples(given, shape, name, dtype)
    if classes == 1:
        return examples(given[:, None], shape, name, dtype)
    rows = given[:, None] == np.arange(classes)
    if not (rows.sum(1) == 1).all():
        raise ValueError(f"{name}: expected labels from 0 to {classes - 1}")
    return rows.astype(dtype)


def signs(values, shape, name, dtype):
    """Return target rows; a label becomes a row with 1 in its place and -1 elsewhere."""
    given, (length, classes) = as_numbers(values, name), shape
    if given.shape == (length,) and classes == 1:
        given = given[:, None]
    if given.shape != (length,):
        rows = examples(given, shape, name, dtype)
        rows = 2 * rows - 1 if np.isin(rows, (0, 1)).all() else rows
        if not np.isin(rows, (-1, 1)).all():
            raise ValueError(f"{name}: expected -1 and 1 for two classes, or 0 and 1")
        return rows
    rows = given[:, None] == np.arange(classes)
    if not (rows.sum(1) == 1).all():
        raise ValueError(f"{name}: expected labels from 0 to {classes - 1}")
    return np.where(rows, 1, -1).astype(dtype)


_ROWS = (as_numbers, examples, targets, signs)


def row_sources() -> dict[str, str]:
    """The source of each function by its name."""
    return {made.__name__: inspect.getsource(made).rstrip() for made in _ROWS}
