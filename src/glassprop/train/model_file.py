"""Model files: safetensors with the architecture as JSON in the metadata. Nothing is executed.

The arrays are the parameters, and what the update rule that trained last keeps for each of them
(`saved_training.py`). Files of older versions have the parameters alone. A checkpoint has more
beside them (`checkpoints/`), and a checksum over all of its bytes.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.targets import TARGETS
from glassprop.errors import QUOTED, ModelFileError, NetworkError, clipped, shown
from glassprop.models.architecture import Architecture, from_json
from glassprop.models.json_entries import read_object
from glassprop.models.parameters import require_finite
from glassprop.system import file_writing
from glassprop.system.paths import path_of
from glassprop.train import checksum, saved_training
from glassprop.train.run.engine import AUTO
from glassprop.train.run.rule_states import States

KEY = "glassprop"
CHECKPOINT = "checkpoint"
"""The metadata that a checkpoint has beside those of its network; its arrays begin with it, too."""
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Saved:
    """What a model file holds.

    Attributes:
        architecture: layers and cost.
        dtype: the number type.
        parameters: by name, in order.
        states: the update rule that trained last, and what it keeps.
        random: the random numbers that the next epochs are shuffled by; None in older files.
        engine: the engine that was asked for; "auto" where it is not there.
        checkpoint: what a checkpoint says of the run, as text; "" in other files.
        more: the arrays that a checkpoint has beside the network's.
    """

    architecture: Architecture
    dtype: str
    parameters: dict[str, npt.NDArray[Any]]
    states: States
    random: np.random.Generator | None
    engine: str = "auto"
    checkpoint: str = ""
    more: dict[str, npt.NDArray[Any]] = field(default_factory=dict[str, npt.NDArray[Any]])


def check_writable(path: str | os.PathLike[str]) -> Path:
    """The path, if a file can be put there; nothing is left behind by the check.

    Raises:
        ModelFileError: if it cannot.
    """
    target = _as_path(path)
    file_writing.check_writable(target, ModelFileError)
    return target


def write_whole(path: str | os.PathLike[str], content: bytes) -> None:
    """Write a file so that the old one is replaced only once the new one is whole.

    Raises:
        ModelFileError: if it cannot be written.
    """
    file_writing.replace_whole(_as_path(path), content, ModelFileError)


def save(
    path: str | os.PathLike[str],
    architecture: Architecture,
    parameters: Mapping[str, npt.NDArray[Any]],
    dtype: str,
    states: States,
    random: np.random.Generator,
    engine: str = "auto",
) -> None:
    """Save a network, how far its training is, and the engine that was asked for.

    Raises:
        ModelFileError: for a name that other formats have, or if the file cannot be written.
        NetworkError: for what is no finite number.
    """
    _require_suffix(_as_path(path))
    write_whole(path, contents(architecture, parameters, dtype, states, random, engine))


def contents(
    architecture: Architecture,
    parameters: Mapping[str, npt.NDArray[Any]],
    dtype: str,
    states: States,
    random: np.random.Generator,
    engine: str,
    checkpoint: str = "",
    more: Mapping[str, npt.NDArray[Any]] | None = None,
) -> bytes:
    """What a model file holds: `save`, and for a checkpoint what it has beside the network.

    Raises:
        NetworkError: for what is no finite number.
    """
    from safetensors.numpy import save as to_bytes

    training = saved_training.record_of(states, random, engine)
    kept = {name: states.named[name] for name in training.names(parameters)}
    require_finite({**parameters, **kept})
    beside = {f"{CHECKPOINT}.{name}": array for name, array in (more or {}).items()}
    given = {**parameters, **kept, **beside}
    arrays = {name: np.ascontiguousarray(array) for name, array in given.items()}
    described = architecture.to_json(dtype, saved_training.described(training), bool(kept))
    if not checkpoint:
        return to_bytes(arrays, {KEY: described})
    metadata = {KEY: described, CHECKPOINT: checkpoint, checksum.KEY: checksum.NONE}
    return checksum.put_into(to_bytes(arrays, metadata))


def _as_path(path: str | os.PathLike[str]) -> Path:
    return path_of(path, ModelFileError, "digits.safetensors")


def _require_suffix(path: Path) -> None:
    """Refuse a suffix other than .safetensors; what is no suffix, as in net-0.1, is let through."""
    suffix = path.suffix
    if suffix.lower() == SUFFIX or not suffix.strip(".v0123456789"):
        return
    raise ModelFileError(
        f"{shown(path)}: networks are saved as safetensors, and {suffix!r} names another format; "
        f"give a name such as {shown(path.stem.removesuffix(SUFFIX) + SUFFIX)}"
    )


def load(path: str | os.PathLike[str]) -> Saved:
    """What a saved network was.

    Raises:
        ModelFileError: for a file that does not exist, is damaged, or is not of glassprop.
    """
    from safetensors import SafetensorError, safe_open

    source = _as_path(path)
    _require_file(source)
    name = shown(source)
    try:
        with safe_open(source, framework="numpy") as file:
            metadata = file.metadata() or {}
            if KEY not in metadata:
                raise ModelFileError(f"{name}: was not saved by glassprop; its metadata lack it")
            architecture, dtype = from_json(metadata[KEY])
            if CHECKPOINT in metadata:
                checksum.require(source.read_bytes())
            training = saved_training.read(read_object(metadata[KEY]).get("training"))
            wanted = architecture.shapes()
            kept = training.names(wanted) if training else {}
            shapes = {
                name: tuple(file.get_slice(name).get_shape())
                for name in file.keys()  # noqa: SIM118
            }
            beside = {
                name: shape
                for name, shape in shapes.items()
                if CHECKPOINT in metadata and name.startswith(f"{CHECKPOINT}.")
            }
            _compare(shapes, wanted | {name: wanted[of] for name, of in kept.items()} | beside)
            kind = np.dtype(dtype)
            parameters = {name: _array(file, name, kind) for name in wanted}
            arrays = {name: _array(file, name, kind) for name in kept}
            more = {name: _array(file, name, kind) for name in beside}
            require_finite({**parameters, **arrays, **more})
    except (ModelFileError, NetworkError) as error:
        text = str(error)
        raise ModelFileError(text if text.startswith(name) else f"{name}: {text}") from None
    except SafetensorError as error:
        reason = clipped(str(error).removeprefix("Error while deserializing header: "), QUOTED)
        raise ModelFileError(
            f"{name}: is truncated or not a safetensors file ({reason}); save the model again"
        ) from None
    except UnicodeError:
        raise ModelFileError(f"{name}: the name is not text in UTF-8; rename the file") from None
    except MemoryError:
        raise ModelFileError(
            f"{name}: expected a model that fits in memory, found {source.stat().st_size:,} bytes"
        ) from None
    except OSError as error:
        raise ModelFileError(f"{name}: cannot be read: {error}") from None
    own = {name.removeprefix(f"{CHECKPOINT}."): array for name, array in more.items()}
    if training is None:
        return Saved(architecture, dtype, parameters, States(), None)
    states = States(training.rule, arrays, training.updates)
    target = TARGETS.get(training.engine)
    engine = AUTO if target is None or target.unavailable("") else target.name
    known = architecture, dtype, parameters, states, training.random, engine
    return Saved(*known, metadata.get(CHECKPOINT, ""), own)


def _require_file(source: Path) -> None:
    name, expected = shown(source), "expected a model saved by glassprop"
    try:
        kind = os.stat(source).st_mode
    except FileNotFoundError:
        raise ModelFileError(f"{name}: there is no such file; {expected}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelFileError(f"{name}: cannot be read: {reason}; {expected}") from None
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "a device, a pipe or the like"
        raise ModelFileError(f"{name}: is {what}; {expected}")


def _array(file: Any, name: str, wanted: np.dtype[Any]) -> npt.NDArray[Any]:
    """A tensor of a file, if it is of the network's number type.

    safetensors knows types that NumPy has not, such as bfloat16.
    """
    try:
        found = np.array(file.get_tensor(name))
        kind = found.dtype.name
    except (AttributeError, TypeError, ValueError):
        found, kind = None, str(file.get_slice(name).get_dtype())
    if found is None or found.dtype != wanted:
        raise ModelFileError(f"{name} has type {kind}, expected {wanted.name}")
    return found


def _compare(found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> None:
    for name, shape in wanted.items():
        if name not in found:
            raise ModelFileError(f"{name} is missing; expected an array of shape {shape}")
        if found[name] != shape:
            raise ModelFileError(f"{name} has shape {found[name]}, expected {shape}")
    extra = set(found) - set(wanted)
    if extra:
        raise ModelFileError(
            f"{min(extra)!r} is neither a parameter of the network nor kept by its update rule"
        )
