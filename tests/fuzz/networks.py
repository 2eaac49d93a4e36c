"""Random networks of the layers and costs that there are, each compared with others' gradients.

`python -m tests.fuzz --networks 10000 --seed 0`. The derivation, the NumPy engine, complex steps
and central differences (`net.check`), the second reader and JAX agree on every network, and of some
the compiled engine. A failure is made smaller as long as it stays one, and printed as code.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np

import glassprop as gp
from jax_network import cost_of

WIDTHS = (1, 2, 4)
EXAMPLES = (1, 4)
"""Few sizes, so that JAX compiles each operation only once."""
BOUNDED = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "sin")
COSTS = ("quadratic", "absolute", "huber", "cross_entropy", "binary_cross_entropy", "hinge")
COMPILED = 400
"""One network among so many is compiled, too."""
TOLERANCE = {"float64": 1e-9, "float32": 1e-3}
"""Of a gradient, relative to its largest entry: outputs of a softmax may be nearly 1."""
SMALLER = 200
"""Forms that are tried to make a failure smaller."""


@dataclass(frozen=True)
class Drawn:
    """A network and its data, by their settings."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    cost: str
    l2: float = 0.0
    scale: float = 1.0
    dtype: str = "float64"
    examples: int = 4
    share: float = 1.0
    seed: int = 0

    def written(self) -> str:
        """As code that shows the gradients."""
        layers = ", ".join(
            f'gp.Dense({size}, "{name}")'
            for size, name in zip(self.sizes[1:], self.activations, strict=True)
        )
        return f"""import numpy as np, glassprop as gp
net = gp.Network({self.sizes[0]}, {layers}, cost="{self.cost}", l2={self.l2}, scale={self.scale},
                 dtype="{self.dtype}", seed={self.seed})
random = np.random.default_rng({self.seed})
for value in net.parameters.values():
    value += random.normal(0, 0.3, value.shape)
x = random.normal(size=({self.examples}, {self.sizes[0]}))
x *= random.random(x.shape) < {self.share}
y = random.integers(0, {max(self.sizes[-1], 2)}, {self.examples})
print(net.check(x, y), net.gradients(x, y))"""

    def made(self) -> tuple[gp.Network, np.ndarray, np.ndarray]:
        """The network, and inputs and labels."""
        space: dict = {}
        text = self.written().rpartition("\n")[0]
        exec(text, space)
        return space["net"], space["x"], space["y"]


def drawn(seed: int, number: int) -> Drawn:
    """The network of a seed and a number."""
    source = random.Random(f"networks {seed}/{number}")
    depth = source.choice([1, 2, 2, 3, 4])
    sizes = tuple(source.choice(WIDTHS) for _ in range(depth + 1))
    names = [source.choice(BOUNDED) for _ in range(depth)]
    cost = source.choice(COSTS)
    if cost == "cross_entropy":
        sizes = (*sizes[:-1], max(sizes[-1], 2))
        names[-1] = source.choice(["softmax", "softmax", "sigmoid"])
    elif cost == "binary_cross_entropy":
        names[-1] = "sigmoid"
    elif source.random() < 0.1 and sizes[-1] > 1:
        names[-1] = "softmax"
    return Drawn(
        sizes,
        tuple(names),
        cost,
        l2=source.choice([0.0, 0.0, 0.1]),
        scale=source.choice([1.0, 1.0, 0.25]),
        dtype=source.choice(["float64", "float64", "float32"]),
        examples=source.choice(EXAMPLES),
        share=source.choice([1.0, 0.2]),
        seed=source.randrange(10**6),
    )


