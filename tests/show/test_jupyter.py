"""What notebooks show of steps, derivations and networks."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

import glassprop as gp
from glassprop.derivation import Derivation
from glassprop.formula.nodes import Step
from glassprop.show.jupyter import register, step_html, step_latex
from show.derivations import ALL


def fragment(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


@pytest.mark.parametrize("name", ALL)
def test_derivations_are_tables_and_equations(name):
    derivation = Derivation(ALL[name]())
    root = fragment(derivation._repr_html_())
    assert sum(1 for cell in root.iter("td") for _ in cell.iter("math")) <= len(derivation)
    assert not [e for e in root.iter() if e.get("id")]
    latex = derivation._repr_latex_()
    assert latex.startswith("$$\\begin{aligned}") and latex.endswith("\\end{aligned}$$")
    assert latex.isascii()
    for step in derivation:
        fragment(step_html(step))
        assert step_latex(step).startswith("$\\displaystyle ")


def test_networks_show_their_layers_and_their_derivation():
    net = gp.Network(4, gp.Dense(3, "relu"), gp.Dense(2, "softmax"), cost="cross_entropy")
    root = fragment(net._repr_html_())
    cells = ["".join(cell.itertext()) for cell in root.iter("td")]
    assert {"relu", "softmax", "W1 (3, 4), b1 (3,)"} <= set(cells)
    assert "Network [4, 3, 2], cost cross_entropy" in "".join(root.itertext())
    assert "delta1" in "".join(root.itertext())


def test_steps_are_shown_where_a_notebook_runs(monkeypatch):
    asked: dict[tuple[str, type], object] = {}

    def formatter(kind: str) -> SimpleNamespace:
        return SimpleNamespace(for_type=lambda given, f: asked.__setitem__((kind, given), f))

    kinds = {kind: formatter(kind) for kind in ("text/html", "text/latex")}
    shell = SimpleNamespace(display_formatter=SimpleNamespace(formatters=kinds))
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    register()
    assert asked == {("text/html", Step): step_html, ("text/latex", Step): step_latex}


@pytest.mark.parametrize("module", [None, SimpleNamespace(get_ipython=lambda: None)])
def test_nothing_happens_outside_of_a_notebook(monkeypatch, module):
    monkeypatch.setitem(sys.modules, "IPython", module)
    register()


def test_texts_of_users_are_no_markup():
    step = gp.Network([2, 2]).derivation["z1"]
    bad = Step(step.symbol, step.formula, meaning="<b>bold</b> & more")
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; more" in step_html(bad)
