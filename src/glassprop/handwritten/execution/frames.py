"""Messages through pipes: their length, then their bytes."""

from __future__ import annotations

import os
import select
import struct
import time

LONGEST = 500_000_000


def send(pipe: int, body: bytes) -> None:
    """Write a message."""
    data = memoryview(struct.pack("<Q", len(body)) + body)
    while data:
        data = data[os.write(pipe, data) :]


def receive(pipe: int, until: float) -> bytes:
    """Read a message.

    Args:
        pipe: to read from.
        until: the time, as `time.monotonic` has it, at which to give up.

    Raises:
        TimeoutError: if it is not there by then.
        EOFError: if the other side is closed.
        ValueError: for a length that no message has.
    """
    size = struct.unpack("<Q", _exactly(pipe, 8, until))[0]
    if size > LONGEST:
        raise ValueError("a message without end")
    return _exactly(pipe, size, until)


def _exactly(pipe: int, count: int, until: float) -> bytes:
    parts: list[bytes] = []
    while count:
        left = until - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            raise TimeoutError
        part = os.read(pipe, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
