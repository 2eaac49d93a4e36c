"""Compiled prediction beside NumPy, JAX (jit) and PyTorch, for one example and for many.

Run: python bench/prediction.py [--repeats 31] [--sizes 784,30,10] [--dtype float32] [--json FILE]

Every implementation has the same weights, gets the same examples in arrays of its own kind, and is
checked to give the same outputs before anything is timed. Compilation is not counted. All may use
all cores. JAX is the better of parameters as arguments and as constants; PyTorch runs in inference
mode and is the best of a module, of function calls, and of torch.compile of the module where that
works. Calls are timed in short runs that take turns, so that few of them meet other work of the
machine; ten times as many runs for one example. Reported are medians, and ratios of medians with
the spread of the ratios of neighbouring runs. --threads measures from how many examples on a second
thread pays.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import glassprop as gp

try:
    import torch
except ImportError:
    torch = None
RUN = 0.0003


def jax_ways(values):
    def outputs(parameters, x):
        for W, b in zip(parameters[::2], parameters[1::2], strict=True):
            x = jax.nn.sigmoid(x @ W.T + b)
        return x

    parameters = tuple(map(jnp.asarray, values))
    given, constant = jax.jit(outputs), jax.jit(lambda x: outputs(parameters, x))

    def ways(x):
        there = jnp.asarray(x)
        return {
            "arguments": lambda: jax.block_until_ready(given(parameters, there)),
            "constants": lambda: jax.block_until_ready(constant(there)),
        }

    return ways


def torch_ways(values):
    layers = []
    for W, b in zip(values[::2], values[1::2], strict=True):
        linear = torch.nn.Linear(W.shape[1], W.shape[0], dtype=torch.from_numpy(W).dtype)
        linear.weight.data, linear.bias.data = torch.from_numpy(W), torch.from_numpy(b)
        layers += [linear, torch.nn.Sigmoid()]
    module = torch.nn.Sequential(*layers).eval()
    tensors = [torch.from_numpy(value) for value in values]
    pairs = list(zip(tensors[::2], tensors[1::2], strict=True))

    def functional(x):
        for W, b in pairs:
            x = torch.nn.functional.linear(x, W, b).sigmoid_()
        return x

    def vectors(x):
        for W, b in pairs:
            x = torch.addmv(b, W, x).sigmoid_()
        return x

    def ways(x):
        there = torch.from_numpy(x)
        called = {"module": module, "functions": functional}
        if x.ndim == 1:
            called["vectors"] = vectors
        compiled = torch.compile(module)
        try:
            compiled(there)
            called["compiled"] = compiled
        except Exception as error:  # there may be no C++ compiler
            print(f"torch.compile: {type(error).__name__}")
        return {name: lambda f=f: f(there) for name, f in called.items()}

    return ways


def seconds(call, count):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def count_for(call):
    """How many calls take about one run."""
    call()
    return max(1, int(RUN / min(seconds(call, 3) for _ in range(3))))


def best(ways):
    """The fastest of some ways, by a short trial in turns."""
    counts = {name: count_for(call) for name, call in ways.items()}
    times = {name: [] for name in ways}
    for _ in range(9):
        for name, call in ways.items():
            times[name].append(seconds(call, counts[name]))
    chosen = min(ways, key=lambda name: statistics.median(times[name]))
    return chosen, ways[chosen]


def job(net, predictor, theirs, x, repeats):
    chosen = {name: best(ways(x)) for name, ways in theirs.items()}
    contenders = {"compiled": lambda: predictor(x), **{k: call for k, (_, call) in chosen.items()}}
    if x.ndim == 2:
        contenders["numpy"] = lambda: net.predict(x)
    else:
        contenders["numpy"] = lambda: net.predict(x[None])
    expected = net.predict(np.atleast_2d(x))
    for name, call in contenders.items():
        difference = float(np.abs(np.atleast_2d(np.asarray(call())) - expected).max())
        assert difference < (1e-10 if net.dtype == "float64" else 1e-4), (name, difference)
    counts = {name: count_for(call) for name, call in contenders.items()}
    times = {name: [] for name in contenders}
    for _ in range(repeats if x.ndim == 2 else 10 * repeats):
        for name, call in contenders.items():
            times[name].append(seconds(call, counts[name]))
    others = [name for name in contenders if name != "compiled"]
    return {
        "examples": 1 if x.ndim == 1 else len(x),
        "ways": {name: way for name, (way, _) in chosen.items()},
        "microseconds": {name: statistics.median(t) * 1e6 for name, t in times.items()},
        "compiled_over": {name: ratio(times["compiled"], times[name]) for name in others},
    }


def ratio(above, below):
    single = sorted(a / b for a, b in zip(above, below, strict=True))
    medians = statistics.median(above) / statistics.median(below)
    return {"ratio_of_medians": medians, "from": single[0], "to": single[-1]}


def run(sizes, dtype="float32", counts=(1, 10_000), repeats=31):
    """The measurements for networks of sigmoid layers, one for each number of examples."""
    jax.config.update("jax_enable_x64", dtype == "float64")
    net = gp.Network(sizes, seed=0, dtype=dtype)
    predictor = net.compile()
    values = [value.copy() for value in net.parameters.values()]
    theirs = {"jax": jax_ways(values)}
    if torch is not None:
        theirs["torch"] = torch_ways(values)
    x = np.random.default_rng(0).random((max(counts), sizes[0])).astype(dtype)
    found = []
    for n in counts:
        some = x[0].copy() if n == 1 else x[:n]
        if torch is None:
            found.append(job(net, predictor, theirs, some, repeats))
            continue
        with torch.inference_mode():
            found.append(job(net, predictor, theirs, some, repeats))
    return {"sizes": sizes, "dtype": dtype, "jobs": found}


def threads(sizes, dtype):
    """Microseconds by the number of examples, with one thread and with all."""
    net = gp.Network(sizes, seed=0, dtype=dtype)
    single, several = net.compile(threads=1), net.compile()
    for n in (50, 100, 200, 400, 800, 1600, 3200, 6400):
        x = np.random.default_rng(0).random((n, sizes[0])).astype(dtype)
        ways = [partial(predictor, x) for predictor in (single, several)]
        count = count_for(ways[0])
        times = [[seconds(way, count) * 1e6 for way in ways] for _ in range(9)]
        one, all_ = (statistics.median(t) for t in zip(*times, strict=True))
        print(f"{n:6} examples: {one:9.1f} µs with one thread, {all_:9.1f} with several")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=31)
    parser.add_argument("--sizes", default="784,30,10")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--json", help="write the results to this file")
    parser.add_argument("--threads", action="store_true")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    if options.threads:
        threads(sizes, options.dtype)
        return
    found = run(sizes, options.dtype, repeats=options.repeats)
    for one in found["jobs"]:
        print(f"{sizes}, {options.dtype}, {one['examples']} examples")
        for name, microseconds in one["microseconds"].items():
            way = one["ways"].get(name, "")
            print(f"  {name:8} {microseconds:10.2f} µs a call (median) {way}")
        for name, r in one["compiled_over"].items():
            spread = f"single: {r['from']:.3f}–{r['to']:.3f}"
            print(f"  compiled / {name}: {r['ratio_of_medians']:.3f} ({spread})")
    if options.json:
        machine = {
            "cpu": platform.processor() or platform.machine(),
            "cores": os.cpu_count(),
            "numpy": np.__version__,
            "jax": jax.__version__,
            "torch": torch.__version__ if torch is not None else "",
        }
        with open(options.json, "w") as file:
            json.dump({"machine": machine, **found}, file, indent=2)


if __name__ == "__main__":
    main()
