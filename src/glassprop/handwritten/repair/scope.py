"""What can be written at a statement of a file: arrays, functions and numbers that are there."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.recorder import ENTER, STORE, VALUE
from glassprop.handwritten.reading import functions
from glassprop.handwritten.reading.functions import close
from glassprop.handwritten.reading.passes import Pass
from glassprop.handwritten.reading.trace import Trace
from glassprop.handwritten.repair.edited_text import Scope

Numbers = npt.NDArray[np.float64]
MOST = 14
"""Arrays of one shape that are tried in place of another."""
STEP = 1e-6
NO_SLOPES = {
    "np.exp", "np.abs", "np.array", "np.dot", "np.sum", "np.asarray", "abs", "np.sqrt", "np.log",
    "np.square", "np.copy", "np.mean",
}  # fmt: skip
"""Functions that are neither activations nor their derivatives."""


class Scopes:
    """Scopes of statements.

    Args:
        trace: of the run.
        made: the forward pass whose backward pass is looked at.
        first: the time from which names are taken.
        until: the time at which it ends.
    """

    def __init__(self, trace: Trace, made: Pass, first: int, until: int) -> None:
        self.trace, self.made, self.first, self.until = trace, made, first, until
        self.slopes = [_slope(layer.activation, layer.slope, layer.z) for layer in made.layers]
        self.calls = _calls(trace)
        self.classes = _classes(trace.tree)
        self.entries = self._entries()

    def of(self, statement: ast.stmt) -> Scope:
        """The scope of a statement."""
        trace = self.trace
        where = trace.functions.get(statement)
        own = None if where is None else self.classes.get(where)
        names: dict[str, list[int]] = {}
        numbers: dict[str, float] = {}
        for text, places, function in self.entries:
            array = trace.arrays[places[0]]
            inside = function is where
            of_class = None if function is None else self.classes.get(function)
            shared = own is not None and text.startswith("self.") and of_class is own
            if not inside and not shared:
                continue
            if array.ndim and "(" not in text:
                names[text] = places
            elif not array.ndim and "(" not in text and (text.isidentifier() or not trace.products):
                numbers[text] = float(array)
        shapes: dict[ast.AST, tuple[int, ...]] = {}
        for event in trace.events[self.first : self.until]:
            if event.kind == VALUE:
                node = trace.nodes[event.node]
                if trace.statements.get(node) is statement:
                    shapes.setdefault(node, trace.arrays[event.array].shape)
        return self._made(names, numbers, shapes)

    def _made(
        self,
        names: dict[str, list[int]],
        numbers: dict[str, float],
        shapes: dict[ast.AST, tuple[int, ...]],
    ) -> Scope:
        arrays = self.trace.arrays
        alike: dict[tuple[int, ...], list[str]] = {}
        slopes: dict[tuple[int, ...], list[str]] = {}
        weights: dict[tuple[int, ...], list[str]] = {}
        for text in sorted(names, key=len):
            for place in names[text]:
                array = arrays[place]
                there = alike.setdefault(array.shape, [])
                if len(there) < MOST and text not in there:
                    there.append(text)
                known = slopes.setdefault(array.shape, [])
                known.extend(one for one in self._slopes(text, array) if one not in known)
                if any(
                    close(array, w) or close(array.T, w)
                    for w in (layer.weights for layer in self.made.layers)
                ):
                    weights.setdefault(array.shape, []).append(text)
        plain = not self.trace.products
        if plain:
            found = [text for text in numbers if not text.isupper()]
            alike[()] = found[-MOST:]
            slopes[()] = [
                f"{t} * (1 - {t})" for t in found if "output" in t or "out" in t or len(found) < 8
            ]
        n = len(self.made.layers[0].inputs)
        counts = [text for text, value in numbers.items() if value == n and n > 1][:3]
        if not counts:
            shaped = ((text, arrays[places[0]].shape) for text, places in names.items())
            counts = [f"{t}.shape[{s.index(n)}]" for t, s in shaped if n in s and len(s) == 2][:1]
        others = [text for text, value in numbers.items() if 0 < abs(value) < 10 and value != 1][:6]
        known = {text: arrays[places[0]].shape for text, places in names.items()}
        return Scope(alike, shapes, self.calls, counts, slopes, known, others, weights, plain)

    def _slopes(self, text: str, array: Numbers) -> list[str]:
        """What can be made of an array and is a layer's derivative."""
        with np.errstate(all="ignore"):
            forms: list[tuple[str, Any]] = [
                (f"{text} * (1 - {text})", lambda: array * (1 - array)),
                (f"(1 - {text}**2)", lambda: 1 - array**2),
                (f"({text} > 0)", lambda: (array > 0) * 1.0),
                (f"(1 - np.exp(-{text}))", lambda: 1 - np.exp(-array)),
                (f"1 / (1 + np.exp(-{text}))", lambda: 1 / (1 + np.exp(-array))),
                (f"(1 - np.tanh({text})**2)", lambda: 1 - np.tanh(array) ** 2),
            ]
            forms += [
                (
                    f"np.where({text} > 0, 1, {layer.slope:g})",
                    lambda s=layer.slope: np.where(array > 0, 1, s),
                )
                for layer in self.made.layers
                if layer.slope
            ]
            forms += [
                (
                    f"np.where({text}, 1, {layer.slope:g})",
                    lambda s=layer.slope: np.where(array != 0, 1, s),
                )
                for layer in self.made.layers
                if layer.slope and np.isin(array, (0.0, 1.0)).all()
            ]
            if np.isin(array, (0.0, 1.0)).all():
                forms.append((text, lambda: array))
            found: list[str] = []
            for form, value in forms:
                made = value()
                if any(_is_slope(made, one) for slope in self.slopes for one in (slope, slope.T)):
                    found.append(form)
            return list(dict.fromkeys(found))

    def _entries(self) -> list[tuple[str, list[int], ast.AST | None]]:
        """Texts with the places of their arrays and the functions they are in.

        The arrays are those that a text had in the backward pass, else the last one before.
        """
        trace = self.trace
        found: dict[tuple[str, ast.AST | None], list[int]] = {}
        inside: set[tuple[str, ast.AST | None]] = set()
        for time, event in enumerate(trace.events[: self.until]):
            node = trace.nodes[event.node]
            where = node if event.kind == ENTER else trace.functions.get(node)
            if event.kind in (STORE, ENTER):
                text = event.path
                if event.kind == ENTER and "." in text:
                    continue
            elif event.kind == VALUE and isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
                text = ast.unparse(node)
            else:
                continue
            if text.startswith("np.") or ".T" in text:
                continue
            key = (text, where)
            if time >= self.first and key not in inside:
                inside.add(key)
                found[key] = []
            if time < self.first:
                found[key] = [event.array]
            elif event.array not in found[key] and len(found[key]) < 6:
                found[key].append(event.array)
        return [(text, places, where) for (text, where), places in found.items()]


