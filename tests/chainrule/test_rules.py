from dataclasses import replace
from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest
from jax.nn import logsumexp as jax_logsumexp

from chainrule.comparison import Sample, central, check, results, same
from chainrule.jax_functions import JAX, PARAMETERS
from chainrule.mutants import record_mutants, rule_mutants
from glassprop.chainrule.reasons import slope_of
from glassprop.chainrule.reverse_sweep import derive
from glassprop.chainrule.rules import RULES, rule_for
from glassprop.chainrule.verify import InvalidProgram
from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, largest, logsumexp, total
from glassprop.formula.axes import Axis
from glassprop.formula.functions.table import FUNCTIONS, ScalarFunction
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Map, Node

RNG = np.random.default_rng(12)
D, J, K = Axis("i", 3), Axis("j", 4), Axis("k", 2)
CAUGHT = (AssertionError, FormulaError, InvalidProgram)


def cotangent_sample(formula, made, values, reference) -> Sample:
    """The cost Σ c · u with random c: its gradients are the vector-Jacobian products of u."""
    g: Graph = formula.graph
    c = g.symbol("cotangent", formula.axes, "target")
    weights = RNG.normal(size=tuple(axis.size for axis in formula.axes))
    u = g.let("u", formula)
    C = g.let("C", total(u * c))

    def cost(cotangent, **operands):
        return jnp.sum(cotangent * reference(*(operands[o.name] for o in made)))

    return Sample(C, made, {**values, "cotangent": weights}, cost)


def symbols(**axes):
    g = Graph()
    made = [g.symbol(name, a, "parameter") for name, a in axes.items()]
    values = {s.name: RNG.normal(size=tuple(axis.size for axis in s.axes)) for s in made}
    return made, values


@cache
def rule_samples() -> dict[str, list[Sample]]:
    """For each rule formulas that take it, broadcasting and repeated operands included."""
    samples: dict[str, list[Sample]] = {key: [] for key in RULES}

    def add(key, formula, made, values, reference):
        samples[key].append(cotangent_sample(formula, made, values, reference))

    made, values = symbols(a=(J, K), b=(J,), c=())
    a, b, c = made
    add("sum", a + 2 * b - c, made, values, lambda a, b, c: a + 2 * b[:, None] - c)
    made, values = symbols(a=(J,), b=(J,))
    a, b = made
    add("sum", a + b + a, made, values, lambda a, b: 2 * a + b)
    made, values = symbols(W=(J, D), x=(D,))
    W, x = made
    add("product", dot(W, x, over=D), made, values, lambda W, x: W @ x)
    made, values = symbols(a=(J,), b=(J, K), c=(K,))
    a, b, c = made
    add("product", -3 * a * b * c, made, values, lambda a, b, c: -3 * a[:, None] * b * c)
    made, values = symbols(a=(J,), x=(D,))
    a, x = made
    add("product", dot(a, x, a, over=D), made, values, lambda a, x: a * a * x.sum())
    made, values = symbols(a=(J,), x=(D,))
    a, x = made
    add("product", 0.5 * total(x) * a, made, values, lambda a, x: 0.5 * x.sum() * a)
    # one product alone: two in a row would hide a wrong sign
    made, values = symbols(a=(J,), x=(J,))
    a, x = made
    C = a.graph.let("u", total(a * x))
    samples["product"].append(Sample(C, made, values, lambda a, x: jnp.sum(a * x)))
    made, values = symbols(a=(J, K), b=(J,))
    a, b = made
    bigger = lambda a, b: jnp.maximum(a, b[:, None])  # noqa: E731
    add("map", a.graph.apply("maximum", a, b), made, values, bigger)
    made, values = symbols(a=(J,), b=(J,))
    a, b = made
    add("map", a.graph.apply("sin", a * b), made, values, lambda a, b: jnp.sin(a * b))
    ties = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.5, 0.1, -1.0], [0.0, 0.0, -7.0]])
    made, _ = symbols(a=(J, D))
    add("max", largest(made[0], D), made, {"a": ties}, lambda a: a.max(1))
    made, values = symbols(a=(J, D))
    add("max", largest(made[0]), made, values, lambda a: a.max())
    made, values = symbols(a=(J, D), b=(D,))
    a, b = made
    spread = lambda a, b: jax_logsumexp(a + b, axis=1)  # noqa: E731
    add("logsumexp", logsumexp(a + b, D), made, values, spread)
    made, values = symbols(a=(J, D))
    add("logsumexp", logsumexp(made[0]), made, values, jax_logsumexp)
    return samples


