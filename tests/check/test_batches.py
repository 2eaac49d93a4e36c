"""The second reader reads the mini-batch too: matrices, NumPy and components over n examples."""

from dataclasses import replace

import numpy as np
import pytest

from check.batches import verify
from fuzz.cases import data_of, drawn
from fuzz.checks import Checked, RefusedError
from gallery.networks import NETWORKS
from glassprop.check.reader import NOTATIONS, Disagreement, ReadingError, batch
from glassprop.compile.pipeline import build

EXAMPLES = 3
SEED = 5
UNSAID = ("no array says how far", "nothing says how many")
"""Of formulas such as Σᵢ 1, whose range only the axes know."""


def given(derivation):
    """Inputs and targets of some examples, and the parameters."""
    random = np.random.default_rng(0)
    examples, parameters = {}, {"λ": 0.01}  # as the network with a penalty has it
    for symbol in derivation.inner.givens:
        shape = [axis.size for axis in symbol.axes]
        if symbol.role == "parameter":
            parameters[symbol.name] = random.normal(0, 0.7, shape)
        else:
            found = random.uniform(0.1, 0.9, (EXAMPLES, *shape))
            if symbol.probability:
                found /= found.sum(-1, keepdims=True)
            examples[symbol.name] = found
    return examples, parameters


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_shown_for_a_mini_batch_is_what_its_examples_give(name):
    derivation = NETWORKS[name].small()
    helpers = build(derivation.inner).functions
    counts = verify(derivation, *given(derivation), helpers, tuple(NOTATIONS))
    assert all(counts.values())


@pytest.mark.parametrize("part", range(5))
def test_what_is_shown_of_drawn_formulas_is_what_their_examples_give(part):
    notation = list(NOTATIONS)[part % len(NOTATIONS)]
    read = 0
    for number in range(8 * part, 8 * part + 8):
        case = drawn(SEED, number)
        layers = tuple(replace(layer, units=min(layer.units, 4)) for layer in case.layers)
        case = replace(case, layers=layers, examples=EXAMPLES, dtype="float64")
        data = data_of(case)
        if data is None:
            continue
        try:
            net = Checked(case, data).net
        except RefusedError:
            continue
        helpers, examples = net._program().functions, {"x": data.x, "y": data.y}
        try:
            counts = verify(
                net.derivation,
                examples,
                {"λ": case.l2, **data.parameters},
                helpers,
                tuple(dict.fromkeys(["nielsen", notation])),
                tolerance=1e-7,
            )
        except ReadingError as error:
            assert any(words in str(error) for words in UNSAID), error
            continue
        except (Disagreement, NameError) as error:
            pytest.fail(f"case {number} of {SEED}: {error}\n{case.written()}")
        read += counts["NumPy"] > 0
    assert read > 4


def test_the_mean_cost_is_not_taken_for_that_of_each_example():
    equations = {
        "z1": "z¹ⱼ = Σᵢ W¹ⱼᵢ xᵢ",
        "C": "C = √(Σⱼ (z¹ⱼ)²)",
        "delta1": "δ¹ⱼ = z¹ⱼ / C",
        "dC_dW1": "∂C/∂W¹ⱼᵢ = δ¹ⱼ xᵢ",
    }
    x = np.array([[1.0, 2.0], [0.5, -3.0]])
    known = batch(equations, {"x": x}, {"W1": np.eye(2)}, adjoints=frozenset(["delta1"]))
    for right in ("Z¹ = X (W¹)ᵀ", "C = (1/n) 𝟏ᵀ √((Z¹)²𝟏)", "∂C/∂W¹ = (1/n) (Δ¹)ᵀX"):
        known.verify(right)
    known.verify("Δ¹ = Z¹ / (√((Z¹)²𝟏) 𝟏ᵀ)")
    known.verify_code("delta1 = z1 / np.sqrt((z1**2).sum(1))[:, None] / n", "delta1", {})
    for wrong in ("Δ¹ = (1/C) Z¹", "Δ¹ = Z¹", "∂C/∂W¹ = (Δ¹)ᵀX", "Z¹ = X W¹ + X", "C = 𝟏ᵀ Z¹𝟏"):
        with pytest.raises(Disagreement):
            known.verify(wrong)
    with pytest.raises(Disagreement):
        known.verify_code("delta1 = z1 / C / n", "delta1", {})
    with pytest.raises(NameError):
        known.verify_code("delta1 = z1 / t1 / n", "delta1", {})
