"""An epoch of the NumPy engine beside a hand-written one and the seed's algorithm, interleaved.

Run: python bench/numpy_engine.py [--repeats 7] [--examples 50000] [--json FILE]

Every implementation starts from the same weights, goes through the same mini-batches in the same
order with the same number type, and is checked to end at the same weights before anything is timed.
Reported are ratios of medians, with the spread of the ratios of neighbouring runs.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np

import glassprop as gp
from glassprop.train.interrupt import Interrupt
from glassprop.train.progress import Silent


def sigmoid_in_place(z):
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


class HandWritten:
    """What a careful NumPy programmer writes: batched, in place, the step size folded into δ."""

    def __init__(self, weights, biases, rows):
        self.W, self.b = weights, biases
        self.a = [np.empty((rows, len(b))) for b in biases]
        self.d = [np.empty((rows, len(b))) for b in biases]
        self.g = [np.empty_like(w) for w in weights]

    def step(self, x, y, rate):
        n = len(x)
        a, d = [v[:n] for v in self.a], [v[:n] for v in self.d]
        below = x
        for W, b, out in zip(self.W, self.b, a, strict=True):
            np.dot(below, W.T, out=out)
            out += b
            sigmoid_in_place(out)
            below = out
        np.subtract(a[-1], y, out=d[-1])
        for layer in range(len(self.W) - 1, -1, -1):
            d[layer] *= a[layer]
            np.subtract(1, a[layer], out=a[layer])
            d[layer] *= a[layer]
            if layer == len(self.W) - 1:
                d[layer] *= rate / n
            if layer:
                np.dot(d[layer], self.W[layer], out=d[layer - 1])
                np.subtract(1, a[layer], out=a[layer])
                np.dot(d[layer].T, a[layer - 1], out=self.g[layer])
            else:
                np.dot(d[0].T, x, out=self.g[0])
            self.W[layer] -= self.g[layer]
            self.b[layer] -= d[layer].sum(0)

    def epoch(self, x, y, order, size, rate):
        xb, yb = np.empty((size, x.shape[1])), np.empty((size, y.shape[1]))
        whole = len(order) - len(order) % size
        with np.errstate(over="ignore"):
            for start in range(0, whole, size):
                rows = order[start : start + size]
                x.take(rows, 0, xb, "clip")
                y.take(rows, 0, yb, "clip")
                self.step(xb, yb, rate)
            if whole < len(order):
                self.step(x[order[whole:]], y[order[whole:]], rate)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Seed:
    """The seed's algorithm as printed: one example at a time, columns, σ and σ′ of each z."""

    def __init__(self, weights, biases):
        self.W, self.b = weights, [b[:, None] for b in biases]

    def nabla(self, x, y):
        of_w, of_b = [np.zeros(W.shape) for W in self.W], [np.zeros(b.shape) for b in self.b]
        a, kept, zs = x, [x], []
        for b, W in zip(self.b, self.W, strict=True):
            z = np.dot(W, a) + b
            zs.append(z)
            a = sigmoid(z)
            kept.append(a)
        delta = (kept[-1] - y) * sigmoid_prime(zs[-1])
        of_w[-1], of_b[-1] = np.dot(delta, kept[-2].T), delta
        for layer in range(2, len(self.W) + 1):
            delta = np.dot(self.W[-layer + 1].T, delta) * sigmoid_prime(zs[-layer])
            of_w[-layer], of_b[-layer] = np.dot(delta, kept[-layer - 1].T), delta
        return of_w, of_b

    def epoch(self, examples, order, size, rate):
        for start in range(0, len(order), size):
            batch = [examples[k] for k in order[start : start + size]]
            sum_w = [np.zeros(W.shape) for W in self.W]
            sum_b = [np.zeros(b.shape) for b in self.b]
            for x, y in batch:
                of_w, of_b = self.nabla(x, y)
                sum_w = [s + g for s, g in zip(sum_w, of_w, strict=True)]
                sum_b = [s + g for s, g in zip(sum_b, of_b, strict=True)]
            self.W = [W - rate / len(batch) * s for W, s in zip(self.W, sum_w, strict=True)]
            self.b = [b - rate / len(batch) * s for b, s in zip(self.b, sum_b, strict=True)]


def parts(net):
    values = list(net.parameters.values())
    return [v.copy() for v in values[::2]], [v.copy() for v in values[1::2]]


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def engine(net, examples, size, rate):
    run = net._run(gp.SGD(rate), examples, None, size, 0)
    return lambda order: run.epoch(order, Silent(), Interrupt())


def job(sizes, size, rate, count, repeats, seed_too):
    (x, labels), _ = gp.data.mnist().train, None
    net = gp.Network(sizes, seed=0)
    examples = net._examples(x[:count], labels[:count])
    x, y = examples.arrays()
    order = np.random.default_rng(1).permutation(len(examples))
    hand = HandWritten(*parts(net), size)
    contenders = {"engine": engine(net, examples, size, rate)}
    contenders["hand"] = lambda order: hand.epoch(x, y, order, size, rate)
    seed = Seed(*parts(net))
    if seed_too:
        columns = [(a[:, None], b[:, None]) for a, b in zip(x, y, strict=True)]
        contenders["seed"] = lambda order: seed.epoch(columns, order, size, rate)
    for run in contenders.values():  # the same work, before any timing
        run(order[: 2 * size + 3])
    same = [np.abs(w - net.parameters[f"W{k}"]).max() for k, w in enumerate(hand.W, 1)]
    if seed_too:
        same += [np.abs(w - net.parameters[f"W{k}"]).max() for k, w in enumerate(seed.W, 1)]
    assert max(same) < 1e-9, same
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            times[name].append(timed(lambda run=run: run(order)))
    return {
        "sizes": sizes,
        "batch_size": size,
        "examples": len(examples),
        "largest_difference": float(max(same)),
        "seconds": {name: statistics.median(t) for name, t in times.items()},
        "engine_over_hand": ratio(times["engine"], times["hand"]),
        "seed_over_engine": ratio(times["seed"], times["engine"]) if seed_too else None,
    }


def ratio(above, below):
    single = sorted(a / b for a, b in zip(above, below, strict=True))
    return {
        "ratio_of_medians": statistics.median(above) / statistics.median(below),
        "from": single[0],
        "to": single[-1],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--json", help="write the results to this file")
    options = parser.parse_args()
    jobs = [
        ([784, 30, 10], 10, 3.0, options.examples, options.repeats, True),
        ([784, 512, 512, 10], 128, 0.1, min(options.examples, 10_000), options.repeats, False),
    ]
    results = [job(*one) for one in jobs]
    machine = {"cpu": platform.processor() or platform.machine(), "numpy": np.__version__}
    for found in results:
        print(f"{found['sizes']}, mini-batch {found['batch_size']}, {found['examples']} examples")
        for name, seconds in found["seconds"].items():
            print(f"  {name:8} {seconds:8.3f} s an epoch (median)")
        for name in ("engine_over_hand", "seed_over_engine"):
            if found[name]:
                r = found[name]
                print(
                    f"  {name}: {r['ratio_of_medians']:.3f} (single: {r['from']:.3f}–{r['to']:.3f})"
                )
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": machine, "jobs": results}, file, indent=2)


if __name__ == "__main__":
    main()
