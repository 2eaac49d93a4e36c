"""From source to functions; tracebacks and debuggers show the emitted lines."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from itertools import count
from typing import Any

_numbers = count(1)


def load(source: str, title: str) -> dict[str, Callable[..., Any]]:
    """The functions that a source defines. The source is one that glassprop emitted itself."""
    filename = f"<glassprop {title} {next(_numbers)}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[filename] = (len(source), None, lines, filename)
    namespace: dict[str, Any] = {"__name__": "glassprop_program"}
    exec(compile(source, filename, "exec"), namespace)
    return {name: value for name, value in namespace.items() if callable(value)}
