"""The text of somebody's file: scripts, notebooks, other encodings, Python 2."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassprop.errors import DataError, clipped, shown

LARGEST = 5_000_000
PRINTS = re.compile(r"^(\s*)print\s+(?!\()(.*?)(,?)\s*$")


@dataclass(frozen=True)
class Source:
    """A file as it runs.

    Attributes:
        path: of the file.
        text: what runs.
        cells: of a notebook: for each line of the text its cell and its line there, from 0 and 1.
        notes: what was done to the text so that it runs.
    """

    path: Path
    text: str
    cells: Sequence[tuple[int, int]] = ()
    notes: tuple[str, ...] = ()

    def place(self, line: int) -> tuple[int | None, int]:
        """The cell of a line, if there are cells, and the line in it."""
        if self.cells and 1 <= line <= len(self.cells):
            return self.cells[line - 1]
        return None, line


def read_source(path: Path) -> Source:
    """Read a file.

    Raises:
        DataError: for what is no Python that can be read: no file, empty, too large, a syntax error
            (with its line), a damaged notebook.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(
                f"{shown(path)}: larger than {LARGEST // 1_000_000} MB, which no program is"
            )
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read: {error.strerror}") from None
    if path.suffix == ".ipynb":
        source = _notebook(path, data)
    else:
        source = Source(path, _decoded(path, data))
    if not source.text.strip():
        raise DataError(f"{shown(path)}: empty; expected a program with a network")
    return _parsed(source)


def _decoded(path: Path, data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", "replace")
    else:
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            text = data.decode(encoding)
        except (SyntaxError, UnicodeDecodeError, LookupError):
            text = data.decode("latin-1")
    if "\0" in text:
        raise DataError(
            f"{shown(path)}: has bytes that no text has; expected a Python file or a notebook"
        )
    text = text.removeprefix("\ufeff")
    text = re.sub(r"^([ \t\f]*#.*?coding[:=])", r"# \1", text, count=1, flags=re.MULTILINE)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _notebook(path: Path, data: bytes) -> Source:
    try:
        cells: list[dict[str, Any]] = json.loads(data)["cells"]
        codes = [
            (k, "".join(cell["source"]))
            for k, cell in enumerate(cells)
            if cell["cell_type"] == "code"
        ]
    except (ValueError, KeyError, TypeError):
        raise DataError(f"{shown(path)}: is no notebook that can be read (nbformat 4)") from None
    lines: list[str] = []
    places: list[tuple[int, int]] = []
    magics = False
    for k, code in codes:
        if code.lstrip().startswith("%%") and not code.lstrip().startswith(("%%time", "%%capture")):
            continue
        for number, line in enumerate(code.split("\n"), 1):
            if line.lstrip()[:1] in ("%", "!", "?"):
                magics = True
                line = line[: len(line) - len(line.lstrip())] + "pass"
            lines.append(line)
            places.append((k, number))
    notes = ("magics of the notebook are left out",) if magics else ()
    return Source(path, "\n".join(lines), tuple(places), notes)


def _parsed(source: Source) -> Source:
    try:
        ast.parse(source.text)
        return source
    except (SyntaxError, ValueError, RecursionError) as error:
        first = error
    translated = _from_python_2(source.text)
    try:
        ast.parse(translated)
    except (SyntaxError, ValueError, RecursionError):
        line = getattr(first, "lineno", None) or 1
        cell, number = source.place(line)
        where = f"line {number}" if cell is None else f"cell {cell}, line {number}"
        written = source.text.split("\n")[line - 1].strip() if source.text else ""
        raise DataError(
            f"{shown(source.path)}, {where}: Python cannot read this: "
            f"{getattr(first, 'msg', first)}: {clipped(written)}"
        ) from None
    notes = (*source.notes, "written for Python 2 (print, xrange), and translated")
    return Source(source.path, translated, source.cells, notes)


def _from_python_2(text: str) -> str:
    """Statements that print and names of Python 2, line by line."""
    lines: list[str] = []
    for line in text.expandtabs(8).split("\n") if "\t" in text else text.split("\n"):
        found = PRINTS.match(line)
        if found and not line.lstrip().startswith("#"):
            end = ", end=' '" if found[3] else ""
            line = f"{found[1]}print({found[2]}{end})"
        elif line.strip() == "print":
            line = line.replace("print", "print()")
        line = re.sub(r"\bxrange\b", "range", line)
        line = re.sub(r"\braw_input\b", "input", line)
        line = re.sub(r"\.iteritems\(\)", ".items()", line)
        line = re.sub(r"except (\w+), (\w+):", r"except \1 as \2:", line)
        lines.append(line)
    return "\n".join(lines)
