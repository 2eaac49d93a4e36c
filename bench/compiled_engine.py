"""An epoch of the compiled engine beside the NumPy engine and JAX (jit + scan), interleaved.

Run: python bench/compiled_engine.py [--repeats 7] [--examples 50000] [--json FILE] [--densities]

Every implementation starts from the same weights, goes through the same mini-batches in the same
order with the same number type, and is checked to end at the same weights before anything is timed.
Compilation is not counted. Reported are medians, and ratios of medians with the spread of the
ratios of neighbouring runs. --densities measures instead where sparse products stop paying.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

import glassprop as gp
from glassprop.train.engine import CompiledEpoch, source_for
from glassprop.train.interrupt import Interrupt
from glassprop.train.progress import Silent


def timed(work, order):
    start = time.perf_counter()
    work(order)
    return time.perf_counter() - start


def numpy_engine(net, examples, size, rate):
    run = net._run(gp.SGD(rate), examples, None, size, 0)
    return lambda order: run.epoch(order, Silent(), Interrupt())


def compiled_engine(net, examples, size, rate, share=None):
    source = source_for(net._program(), examples, size, net._title, share)
    epoch = CompiledEpoch(source, net._values(), [], [rate], examples, size, lambda: None)
    return lambda order: epoch.run(order, lambda done: False)


class Jax:
    """jax.grad of the cost, a scan over the mini-batches in one jitted function."""

    def __init__(self, net, examples, size, rate):
        self.parameters = tuple(jnp.array(v) for v in net.parameters.values())
        x, y = map(jnp.asarray, examples.arrays())

        def cost(parameters, xb, yb):
            a = xb
            for W, b in zip(parameters[::2], parameters[1::2], strict=True):
                a = jax.nn.sigmoid(a @ W.T + b)
            return ((a - yb) ** 2).sum(1).mean() / 2

        gradient = jax.grad(cost)

        @jax.jit
        def epoch(parameters, order):
            def step(parameters, rows):
                found = gradient(parameters, x[rows], y[rows])
                pairs = zip(parameters, found, strict=True)
                return tuple(p - p.dtype.type(rate) * g for p, g in pairs), None

            return jax.lax.scan(step, parameters, order.reshape(-1, size))[0]

        self.epoch = epoch

    def __call__(self, order):
        self.parameters = jax.block_until_ready(self.epoch(self.parameters, jnp.asarray(order)))


def job(sizes, size, rate, count, repeats, dtype):
    jax.config.update("jax_enable_x64", dtype == "float64")
    x, labels = gp.data.mnist().train
    count -= count % size
    nets = [gp.Network(sizes, seed=0, dtype=dtype) for _ in range(2)]
    examples = nets[0]._examples(x[:count], labels[:count])
    order = np.random.default_rng(1).permutation(count)
    theirs = Jax(nets[0], examples, size, rate)
    contenders = {
        "numpy": numpy_engine(nets[0], examples, size, rate),
        "compiled": compiled_engine(nets[1], examples, size, rate),
        "jax": theirs,
    }
    for run in contenders.values():  # the same work, before any timing
        run(order[: 20 * size])
    values = [list(net.parameters.values()) for net in nets]
    same = max(
        float(np.abs(a - b).max())
        for other in (values[1], theirs.parameters)
        for a, b in zip(values[0], other, strict=True)
    )
    assert same < (1e-9 if dtype == "float64" else 1e-2), same
    times = {name: [] for name in contenders}
    for run in contenders.values():
        run(order)
    for _ in range(repeats):
        for name, run in contenders.items():
            times[name].append(timed(run, order))
    return {
        "sizes": sizes,
        "batch_size": size,
        "examples": count,
        "dtype": dtype,
        "largest_difference": same,
        "seconds": {name: statistics.median(t) for name, t in times.items()},
        "compiled_over_jax": ratio(times["compiled"], times["jax"]),
        "compiled_over_numpy": ratio(times["compiled"], times["numpy"]),
    }


def ratio(above, below):
    single = sorted(a / b for a, b in zip(above, below, strict=True))
    medians = statistics.median(above) / statistics.median(below)
    return {"ratio_of_medians": medians, "from": single[0], "to": single[-1]}


def densities():
    """Microseconds an example with dense and with sparse products, by density and width."""
    random = np.random.default_rng(0)
    for dtype in ("float32", "float64"):
        for width, size in ((30, 10), (30, 128), (100, 32), (100, 128)):
            found = []
            for share in (0.05, 0.1, 0.2, 0.3, 0.4):
                x = random.random((5000, 784)) * (random.random((5000, 784)) < share)
                net = gp.Network([784, width, 10], dtype=dtype, seed=0)
                examples = net._examples(x, random.integers(0, 10, 5000))
                order = random.permutation(5000)
                both = [compiled_engine(net, examples, size, 0.01, s) for s in (1.0, 0.0)]
                times = [[timed(run, order) for run in both] for _ in range(8)]
                dense, sparse = (
                    statistics.median(t) / 5000 * 1e6 for t in zip(*times, strict=True)
                )
                found.append(f"{share}: {dense:.2f} / {sparse:.2f}")
            print(dtype, f"width {width}, mini-batch {size}, dense / sparse:", "  ".join(found))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--json", help="write the results to this file")
    parser.add_argument("--densities", action="store_true")
    options = parser.parse_args()
    if options.densities:
        densities()
        return
    count, repeats = options.examples, options.repeats
    results = [
        job([784, 30, 10], 10, 3.0, count, repeats, "float32"),
        job([784, 30, 10], 10, 3.0, count, repeats, "float64"),
        job([784, 512, 512, 10], 128, 0.1, min(count, 10_000), repeats, "float32"),
    ]
    machine = {"cpu": platform.processor() or platform.machine(), "numpy": np.__version__}
    for found in results:
        about = f"{found['sizes']}, mini-batch {found['batch_size']}, {found['dtype']}"
        print(f"{about}, {found['examples']} examples")
        for name, seconds in found["seconds"].items():
            print(f"  {name:8} {seconds:8.4f} s an epoch (median)")
        for name in ("compiled_over_jax", "compiled_over_numpy"):
            r = found[name]
            print(f"  {name}: {r['ratio_of_medians']:.3f} (single: {r['from']:.3f}–{r['to']:.3f})")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"machine": machine, "jobs": results}, file, indent=2)


if __name__ == "__main__":
    main()
