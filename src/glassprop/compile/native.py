"""Loads emitted modules with Numba, with their machine code kept on disk between processes.

The folder that it is kept in must be the user's own (`folder.py`). A file's name has a digest of
everything that the machine code follows from, and a second file has the digests of what Numba has
stored, so that a damaged file is compiled again instead of run. A lock lets two processes fill the
cache at once.
"""

# pyright: basic

from __future__ import annotations

import hashlib
import json
import linecache
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from glassprop.compile.folder import default_folder, locked, private_folder

OLDEST = (0, 60)
SWITCH = "NUMBA_DISABLE_JIT"
CALLED = (
    "vectors",
    "kernels",
    "products",
    "blocks",
    "turning",
    "features",
    "meeting",
    "exponential",
)
"""The modules whose functions become part of the compiled code."""
SETTINGS = (
    "OPT",
    "LOOP_VECTORIZE",
    "SLP_VECTORIZE",
    "CPU_NAME",
    "CPU_FEATURES",
    "ENABLE_AVX",
    "USING_SVML",
    "BOUNDSCHECK",
    "DEBUGINFO_DEFAULT",
)
"""Numba's settings, from NUMBA_… variables, with which the same source becomes other code."""


def unavailable() -> str:
    """Why there is no compiled engine in this installation; "" where there is one."""
    if find_spec("numba") is None:
        return "numba is not installed (pip install 'glassprop[fast]')"
    found = tuple(int(part) for part in version("numba").split(".")[:2])
    if found < OLDEST:
        return f"numba {version('numba')} is too old (pip install 'glassprop[fast]')"
    if os.environ.get(SWITCH, "0") not in ("", "0"):
        return f"numba is switched off (unset {SWITCH})"
    return ""


def key_of(source: str) -> str:
    """A digest of all that compiled code follows from: source, kernels, versions, settings, CPU."""
    from llvmlite import binding
    from numba import config

    called = [Path(__file__).with_name(f"{name}.py").read_bytes() for name in CALLED]
    features = ",".join(sorted(k for k, on in binding.get_host_cpu_features().items() if on))
    parts = [
        source.encode(),
        *called,
        " ".join(version(name) for name in ("numba", "llvmlite", "numpy")).encode(),
        sys.version.encode(),
        " ".join(f"{name}={getattr(config, name, None)}" for name in SETTINGS).encode(),
        f"{binding.get_host_cpu_name()} {features}".encode(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


Given = Mapping[str, Sequence[Any]]
"""For the functions of a module that are compiled, by name: arguments that show their types."""


class Module:
    """An emitted module, whose functions are compiled for given types when they are first needed.

    Args:
        source: its text.
        kind: what it is, the beginning of its files' names.
        announce: called once before a compilation that takes seconds.
        folder: where compiled code is kept; None for the user's cache folder.
    """

    def __init__(
        self,
        source: str,
        kind: str,
        announce: Callable[[], object] = lambda: None,
        folder: Path | None = None,
    ) -> None:
        self.source, self.announce = source, announce
        self.key = key_of(source)
        self.stem = f"{kind}_{self.key}"
        self.folder: Path | None = None
        try:
            self.folder = private_folder(default_folder() if folder is None else folder)
        except OSError as error:
            _warn(f"compiled code is not kept: {error}")
        self.cached = False
        self.namespace: dict[str, Any] = {}

    @property
    def path(self) -> Path | None:
        """The file that the source is in, if it is kept."""
        return None if self.folder is None else self.folder / f"{self.stem}.py"

    @property
    def sums(self) -> Path:
        """The file with the digests of the compiled code."""
        assert self.folder is not None
        return self.folder / f"{self.stem}.json"

    def functions(self, given: Callable[[], Given]) -> dict[str, Any]:
        """The compiled functions, by name.

        Args:
            given: gives the arguments; called when the module's `namespace` is there.
        """
        if self.folder is not None:
            try:
                with locked(self.folder / f"{self.stem}.lock"):
                    return self._cached(given)
            except Exception as error:  # whatever Numba makes of a file that is not as it was
                _warn(f"the cache of compiled code failed, compiling again: {_line(error)}")
                self._remove()
                self.folder = None
        return self._compiled(given, None)

    def _cached(self, given: Callable[[], Given]) -> dict[str, Any]:
        path = self.path
        assert path is not None
        if not self._is_whole():
            self._remove()
        if not path.exists():
            _replace(path, self.source)
        before = self._digests()
        functions = self._compiled(given, path)
        after = self._digests()
        if after != before or not self.sums.exists():
            _replace(self.sums, json.dumps(after))
        return functions

    def _compiled(self, given: Callable[[], Given], path: Path | None) -> dict[str, Any]:
        text, filename = self.source, str(path)
        if path is None:
            text, filename = text.replace(", cache=True", ""), f"<glassprop {self.key}>"
        lines = text.splitlines(keepends=True)
        linecache.cache[filename] = (len(text), None, lines, filename)
        module = ModuleType(f"glassprop_{self.stem}")
        sys.modules[module.__name__] = module  # Numba finds a cached function's globals by name
        self.namespace = module.__dict__
        exec(compile(text, filename, "exec"), self.namespace)
        from numba import typeof

        arguments = given()
        functions = {name: self.namespace[name] for name in arguments}
        if path is None or not self.sums.exists():
            self.announce()
        for name, function in functions.items():
            function.compile(tuple(typeof(argument) for argument in arguments[name]))
        hits = [bool(function.stats.cache_hits) for function in functions.values()]
        self.cached = bool(path) and all(hits)
        return functions

    def _stored(self) -> list[Path]:
        """Numba's files for this source."""
        assert self.folder is not None
        return sorted((self.folder / "__pycache__").glob(f"{self.stem}.*.nb*"))

    def _digests(self) -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in self._stored()}

    def _is_whole(self) -> bool:
        """Whether the files are as they were written."""
        path = self.path
        assert path is not None
        try:
            known = json.loads(self.sums.read_text()) if self.sums.exists() else {}
            same = not path.exists() or path.read_text() == self.source
            return same and known == self._digests()
        except (OSError, ValueError):
            return False

    def _remove(self) -> None:
        """Take away everything that is kept for this source."""
        if self.path is None:
            return
        damaged = self.sums.exists()
        for path in (*self._stored(), self.sums, self.path):
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue
        if damaged:
            _warn("the cache of compiled code is damaged, compiling again")


class Epoch(Module):
    """The module of an epoch.

    Args:
        source: what `compiled_source` wrote.
        announce: called once before a compilation that takes seconds.
        folder: where compiled code is kept; None for the user's cache folder.
    """

    def __init__(
        self, source: str, announce: Callable[[], object], folder: Path | None = None
    ) -> None:
        super().__init__(source, "epoch", announce, folder)

    def workspace(self, *room: int) -> tuple[Any, ...]:
        """Memory for mini-batches of up to n examples."""
        return self.namespace["workspace"](*room)

    def load(
        self, arguments: Callable[[Callable[[int], Any]], Sequence[Any]]
    ) -> Callable[..., Any]:
        """The compiled function for some arguments, which are made once `workspace` is known."""
        return self.functions(lambda: {"epoch": arguments(self.workspace)})["epoch"]


def _replace(path: Path, text: str) -> None:
    """Write a file so that nobody sees half of it."""
    new = path.with_suffix(f".{os.getpid()}.new")
    new.write_text(text)
    os.replace(new, path)


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:120]


def _warn(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=2)
