"""Memory that a process is not given: said in a line, and asked for before it is needed."""

from __future__ import annotations

import errno
import mmap
import re
from collections.abc import Generator
from contextlib import contextmanager

from glassprop.errors import NetworkError

_UNLOADED = re.compile("failed to map segment|cannot allocate memory", re.IGNORECASE)


@contextmanager
def fitting(what: str, advice: str) -> Generator[None]:
    """Within it a lack of memory is an error in a line.

    Args:
        what: what is done, such as "predict".
        advice: what helps.

    Raises:
        NetworkError: for a MemoryError.
    """
    try:
        yield
    except MemoryError as error:
        raise NetworkError(f"{what}: {lack(error)}; {advice}") from None


def lack(error: BaseException) -> str:
    """What an error says of a lack of memory, or "" if it is about something else."""
    text = " ".join(str(error).split())
    unloaded = isinstance(error, (ImportError, OSError)) and _UNLOADED.search(text)
    refused = isinstance(error, OSError) and error.errno == errno.ENOMEM
    if not (isinstance(error, MemoryError) or unloaded or refused):
        return ""
    return f"not enough memory ({text})" if text else "not enough memory"


def can_have(size: int) -> bool:
    """Whether the system would give this process so many more bytes.

    It is not asked to provide them: where memory is promised that is not there, as Linux does, only
    limits of the process count (ulimit -v).
    """
    try:
        mmap.mmap(-1, size).close()
    except (OSError, ValueError, OverflowError, MemoryError):
        return False
    return True


def require(size: int, there: int) -> None:
    """Refuse what is larger than the memory, which would be promised and then end the process.

    Args:
        size: how many bytes are needed.
        there: how many there are, 0 where that is unknown.

    Raises:
        MemoryError: saying both.
    """
    if there and size > there:
        raise MemoryError(f"{size / 1e9:,.1f} GB of {there / 1e9:,.1f} GB")
