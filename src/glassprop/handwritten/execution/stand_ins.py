"""What a file asks for and isn't there: data files, answers at the keyboard, windows to plot in."""

from __future__ import annotations

import builtins
import contextlib
import gzip
import importlib.abc
import importlib.machinery
import io
import os
import pickle
import struct
import sys
import time
import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from unittest import mock

import numpy as np

PLOTTING = ("matplotlib", "seaborn", "plotly", "pylab", "IPython", "google", "wandb", "bokeh")
EXAMPLES = 40


@contextlib.contextmanager
def in_place(notes: list[str], shape: dict[str, Any]) -> Iterator[None]:
    """Stand in for what isn't there while a file runs.

    Args:
        notes: what was stood in for, in words.
        shape: "features" and "classes" of data that are made up.
    """
    made = _MadeUp(shape["features"], shape["classes"], notes)
    finder = _Plotting()
    sys.meta_path.insert(0, finder)
    patches = [
        mock.patch.object(time, "sleep", lambda seconds: None),
        mock.patch.object(builtins, "input", made.answer),
        mock.patch.object(builtins, "open", made.instead_of(builtins.open, made.file)),
        mock.patch.object(gzip, "open", made.instead_of(gzip.open, made.file)),
        mock.patch.object(np, "load", made.instead_of(np.load, made.archive)),
        mock.patch.object(np, "loadtxt", made.instead_of(np.loadtxt, made.table)),
        mock.patch.object(np, "genfromtxt", made.instead_of(np.genfromtxt, made.table)),
        mock.patch.object(pickle, "load", made.unpickle),
        mock.patch.object(pickle, "loads", made.unpickle),
        mock.patch.object(
            os.path, "exists", lambda path, was=os.path.exists: was(path) or made.is_data(path)
        ),
        mock.patch.object(
            os.path, "isfile", lambda path, was=os.path.isfile: was(path) or made.is_data(path)
        ),
    ]
    try:
        with contextlib.ExitStack() as stack:
            for patch in patches:
                stack.enter_context(patch)
            yield
    finally:
        sys.meta_path.remove(finder)


class _File(io.BytesIO):
    """A file that isn't there."""

    def __init__(self, data: bytes, made: Any = None) -> None:
        super().__init__(data)
        self.made = made


class _MadeUp:
    def __init__(self, features: int, classes: int, notes: list[str]) -> None:
        self.features, self.classes, self.notes = features, classes, notes
        self.random = np.random.default_rng(7)

    def instead_of(self, was: Callable[..., Any], made: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, *given: Any, **named: Any) -> Any:
            try:
                return was(file, *given, **named)
            except (
                FileNotFoundError,
                NotADirectoryError,
                IsADirectoryError,
                gzip.BadGzipFile,
                EOFError,
            ):
                mode = given[0] if given and isinstance(given[0], str) else named.get("mode", "r")
                if was in (builtins_open, gzip.open) and any(letter in mode for letter in "wax+"):
                    raise
                self._note(file)
                return made(file, mode, named)

        return call

    def _note(self, file: Any) -> None:
        name = os.path.basename(str(file))[:60]
        said = f"{name!r} is not there: {EXAMPLES} made-up examples stood in"
        if said not in self.notes:
            self.notes.append(said)

    @staticmethod
    def is_data(path: Any) -> bool:
        ends = (".gz", ".pkl", ".csv", ".npz", ".npy", ".txt", ".data", "ubyte")
        return str(path).lower().endswith(ends)

    def answer(self, prompt: object = "") -> str:
        said = "it asks for input: 1 was answered"
        if said not in self.notes:
            self.notes.append(said)
        return "1"

    def inputs(self, count: int = EXAMPLES) -> Any:
        return np.round(self.random.uniform(0, 1, (count, self.features)), 4)

    def labels(self, count: int = EXAMPLES) -> Any:
        return self.random.permutation(np.arange(count) % self.classes)

    def rows(self) -> Any:
        """A table whose first and last columns are labels: whichever the file takes."""
        labels = self.labels()
        inside = self.inputs()[:, : max(self.features - 1, 1)]
        return np.column_stack([labels, inside, labels])

    def table(self, file: Any, mode: str, named: dict[str, Any]) -> Any:
        rows = self.rows()
        wanted = named.get("usecols")
        if wanted is not None:
            rows = rows[:, [k % rows.shape[1] for k in np.atleast_1d(wanted)]]
        kind = named.get("dtype", float)
        rows = rows.astype(kind if kind not in (None, str) else float)
        return rows.T if named.get("unpack") else rows

    def archive(self, file: Any, mode: str, named: dict[str, Any]) -> Any:
        name = os.path.basename(str(file)).lower()
        return _Archive(self) if name.endswith("z") else self._named(name)

    def _named(self, name: str) -> Any:
        low = name.lower()
        is_label = low.startswith(("y", "t_", "label", "target")) or "label" in low or "_y" in low
        return self.labels() if is_label else self.inputs()

    def file(self, file: Any, mode: str, named: dict[str, Any]) -> Any:
        name = os.path.basename(str(file)).lower()
        if "b" not in mode and not name.endswith(".gz"):
            lines = [",".join(f"{v:g}" for v in row) for row in self.rows()]
            return io.StringIO("\n".join(lines) + "\n")
        if "ubyte" in name or "idx" in name:
            side = round(self.features**0.5)
            labels = "label" in name or "idx1" in name
            shape = (EXAMPLES,) if labels else (EXAMPLES, side, side)
            values = self.labels() if labels else self.inputs()[:, : side * side] * 255
            head = struct.pack(f">I{len(shape)}I", 0x800 + len(shape), *shape)
            return _File(head + np.asarray(values).astype(np.uint8).tobytes())
        return _File(b"", made=True)

    def unpickle(self, file: Any, *given: Any, **named: Any) -> Any:
        if getattr(file, "made", None) or getattr(getattr(file, "fileobj", None), "made", None):
            return tuple((self.inputs().astype(np.float32), self.labels()) for _ in range(3))
        raise pickle.UnpicklingError("files of other programs are not unpickled here")


class _Archive(dict[str, Any]):
    def __init__(self, made: _MadeUp) -> None:
        super().__init__()
        self._made = made
        self.files = ["x_train", "y_train", "x_test", "y_test"]

    def __missing__(self, name: str) -> Any:
        self[name] = self._made._named(name)
        return self[name]

    def __enter__(self) -> _Archive:
        return self

    def __exit__(self, *given: object) -> None:
        return None

    def close(self) -> None:
        return None


class _Plotting(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds modules that draw: they take everything, and draw nothing."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name.split(".")[0] in PLOTTING or name.split(".")[0] == "tqdm":
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        return _Drawn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        if module.__name__.split(".")[0] == "tqdm":
            module.__dict__.update(tqdm=_through, trange=lambda *given, **named: range(*given))


def _through(items: Sequence[Any] = (), *given: Any, **named: Any) -> Any:
    return items


class _Drawn(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()

    def __call__(self, *given: Any, **named: Any) -> Any:
        return given[0] if given else _Anything()


class _Anything:
    """Takes any call, attribute and index; it unpacks into pairs, as figures and axes do."""

    def __getattr__(self, name: str) -> _Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *given: Any, **named: Any) -> _Anything:
        return self

    def __getitem__(self, key: Any) -> _Anything:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __iter__(self) -> Iterator[_Anything]:
        return iter((self, self))

    def __enter__(self) -> _Anything:
        return self

    def __exit__(self, *given: object) -> None:
        return None


builtins_open = builtins.open
