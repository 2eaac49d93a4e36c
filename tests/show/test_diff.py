"""Comparisons as they are printed, saved and told."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassprop as gp
from glassprop.cli.entry_point import run
from glassprop.errors import FormulaError
from glassprop.show.comparison.comparison import FORMATS
from glassprop.show.comparison.terminal import underlined
from glassprop.show.document.files import DocumentError


def network(*layers, **settings):
    return gp.Network(*layers, seed=0, **settings)


def entropy(labels=("A", "B")):
    b = network([2, 3, 1], cost="binary_cross_entropy")
    return gp.diff(network([2, 3, 1]).derivation, b.derivation, labels)


def rectified():
    return gp.diff(network([2, 3, 1]), network([2, 3, 1], activation="relu", output="sigmoid"))


def penalty():
    return gp.diff(network([2, 3, 1]), network([2, 3, 1], l2=0.1))


def deeper():
    return gp.diff(network([2, 3, 1]), network([2, 3, 3, 1]))


def resized():
    return gp.diff(network([4, 3, 2]), network([4, 5, 2]))


def long():
    return gp.diff(network([3] * 40), network([3] * 42, l2=0.5))


ALL = [entropy, rectified, penalty, deeper, resized, long]


def sentence(found, name):
    return next(step.sentence for step in found.steps if step.name == name)


# -- what is told


def test_the_slope_cancels_and_why():
    found = entropy()
    assert [step.name for step in found] == ["C", "dC_da2", "delta2"]
    told = sentence(found, "delta2")
    assert told.startswith("the factor σ′(z²ₖ) is gone")
    assert (
        "in B, z² stands in the formula of Cₓ itself, while in A it reaches it through a²" in told
    )
    assert "ln(σ(z)) = −softplus(−z)" in told and "∂a²/∂z² cancels" in told
    assert told.endswith("follows from Cₓ.")
    assert "it is stated as −Σₖ (yₖ ln(a²ₖ) + (1 − yₖ) ln(1 − a²ₖ))" in sentence(found, "C")
    assert found.changed[1].causes == ("C",) and found.changed[0].primary


def test_the_slope_comes_back_the_other_way():
    found = gp.diff(network([2, 3, 1], cost="binary_cross_entropy"), network([2, 3, 1]))
    told = sentence(found, "delta2")
    assert "the factor σ′(z²ₖ) comes in: in B, z² reaches Cₓ through a²" in told
    assert "which brings ∂a²/∂z² in" in told
    assert [step.name for step in found.added] == ["dC_da2"] and not found.removed


def test_only_the_slope_becomes_another():
    found = rectified()
    assert sentence(found, "a1") == "σ(z¹ⱼ) becomes relu(z¹ⱼ)."
    assert sentence(found, "delta1").startswith("σ′(z¹ⱼ) becomes relu′(z¹ⱼ), since a¹ changes")
    assert len(found) == 2


def test_a_term_is_added_to_each_gradient():
    told = sentence(penalty(), "dC_dW2")
    assert told.startswith("the term 0.1 W²ₖⱼ is added: in B, W² also stands in Cₓ itself")
    assert "in the term 0.05 Σₖⱼ (W²ₖⱼ)², whose derivative this is" in told
    assert "Likewise ∂Cₓ/∂W¹." in penalty().text()


def test_a_layer_comes():
    found = deeper()
    assert [step.name for step in found.added][:2] == ["z2", "a2"]
    assert sentence(found, "dC_dW2") == "is only in B, as W² is; follows from z²."
    assert sentence(found, "z3") == "a¹ⱼ becomes a²ₖ; follows from a²."
    assert "Other names: z³ (A: z²)" in found.text()


def test_a_formula_may_stay_although_the_cost_changes():
    softmax = network([4, 3], cost="cross_entropy")
    found = gp.diff(softmax, network([4, 3], cost="binary_cross_entropy"))
    assert sentence(found, "delta1") == "stays as it is, although Cₓ changes."


def test_nothing_differs_from_itself():
    derivation = network([2, 3, 1]).derivation
    found = gp.diff(derivation, derivation)
    assert not found and len(found) == 0 and len(found.same) == len(derivation)
    assert "derived by the same 13 steps" in found.text()


def test_is_a_sequence_of_changes():
    found = entropy()
    assert found[0].name == "C" and found[-1].kind == "changed"
    assert [step.name for step in found[1:]] == ["dC_da2", "delta2"]
    assert repr(found) == (
        "<diff of derivations: 10 same, 0 resized, 2 changed, 0 added, 1 removed>"
    )
    assert len(resized().resized) == 8


# -- how it is set


def test_side_by_side_with_what_differs_underlined():
    lines = entropy().text().splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("≠  δ²ₖ"))
    assert "δ²ₖ = (a²ₖ − yₖ) σ′(z²ₖ)" in lines[at] and lines[at].endswith("δ²ₖ = a²ₖ − yₖ")
    below = lines[at + 1]
    marked = "".join(a for a, b in zip(lines[at], below, strict=False) if b == "^")
    assert marked == "σ′(z²ₖ)"


@pytest.mark.parametrize("made", ALL)
@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_fit(made, width):
    text = made().text(width)
    assert max(map(len, text.splitlines())) <= width
    assert not re.search("[\ue000-\uf8ff\x1b]", text)


def test_many_steps_that_stay_are_folded():
    text = long().text()
    assert "more: " in text and len(text.splitlines()) < 330


def test_marks_go_on_over_lines():
    assert underlined(["a \ue000b", "    c\ue001 d"]) == [("a b", "  ^"), ("    c d", "    ^  ")]


def test_colours_are_for_terminals():
    console = pytest.importorskip("rich.console")
    for terminal in (True, False):
        out = io.StringIO()
        console.Console(file=out, force_terminal=terminal, width=120).print(entropy())
        assert ("\x1b[" in out.getvalue()) is terminal


@pytest.mark.parametrize("made", ALL)
def test_pages_are_well_formed_and_need_no_network(made, tmp_path):
    made().save(tmp_path / "d.html")
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|<script|<link|url\(", page)
    body = re.search(r"<main.*</main>", page, re.DOTALL)
    root = ElementTree.fromstring(body[0])
    for row in root.iter("tr"):
        if row.get("class") == "changed":
            marked = [mrow for mrow in row.iter("mrow") if mrow.get("class") == "part"]
            assert marked, "what differs is marked"
            assert any(ch.get("class") == "hidden" for ch in row.iter("span")), "and said"
    assert "prefers-color-scheme: dark" in page


def test_labels_are_escaped(tmp_path):
    entropy(("<b>a</b> | $x", "b & c")).save(tmp_path / "d.html")
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "<b>" not in page and "b &amp; c" in page
    entropy(("<b>a</b> | $x", "b & c")).save(tmp_path / "d.md")
    assert r"\<b\>a\</b\> \| \$x" in (tmp_path / "d.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", FORMATS)
def test_saves_by_suffix(suffix, tmp_path):
    path = tmp_path / f"d{suffix}"
    entropy().save(path)
    assert "cancels" in path.read_text(encoding="utf-8")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_says_why_it_cannot_be_saved(tmp_path):
    with pytest.raises(
        DocumentError, match=r"'\.htm' names no format of comparisons; did you mean"
    ):
        entropy().save(tmp_path / "d.htm")
    with pytest.raises(DocumentError, match="does not exist"):
        entropy().save(tmp_path / "missing" / "d.html")
    assert not list(tmp_path.iterdir())


def test_shows_in_notebooks():
    assert entropy()._repr_html_().startswith("<style>")


def test_refuses_what_is_no_derivation():
    with pytest.raises(FormulaError, match="diff: expected a derivation as b"):
        gp.diff(network([2, 1]).derivation, 3)


a, b = gp.scalars("a b")
SCALARS = [
    (a + b) * (b + 1),
    a * b,
    (a - b) ** 3 / a,
    gp.exp(a) * gp.sin(b) + a,
    3 / (a + b) - a,
    b + a * 0,
]


@given(st.sampled_from(SCALARS), st.sampled_from(SCALARS))
@settings(max_examples=40, deadline=None)
def test_formulas_of_numbers_are_compared(e, f):
    wrt = (a, b)
    found = gp.diff(gp.derive(e, wrt=wrt), gp.derive(f, wrt=wrt))
    for step in found:
        assert step.sentence or step.kind == "resized"
    assert found.text() and found.text(60) and found._repr_html_()
    assert bool(found) is (e is not f)


# -- the command


def call(capsys, *arguments):
    status = run(["diff", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_command(capsys, tmp_path):
    status, out, _ = call(capsys, "2,3,1", "2,3,1:cost=binary_cross_entropy")
    assert status == 0 and "∂a²/∂z²" in out and "B: 2,3,1:cost=binary_cross_entropy" in out
    network([2, 3, 1]).save(tmp_path / "m.safetensors")
    target = tmp_path / "d.html"
    status, out, err = call(
        capsys, str(tmp_path / "m.safetensors"), "2,3,1:activation=relu,l2=0.1", "-o", str(target)
    )
    assert (status, out) == (0, "") and "wrote" in err and target.exists()


@pytest.mark.parametrize(
    ("side", "message"),
    [
        ("2,3,1:cots=hinge", "did you mean 'cost'"),
        ("2,3,1:cost=hing", "did you mean 'hinge'"),
        ("2,3,1:l2=x", "expected a number as l2, got 'x'"),
        ("2,3,1:l2=nan", "expected a number as l2"),
        ("2,3,1:", "expected settings such as"),
        ("2,3,1:l2=1,l2=2", "l2 is set twice"),
        ("2", "expected at least inputs and outputs"),
        ("missing.safetensors", "there is no such file"),
    ],
)
def test_command_refuses(capsys, side, message):
    status, out, err = call(capsys, "2,3,1", side)
    assert (status, out) == (2, "") and message in err and err.count("\n") == 1
