"""Typst documents and PDFs: they compile, nothing leaves the page, the text is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest
import typst

import glassprop as gp
from glassprop.chainrule.reverse_sweep import derive
from glassprop.errors import FormulaError, GlasspropError
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.show.notation.notation import NIELSEN, NOTATIONS
from glassprop.show.outline.code_lines import Lines, lines
from glassprop.show.writers import pdf as typst_pdf
from glassprop.show.writers.pdf import PdfError, to_pdf
from glassprop.show.writers.typst_document import MANY, TypstDocument, displayed, escape, source
from glassprop.show.writers.typst_style import STYLE
from show.derivations import ALL, NETWORKS, TENSORS, network

LEFT, RIGHT = 62.3, 595.3 - 62.3
"""The margins of A4, in points."""
pdftotext = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext")


def document(name: str) -> str:
    derivation = ALL[name]()
    return TypstDocument(derivation, Lines({}, {}) if name in TENSORS else lines(derivation)).text()


def words(pdf: bytes, path: Path) -> list[tuple[float, float, float, float, str]]:
    """The words of a PDF with their boxes."""
    path.write_bytes(pdf)
    found = subprocess.run(["pdftotext", "-bbox", path, "-"], capture_output=True, text=True)
    box = r'xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)<'
    rows = re.findall(box, found.stdout)
    return [(float(a), float(b), float(c), float(d), unescape(word)) for a, b, c, d, word in rows]


def within_margins(pdf: bytes, path: Path) -> bool:
    found = words(pdf, path)
    assert found
    return all(left > LEFT - 1 and right < RIGHT + 1 for left, _, right, _, _ in found)


@pytest.mark.parametrize("name", ALL)
def test_compiles_without_a_warning_and_within_the_margins(name, tmp_path):
    text = document(name)
    pdf, warnings = typst.compile_with_warnings(text.encode(), ignore_system_fonts=True)
    assert not warnings
    assert pdf.startswith(b"%PDF")
    if shutil.which("pdftotext"):
        assert within_margins(pdf, tmp_path / "a.pdf")


@pytest.mark.parametrize("name", NOTATIONS)
def test_compiles_in_every_notation_with_numbers(name, tmp_path):
    net = gp.Network([3, 70, 2], seed=0)
    x, y = np.array([[0.1, 0.2, 0.9]]), np.array([[0.0, 1.0]])
    net.derivation.save(tmp_path / "a.typ", notation=name, trace=net.trace(x, y))
    text = (tmp_path / "a.typ").read_text()
    assert "#heat(" in text
    pdf = to_pdf(text)
    if shutil.which("pdftotext"):
        assert within_margins(pdf, tmp_path / "a.pdf")


@pdftotext
def test_text_can_be_selected_and_the_document_says_what_it_is(tmp_path):
    path = tmp_path / "a.pdf"
    found = " ".join(word for *_, word in words(to_pdf(document("sigmoid_quadratic")), path))
    for text in ("weighted input of layer 1", "delta1 = (delta2 @ W2) * a1 * (1 - a1)", "𝛿", "⊙"):
        assert text in found
    info = subprocess.run(["pdfinfo", path], capture_output=True, text=True).stdout
    assert "The gradient of C with respect to W¹, b¹, W² and b²" in info
    assert re.search(r"Tagged: +yes", info)
    assert "CreationDate" not in info
    assert "A4" in info


def test_same_derivation_same_bytes(tmp_path):
    made = [to_pdf(document("softmax_cross_entropy")) for _ in range(2)]
    assert made[0] == made[1]
    code = "import glassprop as gp, sys; gp.Network([2, 3, 1]).derivation.save(sys.argv[1])"
    path = tmp_path / "a.pdf"
    hashes = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", code, path], check=True, env=hashes)
    gp.Network([2, 3, 1]).derivation.save(tmp_path / "b.pdf")
    assert path.read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_saves_a_pdf_whole_or_not_at_all(tmp_path, monkeypatch):
    derivation = gp.Network([2, 3, 1]).derivation
    path = tmp_path / "backprop.pdf"
    derivation.save(path)
    whole = path.read_bytes()
    assert whole.startswith(b"%PDF")
    assert whole.rstrip().endswith(b"%%EOF")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(GlasspropError, match="No space left"):
        gp.Network([2, 4, 1]).derivation.save(path)
    assert path.read_bytes() == whole
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_without_the_package_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    derivation = gp.Network([2, 3, 1]).derivation
    with pytest.raises(PdfError, match=r"pip install 'glassprop\[pdf\]'") as caught:
        derivation.save(tmp_path / "backprop.pdf")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())
    derivation.save(tmp_path / "backprop.typ")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os; os.abort()", "ended with SIGABRT; it takes some 400 MB"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended with SIGKILL; it"),
        ("raise MemoryError('no room')", "ended with status 1: MemoryError: no room; it takes"),
    ],
)
def test_a_typesetter_that_ends_is_one_line(code, words, tmp_path, monkeypatch):
    monkeypatch.setattr(typst_pdf, "SET", code)
    derivation = gp.Network([2, 3, 1]).derivation
    with pytest.raises(PdfError, match=words) as caught:
        derivation.save(tmp_path / "backprop.pdf")
    assert "\n" not in str(caught.value) and not list(tmp_path.iterdir())


def test_a_file_named_as_the_typesetter_is_not_run(tmp_path, monkeypatch):
    (tmp_path / "typst.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [path for path in sys.path if path])
    assert to_pdf("a").startswith(b"%PDF")


def test_a_document_that_does_not_compile_is_one_line():
    with pytest.raises(PdfError, match="cannot be set") as caught:
        to_pdf("#unknown()")
    assert "\n" not in str(caught.value)


NASTY = [
    "a*b_c #let x = 1; $y$ @ref <lab> [x] \\ `q` \"s\" 't' ~ // no /* z */ -- --- ... a -? http://b.c",
    "= heading",
    "- item",
    "+ item",
    "/ term: x",
    "12. item",
    "#{panic()}",
    "(x)",
    "]",
    "tab\tand\nnew line",
]


def test_sentences_with_letters_of_no_font_are_refused():
    with pytest.raises(FormulaError, match="fonts inside Typst"):
        escape("重み")


@pdftotext
def test_sentences_are_shown_as_they_are(tmp_path):
    pdf = to_pdf("#set page(width: 30cm)\n" + "\n\n".join(map(escape, NASTY)))
    found = " ".join(word for *_, word in words(pdf, tmp_path / "a.pdf"))
    for text in NASTY:
        assert " ".join(text.split()) in found


def test_meanings_and_names_of_users_are_escaped():
    g = Graph()
    x = g.symbol("x", (Axis("i", 2),), "parameter")
    square = g.let("q", x * x, "a #strange *meaning* [of] $this$")
    derivation = derive(g.let("C", total(square), "cost @all"), [x])
    text = TypstDocument(derivation, Lines({}, {})).text()
    assert r"\#strange \*meaning\* \[of\] \$this\$" in text
    to_pdf(text)


@pdftotext
def test_a_formula_of_any_length_stays_on_the_page(tmp_path):
    terms = " + ".join(f"a_{n}^2 thin b_{n}" for n in range(1, 10) for _ in range(12))
    inside = f"σ (({terms}) thin (c + 1))"
    below = f"(x)/(sqrt({terms}))"
    one = f'op("{"f" * 200}")'
    blocks = [displayed(f"z = {text}", "number: 1") for text in (terms, inside, below, one)]
    code = source("x = " + " + ".join(f"alpha_{n} * beta" for n in range(12)), "python")
    assert within_margins(to_pdf(STYLE + "\n".join([*blocks, code])), tmp_path / "a.pdf")


@pdftotext
@pytest.mark.parametrize("more", range(0, 9, 2))
def test_long_names_stay_on_the_page(tmp_path, more):
    g = Graph()
    axis = Axis("i", 3)
    x = g.symbol(
        f"a_parameter_whose_name_goes_on{'_and_on' * more}",
        (axis,),
        "parameter",
    )
    w = g.symbol("another_long_name_of_a_weight_vector", (axis,), "parameter")
    q = g.let("a_long_name_for_a_step_in_between", x * w * x, "a meaning " * 20)
    cost = g.let("the_cost_of_everything_together", total(q * q) + total(x * x * w), "cost")
    derivation = derive(cost, [x, w])
    text = TypstDocument(derivation, lines(derivation)).text()
    assert within_margins(to_pdf(text), tmp_path / "a.pdf")


@pdftotext
def test_heads_are_never_last_on_a_page(tmp_path):
    """Each page ends with something that is no heading, however long what comes before is."""
    entry = TypstDocument(network([2, 3, 1]), lines(network([2, 3, 1])), NIELSEN)
    block = entry.entry(entry.told.entries[5])
    for space in range(520, 680, 40):
        text = f"{STYLE}\n#v({space}pt)\n= Heading\n#lead[Layer by layer:]\n{block}"
        found = words(to_pdf(text), tmp_path / "a.pdf")
        pages = typst.query(text.encode(), "heading", field="body")
        assert pages
        place = [word for *_, word in found].index("Heading")
        after = found[place + 1 : place + 12]
        assert all(box[1] > found[place][1] for box in after)


def test_derivatives_in_sentences_stand_on_the_line():
    text = TypstDocument(network([2, 3, 1]), Lines({}, {}))
    assert text.math("(∂C)/(∂W_(j i)^1) thin x") == r"$∂C\/∂W_(j i)^1 ⋅ x$"
    assert text.math("(∂L)/(∂a^((l+1)))") == r"$∂L\/∂a^((l+1))$"
    assert text.math("a thin b") == "$a thin b$"


def test_long_documents_have_contents():
    assert "outline(title" in document("sigmoid_quadratic")
    assert len(NETWORKS["sigmoid_quadratic"]().steps) >= MANY
    assert "outline(title" not in document("little_graph")


def test_source_with_backticks_is_one_block():
    assert source("a = '```'", "python") == "````python\na = '```'\n````"
