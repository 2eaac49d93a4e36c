"""A derivation can be derived again: Hessian-vector products against JAX."""

import warnings
from random import Random

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glassprop as gp
from chainrule.comparison import Sample, random_values, results, same
from chainrule.samples import mlp, softmax_cross_entropy
from chainrule.sequences import attention
from glassprop.chainrule.mini_batch import lift
from glassprop.chainrule.reverse_sweep import derive, derive_again
from glassprop.chainrule.verify import verify
from glassprop.compile.pipeline import build
from glassprop.errors import NetworkError
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import partial
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Map, symbols, walk
from glassprop.models.architecture import Statement

SMOOTH = ("sigmoid", "tanh", "softplus", "silu", "gelu", "elu", "power")


def hessian_vector(sample: Sample, seed: int):
    derivation = sample.derive()
    graph = derivation.graph
    vectors = [graph.symbol(f"v_{w.name}", w.axes, "state") for w in sample.wrt]
    products = [
        total(derivation.gradients[w] * v) for w, v in zip(sample.wrt, vectors, strict=True)
    ]
    slope = products[0]
    for product in products[1:]:
        slope = slope + product
    again = verify(derive_again(derivation, graph.let("s", slope), sample.wrt), "derive again")
    values = {**sample.values, **random_values(vectors, seed)}
    ours = results(again, values)

    def cost(parameters):
        return sample.reference(**{**sample.values, **parameters})

    at = {w.name: jnp.asarray(sample.values[w.name]) for w in sample.wrt}
    along = {w.name: jnp.asarray(values[f"v_{w.name}"]) for w in sample.wrt}
    theirs = jax.jit(lambda p, v: jax.jvp(jax.grad(cost), (p,), (v,))[1])(at, along)
    return ours, {name: np.asarray(value) for name, value in theirs.items()}


@pytest.mark.parametrize(
    "sample",
    [*map(mlp, SMOOTH), softmax_cross_entropy(), attention()],
    ids=lambda sample: sample.name,
)
def test_hessian_vector_products_agree_with_jax(sample):
    ours, theirs = hessian_vector(sample, 21)
    same(ours, theirs, 1e-11)


def test_the_second_derivative_of_each_smooth_function():
    for name in ("sin", "cos", "exp", "log", "sqrt", "reciprocal", "square", "tanh", "phi", "Phi"):
        ours, theirs = hessian_vector(mlp(name), 22)
        same(ours, theirs, 1e-11)


def test_steps_of_the_first_derivation_are_forward_steps_of_the_second():
    sample = mlp("tanh")
    derivation = sample.derive()
    W = sample.wrt[0]
    v = derivation.graph.symbol("v", W.axes, "state")
    s = derivation.graph.let("s", total(derivation.gradients[W] * v))
    again = derive_again(derivation, s, [W])
    assert again["dC_dW1"].kind == "forward"
    assert again.gradients[W].name == "ds_dW1"
    assert again["ds_dW1"].kind == "gradient"


def test_a_third_derivative():
    g = Graph()
    b = g.symbol("b", (), "variable")
    first = derive(g.let("f", g.apply("sin", b * b)), [b])
    second = derive_again(first, first.gradients[b] * 1, [b])
    third = derive_again(second, second.gradients[b] * 1, [b])
    f = jax.grad(jax.grad(jax.grad(lambda b: jnp.sin(b * b))))
    found = results(verify(third, "third"), {"b": np.array(0.7)})["b"]
    np.testing.assert_allclose(found, f(0.7), rtol=1e-12)


ACTIVATIONS = ("exp", "softmax", "sigmoid", "square", "tanh", "identity", "sin", "relu")
AFFINE = {"doubled": "2*z + 1", "turned": "-z", "centred": "z - mean(z)", "steps": "step(z)"}
COSTS = {
    "linear": "sum(a*y)",
    "of_logs": "sum(log(a)*y) + sum((a - y)**2)",
    "product": "sum(y*log(a)) * sum(a)",
    "of_exps": "log(sum(exp(a))) - sum(y*a)",
    "root": "sqrt(sum((a - y)**2))",
    "largest": "max(a - y)",
}


