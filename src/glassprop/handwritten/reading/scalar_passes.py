"""Forward passes of programs without arrays: lists, dicts and objects of numbers.

A layer is found by its numbers: a vector u is f(W v + b) for a matrix W and a vector v that came
before, with the biases as a vector, or as the first or last weight of each neuron.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import atanh, expm1, log

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.recorder import ENTER, STORE
from glassprop.handwritten.reading import functions
from glassprop.handwritten.reading.functions import close
from glassprop.handwritten.reading.passes import Layer, Pass
from glassprop.handwritten.reading.trace import Trace

Numbers = npt.NDArray[np.float64]
RECENT = 260
"""Events before a vector in which its layer's inputs are looked for."""
MOST_PASSES = 10
LARGEST = 256
FUNCTIONS = ("sigmoid", "tanh", "relu", "softplus")


OFTEN = 40
"""Vectors that are looked at whole for one that they may have led to."""


@dataclass(frozen=True)
class _Vector:
    time: int
    place: int
    values: Numbers


def scalar_networks(trace: Trace) -> list[list[Pass]]:
    """The forward passes of a run without arrays, those of one network together."""
    found = list(_passes(trace))
    groups: dict[object, list[Pass]] = {}
    for one in found:
        groups.setdefault(one.form, []).append(one)
    ordered = sorted(
        groups.values(), key=lambda group: (len(group[0].layers), len(group)), reverse=True
    )
    return [_with_ends(trace, group) for group in ordered]


def _with_ends(trace: Trace, group: Sequence[Pass]) -> list[Pass]:
    starts = [one.start for one in group[1:]] + [len(trace.events)]
    found: list[Pass] = []
    for one, until in zip(group, starts, strict=True):
        stores = sum(event.kind == STORE for event in trace.events[one.end : until])
        found.append(replace(one, until=until, products=stores))
    usual = float(np.median([one.products for one in found]))
    return [replace(one, gap=2 * one.products < usual) for one in found]  # a pass without training


def _passes(trace: Trace) -> Iterator[Pass]:
    """Chains of layers, each fed by the one before."""
    every: list[tuple[Layer, _Vector]] = []
    last: dict[tuple[bytes, bytes], int] = {}
    for layer, inputs in _Reader(trace).layers():
        key = (layer.inputs.tobytes(), layer.a.tobytes())
        if (
            layer.times[0] - last.get(key, -RECENT) > RECENT // 4
        ):  # not seen again, but computed again
            every.append((layer, inputs))
        last[key] = layer.times[0]
        if len(every) > 8 * MOST_PASSES:
            break
    found = [one for one in every if not _is_part(one[0], every)]
    outputs = {layer.a.tobytes() for layer, _ in found}
    fed: dict[bytes, list[Layer]] = {}
    for layer, _ in found:
        fed.setdefault(layer.inputs.tobytes(), []).append(layer)
    for layer, inputs in sorted(found, key=lambda one: one[0].times[0]):
        if layer.inputs.tobytes() in outputs:
            continue
        chain = [layer]
        while len(chain) < 12:
            after = [
                one
                for one in fed.get(chain[-1].a.tobytes(), [])
                if one.times[0] > chain[-1].times[0]
            ]
            if not after:
                break
            chain.append(min(after, key=lambda one: one.times[0]))
        yield _made(chain, inputs)


def _is_part(layer: Layer, others: Iterable[tuple[Layer, object]]) -> bool:
    """Whether a layer is the first neurons of another, which was not complete yet."""
    count = layer.a.shape[1]
    return any(
        one.a.shape[1] > count
        and one.inputs.shape == layer.inputs.shape
        and close(one.inputs, layer.inputs)
        and close(one.a[:, :count], layer.a)
        for one, _ in others
    )


def _made(chain: Sequence[Layer], inputs: _Vector) -> Pass:
    return Pass(tuple(chain), inputs.time, chain[-1].times[2], True, inputs.place)


