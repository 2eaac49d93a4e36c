"""Random tensor formulas: derived, lifted, copied and derived again, against finite differences."""

import random

import numpy as np
import pytest

from chainrule.comparison import central, random_values, results, same
from glassprop.chainrule.little_graph.scalars import derive_apart
from glassprop.chainrule.mini_batch import lift
from glassprop.chainrule.reverse_sweep import derive, derive_again
from glassprop.chainrule.verify import verify
from glassprop.formula.algebra import dot, largest, logsumexp, mean, rename, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Symbol

AXES = (Axis("i", 2), Axis("j", 3), Axis("k", 2))
SMOOTH = ("sin", "tanh", "sigmoid", "softplus", "gelu", "exp", "square", "silu")


KINDS = ("map", "sum", "dot", "reduce", "softmax", "name", "turn")


class Author:
    """Writes a formula by chance, the last thing written most often used next."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.graph = g = Graph()
        i, j, k = AXES
        self.data = [g.symbol("x", (i,)), g.symbol("y", (j, k), "target")]
        self.parameters = [
            g.symbol("W", (j, i), "parameter"),
            g.symbol("V", (j, k), "parameter"),
            g.symbol("b", (j,), "parameter"),
            g.symbol("s", (), "parameter"),
        ]
        self.pool: list[Node] = [*self.data, *self.parameters]
        self.names = 0

    def pick(self) -> Node:
        return self.random.choice(self.pool if self.random.random() < 0.4 else self.pool[-3:])

    def some(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        return tuple(axis for axis in axes if self.random.random() < 0.6)

    def grow(self) -> Node:
        kind, u = self.random.choice(KINDS), self.pick()
        if kind == "map":
            return self.graph.apply(self.random.choice(SMOOTH), 0.7 * u)
        if kind == "sum":
            v = self.pick()
            fits = set(u.axes) <= set(v.axes) or set(v.axes) <= set(u.axes)
            return u - 0.5 * v if fits else u * v
        if kind == "dot":
            v, w = self.pick(), self.pick()
            product = dot(u, v, over=self.some(tuple(dict.fromkeys([*u.axes, *v.axes]))))
            return product * w if not w.axes else product
        if kind == "reduce" and (over := self.some(u.axes)):
            return self.random.choice([largest, logsumexp, mean, total])(u, over)
        if kind == "softmax" and (over := self.some(u.axes)):
            return softmax(u, over)
        if kind == "turn" and AXES[0] in u.axes and AXES[2] not in u.axes:
            return rename(u, {AXES[0]: AXES[2]})
        self.names += 1
        return self.graph.let(f"{self.random.choice('zu')}{self.names}", u)

    def cost(self) -> Symbol:
        for _ in range(self.random.randint(3, 14)):
            self.pool.append(self.graph.apply("sin", u) if (u := self.grow()).axes else u)
        root = total(self.graph.apply("sin", self.pool[-1]))
        for _ in range(self.random.randint(0, 2)):
            root = root + total(self.pick())
        return self.graph.let("C", root)


@pytest.mark.parametrize("seed", range(40))
def test_random_formulas(seed):
    author, n = Author(seed), 1 + seed % 3
    derivation = verify(derive(author.cost(), author.parameters), "derive")
    parameters = random_values(author.parameters, seed)
    examples = [random_values(author.data, 1000 * seed + k + 1) for k in range(n)]
    apart = [results(derivation, {**parameters, **example}) for example in examples]

    values = {**parameters, **examples[0]}
    same(apart[0], central(derivation, values), 2e-5)
    copied = derive_apart(derivation.cost, author.parameters)
    same(results(copied, values), apart[0], 1e-12)

    lifted = verify(lift(derivation), "lift")
    batch = {name: np.stack([e[name] for e in examples]) for name in examples[0]}
    ours = results(lifted, {**parameters, **batch, "n": n})
    same(ours, {name: np.mean([r[name] for r in apart], axis=0) for name in ours}, 1e-10)
    direct = derive_apart(lifted.cost, list(lifted.gradients))
    same(results(direct, {**parameters, **batch, "n": n}), ours, 1e-10)

    V = author.parameters[1]
    v = derivation.graph.symbol("v", V.axes, "state")
    along = random_values([v], seed)
    slope = derivation.graph.let("slope", total(derivation.gradients[V] * v))
    again = verify(derive_again(derivation, slope, [V]), "derive again")
    ends = [
        results(derivation, {**values, "V": values["V"] + step * along["v"]})["V"]
        for step in (1e-5, -1e-5)
    ]
    found = results(again, {**values, **along})["V"]
    same({"V": found}, {"V": (ends[0] - ends[1]) / 2e-5}, 1e-4)
    hessian = verify(lift(again), "lift again")
    each = [results(again, {**parameters, **e, **along})["V"] for e in examples]
    ours = results(hessian, {**parameters, **batch, **along, "n": n})
    same(ours, {"V": np.mean(each, axis=0)}, 1e-10)
