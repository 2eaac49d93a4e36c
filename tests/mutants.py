"""Mistakes planted in the derivations of networks, and what catches them.

`python -m tests.mutants` goes through all of them and writes docs/mutants.md.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import glassprop as gp
from glassprop.check.gradients.checker import Settings
from glassprop.check.mutation.formulas import KINDS
from glassprop.check.mutation.mutants import gradients, mutants
from glassprop.check.network_check import NetworkPoint, check_network

EXAMPLES = 7
PAGE = Path(__file__).parents[1] / "docs" / "mutants.md"
HEAD = """# Mistakes that are planted, and what catches them

`python -m tests.mutants` takes networks' derivations for a mini-batch, makes one mistake in one
backward step or gradient, in every way that its language allows (`check/mutation/formulas.py`), and
compares the gradients with measured derivatives (`net.check`). A mistake that changes no number, as
relu′(a) for relu′(z), or y² for one-hot y, is none.

| mistake | planted | changes no number | caught | not caught |
|---|---:|---:|---:|---:|
"""


def networks():
    """Networks of all kinds of layers and costs, some of their layers equally wide."""
    dense = gp.Dense
    return {
        "two layers": gp.Network([5, 4, 3], seed=1),
        "equal widths": gp.Network([4, 4, 4], activation="tanh", seed=2),
        "softmax": gp.Network(
            5, dense(4, "relu"), dense(4, "tanh"), dense(3, "softmax"),
            cost="cross_entropy", l2=0.1, seed=1,
        ),
        "binary cross-entropy": gp.Network(
            3, dense(4, "gelu"), dense(2, "sigmoid"), cost="binary_cross_entropy", seed=3
        ),
        "absolute": gp.Network(3, dense(4, "silu"), dense(2, "softplus"), cost="absolute", seed=4),
        "huber": gp.Network(3, dense(3, "elu"), dense(2, "sin"), cost="huber", l2=0.01, seed=5),
        "hinge": gp.Network(3, dense(3, "leaky_relu"), dense(2), cost="hinge", seed=6),
        "softmax within": gp.Network(3, dense(3, "softmax"), dense(2, "softmax"), seed=7),
    }  # fmt: skip


@dataclass(frozen=True)
class Wrong(NetworkPoint):
    """A network whose program gives other gradients than it should."""

    given: dict | None = None

    def gradients(self):
        return self.given


def values_of(net, seed=0):
    """Inputs and target rows of some examples, and the parameters, biases among them not 0."""
    random = np.random.default_rng(seed)
    for value in net.parameters.values():
        value += random.normal(0, 0.3, value.shape)
    inputs, outputs = net.architecture.sizes[0], net.architecture.sizes[-1]
    x = random.normal(size=(EXAMPLES, inputs))
    examples = net._examples(x, random.integers(0, outputs, EXAMPLES))
    _, y = examples.arrays()
    return x, y, {name: value.copy() for name, value in net.parameters.items()}


def caught(net):
    """Each mistake in a network's derivation with "equal", "caught" or "not caught"."""
    x, y, parameters = values_of(net)
    program = net._program()
    derivation = program.after("lift")
    given = {"x": x, "y": y, **parameters}
    right = gradients(derivation, given)
    for mutant in mutants(derivation):
        found = mutant.gradients(given)
        if all(np.allclose(found[n], right[n], rtol=1e-9, atol=1e-13) for n in right):
            yield mutant, "equal"
            continue
        point = Wrong(program, x, y, parameters, found)
        verdict = check_network(point, found, "float64", Settings(), "").verdict
        yield mutant, "caught" if verdict == "wrong" else "not caught"


def main():
    counts = Counter()
    for name, net in networks().items():
        for mutant, verdict in caught(net):
            counts[mutant.mistake.kind, verdict] += 1
            if verdict == "not caught":
                print(f"{name}: {mutant.words}")
        print(f"{name}: done", flush=True)
    lines = []
    for kind, words in KINDS.items():
        each = [counts[kind, verdict] for verdict in ("equal", "caught", "not caught")]
        lines.append(f"| {words} | {sum(each)} | {each[0]} | {each[1]} | {each[2]} |")
    PAGE.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
