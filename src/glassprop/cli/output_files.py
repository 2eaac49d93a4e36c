"""Where commands may write: never into what they read, nor into a file that they do not own."""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Iterable
from pathlib import Path

from glassprop.compile.numpy_source.standalone import PAIR
from glassprop.data.loading import files_of
from glassprop.data.standard_input import PIPE
from glassprop.errors import DataError, ModelFileError, shown
from glassprop.train.model_file import check_writable

STANDARD_INPUT, STANDARD_OUTPUT = 0, 1


def check(output: Path | None, inputs: Iterable[str | Path | None]) -> None:
    """Refuse an output that cannot be written, or that is one of the inputs.

    Args:
        output: a file; None for standard output.
        inputs: models and data; what is no file, such as "mnist" or sizes, is passed over.

    Raises:
        ModelFileError: if it cannot be written.
        DataError: for an input.
    """
    if output is not None:
        check_writable(output)
    target = _identity(STANDARD_OUTPUT if output is None else output)
    for source in inputs:
        read = [] if source is None else [STANDARD_INPUT] if source == PIPE else files_of(source)
        for one in read:
            if target is not None and target == _identity(one):
                what = "standard output" if output is None else shown(output)
                given = "standard input" if one == STANDARD_INPUT else shown(one)
                raise DataError(
                    f"{what}: is the file {given}, which is read; write into another file"
                )


def require_own(weights: Path) -> None:
    """Refuse to replace a file with weights that is none.

    Raises:
        ModelFileError: for a file that `source` has not written.
    """
    try:
        with zipfile.ZipFile(weights) as archive:
            own = f"{PAIR}.npy" in archive.namelist()
    except FileNotFoundError:
        return
    except Exception:  # zipfile meets damage with errors of a dozen kinds
        own = False
    if not own:
        raise ModelFileError(
            f"{shown(weights)}: the weights go there, and the file that is there was not written "
            f"with {shown(weights.with_suffix('.py').name)}; move it away or give another name"
        )


def _identity(file: Path | str | int) -> tuple[int, int] | None:
    """What two names of the same regular file have in common."""
    with contextlib.suppress(OSError, ValueError):
        found = os.stat(file)
        if os.path.isfile(file):
            return found.st_dev, found.st_ino
    return None
