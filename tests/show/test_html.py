"""Properties of a derivation as a page of HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

import glassprop as gp
from glassprop.chainrule.reverse_sweep import derive
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.show.formulas.mathml_alternative import plain
from glassprop.show.formulas.mathml_elements import negative
from glassprop.show.notation.notation import NOTATIONS
from glassprop.show.outline.code_lines import Lines, lines
from glassprop.show.writers.html import HtmlDocument, asset
from glassprop.show.writers.html_parts import bare, broken, coded, heat
from show.derivations import ALL, TENSORS
from show.test_mathml import require_core

VOID = {"meta", "link", "br", "hr", "img", "input"}
SCRIPTS = re.compile(r"<(style|script)>.*?</\1>", re.DOTALL)


def page(name: str) -> str:
    derivation = ALL[name]()
    return HtmlDocument(derivation, Lines({}, {}) if name in TENSORS else lines(derivation)).text()


def tree(text: str) -> ElementTree.Element:
    """The page as XML, which it is but for its style and script."""
    return ElementTree.fromstring(SCRIPTS.sub("", text))


def network(sizes):
    derivation = gp.Network(sizes, seed=0).derivation
    return derivation.inner, lines(derivation.inner)


class Nesting(HTMLParser):
    """Raises AssertionError where an element ends that is not the innermost."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in VOID or self.open.pop() == tag


@pytest.mark.parametrize("name", ALL)
def test_is_well_formed_and_all_its_references_resolve(name):
    text = page(name)
    nesting = Nesting()
    nesting.feed(text)
    assert nesting.open == []
    root = tree(text)
    assert root.get("lang") == "en"
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter("a"):
        assert element.get("href", "")[1:] in ids
    derivation = ALL[name]()
    known = {s.name for s in derivation.givens} | {step.name for step in derivation}
    assert {e.get("data-q") for e in root.iter() if e.get("data-q")} <= known
    for element in root.iter():
        label = element.get("aria-labelledby")
        assert label is None or label in ids


@pytest.mark.parametrize("name", ALL)
def test_can_be_read_aloud_and_with_the_keyboard(name):
    root = tree(page(name))
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch(r"h\d", e.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {"main", "header", "nav"} <= {e.tag for e in root.iter()}
    for math in root.iter("math"):
        assert math.get("alttext")
        require_core("".join(ElementTree.tostring(part, encoding="unicode") for part in math))
        assert not (math.text or "").strip()
    steps = list(root.iter("article"))
    assert steps and all(e.get("tabindex") == "0" and e.get("aria-label") for e in steps)


@pytest.mark.parametrize("name", ALL)
def test_needs_nonetwork(name):
    text = page(name)
    assert "default-src 'none'" in text
    for mark in ("http://", "https://", "src=", "@import", "url(", "<link"):
        assert mark not in text.replace("http://www.w3.org/", "")


def test_steps_and_their_lines_of_code_carry_one_name():
    root = tree(page("sigmoid_quadratic"))
    for step in ALL["sigmoid_quadratic"]():
        (article,) = (e for e in root.iter("article") if e.get("id") == f"step-{step.name}")
        assert article.get("data-q") == step.name
        owned = [e for e in article.iter("span") if e.get("class") == "line"]
        assert owned[-1].get("data-q") == step.name


def test_the_picture_and_the_program_carry_the_same_names():
    derivation, code = network([2, 3, 1])
    root = tree(HtmlDocument(derivation, code).text())
    (beside,) = (e for e in root.iter("aside"))
    nodes = {e.get("id", "").removeprefix("node-") for e in beside.iter() if e.tag.endswith("}g")}
    assert {"x", "W1", "z1", "a2", "C", "delta1", "dC_dW2"} <= nodes
    owned = {e.get("data-q") for e in beside.iter("span") if e.get("class") == "line"}
    assert {"z1", "delta1", "dC_dW1"} <= owned


def test_matrices_carry_the_names_of_their_quantities():
    derivation, code = network([2, 3, 1])
    root = tree(HtmlDocument(derivation, code).text())
    (step,) = (e for e in root.iter("article") if e.get("id") == "step-delta1")
    (batch,) = (e for e in step.iter("div") if "batch" in e.get("class", "").split())
    assert [e.get("data-q") for e in batch.iter("mrow") if e.get("data-q")] == [
        "delta1",
        "delta2",
        "W2",
        "z1",
    ]


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=list(NOTATIONS))
def test_pages_with_numbers_in_every_notation(notation):
    net = gp.Network([2, 3, 1], seed=0)
    trace = net.trace(np.ones((2, 2)), np.zeros((2, 1)))
    derivation, code = network([2, 3, 1])
    root = tree(HtmlDocument(derivation, code, notation, trace).text())
    (step,) = (e for e in root.iter("article") if e.get("id") == "step-z1")
    (numbers,) = (e for e in step.iter("div") if "numbers" in e.get("class", "").split())
    said = next(e.get("alttext", "") for e in numbers.iter("math"))
    assert float(said.rpartition("= ")[2].replace("−", "-")) == pytest.approx(
        max(trace["z1"][0], key=abs), rel=0.01
    )
    for math in root.iter("math"):
        require_core("".join(ElementTree.tostring(part, encoding="unicode") for part in math))


