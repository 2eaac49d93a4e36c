"""One step in a line of text, as messages have it."""

import glassprop as gp
from glassprop.show.matrices.single_equation import LONGEST, single_equation


def equations(net, rule=gp.SGD):
    steps = net._program(rule).routines["train_step"].steps.steps
    return {step.name: single_equation(net._programs.derivation, step) for step in steps}


def test_the_steps_of_a_program_are_those_of_the_derivation():
    found = equations(gp.Network([3, 4, 2]))
    assert found["z2"] == "z² = W²a¹ + b²" and found["a1"] == "a¹ = σ(z¹)"
    assert found["delta1"] == "δ¹ = ∂Cₓ/∂a¹ ⊙ σ′(z¹)" and found["dC_dW2"] == "∂Cₓ/∂W² = δ² (a¹)ᵀ"
    assert found["W1"] == "W¹ ← W¹ − η ∂C/∂W¹"


def test_parts_and_what_is_long_have_none():
    found = equations(gp.Network(3, gp.Dense(2, "gelu"), gp.Dense(1)))
    assert found["t1"] == "" and found["a1"] == "a¹ = gelu(z¹)"
    long = gp.activation("test_long", "+".join(f"exp(z / {k})" for k in range(2, 40)))
    net = gp.Network(2, gp.Dense(2, long), gp.Dense(1))
    assert all(len(text) <= LONGEST for text in equations(net).values())
