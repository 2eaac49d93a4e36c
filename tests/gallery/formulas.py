"""Exhibits that are stated as formulas: what lies beyond fully connected layers."""

from __future__ import annotations

import glassprop as gp
from glassprop.chainrule.reverse_sweep import derive
from glassprop.derivation import Derivation
from glassprop.formula.algebra import dot, largest, logsumexp, mean, rename, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node


def shown(cost: Node, wrt, outputs=()) -> Derivation:
    return Derivation(derive(cost, wrt, outputs))


def root(u: Node) -> Node:
    return u.graph.apply("sqrt", u)


def convolution() -> Derivation:
    """Two channels to three, a stride in one direction and relu, then windows of 2 × 2 pooled."""
    g = Graph()
    c, o, h, w, p, q = (
        Axis(name, size) for name, size in zip("cohwpq", (2, 2, 5, 5, 3, 2), strict=True)
    )
    i, j, r, s, u, v = (
        Axis(name, size) for name, size in zip("ijrsuv", (3, 4, 2, 2, 2, 2), strict=True)
    )
    x, y = g.symbol("x", (c, h, w)), g.symbol("y", (o, r, s), "target")
    K, b = g.symbol("K", (o, c, p, q), "parameter"), g.symbol("b", (o,), "parameter")
    picked = (g.select(h, i, p, 2, 1, 1), g.select(w, j, q))
    z = g.let("z", dot(*picked, x, K, over=(h, w, c, p, q)) + b, axes=(o, i, j))
    a = g.let("a", g.apply("relu", z))
    windows = dot(g.select(i, r, u), g.select(j, s, v, 2), a, over=(i, j))
    m = g.let("m", largest(windows, (u, v)), axes=(o, r, s))
    return shown(g.let("C", total((m - y) ** 2) / 2, "cost"), [K, b], (m,))


def max_pooling() -> Derivation:
    """Overlapping windows of one image."""
    g = Graph()
    h, w, i, j = Axis("h", 4), Axis("w", 4), Axis("i", 2), Axis("j", 3)
    p, q = Axis("p", 2), Axis("q", 2)
    x, y = g.symbol("x", (h, w), "parameter"), g.symbol("y", (i, j), "target")
    windows = dot(g.select(h, i, p, 2), g.select(w, j, q), x, over=(h, w))
    m = g.let("m", largest(windows, (p, q)))
    return shown(g.let("C", total((m - y) ** 2) / 2, "cost"), [x], (m,))


def layer_norm() -> Derivation:
    g = Graph()
    d = Axis("d", 5)
    x, y = g.symbol("x", (d,), "parameter"), g.symbol("y", (d,), "target")
    gamma, beta = g.symbol("gamma", (d,), "parameter"), g.symbol("beta", (d,), "parameter")
    m = g.let("m", mean(x, d), "mean")
    v = g.let("v", mean((x - m) ** 2, d), "variance")
    u = g.let("u", (x - m) / root(v + 1e-5), "normalised input")
    a = g.let("a", gamma * u + beta, "output")
    return shown(g.let("C", total((a - y) ** 2) / 2, "cost"), [gamma, beta, x], (a,))


def batch_norm() -> Derivation:
    """Mean and variance run over the mini-batch, which therefore stands in the formulas."""
    g = Graph()
    n, i, j = Axis("n", "n"), Axis("i", 3), Axis("j", 2)
    x, y = g.symbol("x", (n, i)), g.symbol("y", (n, j), "target")
    W = g.symbol("W", (j, i), "parameter")
    gamma, beta = g.symbol("gamma", (j,), "parameter"), g.symbol("beta", (j,), "parameter")
    z = g.let("z", dot(W, x, over=i))
    m = g.let("m", mean(z, n), "mean over the mini-batch")
    v = g.let("v", mean((z - m) ** 2, n), "variance over the mini-batch")
    u = g.let("u", (z - m) / root(v + 1e-5))
    a = g.let("a", gamma * u + beta)
    C = g.let("C", mean(total((a - y) ** 2, j) / 2, n), "cost")
    return shown(C, [W, gamma, beta], (a,))


