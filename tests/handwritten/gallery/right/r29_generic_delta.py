#!/usr/bin/env python3
import numpy as np

ACT = {
    'relu':    (lambda z: z * (z > 0),            lambda z: (z > 0) * 1.0),
    'tanh':    (np.tanh,                          lambda z: 1 - np.tanh(z) ** 2),
    'linear':  (lambda z: z,                      lambda z: np.ones_like(z)),
    'sigmoid': (lambda z: 1 / (1 + np.exp(-z)),   lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
}


def build(spec, seed=0):
    """spec: [n_in, (n, 'act'), (n, 'act'), ...]"""
    rng = np.random.RandomState(seed)
    layers = []
    prev = spec[0]
    for n, act in spec[1:]:
        layers.append({'W': rng.normal(size=(n, prev)) * (1.3 / prev ** .5),
                       'b': rng.normal(size=n) * .01,
                       'act': act})
        prev = n
    return layers


def run(layers, x):
    for lay in layers:
        lay['in'] = x
        lay['z'] = lay['W'] @ x + lay['b']
        x = lay['out'] = ACT[lay['act']][0](lay['z'])
    return x


def learn_one(layers, x, target, lr):
    y = run(layers, x)
    delta = y - target
    for lay in reversed(layers):
        delta = delta * ACT[lay['act']][1](lay['z'])
        dW = np.outer(delta, lay['in'])
        db = delta
        delta = lay['W'].T @ delta      # before W is changed
        lay['W'] -= lr * dW
        lay['b'] -= lr * db
    return 0.5 * np.sum((y - target) ** 2)


def main():
    rng = np.random.RandomState(17)
    xs = rng.uniform(-1, 1, (100, 2))
    ys = np.stack([xs[:, 0] * xs[:, 1], np.abs(xs[:, 0])], 1)
    layers = build([2, (10, 'tanh'), (8, 'relu'), (6, 'sigmoid'), (2, 'linear')])
    for epoch in range(120):
        tot = 0.
        for i in rng.permutation(len(xs)):
            tot += learn_one(layers, xs[i], ys[i], lr=0.05)
        if epoch % 20 == 0:
            print(f"[{epoch}] {tot / len(xs):.6f}")


if __name__ == '__main__':
    main()
