"""The derivation as users have it."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest

from glassprop.chainrule.little_graph.scalars import scalars
from glassprop.chainrule.reverse_sweep import derive_again
from glassprop.derivation import Derivation, derive
from glassprop.errors import FormulaError, GlasspropError
from glassprop.formula.algebra import total
from glassprop.network import Network
from glassprop.show.document.files import DocumentError
from glassprop.show.save import FORMATS
from show.derivations import ALL, network


@pytest.fixture(scope="module")
def derivation():
    return Derivation(network([2, 3, 1]))


def test_is_a_sequence_of_steps(derivation):
    assert len(derivation) == 13
    assert [step.name for step in derivation][:4] == ["z1", "a1", "z2", "a2"]
    assert derivation["delta2"].shape == (1,)
    assert derivation[-1].name == "dC_dW1"
    assert [step.name for step in derivation[1:3]] == ["a1", "z2"]
    assert "delta1" in derivation
    assert derivation[0] in derivation
    assert "delta7" not in derivation
    with pytest.raises(FormulaError, match="no step 'delta9'; did you mean"):
        derivation["delta9"]
    assert repr(derivation) == "<derivation of C with respect to W1, b1, W2, b2: 13 steps>"


def test_prints_formulas_beside_the_numpy_that_runs(derivation):
    text = str(derivation)
    assert "δ¹ⱼ = Σₖ W²ₖⱼ δ²ₖ σ′(z¹ⱼ)" in text
    assert "∂Cₓ/∂W¹ⱼᵢ = δ¹ⱼ xᵢ" in text
    assert "Cₓ = ½ Σₖ (a²ₖ − yₖ)²" in text
    assert "z1 = x @ W1.T + b1" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text


@pytest.mark.parametrize("name", ALL)
def test_lines_fit(name):
    derivation = Derivation(ALL[name]())
    assert max(map(len, str(derivation).splitlines())) <= 100
    assert max(map(len, derivation.explain(90).splitlines())) <= 100  # 90, and a shape after code


def test_every_step_is_explained(derivation):
    text = derivation.explain()
    assert "∂Cₓ/∂a¹ⱼ = Σₖ W²ₖⱼ δ²ₖ" in text
    reason = "∂Cₓ/∂a¹ⱼ = Σₖ ∂Cₓ/∂z²ₖ · ∂z²ₖ/∂a¹ⱼ, since a¹ⱼ changes Cₓ through z²ₖ for every k"
    assert reason in " ".join(text.split())
    assert "dC_da1 = delta2 @ W2" in text


def test_conventions_at_kinks_are_printed():
    derivation = Derivation(network([2, 3, 3], "relu", entropy=True))
    assert "relu′(0) = 0" in str(derivation)
    assert "relu′(0) = 0" in derivation.explain()


def test_states_a_mini_batch(derivation):
    lifted = derivation.lift()
    assert "z¹ₑⱼ = Σᵢ W¹ⱼᵢ xₑᵢ + b¹ⱼ" in str(lifted)
    assert "∂C/∂W²ₖⱼ = Σₑ δ²ₑₖ a¹ₑⱼ" in lifted.explain()
    with pytest.raises(FormulaError, match="has the axis n of examples already"):
        lifted.lift()


def test_differentiates_little_graphs():
    a, b = scalars("a b")
    derivation = derive((a + b) * (b + 1), wrt=b)
    assert [step.name for step in derivation] == ["c", "d", "e", "de_dd", "de_dc", "de_db"]
    assert derivation.evaluate(a=2, b=1).derivatives == {"b": 5.0}
    assert "∂e/∂b = ∂e/∂d + ∂e/∂c" in str(derivation)
    both = derive(a * b, wrt=(a, b))
    assert both.evaluate(a=2, b=3).derivatives == {"a": 3.0, "b": 2.0}
    with pytest.raises(FormulaError, match="b has no value"):
        derivation.evaluate(a=2)


def test_refuses_what_cannot_be_differentiated(derivation):
    a, b = scalars("a b")
    (q,) = scalars("q")
    cases = [
        (lambda: derive(3, b), "expected a formula made of symbols, got 3"),
        (lambda: derive(a + b, 3), "expected a symbol or several as wrt, got 3"),
        (lambda: derive(a + b, "b"), "is a text"),
        (lambda: derive(a + b, q), "q is not a symbol of this formula"),
        (lambda: derive(a + b, []), "nothing to differentiate with"),
        (lambda: derive(a + b, a + b), "expected a symbol"),
        (lambda: derive(derivation["z1"].formula, derivation["z1"].symbol), "free index"),
    ]
    for case, message in cases:
        with pytest.raises(FormulaError, match=message) as caught:
            case()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", sorted(set(FORMATS) - {".pdf"}))
def test_saves_by_suffix(derivation, tmp_path, suffix):
    path = tmp_path / f"backprop{suffix}"
    path.write_text("old")
    derivation.save(path)
    text = path.read_text(encoding="utf-8")
    assert "delta1 = " in text
    assert text.endswith("\n")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.text", "did you mean '.txt'"),
        ("x.pdf2", "names no format of derivations"),
        ("x", "a suffix has to name the format"),
        ("missing/x.md", "does not exist; create it first"),
        ("folder.md", "is a folder"),
    ],
)
def test_says_why_it_cannot_be_saved(derivation, tmp_path, name, message):
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(DocumentError, match=message) as caught:
        derivation.save(tmp_path / name)
    assert isinstance(caught.value, GlasspropError)
    assert "\n" not in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder.md"]


def test_leaves_the_old_file_if_writing_fails(derivation, tmp_path, monkeypatch):
    path = tmp_path / "backprop.txt"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DocumentError, match="cannot be written: No space left"):
        derivation.save(path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_colours_are_for_terminals(derivation):
    console = pytest.importorskip("rich.console")
    import io

    for terminal in (True, False):
        out = io.StringIO()
        console.Console(file=out, force_terminal=terminal, width=120).print(derivation)
        assert ("\x1b[" in out.getvalue()) is terminal


def test_a_hundred_layers_are_printed():
    text = str(Derivation(network([3] * 101)))
    assert "z¹⁰⁰" in text


def compiled(folder):
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "x.tex"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stdout[-2000:]
    return made.stdout


@pytest.mark.parametrize("name", ALL)
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_compiles(name, tmp_path):
    Derivation(ALL[name]()).save(tmp_path / "x.tex")
    compiled(tmp_path)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_with_numbers_compiles_within_its_margins(tmp_path):
    net = Network([70, 12, 12, 12, 12, 12, 3], activation="relu", cost="cross_entropy", l2=0.1)
    trace = net.trace(np.random.default_rng(0).normal(size=(2, 70)), [0, 1])
    net.derivation.save(tmp_path / "x.tex", "cs231n", trace)
    wide = re.findall(r"Overfull .hbox .([\d.]+)pt too wide", compiled(tmp_path))
    assert all(float(points) < 12 for points in wide), wide


def test_a_derivation_of_a_derivation_names_both():
    first = network([2, 3, 1])
    w, gradient = next(iter(first.gradients.items()))
    v = first.graph.symbol("v", w.axes)
    again = derive_again(first, first.graph.let("H", total(gradient * v)), [w])
    text = " ".join(Derivation(again).explain().split())
    assert "∂H/∂(∂Cₓ/∂W¹ⱼᵢ) = vⱼᵢ" in text
    assert "∂Cₓ/∂z² = ∂Cₓ/∂a² · ∂a²/∂z²" in text
