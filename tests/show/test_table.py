"""The table on one screen: numbers, names and shapes that agree with what stands beside them."""

import re

import numpy as np
import pytest

import glassprop as gp
from glassprop.show.notation.notation import NOTATIONS

NET = gp.Network([2, 3, 1])


def numbers(text, at=r"^ *(\d+)\.? +(.*?) ="):
    return {name: int(number) for number, name in re.findall(at, text, re.MULTILINE)}


@pytest.mark.parametrize(
    "net", [NET, gp.Network([4, 3, 3, 2], activation="relu", output="softmax")]
)
def test_steps_have_one_number_everywhere(net):
    table, full = numbers(str(net.derivation)), numbers(net.derivation.explain())
    assert len(full) == len(net.derivation)
    assert all(full[name] == number for name, number in table.items() if name in full)


def test_the_cost_comes_after_what_it_is_made_of():
    text = NET.derivation.explain()
    found = numbers(text)
    assert found["a²ₖ"] < found["Cₓ"] < found["δ²ₖ"]


@pytest.mark.parametrize("notation", NOTATIONS)
def test_shapes_are_in_the_order_of_the_indices(notation):
    """W₁ᵢⱼ over two inputs and three units is (2, 3)."""
    lines = NET.derivation.table(120, notation).splitlines()
    found = NOTATIONS[notation]
    assert ("(2, 3)" if notation == "cs231n" else "(3, 2)") in lines[1]
    gradient = next(line for line in lines if re.search(r"dC_dW1 = ", line))
    assert ("(2, 3)" if notation == "cs231n" else "(3, 2)") in gradient
    size = found.size
    z1 = next(line for line in lines if "z1 = x" in line)
    assert (f"(3, {size})" if notation == "ng" else f"({size}, 3)") in z1


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        ("nielsen", []),
        ("ng", ["delta1 is dz^[1]", "dC_dW1 is dW^[1]", "n is m", "an example in each row"]),
        ("cs231n", ["a1 is h₁", "delta1 is dz₁", "n is N", "W1.T is W₁"]),
        ("goodfellow", ["z1 is a⁽¹⁾", "a1 is h⁽¹⁾", "delta1 is g⁽¹⁾", "n is m"]),
    ],
)
def test_the_names_of_the_program_are_said(notation, said):
    for text in (NET.derivation.table(120, notation), NET.derivation.explain(120, notation)):
        words = " ".join(text.split())
        assert all(part in words for part in said)
        assert ("In the NumPy" in words) == bool(said)


def test_a_notation_of_ones_own_gets_its_names_said_too():
    mine = gp.Notation(weighted="s", activation="h", weights="V", first=0)
    text = " ".join(NET.derivation.table(notation=mine).split())
    assert "z1 is s⁰" in text and "a1 is h⁰" in text and "W1 is V⁰" in text


def test_the_cost_of_one_example_and_the_mean_have_two_names():
    text = str(NET.derivation)
    assert text.startswith("The gradient of C with respect to W¹")
    assert "Cₓ = ½ Σₖ" in text and "its C is the mean of the Cₓ" in " ".join(text.split())
    words = " ".join(NET.derivation.table(notation="goodfellow").split())
    assert "whose cost is L;" in words and "its C is J, the mean of the L" in words
    assert "W¹ ← W¹ − η ∂C/∂W¹" in NET.derivation.explain()
    assert "∂J/∂W⁽¹⁾" in NET.derivation.explain(notation="goodfellow")


def test_a_mini_batch_has_another_letter_for_its_examples_than_for_their_number():
    text = str(NET.derivation.lift())
    assert "C = 1/(2 n) Σₑₖ (a²ₑₖ − yₑₖ)²" in text and "ₙ" not in text
    assert "e counts the examples, n is their number, and C is the mean over them" in text
    root = gp.cost("rms", lambda a, y: gp.sqrt(gp.sum((a - y) ** 2)))
    lifted = str(gp.Network(2, gp.Dense(2), cost=root).derivation.lift())
    assert "Cₑ = √(Σⱼ (a¹ₑⱼ − yₑⱼ)²)" in lifted and "C = 1/n Σₑ Cₑ" in lifted


def test_the_strength_of_a_penalty_is_a_letter():
    net = gp.Network([2, 3, 1], l2=0.1)
    text = str(net.derivation)
    assert "λ = 0.1" in text.splitlines()[1] and "½ λ Σⱼᵢ (W¹ⱼᵢ)²" in text
    assert "∂Cₓ/∂W²ₖⱼ = λ W²ₖⱼ + δ²ₖ a¹ⱼ" in text
    full = net.derivation.explain()
    assert "½λ ‖W¹‖²" in full and "strength of the L2 penalty, l2 = 0.1" in full
    assert "cancels the ½ before λ" in " ".join(full.split())
    assert "λ" not in str(NET.derivation)


def test_a_penalty_stays_a_number_where_the_update_has_the_letter():
    net = gp.Network([2, 3, 1], l2=0.1, seed=0)
    net.fit(np.zeros((4, 2)), np.zeros((4, 1)), epochs=1, optimizer=gp.AdamW())
    text = net.derivation.explain()
    assert "0.05 Σⱼᵢ (W¹ⱼᵢ)²" in text and "½ λ" not in text


def test_no_derivative_is_by_something():
    kinds = re.compile(r"(gradient|derivatives?) of [^.;]{1,40}? by ")
    text = NET.derivation.explain() + NET.source() + str(NET.derivation)
    assert not kinds.search(text.replace("entry by entry", ""))
