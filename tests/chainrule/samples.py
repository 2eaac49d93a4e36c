"""Networks stated twice: as formulas, and in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from chainrule.comparison import Sample, random_values
from chainrule.jax_functions import JAX, PARAMETERS
from chainrule.sequences import attention, embedding, long_short_term_memory, recurrent, square_root
from glassprop.formula.algebra import dot, largest, mean, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node


def mlp(activation: str) -> Sample:
    """Two layers, the function of the table between them, quadratic cost."""
    g = Graph()
    i, j, k = Axis("i", 3), Axis("j", 4), Axis("k", 2)
    x, y = g.symbol("x", (i,)), g.symbol("y", (k,), "target")
    W1, b1 = g.symbol("W1", (j, i), "parameter"), g.symbol("b1", (j,), "parameter")
    W2, b2 = g.symbol("W2", (k, j), "parameter"), g.symbol("b2", (k,), "parameter")
    function = FUNCTIONS[activation].with_parameters(**PARAMETERS.get(activation, {}))
    wrt = [W1, b1, W2, b2]
    operands: list[Node] = [g.let("z1", dot(W1, x, over=i) + b1)]
    if len(function.operands) == 2:
        m = g.symbol("m", (j,), "parameter")
        operands.append(m)
        wrt.append(m)
    a1 = g.let("a1", g.map(function, *operands))
    z2 = g.let("z2", dot(W2, a1, over=j) + b2)
    C = g.let("C", total((z2 - y) ** 2) / 2)
    positive = function.domain[0] > 0 or len(operands) == 2
    values = random_values([*wrt, x, y], 1, 0.2 if positive else -1.0)

    def reference(x, y, W1, b1, W2, b2, m=None):
        z1 = W1 @ x + b1
        a1 = JAX[activation](z1) if m is None else JAX[activation](z1, m)
        return jnp.sum((W2 @ a1 + b2 - y) ** 2) / 2

    return Sample(C, wrt, values, reference, name=f"mlp {activation}")


def softmax_cross_entropy() -> Sample:
    g = Graph()
    i, j, k = Axis("i", 3), Axis("j", 4), Axis("k", 5)
    x, y = g.symbol("x", (i,)), g.symbol("y", (k,), "target", probability=True)
    W1, W2 = g.symbol("W1", (j, i), "parameter"), g.symbol("W2", (k, j), "parameter")
    b2 = g.symbol("b2", (k,), "parameter")
    a1 = g.let("a1", g.apply("tanh", dot(W1, x, over=i)))
    z2 = g.let("z2", dot(W2, a1, over=j) + b2, "weighted input of layer 2")
    a2 = g.let("a2", softmax(z2))
    C = g.let("C", -total(y * g.apply("log", a2)))
    values = random_values([W1, W2, b2, x], 2)
    values["y"] = np.array([0.1, 0.2, 0.05, 0.6, 0.05])

    def reference(x, y, W1, W2, b2):
        return -jnp.sum(y * jax.nn.log_softmax(W2 @ jnp.tanh(W1 @ x) + b2))

    return Sample(C, [W1, W2, b2], values, reference, [a2], "softmax + cross-entropy")


def sigmoid_cross_entropy() -> Sample:
    g = Graph()
    i, k = Axis("i", 3), Axis("k", 2)
    x, y = g.symbol("x", (i,)), g.symbol("y", (k,), "target")
    W, b = g.symbol("W", (k, i), "parameter"), g.symbol("b", (k,), "parameter")
    z = g.let("z", dot(W, x, over=i) + b)
    a = g.let("a", g.apply("sigmoid", z))
    C = g.let("C", -total(y * g.apply("log", a) + (1 - y) * g.apply("log", 1 - a)))
    values = random_values([W, b, x, y], 3, 0.0)

    def reference(x, y, W, b):
        z = W @ x + b
        return jnp.sum(jax.nn.softplus(z) - y * z)

    return Sample(C, [W, b], values, reference, [a], "sigmoid + cross-entropy")


def _length(size: int, window: int, stride: int, dilation: int, pad: int) -> int:
    return (size + 2 * pad - dilation * (window - 1) - 1) // stride + 1


def convolution(stride: int, dilation: int, pad: int, pooled: bool = False) -> Sample:
    """A convolution of (channel, height, width) with bias and tanh, then perhaps max-pooling."""
    g = Graph()
    c, o = Axis("c", 2), Axis("o", 3)
    h, w, p, q = Axis("h", 7), Axis("w", 6), Axis("p", 3), Axis("q", 2)
    i = Axis("i", _length(7, 3, stride, dilation, pad))
    j = Axis("j", _length(6, 2, stride, dilation, pad))
    x = g.symbol("x", (c, h, w))
    K, b = g.symbol("K", (o, c, p, q), "parameter"), g.symbol("b", (o,), "parameter")
    rows, columns = (
        g.select(h, i, p, stride, dilation, pad),
        g.select(w, j, q, stride, dilation, pad),
    )
    z = g.let("z", dot(rows, columns, x, K, over=(h, w, c, p, q)) + b, axes=(o, i, j))
    a = g.let("a", g.apply("tanh", z))
    if pooled:
        r, s, u, v = (
            Axis("r", int(i.size) // 2),
            Axis("s", int(j.size) - 1),
            Axis("u", 2),
            Axis("v", 2),
        )
        windows = dot(g.select(i, r, u, 2), g.select(j, s, v, 1), a, over=(i, j))
        a = g.let("m", largest(windows, (u, v)), axes=(o, r, s))
    T = g.symbol("T", a.axes, "target")
    C = g.let("C", total((a - T) ** 2))

    def reference(x, K, b, T):
        z = lax.conv_general_dilated(
            x[None],
            K,
            (stride, stride),
            [(pad, pad), (pad, pad)],
            rhs_dilation=(dilation, dilation),
        )[0]
        a = jnp.tanh(z + b[:, None, None])[:, : int(i.size), : int(j.size)]
        if pooled:
            a = a[:, : int(i.size) // 2 * 2]
            parts = [a[:, k::2, m : m + int(j.size) - 1] for k in (0, 1) for m in (0, 1)]
            a = jnp.stack(parts).max(0)
        return jnp.sum((a - T) ** 2)

    values = random_values([x, K, b, T], 4)
    name = f"convolution {stride} {dilation} {pad}{' pooled' if pooled else ''}"
    return Sample(C, [K, b, x], values, reference, name=name)


def max_pooling() -> Sample:
    """Overlapping windows of an image, their maxima, random weights."""
    g = Graph()
    h, w, i, j = Axis("h", 5), Axis("w", 6), Axis("i", 2), Axis("j", 4)
    p, q = Axis("p", 3), Axis("q", 3)
    x, T = g.symbol("x", (h, w), "parameter"), g.symbol("T", (i, j), "target")
    windows = dot(g.select(h, i, p, 2), g.select(w, j, q), x, over=(h, w))
    m = g.let("m", largest(windows, (p, q)))
    C = g.let("C", total(m * T))

    def reference(x, T):
        parts = [x[a : a + 3 : 2, b : b + 4] for a in range(3) for b in range(3)]
        return jnp.sum(jnp.stack(parts).max(0) * T)

    return Sample(C, [x], random_values([x, T], 5), reference, name="max pooling")


def batch_norm() -> Sample:
    """Stated for the whole mini-batch: mean and variance over n are part of the formula."""
    g = Graph()
    n, i, j = Axis("n", "n"), Axis("i", 3), Axis("j", 2)
    x, y = g.symbol("x", (n, i)), g.symbol("y", (n, j), "target")
    W = g.symbol("W", (j, i), "parameter")
    gamma, beta = g.symbol("gamma", (j,), "parameter"), g.symbol("beta", (j,), "parameter")
    z = g.let("z", dot(W, x, over=i))
    m = g.let("m", mean(z, n))
    v = g.let("v", mean((z - m) ** 2, n))
    a = g.let("a", (z - m) / square_root(v + 1e-5) * gamma + beta)
    C = g.let("C", mean(total((a - y) ** 2, j) / 2, n))

    def reference(x, y, W, gamma, beta):
        z = x @ W.T
        m = z.mean(0)
        v = ((z - m) ** 2).mean(0)
        a = (z - m) / jnp.sqrt(v + 1e-5) * gamma + beta
        return jnp.mean(jnp.sum((a - y) ** 2, -1) / 2)

    wrt = [W, gamma, beta, x]
    return Sample(C, wrt, random_values([*wrt, y], 10), reference, name="batch norm")


NETWORKS = {
    "softmax cross-entropy": softmax_cross_entropy,
    "sigmoid cross-entropy": sigmoid_cross_entropy,
    "convolution": lambda: convolution(1, 1, 0),
    "convolution, stride 2, pad 1": lambda: convolution(2, 1, 1),
    "convolution, dilation 2, pad 2": lambda: convolution(1, 2, 2),
    "convolution, stride 3": lambda: convolution(3, 1, 0),
    "max pooling": max_pooling,
    "convolution and max pooling": lambda: convolution(1, 1, 1, pooled=True),
    "attention": attention,
    "embedding": embedding,
    "recurrent": recurrent,
    "lstm": long_short_term_memory,
    "batch norm": batch_norm,
}
