"""Loads emitted modules with Numba, with their machine code kept on disk between processes.

Numba can keep code, too, but opens its files by paths that others may have changed by then. Here it
is given what was read from the user's own folder, and checked (`program_cache.py`). A file's name
is a digest of everything that the machine code follows from.
"""

# pyright: basic

from __future__ import annotations

import gc
import hashlib
import os
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from glassprop.compile.native.cache_folder import FOLDER
from glassprop.compile.native.compile_memory import too_little
from glassprop.compile.native.program_cache import programs
from glassprop.compile.numpy_source.load import show_lines
from glassprop.system.interrupt import Interrupt, finished

OLDEST = (0, 60)
SWITCH = "NUMBA_DISABLE_JIT"
KERNELS = Path(__file__).parents[1] / "kernels"
"""Where the functions are that become part of the compiled code."""
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


def unavailable(source: str = "") -> str:
    """Why there is no compiled engine in this installation, or for a source; "" where there is."""
    if find_spec("numba") is None:
        return "numba is not installed (pip install 'glassprop[fast]')"
    found = tuple(int(part) for part in _version("numba").split(".")[:2])
    if found < OLDEST:
        return f"numba {_version('numba')} is too old (pip install 'glassprop[fast]')"
    if os.environ.get(SWITCH, "0") not in ("", "0"):
        return f"numba is switched off (unset {SWITCH})"
    return too_little(source) if source else ""


def key_of(source: str, choices: str = "") -> str:
    """A digest of all that compiled code follows from: source, kernels, versions, settings, CPU."""
    with finished():  # an import that was cut off would leave half of Numba
        from numba import config

        everywhere = _key_of_all()
    settings = " ".join(f"{name}={getattr(config, name, None)}" for name in SETTINGS)
    return _digest(source.encode(), choices.encode(), settings.encode(), everywhere)


@cache
def _key_of_all() -> bytes:
    """What the code of all sources follows from in this process: kernels, versions, CPU."""
    from llvmlite import binding

    features = ",".join(sorted(k for k, on in binding.get_host_cpu_features().items() if on))
    parts = [
        *(path.read_bytes() for path in sorted(KERNELS.glob("*.py"))),
        " ".join(map(_version, ("numba", "llvmlite", "numpy"))).encode(),
        sys.version.encode(),
        f"{binding.get_host_cpu_name()} {features}".encode(),
    ]
    return _digest(*parts).encode()


@cache
def _version(package: str) -> str:
    return version(package)  # which takes a millisecond to find


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


MOST = 64
"""Programs that stay loaded. Numba does not give machine code back, so none is loaded twice."""
_loaded: dict[tuple[str, ...], ModuleType] = {}
"""By kind, key and the folder that they are kept in, the one that was used last at the end."""
_loading = threading.RLock()


@contextmanager
def _stopped_between_passes() -> Generator[None]:
    """Have signals end a compilation between two of Numba's passes, and not within one.

    Cut off there, its registries of functions would stay half filled for the whole process.
    """
    from numba.core import event

    class Stopped(BaseException):
        """What leaves the compilation."""

    class AtPasses(event.Listener):
        def on_start(self, event: Any) -> None:
            if interrupt.requested:
                raise Stopped

        def on_end(self, event: Any) -> None:
            pass

    interrupt = Interrupt(patient=True)
    try:
        with interrupt, event.install_listener("numba:run_pass", AtPasses()):
            yield
    except Stopped:
        pass
    finally:
        interrupt.deliver()


@contextmanager
def _nothing_collected() -> Generator[None]:
    """Within it Python does not look for garbage: a compilation makes much that it keeps.

    Measured with [9, 34, 17, 4] and relu: 2.4 s in place of 2.75.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


class Module:
    """An emitted module, whose function is compiled for given types when it is first needed.

    Args:
        source: its text.
        kind: what it is, the name of its function and the beginning of its file's name.
        announce: called once before a compilation that takes seconds.
        choices: what else its code follows from.

    Attributes:
        namespace: of the module, once it is loaded.
        cached: whether the code was there, and nothing had to be compiled.
    """

    def __init__(
        self,
        source: str,
        kind: str,
        announce: Callable[[], object] = lambda: None,
        choices: str = "",
    ) -> None:
        self.source, self.kind, self.announce = source, kind, announce
        self.key = key_of(source, choices)
        self.cached = False
        self.namespace: dict[str, Any] = {}

    def load(self, arguments: Callable[[], Sequence[Any]]) -> Callable[..., Any]:
        """The compiled function; one that this process has loaded before is taken again.

        Args:
            arguments: gives arguments of the types that it is compiled for; called when the
                module's `namespace` is there.
        """
        with _loading:
            with finished():
                from numba import typeof

                module = self._module()
            self.namespace = module.__dict__
            function = self.namespace[self.kind]
            types = tuple(typeof(argument) for argument in arguments())
            self.cached = types in function.overloads
            if not self.cached:
                sys.modules[module.__name__] = module  # Numba finds kept code's globals by name
                try:
                    self._compile(function, types)
                finally:
                    del sys.modules[module.__name__]
        return function

    def _compile(self, function: Any, types: tuple[Any, ...]) -> None:
        """Have a function compiled for some types, or take the code that is kept."""
        with finished():
            from numba.core.caching import NullCache

            from glassprop.compile.native.machine_code import MachineCode

        name = f"{self.kind}_{_digest(self.key.encode(), repr(types).encode())}"
        with programs() as kept, ExitStack() as waiting:
            code = kept.find(name, told=False)
            if code is None:
                self.announce()
                waiting.enter_context(kept.alone(name))
                code = kept.find(name)
            handed = MachineCode(code)
            function._cache = handed  # what Numba asks for code, and gives it to
            with _stopped_between_passes(), _nothing_collected():
                function.compile(types)
            function._cache = NullCache()  # or it would stay as long as the function
            self.cached = code is not None and handed.made is None
            if handed.made is not None:
                kept.keep(name, handed.made)

    def _module(self) -> ModuleType:
        """The module with its function as Numba takes it, compiled for what it has been before."""
        place = self.kind, self.key, os.environ.get(FOLDER, "")
        found = _loaded.pop(place, None)
        if found is None:
            filename = f"<glassprop {self.key}>"
            found = ModuleType(f"glassprop_{self.kind}_{self.key}")
            exec(compile(self.source, filename, "exec"), found.__dict__)
            show_lines(filename, self.source, found)
        _loaded[place] = found
        while len(_loaded) > MOST:
            del _loaded[next(iter(_loaded))]
        return found