def some_network(random: Random) -> Statement:
    """A small network, with outputs and costs of all kinds that go together."""
    for name, formula in AFFINE.items():
        gp.activation(name, formula)
    for name, formula in COSTS.items():
        gp.cost(name, formula)
    while True:
        hidden, last = (random.choice([*ACTIVATIONS, *AFFINE]) for _ in range(2))
        cost = random.choice(["cross_entropy", "binary_cross_entropy", "quadratic", *COSTS])
        layers = [gp.Dense(4, hidden)] * random.randint(0, 1) + [gp.Dense(2, last)]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                net = gp.Network(3, *layers, cost=cost, l2=random.choice([0, 0.1]))
        except NetworkError:
            continue
        return net.architecture.state()


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_derived_again_is_a_program(seed):
    random = Random(seed)
    stated = some_network(random)
    inner = [s for s in stated.cost.graph.steps if s is not stated.cost]
    outputs = [stated.outputs] * random.randint(0, 1)
    wrt = random.sample([*stated.parameters, *inner], random.randint(1, 3))
    first = verify(derive(stated.cost, wrt, outputs), "derive")
    if random.random() < 0.4:
        first = verify(lift(first), "lift")
    graph = first.graph
    number = graph.const(0)
    for symbol in random.sample([s.symbol for s in first], min(len(first), random.randint(1, 3))):
        vector = graph.symbol(f"v_{symbol.name}", symbol.axes, "state")
        number = number + total(random.choice([symbol * vector, symbol**2]))
    if random.random() < 0.2:
        number = number * first.cost
    forward = [step.symbol for step in first.forward if step.symbol is not first.cost]
    known = [symbol for symbol in (*first.givens, *forward) if symbol.role != "size"]
    second = derive_again(first, number, random.sample(known, min(len(known), 2)))
    build(verify(second, "derive again"))


@pytest.mark.parametrize("seed", range(40))
def test_networks_of_affine_layers_and_linear_costs_have_the_slopes_of_differences(seed):
    random = Random(seed)
    numbers = np.random.default_rng(seed)
    slope = gp.activation("leaky_relu", slope=1.0)
    flat = gp.activation("flat", "step(z) * step(-z)")
    cost = random.choice(["sum(a*y)", "sum(a) + sum(y)", "mean(a) * sum(y)", "2*sum(a - y) - 3"])
    kinds = (*AFFINE, "identity", slope, flat, "sigmoid")
    for name, formula in AFFINE.items():
        gp.activation(name, formula)
    layers = [gp.Dense(2, random.choice(kinds)) for _ in range(random.randint(1, 2))]
    net = gp.Network(3, *layers, cost=gp.cost("flat_cost", cost), seed=seed)
    x, y = numbers.normal(size=(5, 3)), numbers.normal(size=(5, 2))
    found = net.gradients(x, y)
    assert net.trace(x, y) and str(net.derivation)
    for name, array in net.parameters.items():
        place = tuple(numbers.integers(0, size) for size in array.shape)
        middle, values = array[place], []
        for value in (middle - 1e-6, middle + 1e-6):
            array[place] = value
            values.append(net.evaluate(x, y).cost)
        array[place] = middle
        slope = (values[1] - values[0]) / 2e-6
        assert found[name][place] == pytest.approx(slope, rel=1e-5, abs=1e-6)


def test_what_a_rewriting_mentions_stays_a_step():
    """The cost says that it was stated by a, even where nothing computes a any more."""
    graph = Graph()
    k = Axis("k", 2)
    b, y = graph.symbol("b", (k,), "parameter"), graph.symbol("y", (k,), "target")
    a = graph.let("a", graph.apply("exp", b))
    derivation = verify(derive(graph.let("C", total(graph.apply("log", a) * y)), [b]), "derive")
    assert [step.name for step in derivation] == ["a", "C", "dC_db"]
    assert symbols(derivation["C"].rewrites[0].before) == [a, y]
    assert "a" in verify(lift(derivation), "lift")
    assert "a" not in [step.name for step in build(derivation).routines["gradients"].steps]


def test_a_slope_that_is_a_number_needs_no_name():
    for kind in (gp.activation("doubled", "2*z + 1"), gp.activation("leaky_relu", slope=1.0)):
        net = gp.Network(3, gp.Dense(2, kind), seed=0)
        assert "′" not in str(net.derivation["delta1"].formula)
        assert not [u for u in walk([net.derivation["delta1"].formula]) if isinstance(u, Map)]


def test_the_slope_by_the_output_waits_for_the_output():
    """A step that is computed before a cannot use it, though σ′(z) is a (1 − a)."""
    graph = Graph()
    z, w = graph.symbol("z", (), "parameter"), graph.symbol("w", (), "parameter")
    slope = graph.let("slope", partial(FUNCTIONS["sigmoid"], 0, (z,)))
    a = graph.let("a", graph.apply("sigmoid", z))
    build(verify(derive(graph.let("C", slope * w + a), [z, w]), "derive"), mini_batch=False)


def test_a_derivative_that_is_a_number_has_no_name():
    """No step says ∂C/∂a¹ = 1: what follows has the number in it."""
    activation, cost = gp.activation("line", "2 * z + 1"), gp.cost("linear", "sum(a) - sum(y)")
    derivation = gp.Network(2, gp.Dense(2, activation), cost=cost)._programs.derivation
    assert [step.name for step in derivation.steps] == ["z1", "a1", "C", "dC_db1", "dC_dW1"]