class _Reader:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.matrices: dict[str, tuple[int, Numbers]] = {}
        self.biases: dict[str, Numbers] = {}
        self.vectors: list[_Vector] = []

    def layers(self) -> Iterator[tuple[Layer, _Vector]]:
        """Layers as they are computed, each with its inputs."""
        seen: dict[int, int] = {}
        for time, event in enumerate(self.trace.events):
            array = self.trace.arrays[event.array]
            if array.ndim == 0 or array.size > LARGEST * 16:
                continue
            if array.ndim > 1:
                self._keep(event.path, event.array, array)
                again = time - seen.get(event.array, -RECENT) < RECENT // 4
                for row in array if array.ndim == 2 and len(array) <= 6 and not again else ():
                    seen[event.array] = time
                    yield from self._found(_Vector(time, event.array, row))
                continue
            if array.size > LARGEST or (
                time - seen.get(event.array, -RECENT) < RECENT // 4 and event.kind != ENTER
            ):
                continue
            seen[event.array] = time
            if "." in event.path:
                self.biases[event.path] = array
            vector = _Vector(time, event.array, array)
            yield from self._found(vector)
            self.vectors.append(vector)
            while self.vectors[0].time < time - RECENT:
                self.vectors.pop(0)

    def _keep(self, path: str, place: int, array: Numbers) -> None:
        parts = array[:8] if array.ndim == 3 else [array]
        for k, part in enumerate(parts):
            self.matrices[f"{path}.{k}"] = (place, part)

    def _found(self, u: _Vector) -> Iterator[tuple[Layer, _Vector]]:
        h = u.values.size
        first = float(u.values[0])
        if not u.values.any() or (h == 1 and first in (0.0, 1.0)):
            return
        wanted = _before(first)
        if (u.values == 0).any() and (u.values >= 0).all():
            wanted.append(first)  # of relu
        if not wanted or any(b.size == h and (b == u.values).all() for b in self.biases.values()):
            return
        ratio = None
        if h > 1 and (u.values > 0).all() and abs(float(u.values.sum()) - 1) < 1e-9:
            ratio = log(u.values[0] / u.values[1])
        by_size: dict[int, list[_Vector]] = {}
        known: set[int] = set()
        for vector in reversed(self.vectors):
            if vector.place not in known:
                known.add(vector.place)
                by_size.setdefault(vector.values.size, []).append(vector)
        stacked = {size: np.stack([v.values for v in ones]) for size, ones in by_size.items()}
        distinct: dict[bytes, tuple[int, Numbers]] = {}
        for place, array in self.matrices.values():
            for w in (array, array.T):
                if w.shape[0] == h:
                    distinct.setdefault(w.tobytes() + bytes(w.shape), (place, w))
        targets = np.array(wanted)
        tried = 0
        for place, w in distinct.values():
            for weights, bias, where, sizes in self._ways(w):
                for size in sizes:
                    if size not in stacked:
                        continue
                    inputs = stacked[size][:, : weights.shape[1]]
                    z0 = inputs @ weights[0] + bias[0]
                    near = (np.abs(z0[:, None] - targets) <= 1e-8 * (1 + np.abs(targets))).any(1)
                    if ratio is not None:  # of two entries of a softmax
                        between = inputs @ (weights[0] - weights[1]) + bias[0] - bias[1]
                        near |= np.abs(between - ratio) <= 1e-8 * (1 + abs(ratio))
                    for k in np.flatnonzero(near)[: OFTEN - tried]:
                        tried += 1
                        vector = by_size[size][k]
                        x = vector.values[: weights.shape[1]]
                        made = _layer(u, x, weights, bias, where, place)
                        if made is not None:
                            yield made, vector
                            return

    def _ways(self, w: Numbers) -> Iterator[tuple[Numbers, Numbers, str, tuple[int, ...]]]:
        """Weights and biases that a matrix may be, and sizes of vectors for it."""
        h, k = w.shape
        yield w, np.zeros(h), "", (k, k + 1)
        for bias in {b.tobytes(): b for b in self.biases.values() if b.size == h}.values():
            yield w, bias, "own", (k, k + 1)
        if k > 1:
            yield w[:, :-1], w[:, -1], "last", (k - 1, k)
            yield w[:, 1:], w[:, 0], "first", (k - 1, k)


def _before(u: float) -> list[float]:
    """What functions may have been taken of, to give a number."""
    found = [log(u / (1 - u))] if 0 < u < 1 else []
    if -1 < u < 1:
        found.append(atanh(u))
    if u > 0:
        found.append(log(expm1(u)) if u < 700 else u)
    return found


def _layer(
    u: _Vector, x: Numbers, weights: Numbers, bias: Numbers, where: str, place: int
) -> Layer | None:
    z = weights @ x + bias
    name = _name(z, u.values)
    if name is None:
        return None
    return Layer(
        weights, bias, bool(where), x.reshape(1, -1), z.reshape(1, -1), u.values.reshape(1, -1),
        name, 0.0, (u.time, u.time, u.time), (place, -1, -1, u.place),
        where if where != "own" else "",
    )  # fmt: skip


def _name(z: Numbers, u: Numbers) -> str | None:
    with np.errstate(all="ignore"):
        for name in FUNCTIONS:
            if name == "relu" and (z.size < 3 or (z > 0).sum() < 2):
                continue
            if close(functions.ELEMENTWISE[name](z), u, 1e-9):
                return name
        if z.size > 1 and close(functions.softmax(z, 0), u, 1e-9):
            return "softmax"
    return None
