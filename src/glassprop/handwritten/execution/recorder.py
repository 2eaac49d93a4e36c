"""What a program's instrumented text tells: the arrays that it computes, in their order.

Equal arrays are kept once. Lists of numbers, and numbers in lists of dicts or of objects, count as
arrays: `network[0][2]['weights'][1]` is an entry of an array network.0.weights of shape (neurons,
inputs).
"""

from __future__ import annotations

import hashlib
import time
import types
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

VALUE, STORE, RETURN, ENTER, LEAVE, PROBE = range(6)
"""The kinds of events."""
OTHER = str | bytes | bool | type | types.ModuleType
"""What holds no numbers."""
LARGEST = 400_000
"""Entries of an array above which it is not kept."""
DEEPEST = 7
OFTEN = 160
"""Times that an expression is probed."""


@dataclass(frozen=True)
class Limits:
    """When a run has told enough.

    Attributes:
        events: how many.
        seconds: of the run.
        skip: events at the beginning that are counted and not kept.
        megabytes: of different arrays.
        more: events in functions that compute a cost, where none has been seen by then.
    """

    events: int
    seconds: float
    skip: int
    megabytes: float = 48.0
    more: int = 600


@dataclass
class Recorder:
    """Keeps events; calls `enough` once a limit is reached."""

    limits: Limits
    enough: Callable[..., object]
    arrays: list[Any] = field(default_factory=list)
    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    paths: dict[str, int] = field(default_factory=dict)
    _known: dict[Any, int] = field(default_factory=dict)
    _bytes: float = 0.0
    _until: float = 0.0
    costs: set[int] = field(default_factory=set)
    _count: int = 0
    _quiet: bool = False
    _more: int = 0
    _silent: bool = False
    _probed: dict[int, int] = field(default_factory=dict)

    def start(self) -> None:
        """Count the time from now on."""
        self._until = time.monotonic() + self.limits.seconds

    def value(self, node: int, value: Any) -> Any:
        """An expression's value; Python's own numbers and lists are no arrays here."""
        if isinstance(value, np.ndarray | np.generic):
            self._keep(VALUE, node, "", value)
        elif self._over():
            self.enough("time")
        return value

    def store(self, node: int, path: str, value: Any, root: Any = None) -> None:
        """What a statement has put under a name."""
        if isinstance(root, np.ndarray) or (
            isinstance(root, list) and not isinstance(value, np.ndarray)
        ):
            self._tree(STORE, node, path.rsplit("[", 1)[0], root)
        if not isinstance(root, np.ndarray):
            self._tree(STORE, node, path, value)

    def returned(self, node: int, value: Any) -> Any:
        """What a function gives back."""
        self._tree(RETURN, node, "", value)
        return value

    def enter(self, node: int, given: dict[str, Any]) -> dict[str, Any]:
        """What a function is given."""
        if node in self.costs:
            self.costs.clear()
            self._more = self.limits.more if self._quiet else 0
        for name, value in given.items():
            self._tree(ENTER, node, name, value)
        return given

    def leave(self, node: int, given: dict[str, Any]) -> None:
        """What a function was given, when it ends."""
        for name, value in given.items():
            if not isinstance(value, np.ndarray):
                self._tree(LEAVE, node, name, value)

    def probe(self, node: int, value: Any, others: Sequence[Callable[[], Any]]) -> Any:
        """An expression's value, and those of others that may stand in its place.

        The event of the value has an empty path, those of the others their number.
        """
        often = self._probed.get(node, 0)
        if self._silent or self._count <= self.limits.skip or often >= OFTEN or self._late():
            return value
        self._probed[node] = often + 1
        self._silent = True
        for k, other in enumerate([lambda: value, *others]):
            if self._over() or self._bytes > self.limits.megabytes * 1e6:
                break
            try:
                self._add(PROBE, node, str(k - 1) if k else "", other())
            except Exception:
                continue
        self._silent = False
        return value

    def _tree(self, kind: int, node: int, path: str, value: Any) -> None:
        if value is None or isinstance(value, OTHER) or self._silent:
            return
        if isinstance(value, np.ndarray | np.generic | int | float):
            self._keep(kind, node, path, value)
            return
        try:
            for found, array in walk(value, path, DEEPEST, set()):
                self._keep(kind, node, found, array)
        except (RecursionError, RuntimeError):
            return

    def _keep(self, kind: int, node: int, path: str, value: Any) -> None:
        if self._silent:
            return
        if self._late():
            if self.costs and not self._over():
                self._quiet = True
                return
            if self._quiet and self._more and not self._over():
                self._more -= 1
            else:
                self.enough()
                return
        self._count += 1
        if self._count > self.limits.skip:
            self._add(kind, node, path, value)

    def _add(self, kind: int, node: int, path: str, value: Any) -> None:
        array = np.asarray(value)
        if (
            array.dtype.kind not in "fiub"
            or array.size > LARGEST
            or not array.size
            or array.ndim > 3
        ):
            array = np.zeros(())
        key = (array.shape, array.dtype.char, _digest(array))
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = len(self.arrays)
            self.arrays.append(np.array(array, order="C"))
            self._bytes += array.nbytes
        self.events.append((kind, node, place, self.paths.setdefault(path, len(self.paths))))

    def _late(self) -> bool:
        return (
            self._count >= self.limits.events
            or self._bytes > self.limits.megabytes * 1e6
            or self._over()
        )

    def _over(self) -> bool:
        return time.monotonic() > self._until


def _digest(array: Any) -> bytes:
    data = array.tobytes()
    return data if len(data) <= 64 else hashlib.blake2b(data, digest_size=16).digest()


def walk(value: Any, path: str, depth: int, above: set[int]) -> Iterator[tuple[str, Any]]:
    """The arrays of a value: of lists, dicts and objects, by their paths."""
    if value is None or isinstance(value, OTHER | np.ndarray | np.generic):
        return  # arrays are seen where they are used
    if isinstance(value, int | float):
        yield path, np.asarray(value)
        return
    if not depth or id(value) in above or isinstance(value, types.FunctionType | types.MethodType):
        return
    above = above | {id(value)}
    if isinstance(value, dict):
        for name, part in list(value.items())[:64]:
            yield from walk(part, f"{path}.{name}", depth - 1, above)
    elif isinstance(value, list | tuple):
        yield from _of_a_list(value, path, depth, above)
    elif hasattr(value, "__dict__"):
        for name, part in list(vars(value).items())[:64]:
            yield from walk(part, f"{path}.{name}", depth - 1, above)


def _of_a_list(value: Any, path: str, depth: int, above: set[int]) -> Iterator[tuple[str, Any]]:
    if len(value) > 4096 or not value:
        return
    if all(isinstance(one, int | float) for one in value):
        yield path, np.asarray(value)
        return
    if isinstance(value[0], np.ndarray):
        return
    parts = [dict(walk(one, "", depth - 1, above)) for one in value[:512]]
    joint = set(parts[0])
    same = all(set(part) == joint for part in parts)
    if same:
        for name in parts[0]:
            if len({np.shape(part[name]) for part in parts}) == 1:
                yield path + name, np.asarray([part[name] for part in parts])
            elif len(parts) <= 16:
                for k, part in enumerate(parts):
                    yield f"{path}.{k}{name}", part[name]
        return
    for k, part in enumerate(parts[:16]):
        for name, array in part.items():
            yield f"{path}.{k}{name}", array
