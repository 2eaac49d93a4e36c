from __future__ import annotations
from dataclasses import dataclass
from functools import reduce
from typing import Callable, NamedTuple

import numpy as np


class Act(NamedTuple):
    f: Callable[[np.ndarray], np.ndarray]
    df: Callable[[np.ndarray], np.ndarray]      # as a function of the pre-activation


def sigmoid(z): return 1 / (1 + np.exp(-z))


softplus = Act(lambda z: np.logaddexp(0, z), lambda z: sigmoid(z) * (1 - sigmoid(z)))
identity = Act(lambda z: z, np.ones_like)


@dataclass
class Layer:
    w: np.ndarray
    b: np.ndarray
    act: Act

    @classmethod
    def random(cls, n_in: int, n_out: int, act: Act, rng: np.random.Generator) -> Layer:
        return cls(rng.normal(0, n_in ** -0.5, (n_in, n_out)), np.zeros(n_out), act)


@dataclass
class Tape:
    x: np.ndarray
    z: np.ndarray


def forward(layers: list[Layer], x: np.ndarray) -> tuple[np.ndarray, list[Tape]]:
    def one(state, layer):
        a, tapes = state
        z = a @ layer.w + layer.b
        return layer.act.f(z), tapes + [Tape(a, z)]
    return reduce(one, layers, (x, []))


def huber(pred: np.ndarray, y: np.ndarray, k: float = 1.0) -> tuple[float, np.ndarray]:
    r = pred - y
    small = np.abs(r) <= k
    value = np.where(small, 0.5 * r ** 2, k * (np.abs(r) - 0.5 * k)).mean()
    return value, np.where(small, r, k * np.sign(r)) / r.size


def gradients(layers: list[Layer], tapes: list[Tape], d_out: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    grads = []
    for layer, tape in zip(layers[::-1], tapes[::-1]):
        d_z = d_out * layer.act.df(tape.z)
        grads.append((tape.x.T @ d_z, d_z.sum(axis=0)))
        d_out = d_z @ layer.w.T
    return grads[::-1]


def main() -> None:
    rng = np.random.default_rng(10)
    x = rng.uniform(-2, 2, (100, 1))
    y = np.abs(x) + 0.1 * rng.standard_t(2, (100, 1))
    layers = [Layer.random(1, 8, softplus, rng), Layer.random(8, 8, softplus, rng), Layer.random(8, 1, identity, rng)]
    for epoch in range(301):
        pred, tapes = forward(layers, x)
        loss, d = huber(pred, y)
        for layer, (gw, gb) in zip(layers, gradients(layers, tapes, d)):
            layer.w -= 0.1 * gw
            layer.b -= 0.1 * gb
        if epoch % 100 == 0:
            print(f"{epoch:4d}: {loss:.4f}")


if __name__ == "__main__":
    main()
