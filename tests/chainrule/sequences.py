"""Networks over sequences, stated twice: as formulas, and in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from chainrule.comparison import Sample, random_values
from glassprop.formula.algebra import dot, logsumexp, mean, rename, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node


def layer_norm(u: Node, d: Axis, scale: Node, shift: Node) -> Node:
    centred = u - mean(u, d)
    spread = square_root(mean(centred**2, d) + 1e-5)
    return centred / spread * scale + shift


def square_root(u: Node) -> Node:
    return u.graph.apply("sqrt", u)


def attention() -> Sample:
    """Self-attention with two heads, a residual connection and layer norm."""
    g = Graph()
    s, t, d = Axis("s", 4), Axis("t", 4), Axis("d", 6)
    a, e = Axis("a", 2), Axis("e", 3)
    x, T = g.symbol("x", (s, d)), g.symbol("T", (s, d), "target")
    WQ, WK, WV, WO = (g.symbol(f"W{q}", (a, e, d), "parameter") for q in "QKVO")
    scale, shift = g.symbol("scale", (d,), "parameter"), g.symbol("shift", (d,), "parameter")
    Q, K, V = (g.let(q, dot(W, x, over=d)) for q, W in (("Q", WQ), ("K", WK), ("V", WV)))
    S = g.let("S", dot(Q, rename(K, {s: t}), over=e) / np.sqrt(3.0))
    A = g.let("A", softmax(S, t))
    H = g.let("H", dot(A, rename(V, {s: t}), over=t))
    mixed = g.let("O", dot(WO, H, over=(a, e)) + x)
    L = g.let("L", layer_norm(mixed, d, scale, shift))
    C = g.let("C", total((L - T) ** 2) / 2)

    def reference(x, T, WQ, WK, WV, WO, scale, shift):
        Q, K, V = (jnp.einsum("aed,sd->ase", W, x) for W in (WQ, WK, WV))
        A = jax.nn.softmax(jnp.einsum("ase,ate->ast", Q, K) / np.sqrt(3.0), -1)
        H = jnp.einsum("ast,ate->ase", A, V)
        mixed = jnp.einsum("aed,ase->sd", WO, H) + x
        centred = mixed - mixed.mean(-1, keepdims=True)
        L = centred / jnp.sqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * scale + shift
        return jnp.sum((L - T) ** 2) / 2

    wrt = [WQ, WK, WV, WO, scale, shift, x]
    return Sample(C, wrt, random_values([*wrt, T], 6), reference, name="attention")


def embedding() -> Sample:
    """Words by index, a linear map, cross-entropy with labels by index."""
    g = Graph()
    s, v, d, k = Axis("s", 5), Axis("v", 7), Axis("d", 3), Axis("k", 4)
    words, label = g.symbol("words", (s,)), g.symbol("label", (s,), "target")
    E, W = g.symbol("E", (v, d), "parameter"), g.symbol("W", (k, d), "parameter")
    x = g.let("x", dot(g.one_hot(words, v), E, over=v))
    z = g.let("z", dot(W, x, over=d))
    C = g.let("C", -total(dot(g.one_hot(label, k), z, over=k) - logsumexp(z, k)))
    values = random_values([E, W], 7)
    values |= {"words": np.array([6, 0, 2, 2, 5]), "label": np.array([3, 0, 1, 1, 2])}

    def reference(words, label, E, W):
        p = jax.nn.log_softmax(E[words] @ W.T)
        return -jnp.sum(p[jnp.arange(5), label])

    return Sample(C, [E, W], values, reference, name="embedding")


def recurrent() -> Sample:
    """h ← tanh(W x + U h + b), four times."""
    g = Graph()
    i, j = Axis("i", 2), Axis("j", 3)
    xs = [g.symbol(f"x{t}", (i,)) for t in range(1, 5)]
    T = g.symbol("T", (j,), "target")
    W, b = g.symbol("W", (j, i), "parameter"), g.symbol("b", (j,), "parameter")
    U, h0 = g.symbol("U", (j, Axis("l", 3)), "parameter"), g.symbol("h0", (j,), "parameter")
    h: Node = h0
    for t, x in enumerate(xs, 1):
        before = rename(h, {j: Axis("l", 3)})
        h = g.let(
            f"h{t}", g.apply("tanh", dot(W, x, over=i) + dot(U, before, over=Axis("l", 3)) + b)
        )
    C = g.let("C", total((h - T) ** 2))

    def reference(T, W, U, b, h0, **xs):
        h = h0
        for t in range(1, 5):
            h = jnp.tanh(W @ xs[f"x{t}"] + U @ h + b)
        return jnp.sum((h - T) ** 2)

    wrt = [W, U, b, h0]
    return Sample(C, wrt, random_values([*wrt, *xs, T], 8), reference, name="recurrent")


def long_short_term_memory() -> Sample:
    """Three steps of an LSTM; i, f, o, c̃ share one weight tensor with an axis of gates."""
    g = Graph()
    i, j, m, r = Axis("i", 2), Axis("j", 3), Axis("l", 3), Axis("r", 4)
    xs = [g.symbol(f"x{t}", (i,)) for t in range(1, 4)]
    T = g.symbol("T", (j,), "target")
    W, U = g.symbol("W", (r, j, i), "parameter"), g.symbol("U", (r, j, m), "parameter")
    b = g.symbol("b", (r, j), "parameter")
    gates = [g.one_hot(g.const(k), r) for k in range(4)]
    h, c = None, None
    for t, x in enumerate(xs, 1):
        u: Node = dot(W, x, over=i) + b
        if h is not None:
            u = dot(U, rename(h, {j: m}), over=m) + u
        u = g.let(f"u{t}", u)
        into, keep, out, new = (dot(gate, u, over=r) for gate in gates)
        kept = g.apply("sigmoid", into) * g.apply("tanh", new)
        c = g.let(f"c{t}", kept if c is None else g.apply("sigmoid", keep) * c + kept)
        h = g.let(f"h{t}", g.apply("sigmoid", out) * g.apply("tanh", c))
    C = g.let("C", total((h - T) ** 2))

    def reference(T, W, U, b, **xs):
        h, c = jnp.zeros(3), jnp.zeros(3)
        for t in range(1, 4):
            u = jnp.einsum("rji,i->rj", W, xs[f"x{t}"]) + jnp.einsum("rjl,l->rj", U, h) + b
            c = jax.nn.sigmoid(u[1]) * c + jax.nn.sigmoid(u[0]) * jnp.tanh(u[3])
            h = jax.nn.sigmoid(u[2]) * jnp.tanh(c)
        return jnp.sum((h - T) ** 2)

    wrt = [W, U, b]
    return Sample(C, wrt, random_values([*wrt, *xs, T], 9), reference, name="lstm")
