"""Random networks: everything agrees, and a mistake is found and made small."""

import numpy as np
import pytest

import glassprop as gp
from fuzz.networks import Drawn, drawn, fault, shrunk


def test_all_agree():
    for number in range(8):
        case = drawn(1, number)
        assert fault(case) == "", case.written()


def test_the_compiled_engine_agrees():
    pytest.importorskip("numba")
    assert fault(Drawn((3, 5, 2), ("relu", "softmax"), "cross_entropy", l2=0.1), True) == ""


def test_a_mistake_is_found_and_made_small(monkeypatch):
    right = gp.Network.gradients

    def wrong(self, x, y):
        found = right(self, x, y)
        if "gelu" in repr(self):
            found["W1"] = 1.01 * found["W1"]
        return found

    monkeypatch.setattr(gp.Network, "gradients", wrong)
    case = Drawn((3, 5, 2, 3), ("tanh", "gelu", "sigmoid"), "quadratic", 0.1, 0.25, share=0.2)
    assert fault(case).startswith("JAX: W1 is off by")
    small = shrunk(case, fault)
    assert fault(small) and len(small.activations) <= 2 and "gelu" in small.activations
    assert (small.l2, small.scale, small.share, small.examples) == (0.0, 1.0, 1.0, 1)
    space = {}
    exec(small.written(), space)
    assert np.isfinite(space["net"].evaluate(space["x"], space["y"]).cost)