def fault(case: Drawn, compiled: bool = False) -> str:
    """What is wrong with a network; "" for nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _fault(case, compiled)
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _fault(case: Drawn, compiled: bool) -> str:
    net, x, y = case.made()
    found = net.check(x, y)
    if found.verdict == "wrong":
        return f"measured derivatives: {found}"
    if not any("second reader" in note for note in found.notes):
        return "the second reader has not read it"
    examples = net._examples(x, y)
    inputs, targets = (np.asarray(array, float) for array in examples.arrays())
    mine = net.gradients(x, y)
    wide = {name: jnp.asarray(value, "float64") for name, value in net.parameters.items()}
    mean_cost = cost_of(case.activations, case.cost, case.l2)
    theirs = jax.grad(mean_cost)(wide, jnp.asarray(inputs * case.scale), jnp.asarray(targets))
    if found.verdict == "right":  # at a kink JAX may take another slope
        wrong = _apart(mine, theirs, TOLERANCE[case.dtype])
        if wrong:
            return f"JAX: {wrong}"
    return _compiled_fault(case) if compiled else ""


def _compiled_fault(case: Drawn) -> str:
    """What the compiled engine does otherwise than NumPy's in an epoch."""
    after = {}
    for engine in ("numpy", "compiled"):
        net, x, y = case.made()
        net._wanted = net.engine = engine
        net.fit(x, y, epochs=2, batch_size=3, optimizer=gp.SGD(0.01), progress=False)
        after[engine] = net.parameters.copy()
    wrong = _apart(after["compiled"], after["numpy"], TOLERANCE[case.dtype])
    return wrong and f"the compiled engine: {wrong}"


def _apart(found: dict, wanted: dict, tolerance: float) -> str:
    """The first array that is not what it should be."""
    largest = max(float(np.abs(np.asarray(value)).max()) for value in wanted.values())
    for name, value in found.items():
        right = np.asarray(wanted[name])
        off = float(np.abs(value - right).max())
        if not off <= tolerance * max(largest, 1e-3):
            return f"{name} is off by {off:.3g}, of {largest:.3g}"
    return ""


def smaller(case: Drawn) -> Iterator[Drawn]:
    """Simpler networks than one."""
    if case.examples > 1:
        yield replace(case, examples=1)
    for name, plain in (("l2", 0.0), ("scale", 1.0), ("share", 1.0), ("dtype", "float64")):
        if getattr(case, name) != plain:
            yield replace(case, **{name: plain})
    for k in range(len(case.activations) - 1):
        yield replace(
            case,
            sizes=(*case.sizes[: k + 1], *case.sizes[k + 2 :]),
            activations=(*case.activations[:k], *case.activations[k + 1 :]),
        )
    for k, size in enumerate(case.sizes):
        least = 2 if k == len(case.sizes) - 1 and case.cost == "cross_entropy" else 1
        if size > least:
            yield replace(case, sizes=(*case.sizes[:k], least, *case.sizes[k + 1 :]))
    for k, name in enumerate(case.activations[:-1]):
        if name != "tanh":
            yield replace(
                case, activations=(*case.activations[:k], "tanh", *case.activations[k + 1 :])
            )


def shrunk(case: Drawn, fails: Callable[[Drawn], str]) -> Drawn:
    """The smallest network found that still fails."""
    tried, found = 0, True
    while found and tried < SMALLER:
        found = False
        for one in smaller(case):
            tried += 1
            if fails(one):
                case, found = one, True
                break
    return case


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--networks", type=int, default=1000, help="how many to check")
    parser.add_argument("--seed", type=int, default=0, help="what is drawn")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--failures", type=int, default=5, help="stop after so many")
    given = parser.parse_args(arguments)
    jax.config.update("jax_enable_x64", True)
    start, said, wrong, compiled = time.monotonic(), 0.0, 0, 0
    for number in range(given.first, given.first + given.networks):
        case, too = drawn(given.seed, number), number % COMPILED == 7
        compiled += too
        text = fault(case, too)
        if text:
            wrong += 1
            small = shrunk(case, lambda one, too=too: fault(one, too))
            print(
                f"\nnetwork {number} of seed {given.seed}: {fault(small, too)}\n\n{small.written()}"
            )
        passed = time.monotonic() - start
        if passed > said + (0.2 if sys.stderr.isatty() else 30):
            said = passed
            done = f"{number - given.first + 1:,}/{given.networks:,} networks, {wrong} wrong, "
            end = "\r" if sys.stderr.isatty() else "\n"
            print(f"{done}{passed:.0f} s  ", end=end, file=sys.stderr, flush=True)
        if wrong >= given.failures:
            break
    checked = number - given.first + 1
    print(f"{checked:,} networks, {compiled} of them compiled, {wrong} wrong", end="")
    print(f"; {time.monotonic() - start:.0f} s, seed {given.seed}")
    sys.exit(1 if wrong else 0)
