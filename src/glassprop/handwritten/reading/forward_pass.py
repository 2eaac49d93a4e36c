"""The forward passes of a run, found by their values: products, what is added, activations."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.recorder import STORE
from glassprop.handwritten.reading.functions import Expected, close
from glassprop.handwritten.reading.passes import Layer, Pass
from glassprop.handwritten.reading.trace import Operation, Trace

Numbers = npt.NDArray[np.float64]
MOST = 12
"""Passes of one network that are enough."""
WINDOW = 500
"""Events after a product in which its activation is looked for."""


@dataclass(frozen=True)
class _Step:
    """A product with what its result becomes."""

    product: Operation
    rows: bool
    sums: tuple[tuple[int, int, int], ...]  # (time, place of z, place of b) with the product itself
    becomes: dict[int, tuple[int, int, str, float, str]]  # place: time, sum, name, slope, ones
    start: int = 0


def networks(trace: Trace) -> list[list[Pass]]:
    """The forward passes of a run, those of one network together, the likeliest network first."""
    finder = _Finder(trace)
    found: list[Pass] = []
    busy, best = -1, 0
    in_vain: dict[ast.AST, int] = {}  # products that no pass of the network starts with
    for product in trace.products:
        if product.time <= busy or in_vain.get(product.node, 0) >= 3:
            continue
        ways = (True, False)
        both = [one for rows in ways if (one := finder.chain(product, rows)) is not None]
        if not both:
            continue
        made = max(both, key=_worth)
        count = len(made.layers)
        found += both if count == 1 else [made]
        best = max(best, count)
        if count > 1:
            busy = made.layers[-1].times[0]
        if count < best:
            in_vain[product.node] = in_vain.get(product.node, 0) + 1
        else:
            in_vain[product.node] = -1000
        single = len(made.layers[0].inputs) == 1
        enough = MOST if best > 1 and not single else 4 * MOST
        if count == best and sum(len(one.layers) == best for one in found) >= enough:
            break
    groups: dict[object, list[Pass]] = {}
    for one in _alike(found):
        alone = id(one.starts_with) if len(one.layers) == 1 else 0
        groups.setdefault((one.form, alone), []).append(one)
    ordered = sorted(
        groups.values(),
        key=lambda group: (*_worth(group[0]), _is_fed(group), len(group)),
        reverse=True,
    )
    return [_with_ends(trace, group) for group in ordered]


def _alike(found: Sequence[Pass]) -> list[Pass]:
    """Passes with the activations that they have in other passes of the same network.

    A relu that met no negative number is a relu; and the square of an output is no activation where
    it is none in another pass: it was that of a difference to a target of 0.
    """
    relus: dict[object, dict[int, Layer]] = {}
    plain: dict[object, set[int]] = {}
    for one in found:
        for k, layer in enumerate(one.layers):
            if layer.activation in ("relu", "leaky_relu"):
                relus.setdefault(_shapes(one), {}).setdefault(k, layer)
            elif layer.activation == "identity":
                plain.setdefault(_shapes(one), set()).add(k)
    made: list[Pass] = []
    for one in found:
        relu, identity = relus.get(_shapes(one), {}), plain.get(_shapes(one), set())
        layers: list[Layer] = []
        for k, layer in enumerate(one.layers):
            if k in relu and layer.activation == "identity" and (layer.z >= 0).all():
                layer = replace(layer, activation=relu[k].activation, slope=relu[k].slope)
            elif k in identity and layer.activation == "square":
                places, times = (*layer.places[:3], layer.places[2]), layer.times
                layer = replace(
                    layer, activation="identity", a=layer.z, places=places,
                    times=(*times[:2], times[1]),
                )  # fmt: skip
            layers.append(layer)
        end = layers[-1].times[2] if layers[-1].times != one.layers[-1].times else one.end
        made.append(replace(one, layers=tuple(layers), end=end))
    return made


def _shapes(one: Pass) -> object:
    return one.rows, tuple(layer.weights.shape for layer in one.layers)


def _is_fed(group: Sequence[Pass]) -> bool:
    """Whether what is taken for weights changes less from pass to pass than the inputs.

    Of a single product this tells which factor is which.
    """
    first, last = group[0].layers[0], group[-1].layers[0]
    if first.inputs.shape == last.inputs.shape and (first.inputs == last.inputs).all():
        return True
    change = np.abs(first.weights - last.weights).max()
    return bool(0 < change < 0.5 * np.abs(first.weights).max())


def _worth(made: Pass) -> tuple[int, int, int]:
    named = sum(layer.activation != "identity" for layer in made.layers)
    return (len(made.layers), named, sum(layer.has_bias for layer in made.layers))


def _with_ends(trace: Trace, group: Sequence[Pass]) -> list[Pass]:
    starts = [one.start for one in group[1:]] + [len(trace.events)]
    times = [one.time for one in trace.operations if one.sign in "@*"]
    found: list[Pass] = []
    first = group[0].layers[0]
    side = "right" if group[0].rows else "left"
    raw = trace.arrays[first.places[0]].shape
    starting = (one for one in trace.products if one.node is group[0].starts_with)
    unread = {o.time for o in starting if trace.arrays[getattr(o, side)].shape == raw}
    unread -= {one.start for one in group}
    for one, until in zip(group, starts, strict=True):
        count = bisect_left(times, min(until, one.end + WINDOW)) - bisect_right(times, one.end)
        gap = any(one.end < time < until for time in unread)
        found.append(replace(one, until=until, products=max(count, 0), gap=gap))
    return found


class _Finder:
    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.steps: dict[tuple[int, bool], _Step] = {}
        self.products = trace.products
        self.times = np.array([one.time for one in self.products])
        self.sums = {one.time: one for one in trace.operations if one.sign == "+"}
        self.by_size: dict[int, tuple[list[int], list[int]]] = {}
        for time, event in enumerate(trace.events):
            size = trace.arrays[event.array].size
            times, places = self.by_size.setdefault(size, ([], []))
            times.append(time)
            places.append(event.array)
        self.made: dict[int, int] = {}
        for one in reversed(trace.operations):
            self.made[one.result] = one.time

    def chain(self, product: Operation, rows: bool) -> Pass | None:
        """The longest chain of layers that starts with a product."""
        steps = [replace(self._step(product, rows), start=product.time)]
        links: list[tuple[int, int, str, float, str]] = []
        given = product.left if rows else product.right
        while True:
            here = steps[-1]
            following = self._next(here)
            if following is None:
                break
            link, product = following
            links.append(link)
            steps.append(replace(self._step(product, rows), start=steps[0].product.time))
            if len(steps) > 60:
                return None
        last = self._output(steps[-1])
        ones = [_ones(_examples(self.trace.arrays[given], rows)), *(link[4] for link in links)]
        layers = tuple(
            self._layer(step, link, rows, one)
            for step, link, one in zip(steps, [*links, last], ones, strict=True)
        )
        if any(not layer.weights.size for layer in layers):
            return None
        if len(layers) > 1 and _goes_back(layers[-1], layers[-2]):
            return None
        first = steps[0].product
        return Pass(layers, first.time, last[0], rows, given, starts_with=first.node)

    def _step(self, product: Operation, rows: bool) -> _Step:
        known = self.steps.get((product.time, rows))
        if known is None:
            known = self.steps[product.time, rows] = self._made(product, rows)
        return known

    def _made(self, product: Operation, rows: bool) -> _Step:
        arrays = self.trace.arrays
        v = arrays[product.result]
        sums = [(product.time, product.result, -1)]
        wanted = [Expected(v, rows)]
        becomes: dict[int, tuple[int, int, str, float, str]] = {}
        seen = {product.result}
        for time, place in self._near(product.time, v, rows):
            added = self._sum(time, place, product.result, v, rows)
            if added is not None and len(sums) < 4:
                if place == product.result:  # what is added is 0
                    sums[0] = (time, place, added) if sums[0][2] < 0 else sums[0]
                elif place not in seen:
                    sums.append((time, place, added))
                    wanted.append(Expected(arrays[place], rows))
                    seen.add(place)
                continue
            if place in becomes or place in seen:
                continue
            for ones, w in _without_ones(arrays[place], v.shape, rows):
                match = _recognised(w, wanted)
                if match is not None:
                    which, name, slope = match
                    becomes[place] = (time, which, name, slope, ones)
                    break
        return _Step(product, rows, tuple(sums), becomes)

    def _near(self, time: int, v: Numbers, rows: bool) -> list[tuple[int, int]]:
        """Events in the window after a time, of arrays as large as v, or with ones beside it."""
        sizes = {v.size, v.size + (v.size // v.shape[-1 if rows else 0] if v.ndim else 0)}
        found: list[tuple[int, int]] = []
        for size in sizes:
            times, places = self.by_size.get(size, ([], []))
            first, last = bisect_right(times, time), bisect_right(times, time + WINDOW)
            found += zip(times[first:last], places[first:last], strict=True)
        return sorted(found)

    def _sum(self, time: int, place: int, v_place: int, v: Numbers, rows: bool) -> int | None:
        """The array that was added to v, if an event is that of such a sum."""
        one = self.sums.get(time)
        if one is not None and v_place in (one.left, one.right):
            other = one.right if one.left == v_place else one.left
            return other if other >= 0 and self.trace.arrays[place].size == v.size else None
        event = self.trace.events[time]
        node = self.trace.nodes[event.node]
        if event.kind == STORE and isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            w = self.trace.arrays[place]
            return self._added(time, w - v) if w.shape == v.shape else None
        return None

    def _added(self, time: int, difference: Numbers) -> int | None:
        """Which array was added in place, if it is the same for each example."""
        for event in reversed(self.trace.events[max(time - 6, 0) : time]):
            b = self.trace.arrays[event.array]
            try:
                if close(np.broadcast_to(b, difference.shape), difference):
                    return event.array
            except ValueError:
                continue
        return None

    def _next(self, step: _Step) -> tuple[tuple[int, int, str, float, str], Operation] | None:
        place = int(np.searchsorted(self.times, step.product.time, side="right"))
        own = {step.product.left, step.product.right}
        for product in self.products[place : place + 60]:
            if product.time > step.product.time + WINDOW:
                return None
            operand = product.left if step.rows else product.right
            weights = product.right if step.rows else product.left
            link = step.becomes.get(operand)
            if link is None:
                for k, (time, result, _) in enumerate(step.sums):
                    if operand == result and time < product.time:
                        link = (time, k, "identity", 0.0, "")
            if link is None or link[0] > product.time or weights in own:
                continue
            if step.start <= self.made.get(weights, -1) < product.time:
                continue  # computed in this pass: no parameter
            u, w = self.trace.arrays[operand], self.trace.arrays[weights]
            if w.ndim != 2 and u.ndim == 2 and not (step.rows and w.shape == u.shape[1:]):
                continue  # a vector is the weights of one output only
            return link, product
        return None

    def _output(self, step: _Step) -> tuple[int, int, str, float, str]:
        for _, link in sorted(step.becomes.items(), key=lambda one: one[1][0]):
            if link[2] != "identity" and not link[4]:
                return link
        which = len(step.sums) - 1
        return (step.sums[which][0], which, "identity", 0.0, "")

    def _layer(
        self, step: _Step, link: tuple[int, int, str, float, str], rows: bool, ones: str
    ) -> Layer:
        arrays, product = self.trace.arrays, step.product
        given, weights = (product.left, product.right) if rows else (product.right, product.left)
        time, which, name, slope, _ = link
        time_of_z, place_of_z, place_of_b = step.sums[which]
        x = _examples(arrays[given], rows)
        w = np.atleast_2d(arrays[weights].T if rows else arrays[weights])
        if arrays[weights].ndim == 1:
            w = arrays[weights].reshape(1, -1)
        z = _examples(arrays[place_of_z], rows, len(x))
        v = _examples(arrays[product.result], rows, len(x))
        bias, has_bias = np.zeros(w.shape[0]), place_of_b >= 0
        if has_bias:
            b = arrays[place_of_b]
            bias = b.ravel() if b.size == len(bias) else (z - v)[0]
        if ones:
            kept = slice(None, -1) if ones == "last" else slice(1, None)
            bias = bias + w[:, -1 if ones == "last" else 0]
            w, x, has_bias = w[:, kept], x[:, kept], True
        place_of_a = next((p for p, one in step.becomes.items() if one == link), place_of_z)
        a = _examples(arrays[place_of_a], rows, len(x))
        if link[4]:
            a = a[:, :-1] if link[4] == "last" else a[:, 1:]
        return Layer(
            w, bias, has_bias, x, z, a, name, slope,
            (product.time, time_of_z, time), (weights, place_of_b, place_of_z, place_of_a), ones,
        )  # fmt: skip


def _ones(x: Numbers) -> str:
    """Where inputs have a column of ones: "first", "last", or "" for none."""
    if x.shape[1] > 1 and len(x):
        for name, column in (("last", x[:, -1]), ("first", x[:, 0])):
            if (column == 1).all() and not (len(x) == 1 and np.isin(x, (0.0, 1.0)).all()):
                return name
    return ""


def _goes_back(layer: Layer, before: Layer) -> bool:
    """Whether a layer is a product of the way back: with the weights before, transposed."""
    if layer.activation != "identity" or layer.has_bias:
        return False
    back = before.weights.T
    if before.in_weights:
        column = before.bias.reshape(1, -1)
        back = np.vstack([column, back] if before.in_weights == "first" else [back, column])
    return close(layer.weights, back)


def _recognised(u: Numbers, wanted: Sequence[Expected]) -> tuple[int, str, float] | None:
    if not u.any() or (u.size == 1 and abs(u.flat[0]) == 1.0):
        return None
    for which in range(len(wanted) - 1, -1, -1):
        found = wanted[which].name(u)
        if found is not None:
            return which, *found
    return None


def _examples(array: Numbers, rows: bool, count: int | None = None) -> Numbers:
    """As (examples, entries)."""
    if array.ndim == 0:
        return array.reshape(1, 1)
    if array.ndim == 1:
        return array.reshape(-1, 1) if count == len(array) != 1 else array.reshape(1, -1)
    return array if rows else array.T


def _without_ones(u: Numbers, shape: tuple[int, ...], rows: bool) -> Iterator[tuple[str, Numbers]]:
    """An array, or what is left of it without a column of ones."""
    if u.shape == shape:
        yield "", u
        return
    axis = len(shape) - 1 if rows else 0
    if len(u.shape) != len(shape) or not shape or u.shape[axis] != shape[axis] + 1:
        return
    if any(u.shape[k] != shape[k] for k in range(len(shape)) if k != axis):
        return
    for name, ones, rest in (
        ("last", np.take(u, -1, axis), np.take(u, range(shape[axis]), axis)),
        ("first", np.take(u, 0, axis), np.take(u, range(1, shape[axis] + 1), axis)),
    ):
        if (ones == 1).all():
            yield name, rest