@pytest.mark.parametrize("key", RULES)
def test_rules_agree_with_jax_on_random_cotangents(key):
    for sample in rule_samples()[key]:
        derivation = check(sample)
        formula = derivation["u"].formula
        assert rule_for(formula) == key
        said = RULES[key].sentence
        if isinstance(formula, Map):
            said = slope_of(formula.function, 0)
        assert any(said in step.reason for step in derivation)


@pytest.mark.parametrize("key", sorted(set(RULES) - {"max"}))
def test_rules_agree_with_central_differences(key):
    for sample in rule_samples()[key]:
        derivation = sample.derive()
        same(results(derivation, sample.values), central(derivation, sample.values), 1e-7)


@pytest.mark.parametrize(
    ("key", "name", "rules"), [pytest.param(*m, id=f"{m[0]}-{m[1]}") for m in rule_mutants()]
)
def test_a_wrong_rule_is_caught(key, name, rules):
    caught = 0
    for sample in rule_samples()[key]:
        try:
            check(sample, rules)
        except CAUGHT:
            caught += 1
    assert caught, f"{key}: {name} was not noticed"


RECORDS = set(FUNCTIONS) - {"where"}  # the first operand of where is a condition


def record_of(name: str) -> ScalarFunction:
    return FUNCTIONS[name].with_parameters(**PARAMETERS.get(name, {}))


def points(record: ScalarFunction) -> dict[str, np.ndarray]:
    """Points of the domain on both sides of every kink; ties for functions of two numbers."""
    rng = np.random.default_rng(len(record.name))
    low, high = record.domain
    z = rng.uniform(low, high, 16)
    z[:2] = low + 0.01 * (high - low), high - 0.01 * (high - low)
    if len(record.operands) == 1:
        return {"z": z}
    w = rng.uniform(0.5, 2.5, 16)
    if record.name == "clip":
        w[:6] *= -1
    if record.name in ("maximum", "minimum", "equal"):
        w[5:8] = z[5:8]
    return {"z": z, "w": w}


@cache
def expected(name: str):
    sample = record_sample(record_of(name))
    return sample.theirs()


def record_sample(record: ScalarFunction) -> Sample:
    axis = Axis("j", 16)
    g = Graph()
    made = [g.symbol(name, (axis,), "parameter") for name in record.operands]
    formula: Node = g.map(record, *made)
    sample = cotangent_sample(formula, made, points(record), JAX[record.name])
    sample.values["cotangent"] = np.random.default_rng(3).normal(size=16)
    return sample


def check_record(record: ScalarFunction) -> None:
    check(replace(record_sample(record), expected=expected(record.name)))


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_records_agree_with_jax(name):
    check_record(record_of(name))


@pytest.mark.parametrize("name", sorted(RECORDS - {"identity", "maximum", "minimum", "equal"}))
def test_records_agree_with_central_differences(name):
    sample = record_sample(record_of(name))
    derivation = sample.derive()
    same(results(derivation, sample.values), central(derivation, sample.values, 1e-6), 1e-6)


@pytest.mark.parametrize("name", sorted(RECORDS - {"identity"}))
def test_a_wrong_record_is_caught(name):
    check_record(record_of(name))
    mutants = list(record_mutants(record_of(name)))
    assert len(mutants) >= 2
    for what, mutant in mutants:
        try:
            with np.errstate(all="ignore"):
                check_record(mutant)
                assert name not in AT_ZERO or slope_at(mutant, 0.0) == AT_ZERO[name]
        except CAUGHT:
            continue
        pytest.fail(f"{name}: {what} was not noticed")


AT_ZERO = {"sqrt": 0.0, "root": 0.0}


def slope_at(record: ScalarFunction, z: float) -> float:
    g = Graph()
    u = g.symbol("z", (), "variable")
    return float(results(derive(g.map(record, u), [u]), {"z": np.array(z)})["z"])


@pytest.mark.parametrize(
    ("name", "at_kink"),
    [
        ("relu", 0.0),
        ("leaky_relu", 0.2),
        ("elu", 0.7),
        ("abs", 0.0),
        ("step", 0.0),
        ("sign", 0.0),
        *AT_ZERO.items(),
    ],
)
def test_kinks_are_as_their_records_say(name, at_kink):
    record = record_of(name)
    assert record.kinks == (0.0,) or name in AT_ZERO
    assert record.convention
    assert slope_at(record, 0.0) == pytest.approx(at_kink, abs=1e-15)


def test_a_tie_of_two_is_shared():
    g = Graph()
    z, w = g.symbol("z", (), "variable"), g.symbol("w", (), "variable")
    derivation = derive(g.apply("maximum", z, w), [z, w])
    found = results(derivation, {"z": np.array(2.0), "w": np.array(2.0)})
    assert (float(found["z"]), float(found["w"])) == (0.5, 0.5)
