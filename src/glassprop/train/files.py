"""Model files: safetensors with the architecture as JSON in the metadata. Nothing is executed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import ModelFileError
from glassprop.models.architecture import Architecture, from_json
from glassprop.writing import beside, replace_whole, require_place

KEY = "glassprop"


def check_writable(path: str | os.PathLike[str]) -> Path:
    """The path, if a file can be put there; nothing is left behind by the check.

    Raises:
        ModelFileError: if the folder does not exist or cannot be written to, or the path is one.
    """
    target = Path(path)
    require_place(target, ModelFileError)
    probe = beside(target)
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ModelFileError(f"{target}: cannot be written: {error.strerror}") from None
    return target


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that the old one is replaced only once the new one is whole.

    Raises:
        ModelFileError: if it cannot be written.
    """
    replace_whole(Path(path), content, ModelFileError)


def save(
    path: str | os.PathLike[str],
    architecture: Architecture,
    parameters: Mapping[str, npt.NDArray[Any]],
    dtype: str,
) -> None:
    """Save a network.

    Raises:
        ModelFileError: if the file cannot be written.
    """
    from safetensors.numpy import save as to_bytes

    arrays = {name: np.ascontiguousarray(array) for name, array in parameters.items()}
    write_whole(path, to_bytes(arrays, {KEY: architecture.to_json(dtype)}))


def load(path: str | os.PathLike[str]) -> tuple[Architecture, dict[str, npt.NDArray[Any]], str]:
    """The architecture, the parameters and the number type of a saved network.

    Raises:
        ModelFileError: for a file that does not exist, is damaged, or is not of glassprop.
    """
    from safetensors import SafetensorError, safe_open

    source = Path(path)
    if not source.is_file():
        other = "is not a regular file" if source.exists() else "there is no such file"
        reason = "is a folder" if source.is_dir() else other
        raise ModelFileError(f"{source}: {reason}; expected a model saved by glassprop")
    try:
        with safe_open(source, framework="numpy") as file:
            metadata = file.metadata() or {}
            if KEY not in metadata:
                raise ModelFileError(f"{source}: was not saved by glassprop; its metadata lack it")
            architecture, dtype = from_json(metadata[KEY])
            shapes = {
                name: tuple(file.get_slice(name).get_shape())
                for name in file.keys()  # noqa: SIM118
            }
            _compare(shapes, architecture.shapes())
            parameters = {name: np.array(file.get_tensor(name)) for name in architecture.shapes()}
    except ModelFileError as error:
        text = str(error)
        raise ModelFileError(
            text if text.startswith(str(source)) else f"{source}: {text}"
        ) from None
    except SafetensorError as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(
            f"{source}: is truncated or not a safetensors file ({reason}); save the model again"
        ) from None
    except (OSError, json.JSONDecodeError) as error:
        raise ModelFileError(f"{source}: cannot be read: {error}") from None
    for name, array in parameters.items():
        if array.dtype != np.dtype(dtype):
            raise ModelFileError(f"{source}: {name} has type {array.dtype}, expected {dtype}")
    return architecture, parameters, dtype


def _compare(found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> None:
    for name, shape in wanted.items():
        if name not in found:
            raise ModelFileError(f"{name} is missing; expected an array of shape {shape}")
        if found[name] != shape:
            raise ModelFileError(f"{name} has shape {found[name]}, expected {shape}")
    extra = set(found) - set(wanted)
    if extra:
        raise ModelFileError(f"{min(extra)} is not a parameter of the network")
