"""The one comparison that all tests of gradients make; its strength is tested with mutants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import jax
import numpy as np

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.reverse_sweep import derive
from glassprop.chainrule.rules import RULES, Rule
from glassprop.chainrule.verify import verify
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Node, Symbol

Arrays = dict[str, np.ndarray]


@dataclass
class Sample:
    """A cost stated twice, as a formula and in JAX, with values for its symbols."""

    cost: Node
    wrt: list[Symbol]
    values: Arrays
    reference: Callable[..., jax.Array] = field(repr=False)
    outputs: list[Symbol] = field(default_factory=list)
    name: str = ""
    expected: Arrays | None = None

    def derive(self, rules: Mapping[str, Rule] = RULES) -> Derivation:
        return derive(self.cost, self.wrt, self.outputs, rules)

    def theirs(self) -> Arrays:
        """JAX's gradients, worked out once."""
        if self.expected is None:
            names = [symbol.name for symbol in self.wrt]

            def cost(parameters: Arrays) -> jax.Array:
                return self.reference(**{**self.values, **parameters})

            found = jax.jit(jax.grad(cost))({name: self.values[name] for name in names})
            self.expected = {name: np.asarray(value) for name, value in found.items()}
        return self.expected


def random_values(symbols: list[Symbol], seed: int, low: float = -1.0, high: float = 1.0):
    rng = np.random.default_rng(seed)
    shapes = {s.name: tuple(5 if a.size == "n" else a.size for a in s.axes) for s in symbols}
    return {name: rng.uniform(low, high, shape) for name, shape in shapes.items()}


def results(derivation: Derivation, values: Mapping[str, np.ndarray]) -> Arrays:
    """The gradients of a derivation by the names of what it was differentiated by."""
    symbols = derivation.gradients
    found = evaluate(symbols.values(), values, derivation.steps)
    return {of.name: found[symbol] for of, symbol in symbols.items()}


def same(ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray], tolerance: float):
    assert set(ours) == set(theirs)
    for name, expected in theirs.items():
        got = ours[name]
        assert got.shape == expected.shape, f"{name}: shape {got.shape}, expected {expected.shape}"
        assert np.isfinite(got).all() and np.isfinite(expected).all(), f"{name} is not finite"
        scale = max(float(np.abs(expected).max()), 1e-3)
        error = float(np.abs(got - expected).max()) / scale
        assert error <= tolerance, (
            f"{name}: relative error {error:.1e}\ngot {got}\nexpected {expected}"
        )


def check(sample: Sample, rules: Mapping[str, Rule] = RULES) -> Derivation:
    """Derive, verify, and compare all gradients with JAX."""
    derivation = verify(sample.derive(rules), "derive")
    same(results(derivation, sample.values), sample.theirs(), 1e-12)
    return derivation


def cost_at(derivation: Derivation, values: Mapping[str, np.ndarray]) -> float:
    found = evaluate([derivation.cost], values, derivation.steps)
    return float(found[derivation.cost])


def central(derivation: Derivation, values: Arrays, width: float = 1e-5) -> Arrays:
    """Gradients by central differences of the cost, entry by entry."""
    gradients: Arrays = {}
    for symbol in derivation.gradients:
        base = values[symbol.name]
        slope = np.zeros_like(base)
        for place in np.ndindex(base.shape):
            ends = []
            for sign in (1, -1):
                moved = base.copy()
                moved[place] += sign * width
                ends.append(cost_at(derivation, {**values, symbol.name: moved}))
            slope[place] = (ends[0] - ends[1]) / (2 * width)
        gradients[symbol.name] = slope
    return gradients
