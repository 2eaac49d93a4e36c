"""What is compared far from zero: a neuron with an activation, and a cost of three outputs."""

from __future__ import annotations

import warnings
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

import glassprop as gp
from glassprop.formula.user import language

from .exact import Exact, UndefinedError, exact
from .exact_vectors import exact_cost
from .libraries import NumPy, value
from .tree import Tree
from .written import text_of

PLACES = (0, 1e-8, 1e-3, 0.5, 1, 5, 20, 30, 40, 60, 100, 400, 800, 1e4, 1e6)
POINTS = sorted({sign * place for place in PLACES for sign in (1.0, -1.0)})
STEP = {"float64": 1e-30, "float32": 1e-20}
COMPLEX = {"float64": np.complex128, "float32": np.complex64}


class Activation:
    """One neuron, W = 1 and b = 0: its output is f(x), and its slope the gradient of b."""

    whats = ("value", "slope")

    def __init__(self, root: Tree, dtype: str) -> None:
        self.root, self.dtype = root, dtype
        activation = gp.activation("extreme", _given(root, "z", "z"))
        cost = gp.cost("extreme", "sum(a * y)")  # its slope is y = 1
        self.net = gp.Network(1, gp.Dense(1, activation), cost=cost, dtype=dtype)
        self.net.parameters = {"W1": np.ones((1, 1), dtype), "b1": np.zeros(1, dtype)}
        self.net.threads = 1

    def exact(self, x: float) -> list[Exact]:
        """What it has to be; UndefinedError where the formula has no value."""
        return [exact(self.root, x)]

    def names(self, x: float) -> dict[str, Any]:
        """What the letters of the formula stand for."""
        return {"z": np.array([[x]], self.dtype)}

    def got(self, x: float) -> dict[str, float]:
        """What it is."""
        found = self.net.predict([[x]])[0, 0], self.net.gradients([[x]], [[1.0]])["b1"][0]
        return dict(zip(self.whats, map(float, found), strict=True))

    def plain(self, x: float) -> dict[str, float]:
        """What NumPy gives for the formula as it stands, and a complex step for its slope."""
        z = np.array([[x + 1j * STEP[self.dtype]]], COMPLEX[self.dtype])
        found = np.ravel(value(self.root, NumPy(), {"z": z}, 1) + 0 * z)[0]
        return {"value": float(found.real), "slope": float(found.imag / STEP[self.dtype])}


class Cost:
    """Three outputs that are multiples of the input, and the derivative with respect to each."""

    whats = ("value", "slope 1", "slope 2", "slope 3")
    weights, target = (1.0, -0.5, 0.25), (0.5, 0.0, 0.25)

    def __init__(self, root: Tree, dtype: str) -> None:
        self.root, self.dtype = root, dtype
        cost = gp.cost("extreme", _given(root, "a, y", "a"))
        self.net = gp.Network(1, gp.Dense(3), cost=cost, dtype=dtype)
        weights = np.array(self.weights, dtype)[:, None]
        self.net.parameters = {"W1": weights, "b1": np.zeros(3, dtype)}
        self.net.threads = 1

    def exact(self, x: float) -> list[Exact]:
        """What it has to be, for each output; UndefinedError where the formula has no value."""
        outputs = [float(np.dtype(self.dtype).type(w * x)) for w in self.weights]
        return [exact_cost(self.root, outputs, list(self.target), k) for k in range(3)]

    def names(self, x: float) -> dict[str, Any]:
        """What the letters of the formula stand for."""
        a = np.array([self.weights], self.dtype) * x
        return {"a": a.astype(self.dtype), "y": np.array([self.target], self.dtype)}

    def got(self, x: float) -> dict[str, float]:
        """What it is."""
        inputs, targets = [[x]], [self.target]
        cost = self.net.evaluate(inputs, targets).cost
        found = (cost, *self.net.gradients(inputs, targets)["b1"])
        return dict(zip(self.whats, map(float, found), strict=True))

    def plain(self, x: float) -> dict[str, float]:
        """What NumPy gives for the formula as it stands, and complex steps for its slopes."""
        kind, step = COMPLEX[self.dtype], STEP[self.dtype]
        a = np.array(self.weights, kind) * x + 1j * step * np.eye(3)
        names = {"a": a.astype(kind), "y": np.array([self.target], kind)}
        found = np.ravel(value(self.root, NumPy(), names, 3) + 0 * names["a"][:, :1])
        return dict(zip(self.whats, map(float, (found[0].real, *found.imag / step)), strict=True))


Probe = Activation | Cost


def probe(root: Tree, dtype: str) -> Probe:
    """What a formula is put into; FormulaError or NetworkError where it is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = Activation(root, dtype) if root.uses("z") else Cost(root, dtype)
        made.net._program()
    return made


def steepness(of: Probe, x: float) -> dict[str, Any]:
    """By how much each number changes per relative change of x."""
    if x == 0:
        return dict.fromkeys(of.whats, mpf(0))
    try:
        with mpmath.mp.workdps(60):
            here, near = (told(of, of.exact(at)) for at in (x, x * (1 + 1e-9)))
            return {what: abs(near[what] - here[what]) / mpf(1e-9) for what in here if what in near}
    except UndefinedError:
        return {}


def _given(root: Tree, names: str, axis: str) -> Any:
    """The formula as text, or as a Python function."""
    text = text_of(root, axis=axis)
    if len(text) % 2:
        return text
    spaces = {"gp": gp, "language": language}
    return eval(f"lambda {names}: {text_of(root, True, axis)}", spaces)


def told(of: Probe, found: list[Exact]) -> dict[str, Any]:
    """The value, and the slopes where there is no kink."""
    value, *slopes = of.whats
    named = {value: found[0].value}
    if not any(one.kink for one in found):
        named |= dict(zip(slopes, (one.slope for one in found), strict=True))
    return named
