"""The process in which somebody's file runs: it takes requests, and sends what each run told.

A request is a line of JSON, then the text. Each run is a process of its own, forked from this one,
which has NumPy loaded. It answers with a line of JSON and the bytes of the arrays.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import struct
import sys
import time
import traceback
from typing import Any

import numpy as np

from glassprop.handwritten.execution import instrument, stand_ins
from glassprop.handwritten.execution.frames import receive, send
from glassprop.handwritten.execution.limits import close_doors, confine, tried
from glassprop.handwritten.execution.recorder import Limits, Recorder

FILE = "<the file>"
SEED = 1


def main() -> None:
    """Serve requests until the pipe is closed."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.dup(1)
    settings = json.loads(requests.readline())
    quiet = os.open(os.devnull, os.O_RDWR)
    for k in (0, 1, 2):
        os.dup2(quiet, k)
    said = confine(settings["folder"], settings["limits"])
    send(answers, json.dumps({"confined": said}).encode())
    while line := requests.readline():
        request = json.loads(line)
        texts = [requests.read(size) for size in request["sizes"]]
        _serve(request, texts, answers)


def _serve(request: dict[str, Any], texts: list[bytes], answers: int) -> None:
    """Run each text, all in one forked process as long as they end well."""
    place = 0
    while place < len(texts):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            os.setpgid(0, 0)
            try:
                _run_all(request, texts[place:], writing)
            finally:
                os._exit(0)
        os.close(writing)
        place += _passed_on(reading, answers, child, request, len(texts) - place)
        os.close(reading)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def _passed_on(reading: int, answers: int, child: int, request: dict[str, Any], most: int) -> int:
    """Answers of a forked process, until it stops or is late; how many, one at least."""
    count = 0
    while count < most:
        try:
            body = receive(reading, time.monotonic() + request["wall"])
        except TimeoutError:
            send(answers, json.dumps({"ended": "time"}).encode())
            return count + 1
        except (EOFError, ValueError):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            send(answers, json.dumps({"ended": "died", "status": status}).encode())
            return count + 1
        send(answers, body)
        count += 1
    return count


def _run_all(request: dict[str, Any], texts: list[bytes], out: int) -> None:
    close_doors(request["folder"])
    kept = {} if request["quick"] else None
    for text in texts:
        send(out, _run(request, text.decode(), kept))


class _Enough(BaseException):
    """A run has told enough."""


def _run(request: dict[str, Any], text: str, kept: dict[str, Any] | None) -> bytes:
    limits = Limits(**request["limits"])
    ending: dict[str, Any] = {"ended": "end"}

    def enough(reason: str = "enough") -> None:
        ending["ended"] = reason
        raise _Enough

    recorder = Recorder(limits, enough)
    notes: list[str] = []
    names = {
        instrument.VALUE: recorder.value,
        instrument.STORE: recorder.store,
        instrument.RETURN: recorder.returned,
        instrument.ENTER: recorder.enter,
        instrument.LEAVE: recorder.leave,
        instrument.PROBE: recorder.probe,
    }
    try:
        probes = {int(number): others for number, others in request["probes"].items()}
        codes = instrument.compiled(text, FILE, kept, probes)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return json.dumps({"ended": "syntax", "error": str(error)[:400]}).encode()
    random.seed(SEED)
    np.random.seed(SEED)
    module = type(sys)("__main__")
    module.__dict__.update(names)
    module.__dict__["__file__"] = request["name"]
    module.__dict__["__name__"] = "__main__"
    sys.modules["__main__"] = module
    sys.argv = [request["name"]]
    if kept is None:
        recorder.costs = instrument.costs(text)
    recorder.start()
    signal.signal(signal.SIGALRM, lambda *_: enough("time"))
    signal.setitimer(signal.ITIMER_REAL, limits.seconds * 1.5 + 0.5)
    try:
        with stand_ins.in_place(notes, request["data"]), np.errstate(all="ignore"):
            for code in codes:
                exec(code, module.__dict__)
    except _Enough:
        pass
    except SystemExit:
        ending["ended"] = "end"
    except MemoryError:
        ending.update(ended="memory")
    except BaseException as error:
        ending.update(ended="raised", **_told(error))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return _packed(recorder, ending | {"notes": notes, "refused": list(tried)})


def _told(error: BaseException) -> dict[str, Any]:
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == FILE]
    words = "".join(traceback.format_exception_only(type(error), error)).strip()
    return {"error": words[:600], "type": type(error).__name__, "lines": lines[-6:]}


def _packed(recorder: Recorder, ending: dict[str, Any]) -> bytes:
    shapes = [(list(array.shape), array.dtype.str[1:]) for array in recorder.arrays]
    numbers = [np.asarray(array, np.float64).tobytes() for array in recorder.arrays]
    events = np.asarray(recorder.events, np.int32).tobytes()
    header = ending | {
        "arrays": shapes,
        "events": len(recorder.events),
        "paths": list(recorder.paths),
    }
    line = json.dumps(header).encode()
    return b"".join([b"\0", struct.pack("<Q", len(line)), line, events, *numbers])
