"""The second reader reads the mini-batch too: matrices, NumPy and components over n examples."""

import numpy as np
import pytest

from check.batches import verify
from gallery.networks import NETWORKS
from glassprop.check.reader import NOTATIONS

EXAMPLES = 3


def given(derivation, seed=0):
    """Inputs and targets of some examples, and the parameters."""
    random = np.random.default_rng(seed)
    examples, parameters = {}, {}
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
    program = derivation_program(derivation)
    counts = verify(derivation, *given(derivation), program, tuple(NOTATIONS))
    assert all(counts.values())


def derivation_program(derivation):
    from glassprop.compile.pipeline import build

    return build(derivation.inner).functions
