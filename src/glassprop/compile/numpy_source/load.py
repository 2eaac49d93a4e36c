"""From source to functions; tracebacks and debuggers show the emitted lines."""

from __future__ import annotations

import linecache
import weakref
from collections.abc import Callable
from itertools import count
from typing import Any

_numbers = count(1)


def load(source: str, title: str) -> dict[str, Callable[..., Any]]:
    """The functions that a source defines. The source is one that glassprop emitted itself."""
    filename = f"<glassprop {title} {next(_numbers)}>"
    namespace: dict[str, Any] = {"__name__": "glassprop_program"}
    exec(compile(source, filename, "exec"), namespace)
    functions = {name: value for name, value in namespace.items() if callable(value)}
    show_lines(filename, source, next(iter(functions.values())))
    return functions


def show_lines(filename: str, source: str, owner: object) -> None:
    """Have tracebacks show the lines of a source, as long as its owner is there."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    weakref.finalize(owner, linecache.cache.pop, filename, None).atexit = False