def test_texts_of_users_are_no_markup():
    g = Graph()
    j = Axis("j", 2)
    w, y = g.symbol("w", (j,), "parameter"), g.symbol("y", (j,), "target")
    bad = "<script>alert(1)</script> & \"quoted\" 'too' </article>"
    z = g.let("z", g.apply("sin", w), bad)
    derivation = derive(g.let("C", total((z - y) ** 2), bad), [w])
    text = HtmlDocument(derivation, lines(derivation)).text()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; " in text
    tree(text)


def test_a_long_formula_breaks_at_its_signs():
    text = f"<mi>a</mi> <mo>=</mo> {negative('<mi>b</mi>')} <mo>+</mo> <mi>c</mi>"
    parts = broken(text)
    assert [plain(part) for part in parts] == ["a = −b", "+ c"]
    assert "".join(parts).replace(' form="infix"', "") == text
    terms = " ".join(f"<mo>+</mo> <mi>u</mi><mi>v{k}</mi>" for k in range(30))
    document = HtmlDocument(ALL["little_graph"](), Lines({}, {}))
    block = document.display(f"<mi>a</mi> <mo>=</mo> <mi>b</mi> {terms}")
    assert 'class="formula long"' in block
    assert block.count("<math") == 31
    rows = [("<mi>a</mi>", "<mo>=</mo>", "<mi>b</mi>"), ("<mi>a</mi>", "<mo>=</mo>", terms)]
    assert "<mtable" in document.equations(rows[:1] * 2)
    assert "<mtable" not in document.equations(rows)
    assert "long" not in document.display(text)


def test_lines_of_code_belong_to_quantities():
    text = coded("def f(x):\n    z1 = x @ W1  # (n, 2)  a < b\n    return z1", {"z1", "x", "W1"})
    root = ElementTree.fromstring(text)
    assert (
        "".join(root.itertext()) == "def f(x):\n    z1 = x @ W1  # (n, 2)  a < b\n    return z1\n"
    )
    owned = [e for e in root.iter("span") if e.get("class") == "line" and e.get("data-q")]
    assert [e.get("data-q") for e in owned] == ["z1"]
    assert [e.text for e in root.iter("span") if e.get("class") == "name"] == ["x", "x", "W1", "z1"]


def test_an_assignment_over_several_lines_is_one_quantity():
    root = ElementTree.fromstring(coded("z = (\n    x\n    + b\n)\ny = 1", {"z", "x", "b"}))
    owned = [e.get("data-q") for e in root.iter("span") if e.get("class") == "line"]
    assert owned == ["z", "z", "z", "z", None]


def test_a_heat_map_has_a_cell_for_each_number_and_a_caption():
    svg = ElementTree.fromstring(heat(np.arange(12.0).reshape(3, 4)))
    assert svg.get("viewBox") == "0 0 4 3"
    opacity = [float(cell.get("opacity", "0")) for cell in svg]
    assert opacity == sorted(opacity) and opacity[-1] == 1
    document = HtmlDocument(ALL["little_graph"](), Lines({}, {}))
    figure = ElementTree.fromstring(document.heatmap(np.zeros((2, 2)), "W&lt;1"))
    assert bare("".join(figure.itertext())) == "W<1"


def luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_stand_out(scheme):
    """WCAG 2.2, 1.4.3: 4.5 : 1 for text."""
    palettes = re.findall(r":root \{([^}]*)\}", asset("document.css"))
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", palettes[scheme]))
    for ink in ("ink", "quiet", "link"):
        for paper in ("paper", "card", "here", "lit"):
            light, dark = luminance(colours[ink]), luminance(colours[paper])
            contrast = (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
            assert contrast >= 4.5, (ink, paper, contrast)
