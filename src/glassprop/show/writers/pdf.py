"""Typst documents as PDF, through the Python package `typst`, in a process of its own.

Its library ends the process that it is in where it is not given memory or a thread.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.util import find_spec

from glassprop.errors import GlasspropError, clipped

REFUSED = 3
"""The status of the process for a document that does not compile."""
SET = f"""
import sys
sys.path[:] = sys.argv[1:]
import typst
try:
    found = typst.compile(sys.stdin.buffer.read(), ignore_system_fonts=True)
except typst.TypstError as error:
    print(error, file=sys.stderr)
    sys.exit({REFUSED})
sys.stdout.buffer.write(found)
"""


class PdfError(GlasspropError):
    """A PDF that cannot be made."""


def to_pdf(source: str) -> bytes:
    """A Typst document as PDF: tagged, with the fonts inside Typst, always the same bytes.

    Raises:
        PdfError: without the package `typst`, for a document that does not compile, or if the
            typesetter ends, as it does with too little memory.
    """
    if find_spec("typst") is None:
        raise PdfError(
            "a PDF needs the package typst, which is not installed; "
            "run: pip install 'glassprop[pdf]'"
        )
    command = [sys.executable, "-I", "-X", "utf8", "-c", SET, *sys.path]
    try:
        found = subprocess.run(command, input=source.encode(), capture_output=True)
    except OSError as error:
        raise PdfError(f"the typesetter cannot be started: {error}") from None
    said = found.stderr.decode(errors="replace")
    if found.returncode == REFUSED:
        raise PdfError(f"the PDF cannot be set: {' '.join(said.split())}")
    if found.returncode:
        raise PdfError(_ended(found.returncode, said))
    return found.stdout


def _ended(status: int, said: str) -> str:
    """How the typesetter ended, with the last line that it said."""
    try:
        how = signal.Signals(-status).name
    except ValueError:
        how = f"status {status}"
    last = next((line for line in reversed(said.splitlines()) if line.strip()), "")
    return (
        f"the typesetter ended with {how}{': ' * bool(last)}{clipped(last)}; it takes some 400 MB "
        "of memory, and a thread for each processor (ulimit -v, ulimit -u); a .html or .typ file "
        "does without it"
    )