def _slope(name: str, slope: float, z: Numbers) -> Numbers:
    if name.startswith("softmax"):
        return np.full_like(z, np.nan)
    with np.errstate(all="ignore"):
        above = functions.activated(name, slope, z + STEP)
        found = (above - functions.activated(name, slope, z - STEP)) / (2 * STEP)
    return np.where(np.abs(z) <= 2 * STEP, np.nan, found)  # at a kink it is not asked for


def _is_slope(made: Numbers, slope: Numbers) -> bool:
    """Whether an array is a layer's derivative, wherever that is known."""
    if made.size != slope.size or (
        made.shape != slope.shape and made.ndim == 2 and 1 not in made.shape
    ):
        return False
    there = ~np.isnan(slope)
    flat = made.reshape(slope.shape)
    return bool(
        there.sum() > 0.5 * slope.size and np.allclose(flat[there], slope[there], 1e-4, 1e-6)
    )


def _calls(trace: Trace) -> Sequence[str]:
    """Texts of functions that give for an array one of the same shape."""
    found: dict[str, None] = {}
    last: dict[int, int] = {}
    for event in trace.events:
        if event.kind != VALUE:
            continue
        node = trace.nodes[event.node]
        last[event.node] = event.array
        if (
            not isinstance(node, ast.Call)
            or not node.args
            or isinstance(node.args[0], ast.Constant | ast.Starred)
        ):
            continue
        place = last.get(trace.numbers[node.args[0]])
        if place is None or trace.arrays[place].shape != trace.arrays[event.array].shape:
            continue
        if len(node.args) > 1 and not all(isinstance(a, ast.Constant) for a in node.args[1:]):
            continue
        text = ast.unparse(node)
        inner = ast.unparse(node.args[0])
        function = ast.unparse(node.func)
        if function in NO_SLOPES:
            continue
        if text.startswith(f"{function}({inner}"):
            found[function + "({}" + text[len(function) + 1 + len(inner) :]] = None
    methods = {f for c in ast.walk(trace.tree) if isinstance(c, ast.ClassDef) for f in c.body}
    for node in ast.walk(trace.tree):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args]
            own = names[:1] == ["self"]
            needed = len(names) - own - len(node.args.defaults)
            if needed == 1 and not node.name.startswith("__") and _is_formula(node):
                prefix = "self." if node in methods else ""
                found.setdefault(f"{prefix}{node.name}({{}})")
    return list(found)[:8]


def _is_formula(node: ast.FunctionDef) -> bool:
    """Whether a function does nothing but compute a value."""
    kinds = (ast.Return, ast.If, ast.Assign, ast.Expr)
    return (
        len(node.body) <= 6
        and all(isinstance(one, kinds) for one in node.body)
        and any(isinstance(one, ast.Return) for one in ast.walk(node))
    )


def _classes(tree: ast.AST) -> dict[ast.AST, ast.ClassDef]:
    return {f: c for c in ast.walk(tree) if isinstance(c, ast.ClassDef) for f in c.body}