def attention() -> Derivation:
    """Self-attention with two heads and a residual connection."""
    g = Graph()
    s, t, d = Axis("s", 3), Axis("t", 3), Axis("d", 4)
    a, e = Axis("a", 2), Axis("e", 2)
    x, y = g.symbol("x", (s, d)), g.symbol("y", (s, d), "target")
    WQ, WK, WV, WO = (g.symbol(f"W{q}", (a, e, d), "parameter") for q in "QKVO")
    Q, K, V = (g.let(q, dot(W, x, over=d)) for q, W in (("Q", WQ), ("K", WK), ("V", WV)))
    S = g.let("S", dot(Q, rename(K, {s: t}), over=e) / 2**0.5, "scores")
    A = g.let("A", softmax(S, t), "attention")
    H = g.let("H", dot(A, rename(V, {s: t}), over=t), "heads")
    u = g.let("u", dot(WO, H, over=(a, e)) + x, "output")
    return shown(g.let("C", total((u - y) ** 2) / 2, "cost"), [WQ, WK, WV, WO], (u,))


def recurrent_cell() -> Derivation:
    """h ← tanh(W x + U h + b), twice."""
    g = Graph()
    i, j, before = Axis("i", 2), Axis("j", 3), Axis("l", 3)
    y = g.symbol("y", (j,), "target")
    W, b = g.symbol("W", (j, i), "parameter"), g.symbol("b", (j,), "parameter")
    U, h0 = g.symbol("U", (j, before), "parameter"), g.symbol("h0", (j,), "parameter")
    h: Node = h0
    for time in (1, 2):
        x = g.symbol(f"x{time}", (i,))
        old = rename(h, {j: before})
        z = g.let(f"z{time}", dot(W, x, over=i) + dot(U, old, over=before) + b)
        h = g.let(f"h{time}", g.apply("tanh", z), f"state at time {time}")
    return shown(g.let("C", total((h - y) ** 2) / 2, "cost"), [W, U, b, h0], (h,))


def long_short_term_memory() -> Derivation:
    """Two steps; the four gates share one weight tensor."""
    g = Graph()
    i, j, m, r = Axis("i", 2), Axis("j", 2), Axis("l", 2), Axis("r", 4)
    y = g.symbol("y", (j,), "target")
    W, U = g.symbol("W", (r, j, i), "parameter"), g.symbol("U", (r, j, m), "parameter")
    b = g.symbol("b", (r, j), "parameter")
    gates = [g.one_hot(g.const(k), r) for k in range(4)]
    h, c = None, None
    for time in (1, 2):
        u: Node = dot(W, g.symbol(f"x{time}", (i,)), over=i) + b
        if h is not None:
            u = dot(U, rename(h, {j: m}), over=m) + u
        u = g.let(f"u{time}", u)
        into, keep, out, new = (dot(gate, u, over=r) for gate in gates)
        kept = g.apply("sigmoid", into) * g.apply("tanh", new)
        c = g.let(f"c{time}", kept if c is None else g.apply("sigmoid", keep) * c + kept)
        h = g.let(f"h{time}", g.apply("sigmoid", out) * g.apply("tanh", c))
    assert h is not None
    return shown(g.let("C", total((h - y) ** 2) / 2, "cost"), [W, U, b], (h,))


def embedding() -> Derivation:
    """Words by index, a linear map, cross-entropy with labels by index."""
    g = Graph()
    s, v, d, k = Axis("s", 5), Axis("v", 7), Axis("d", 3), Axis("k", 4)
    words, label = g.symbol("words", (s,)), g.symbol("label", (s,), "target")
    E, W = g.symbol("E", (v, d), "parameter"), g.symbol("W", (k, d), "parameter")
    x = g.let("x", dot(g.one_hot(words, v), E, over=v))
    z = g.let("z", dot(W, x, over=d))
    C = g.let("C", -total(dot(g.one_hot(label, k), z, over=k) - logsumexp(z, k)), "cost")
    return shown(C, [E, W], (z,))


def little_graph() -> Derivation:
    """The example of Colah's Calculus on Computational Graphs."""
    a, b = gp.scalars("a b")
    return gp.derive((a + b) * (b + 1), [a, b])
