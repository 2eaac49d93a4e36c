from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Activation(NamedTuple):
    f: Callable[[Array], Array]
    df: Callable[[Array, Array], Array]     # df(z, a)


SIGMOID = Activation(lambda z: 1.0 / (1.0 + np.exp(-z)), lambda z, a: a * (1.0 - a))
TANH = Activation(np.tanh, lambda z, a: 1.0 - a * a)
SOFTPLUS = Activation(lambda z: np.logaddexp(0.0, z), lambda z, a: 1.0 / (1.0 + np.exp(-z)))
IDENTITY = Activation(lambda z: z, lambda z, a: np.ones_like(z))


@dataclass
class LayerParams:
    weight: Array
    bias: Array
    act: Activation

    @classmethod
    def glorot(cls, rng: np.random.Generator, n_in: int, n_out: int, act: Activation) -> LayerParams:
        s = np.sqrt(2.0 / (n_in + n_out))
        return cls(rng.normal(0.0, s, (n_out, n_in)), np.zeros(n_out), act)


@dataclass
class Tape:
    inputs: list[Array] = field(default_factory=list)
    zs: list[Array] = field(default_factory=list)
    outs: list[Array] = field(default_factory=list)


def forward(net: list[LayerParams], x: Array) -> tuple[Array, Tape]:
    tape = Tape()
    for p in net:
        tape.inputs.append(x)
        z = x @ p.weight.T + p.bias
        x = p.act.f(z)
        tape.zs.append(z)
        tape.outs.append(x)
    return x, tape


def mse(pred: Array, target: Array) -> tuple[float, Array]:
    r = pred - target
    return float(np.mean(r * r)), 2.0 * r / r.size


def backward(net: list[LayerParams], tape: Tape, upstream: Array) -> list[tuple[Array, Array]]:
    result: list[tuple[Array, Array]] = []
    for p, x, z, a in zip(net[::-1], tape.inputs[::-1], tape.zs[::-1], tape.outs[::-1]):
        local = upstream * p.act.df(z, a)
        result.append((np.einsum("ni,nj->ij", local, x), local.sum(axis=0)))
        upstream = local @ p.weight
    return result[::-1]


class RMSProp:
    def __init__(self, net: list[LayerParams], lr: float = 5e-3, rho: float = 0.9) -> None:
        self.net, self.lr, self.rho = net, lr, rho
        self.s = [(np.zeros_like(p.weight), np.zeros_like(p.bias)) for p in net]

    def step(self, grads: list[tuple[Array, Array]]) -> None:
        for i, (p, (gw, gb)) in enumerate(zip(self.net, grads)):
            sw, sb = self.s[i]
            sw = self.rho * sw + (1 - self.rho) * gw ** 2
            sb = self.rho * sb + (1 - self.rho) * gb ** 2
            self.s[i] = sw, sb
            p.weight = p.weight - self.lr * gw / (np.sqrt(sw) + 1e-8)
            p.bias = p.bias - self.lr * gb / (np.sqrt(sb) + 1e-8)


def main() -> None:
    rng = np.random.default_rng(31)
    x = rng.uniform(-2, 2, (128, 2))
    y = np.exp(-x[:, :1] ** 2) * np.cos(2 * x[:, 1:])
    net = [LayerParams.glorot(rng, 2, 16, TANH),
           LayerParams.glorot(rng, 16, 8, SOFTPLUS),
           LayerParams.glorot(rng, 8, 1, IDENTITY)]
    opt = RMSProp(net)
    for it in range(800):
        pred, tape = forward(net, x)
        loss, g = mse(pred, y)
        opt.step(backward(net, tape, g))
        if it % 200 == 0:
            print(f"{it:>5} {loss:.5f}")


if __name__ == "__main__":
    main()
