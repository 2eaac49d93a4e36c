"""The gallery in every format; some of it against files that were read with care.

What the formulas say is proved for all of it by the second reader (`test_reading.py`), and the
words of the formats are compared for plain networks in `tests/show/test_golden.py`. Here one file
is kept for each kind of document, and all formats for two.

After a change that is meant: `GLASSPROP_GOLDEN=write pytest tests/gallery/test_golden.py`, then
read the difference that git shows. A PDF is only made, since its bytes depend on fonts. Of a page
the style sheet and the script are left out: they are files of their own already.
"""

import os
import re
from pathlib import Path

import pytest

from gallery.networks import GALLERY
from glassprop.show.save import FORMATS

GOLDEN = Path(__file__).parent / "golden"
WRITE = os.environ.get("GLASSPROP_GOLDEN") == "write"
TEXTS = [suffix for suffix in FORMATS if suffix != ".pdf"]
PLAIN = (
    *("batch_norm", "binary_cross_entropy", "convolution", "custom", "l2", "layer_norm", "seed"),
    *("little_graph", "long_short_term_memory", "max_pooling"),
)
KEPT = {f"{name}.txt" for name in PLAIN} | {
    f"{name}{suffix}" for name in ("attention", "deep") for suffix in TEXTS
}
LARGEST = 1_500_000
ASSET = re.compile(r"(<(style|script)\b[^>]*>).*?(</\2>)", re.DOTALL)


@pytest.mark.parametrize("suffix", TEXTS)
@pytest.mark.parametrize("name", GALLERY)
def test_is_written_as_it_was_read(name, suffix, tmp_path):
    made = tmp_path / f"{name}{suffix}"
    GALLERY[name].shown().save(made)
    text = made.read_text(encoding="utf-8")
    if suffix == ".html":
        text = ASSET.sub(r"\1\3", text)
    assert len(text.splitlines()) > 10
    golden = GOLDEN / made.name
    if made.name not in KEPT:
        return
    if WRITE:
        golden.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    assert text.rstrip("\n") == golden.read_text(encoding="utf-8").rstrip("\n")


def test_nothing_else_is_kept_and_it_is_not_large():
    kept = [path for path in GOLDEN.iterdir() if not path.name.startswith(".")]
    assert {path.name for path in kept} == KEPT
    assert sum(path.stat().st_size for path in kept) < LARGEST


@pytest.mark.skipif(".pdf" not in FORMATS, reason="no PDF")
@pytest.mark.parametrize("name", ["seed", "deep", "attention"])
def test_becomes_a_pdf(name, tmp_path):
    pytest.importorskip("typst")
    path = tmp_path / f"{name}.pdf"
    GALLERY[name].shown().save(path)
    assert path.read_bytes().startswith(b"%PDF")
