"""Runs of somebody's file in a process of its own, and what they told."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.frames import receive

Numbers = npt.NDArray[Any]
START = 20.0
"""Seconds that the process may take to load NumPy on a busy machine."""


@dataclass(frozen=True)
class Event:
    """A value that was seen.

    Attributes:
        kind: of `recorder`: VALUE of an expression, STORE under a name, RETURN, ENTER with what a
            function is given, LEAVE with the same when it ends, PROBE of an expression and of
            others in its place.
        node: the number of the expression or statement in the syntax tree.
        array: its place in `Run.arrays`.
        path: under which name, as it is written.
    """

    kind: int
    node: int
    array: int
    path: str


@dataclass(frozen=True)
class Run:
    """What a run told.

    Attributes:
        ended: "end", "enough", "raised", "syntax", "memory", "time" or "died".
        events: in the order in which they came.
        arrays: the different ones, in double precision.
        types: of the arrays, as in f8, f4 or i8.
        error: the last line of a traceback, with its lines in the file.
    """

    ended: str
    events: Sequence[Event] = ()
    arrays: Sequence[Numbers] = ()
    types: Sequence[str] = ()
    error: str = ""
    error_type: str = ""
    lines: Sequence[int] = ()
    notes: Sequence[str] = ()
    refused: Sequence[str] = ()


@dataclass
class Executor:
    """A confined process that runs texts. Use it with `with`.

    Args:
        path: of the file, for its name and folder.
        megabytes: of memory that a run may take.
        seconds: that a run may take.
    """

    path: str
    megabytes: int = 3000
    seconds: float = 4.0
    confined: Sequence[str] = field(default=(), init=False)
    _process: Any = field(default=None, init=False)
    _folder: Any = field(default=None, init=False)

    def __enter__(self) -> Executor:
        self._folder = tempfile.TemporaryDirectory(prefix="glassprop-", ignore_cleanup_errors=True)
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        self._folder.cleanup()

    def _start(self) -> None:
        paths = [os.path.abspath(one) for one in sys.path if one]
        start = "from glassprop.handwritten.execution.child import main; main()"
        code = f"import sys; sys.path[:] = {paths!r}; {start}"
        few = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        kept = {
            k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")
        }
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=kept
            | few
            | {"HOME": self._folder.name, "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"},
            start_new_session=True,
        )
        settings = {"folder": self._folder.name, "limits": {"megabytes": self.megabytes}}
        self._write(json.dumps(settings).encode() + b"\n")
        self.confined = json.loads(self._read(time.monotonic() + START))["confined"]

    def _stop(self) -> None:
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            pipe.close()
        self._process.kill()
        self._process.wait()
        self._process = None

    def run(
        self,
        texts: Sequence[str],
        *,
        events: int,
        seconds: float | None = None,
        data: Mapping[str, int],
        quick: bool = False,
        skip: int = 0,
        probes: Mapping[int, Sequence[str]] | None = None,
    ) -> list[Run]:
        """Run texts, each as a program of its own.

        Args:
            texts: of programs.
            events: after how many a run has told enough.
            seconds: of a run, `self.seconds` if not given.
            data: "features" and "classes" of files that are made up.
            skip: events at the beginning that are not kept.
            quick: whether only arrays matter; no events are given then.
            probes: by numbers of expressions, others whose values are told too.
        """
        limit = self.seconds if seconds is None else seconds
        coded = [text.encode() for text in texts]
        request = {
            "sizes": [len(one) for one in coded],
            "quick": quick,
            "probes": dict(probes or {}),
            "name": os.path.basename(self.path),
            "folder": self._folder.name,
            "wall": 2 * limit + 2.0,
            "limits": {"events": events, "seconds": limit, "skip": skip},
            "data": dict(data),
        }
        found: list[Run] = []
        try:
            self._write(json.dumps(request).encode() + b"\n" + b"".join(coded))
            for _ in texts:
                found.append(_unpacked(self._read(time.monotonic() + 2 * limit + 10.0), quick))
        except (OSError, EOFError, TimeoutError, ValueError, KeyError, struct.error):
            found += [Run("died")] * (len(texts) - len(found))
            self._stop()
            self._start()
        return found

    def _write(self, data: bytes) -> None:
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def _read(self, until: float) -> bytes:
        return receive(self._process.stdout.fileno(), until)


def _unpacked(body: bytes, quick: bool) -> Run:
    if body[:1] != b"\0":
        told = json.loads(body)
        return Run(told["ended"], error=told.get("error", ""))
    body = body[1:]
    size = struct.unpack("<Q", body[:8])[0]
    told = json.loads(body[8 : 8 + size])
    place = 8 + size
    count = told["events"]
    table = np.frombuffer(body, np.int32, 4 * count, place).reshape(-1, 4)
    place += 16 * count
    arrays: list[Numbers] = []
    for shape, _ in told["arrays"]:
        entries = int(np.prod(shape))
        arrays.append(np.frombuffer(body, np.float64, entries, place).reshape(shape))
        place += 8 * entries
    paths = told["paths"]
    rows = [] if quick else table.tolist()
    events = [Event(kind, node, array, paths[path]) for kind, node, array, path in rows]
    return Run(
        told["ended"],
        events,
        arrays,
        [kind for _, kind in told["arrays"]],
        told.get("error", ""),
        told.get("type", ""),
        told.get("lines", ()),
        told["notes"],
        told.get("refused", ()),
    )
