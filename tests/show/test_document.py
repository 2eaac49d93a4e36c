"""What a document says, in which order, and how much at most."""

from __future__ import annotations

import re
import time

import numpy as np
import pytest

from glassprop.chainrule.derivation import Derivation
from glassprop.derivation import Derivation as PublicDerivation
from glassprop.errors import FormulaError
from glassprop.network import Network
from glassprop.show.document.four_equations import equations_of
from glassprop.show.document.parameter_update import updates
from glassprop.show.numbers.heat_map import cells, grid, shaded
from glassprop.show.outline.code_lines import lines
from glassprop.show.writers.latex_document import TexDocument
from glassprop.show.writers.markdown import MarkdownDocument
from glassprop.show.writers.plain_text import PlainDocument
from show.derivations import ALL

ORDER = [
    "The network",
    "The forward pass",
    "The cost",
    "The backward pass",
    "The gradients",
    "The update",
    "Summary",
    "The program",
    "Notes",
]
HEADINGS = {
    PlainDocument: r"^(\S.*)\n-+$",
    MarkdownDocument: r"^## (.*)$",
    TexDocument: r"^\\section\*\{(.*)\}$",
}


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("kind", HEADINGS)
def test_the_sections_stand_in_the_order_of_the_work(kind):
    inner = Network([2, 3, 1]).derivation.inner
    text = kind(inner, lines(inner)).text()
    assert re.findall(HEADINGS[kind], text, re.MULTILINE) == ORDER


def test_a_network_of_layers_has_the_four_equations():
    text = words(Network([2, 3, 1]).derivation.explain())
    assert "BP1 to BP4 of Nielsen's" in text
    assert "δᴸₖ = ∂Cₓ/∂aᴸₖ · σ′(zᴸₖ)" in text
    assert "δˡ = (Wˡ⁺¹)ᵀδˡ⁺¹ ⊙ σ′(zˡ)" in text
    assert "Δˡ = Δˡ⁺¹Wˡ⁺¹ ⊙ σ′(Zˡ)" in text
    assert "∂Cₓ/∂Wˡₖⱼ = δˡₖ aˡ⁻¹ⱼ" in text
    assert "for l from 1 to 2, with a⁰ = x" in text
    other = words(Network([2, 3, 2], activation="relu", cost="cross_entropy").derivation.explain())
    assert "These are the four equations" not in other
    assert "the form of BP1 to BP4" in other


@pytest.mark.parametrize("name", ["attention", "little_graph"])
def test_other_derivations_have_no_such_equations(name):
    text = PublicDerivation(ALL[name]()).explain()
    assert "BP1" not in text


def test_equations_are_found_by_structure():
    inner: Derivation = Network([3, 4, 4, 2]).derivation.inner
    found = equations_of([(s, s.formula) for s in inner if not s.name.startswith("dC_da")])
    assert found is None  # the errors refer to each other through ∂C/∂a, which is not told here


def test_layers_are_stated_once_for_all_and_then_each():
    text = Network([4, 5, 6, 2]).derivation.explain()
    assert "zˡₖ = Σⱼ Wˡₖⱼ aˡ⁻¹ⱼ + bˡₖ" in text
    assert "for l from 1 to 3, with a⁰ = x" in words(text)
    assert "In every layer the same happens:" in text
    for number in "¹²³":
        assert f"∂C/∂W{number}" in text


def test_rewritings_are_steps_with_their_reasons():
    text = words(Network([2, 3, 3], cost="cross_entropy").derivation.explain())
    assert "δ²ₖ = a²ₖ − yₖ" in text
    assert "by the target is a probability vector, so its entries sum to 1" in text
    assert "by ln exp v = v" in text


def test_a_hundred_layers_are_folded_and_it_says_so(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")  # the lines are as wide as the terminal
    begin = time.perf_counter()
    derivation = Network([8] * 101).derivation
    text, table = derivation.explain(), str(derivation)
    assert time.perf_counter() - begin < 10
    for shown in (text, table):
        assert "the same formulas for layers" in words(shown)
        assert "z¹⁰⁰" in shown
        assert "z⁵⁰" not in shown
    assert len(table.splitlines()) < 60
    assert len(text.splitlines()) < 500
    assert "lines are left out here" in text


def test_numbers_stand_with_each_step_and_say_that_they_are_rounded():
    net = Network([2, 3, 1], seed=0)
    x, y = np.array([[0.5, -1.0], [0.25, 2.0]]), np.array([[1.0], [0.0]])
    text = words(net.derivation.explain(trace=net.trace(x, y)))
    assert "The first of 2 examples of the trace" in text
    assert "rounded to 3 significant figures" in text
    assert "x is (0.5, −1); y is (1)" in text
    assert text.count(" numbers ") == len(net.derivation)
    assert text.count("in the mean of the 2 examples") == 5
    assert text.count("since its cost is the mean of 2 examples") == 4
    assert "rounded" not in net.derivation.explain()


def test_large_tensors_are_drawn():
    net = Network([100, 20, 3], seed=0)
    x, y = np.random.default_rng(0).normal(size=(2, 100)), [0, 1]
    trace = net.trace(x, y)
    text = net.derivation.explain(trace=trace)
    assert "∂Cₓ/∂W¹ has 2000 numbers from" in words(text)
    assert re.search("[░▒▓█]{20}", text)
    latex = TexDocument(net.derivation.inner, lines(net.derivation.inner), trace=trace).text()
    assert r"\textcolor[gray]" in latex
    assert latex.isascii()


def test_heat_maps_are_means_of_neighbours():
    assert grid(np.arange(8.0), columns=4).tolist() == [[0.5, 2.5, 4.5, 6.5]]
    assert grid(np.ones((50, 300))).shape == (12, 48)
    assert cells(np.full(3, 7.0)).tolist() == [[0.0, 0.0, 0.0]]
    assert shaded(np.array([[0.0, 0.5, 1.0]])) == " ▒█"
    assert grid(np.float64(2)).tolist() == [[2.0]]


def test_updates_are_those_of_the_models():
    inner = Network([2, 3, 1]).derivation.inner
    steps = updates(inner)
    assert [step.name for step in steps] == ["W1", "b1", "W2", "b2"]
    assert "W¹ ← W¹ − η ∂C/∂W¹" in PlainDocument(inner, lines(inner)).text()
    assert updates(ALL["little_graph"]()) == []


@pytest.mark.parametrize("notation", ["ng", "cs231n", "goodfellow"])
def test_other_notations_are_used_throughout(notation):
    text = Network([2, 3, 4, 1]).derivation.explain(notation=notation)
    assert "δ" not in text
    with pytest.raises(FormulaError, match="did you mean 'cs231n'"):
        Network([2, 1]).derivation.explain(notation="cs231")


def test_tables_of_markdown_have_no_bars_in_cells():
    inner = Network([2, 1]).derivation.inner
    document = MarkdownDocument(inner, lines(inner))
    table = document.table(["a", "b"], [[document.math(r"\left|x\right|"), "c"]])
    assert table.splitlines()[2] == r"| $\left\vert x\right\vert $ | c |"
