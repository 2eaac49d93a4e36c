"""no classes, just functions that remember things"""
import numpy as np
from functools import partial

rng = np.random.default_rng(2024)


def linear(n_in, n_out):
    state = {"w": rng.standard_normal((n_in, n_out)) * np.sqrt(1 / n_in), "b": np.zeros(n_out)}

    def fwd(x):
        def bwd(dy):
            state["dw"] = x.T @ dy
            state["db"] = dy.sum(0)
            return dy @ state["w"].T
        return x @ state["w"] + state["b"], bwd

    def step(lr):
        for k in ("w", "b"):
            state[k] = state[k] - lr * state["d" + k]

    return fwd, step, state


def tanh():
    def fwd(x):
        t = np.tanh(x)
        return t, lambda dy: dy * (1 - t * t)
    return fwd, lambda lr: None, {}


def compose(*mods):
    def fwd(x):
        stack = []
        for f, _, _ in mods:
            x, back = f(x)
            stack.append(back)

        def bwd(d):
            while stack:
                d = stack.pop()(d)
            return d
        return x, bwd

    def step(lr):
        for _, s, _ in mods:
            s(lr)
    return fwd, step, [m[2] for m in mods]


def half_mse(pred, target):
    diff = pred - target
    return 0.5 * (diff ** 2).sum() / len(diff), diff / len(diff)


net, sgd, states = compose(linear(1, 16), tanh(), linear(16, 16), tanh(), linear(16, 1))
sgd = partial(sgd, 0.2)

xs = np.linspace(-2, 2, 50)[:, None]
ys = np.sin(2 * xs)

for it in range(500):
    out, back = net(xs)
    loss, d = half_mse(out, ys)
    back(d)
    sgd()
    if it % 100 == 0:
        print(it, loss)
