"""Derivations whose printed forms are kept in golden files."""

from __future__ import annotations

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.little_graph.scalars import derive_apart, scalars
from glassprop.chainrule.reverse_sweep import derive
from glassprop.formula.algebra import dot, largest, logsumexp, rename, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node


def network(sizes: list[int], activation: str = "sigmoid", entropy: bool = False) -> Derivation:
    """A network with quadratic cost, or with softmax and cross-entropy."""
    g = Graph()
    axes = [Axis(f"{'ijk'[place % 3]}{place}", size) for place, size in enumerate(sizes)]
    a: Node = g.symbol("x", (axes[0],), "input")
    wrt = []
    last = len(sizes) - 1
    for n in range(1, last + 1):
        W = g.symbol(f"W{n}", (axes[n], axes[n - 1]), "parameter")
        b = g.symbol(f"b{n}", (axes[n],), "parameter")
        wrt += [W, b]
        z = g.let(f"z{n}", dot(W, a, over=axes[n - 1]) + b, f"weighted input of layer {n}")
        out = softmax(z) if entropy and n == last else g.apply(activation, z)
        a = g.let(f"a{n}", out, f"activation of layer {n}")
    y = g.symbol("y", (axes[-1],), "target", probability=entropy)
    cost = -total(y * g.apply("log", a)) if entropy else total((a - y) ** 2) / 2
    return derive(g.let("C", cost, "cost"), wrt, (a,))


def little_graph() -> Derivation:
    a, b = scalars("a b")
    return derive_apart((a + b) * (b + 1), b)


def arithmetic() -> Derivation:
    a, b = scalars("a beta")
    return derive_apart(((a + b) * (b + 1)) ** 3 / a**2 - abs(b) / 7 - 1e-5, [a, b])


def convolution() -> Derivation:
    g = Graph()
    c, o, h, w, p, q = (
        Axis(name, size) for name, size in zip("cohwpq", (2, 3, 7, 6, 3, 2), strict=True)
    )
    i, j = Axis("i", 4), Axis("j", 5)
    x = g.symbol("x", (c, h, w))
    K, b = g.symbol("K", (o, c, p, q), "parameter"), g.symbol("b", (o,), "parameter")
    picked = (g.select(h, i, p, 2, 1, 1), g.select(w, j, q))
    z = g.let("z", dot(*picked, x, K, over=(h, w, c, p, q)) + b, axes=(o, i, j))
    a = g.let("a", g.apply("relu", z))
    m = g.let("m", largest(a, (i, j)))
    y = g.symbol("y", (o,), "target")
    return derive(g.let("C", total((m - y) ** 2)), [K, b])


def attention() -> Derivation:
    g = Graph()
    s, t, d, e = Axis("s", 4), Axis("t", 4), Axis("d", 6), Axis("e", 3)
    words, label = g.symbol("words", (s,)), g.symbol("label", (s,), "target")
    v = Axis("v", 7)
    E = g.symbol("E", (v, d), "parameter")
    Q, K = (g.symbol(name, (e, d), "parameter") for name in ("WQ", "WK"))
    x = g.let("x", dot(g.one_hot(words, v), E, over=v))
    keys = rename(g.let("k", dot(K, x, over=d)), {s: t})
    S = g.let("S", dot(g.let("q", dot(Q, x, over=d)), keys, over=e) / 3**0.5)
    A = g.let("A", softmax(S, t))
    u = g.let("u", dot(A, rename(x, {s: t}), over=t))
    C = -total(dot(g.one_hot(label, d), u, over=d) - logsumexp(u, d))
    return derive(g.let("C", C), [E, Q, K])


NETWORKS = {
    "sigmoid_quadratic": lambda: network([2, 3, 1]),
    "softmax_cross_entropy": lambda: network([2, 3, 3], "leaky_relu", entropy=True),
}
SCALARS = {"little_graph": little_graph, "arithmetic": arithmetic}
TENSORS = {"convolution": convolution, "attention": attention}
ALL = NETWORKS | SCALARS | TENSORS
