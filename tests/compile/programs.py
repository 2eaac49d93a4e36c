"""Programs of the networks that the derivation is tested with, and the comparisons made of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from chainrule.comparison import Arrays, Sample, random_values
from chainrule.samples import NETWORKS, mlp
from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.mini_batch import lift
from glassprop.compile.pipeline import Updates, build
from glassprop.compile.program import Program
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.nodes import Node, Step, Symbol
from glassprop.formula.parse import parse

ACTIVATIONS = sorted(name for name, record in FUNCTIONS.items() if record.activation)
WHOLE = ("batch norm",)
"""Networks that are stated for a whole mini-batch; they are not lifted."""

CASES = [
    *((name, mini_batch) for name in NETWORKS for mini_batch in (True, False)),
    *(
        (name, mini_batch)
        for name in sorted(set(FUNCTIONS) - {"where"})
        for mini_batch in (True, False)
    ),
]
CASES = [case for case in CASES if case not in [(name, True) for name in WHOLE]]


def case_name(case: object) -> str:
    return str(case)


def sample_of(name: str) -> Sample:
    return NETWORKS[name]() if name in NETWORKS else mlp(name)


@dataclass
class Case:
    """A derivation, the values that it is tried with, and what they give."""

    sample: Sample
    derivation: Derivation
    mini_batch: bool
    values: Arrays = field(repr=False)

    def build(self, updates: Updates | None = None, dtype: str = "float64") -> Program:
        return build(self.derivation, updates, dtype, self.sample.name, self.mini_batch)

    @property
    def final(self) -> Derivation:
        return lift(self.derivation) if self.mini_batch else self.derivation

    def jax(self) -> Arrays:
        """JAX's gradients; for a mini-batch, of the mean over its examples, one by one."""
        if not self.mini_batch:
            return self.sample.theirs()
        data = [s.name for s in self.derivation.givens if s.role in ("input", "target")]
        n = len(self.values[data[0]])
        each: list[Arrays] = []
        for k in range(n):
            values = {u: v[k] if u in data else v for u, v in self.values.items()}
            one = Sample(self.sample.cost, self.sample.wrt, values, self.sample.reference)
            each.append(one.theirs())
        join = {True: np.stack, False: sum}
        return {w: np.asarray(join[w in data]([e[w] for e in each])) / n for w in each[0]}


@cache
def case_of(name: str, mini_batch: bool, n: int = 3) -> Case:
    sample = sample_of(name)
    derivation = sample.derive()
    values = dict(sample.values)
    if mini_batch:
        for symbol in derivation.givens:
            if symbol.role in ("input", "target"):
                values[symbol.name] = batch_of(values[symbol.name], n)
    return Case(sample, derivation, mini_batch, values)


def batch_of(value: np.ndarray, n: int) -> np.ndarray:
    """Different examples that are all as valid as the one given: its entries in other places."""
    rng = np.random.default_rng(11)
    flat = value.reshape(-1)
    return np.stack([value, *(rng.permutation(flat).reshape(value.shape) for _ in range(n - 1))])


def arguments(program: Program, routine: str, values: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    symbols = program.routines[routine].arguments
    return [cast_to(program.dtype, values[symbol.name]) for symbol in symbols]


def cast_to(dtype: str, value: object) -> np.ndarray:
    array = np.array(value)
    return array.astype(dtype) if array.dtype.kind == "f" else array


def run(program: Program, routine: str, values: Mapping[str, np.ndarray]) -> Arrays:
    """What a routine gives, by name; warnings are errors, and its arguments are not written to."""
    given = arguments(program, routine, values)
    for array in given:
        array.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = program.functions[routine](*given)
    if routine == "trace":
        return found
    names = [symbol.name for symbol in program.routines[routine].results]
    return dict(zip(names, found if len(names) > 1 else [found], strict=True))


def expected(derivation: Derivation, values: Mapping[str, np.ndarray]) -> Arrays:
    """Every step by the reference evaluator."""
    steps = [step for step in derivation.steps if step.kind != "update"]
    found = evaluate([step.symbol for step in steps], values, steps)
    return {step.name: found[step.symbol] for step in steps}


def agree(ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray], tolerance: float):
    for name, got in ours.items():
        want = np.asarray(theirs[name])
        assert np.shape(got) == want.shape, f"{name}: shape {np.shape(got)}, expected {want.shape}"
        assert np.isfinite(want).all(), f"{name}: the reference is not finite"
        scale = max(float(np.abs(want).max(initial=0)), 1e-3)
        error = float(np.abs(got - want).max(initial=0)) / scale
        assert error <= tolerance, f"{name}: relative error {error:.1e}\ngot {got}\nnot {want}"


RULES: dict[str, Sequence[tuple[str, str]]] = {
    "descent": [("theta", "theta - learning_rate * gradient")],
    "momentum": [
        ("velocity", "momentum * velocity - learning_rate * gradient"),
        ("theta", "theta + velocity"),
    ],
    "nesterov": [
        ("velocity", "momentum * velocity - learning_rate * gradient"),
        ("theta", "theta + momentum * velocity - learning_rate * gradient"),
    ],
    "adam": [
        ("age", "age + 1"),
        ("velocity", "momentum * velocity + (1 - momentum) * gradient"),
        ("power", "0.9 * power + 0.1 * gradient**2"),
        (
            "theta",
            "theta - learning_rate * velocity / (1 - exp(-age))"
            " / (sqrt(power / (1 - exp(age * log(momentum)))) + 0.001)",
        ),
    ],
    "late": [
        ("theta", "0.9 * theta - learning_rate * tanh(gradient) * (1 + tanh(gradient))"),
        ("velocity", "gradient * 1"),
    ],
}


def updates(rule: str) -> Callable[[Derivation], list[Step]]:
    def steps(derivation: Derivation) -> list[Step]:
        graph, made = derivation.graph, list[Step]()
        for theta, gradient in derivation.gradients.items():
            if theta.role != "parameter":
                continue
            names: dict[str, Node] = {"theta": theta, "gradient": gradient}
            for word in ("learning_rate", "momentum"):
                names[word] = graph.symbol(word, (), "hyper")
            for word in ("velocity", "power"):
                names[word] = graph.symbol(f"{word}_{theta.name}", theta.axes, "state")
            names["age"] = graph.symbol(f"age_{theta.name}", (), "state")
            for target, text in RULES[rule]:
                quantity = names[target]
                assert isinstance(quantity, Symbol)
                made.append(Step(quantity, parse(text, graph, names), "update"))
        return made

    return steps


HYPER = {"learning_rate": 0.001, "momentum": 0.9}


def states(program: Program) -> Arrays:
    """Values for the states of an update rule."""
    wanted = [s for s in program.routines["train_step"].arguments if s.role == "state"]
    made = {k: 0.01 * np.abs(v) + 0.01 for k, v in random_values(wanted, 5).items()}
    return {k: np.array(1.0) if k.startswith("age") else v for k, v in made.items()}
