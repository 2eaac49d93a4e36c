"""What is printed, whole, against files that were read with care.

After a change that is meant: `GLASSPROP_GOLDEN=write pytest tests/show/test_golden.py`, then read
the difference that git shows. The NumPy lines are in the files of plain networks only.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from glassprop.show.outline.code_lines import Lines, lines
from glassprop.show.save import FORMATS
from glassprop.show.writers.terminal_table import table
from show.derivations import ALL, TENSORS

TEXTS = [".table", *(suffix for suffix in FORMATS if suffix != ".pdf")]
GOLDEN = Path(__file__).parent / "golden"
KEPT = [
    *((name, suffix) for name in ALL if name not in (*TENSORS, "arithmetic") for suffix in TEXTS),
    *((name, ".table") for name in ("arithmetic", *TENSORS)),
]
"""The formulas of the others are proved in the gallery."""
ASSET = re.compile(r"(<(?:style|script)\b[^>]*>).*?(</(?:style|script)>)", re.DOTALL)
"""Style and script are files of their own already."""


@pytest.mark.parametrize(("name", "suffix"), KEPT)
def test_is_printed_as_it_was_read(name, suffix):
    derivation = ALL[name]()
    code = Lines({}, {}) if name in TENSORS else lines(derivation)
    text = table(derivation, code) if suffix == ".table" else FORMATS[suffix](derivation, code)
    if suffix == ".html":
        text = ASSET.sub(r"\1\2", text)
    path = GOLDEN / f"{name}{suffix}"
    if os.environ.get("GLASSPROP_GOLDEN") == "write":
        path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    assert text.rstrip("\n") == path.read_text(encoding="utf-8").rstrip("\n")


def test_nothing_else_is_kept():
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}{suffix}" for name, suffix in KEPT}
