"""A derivation can be derived again: Hessian-vector products against JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from chainrule.comparison import Sample, random_values, results, same
from chainrule.samples import mlp, softmax_cross_entropy
from chainrule.sequences import attention
from glassprop.chainrule.sweep import derive, derive_again
from glassprop.chainrule.verify import verify
from glassprop.formula.algebra import total
from glassprop.formula.graph import Graph

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
