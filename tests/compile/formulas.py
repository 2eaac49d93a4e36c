"""Random formulas of one quantity, and a program's own source with the compiled engine's functions.

The compiled engine has exponentials of its own, and logarithms and the like by one number at a
time; they differ from NumPy's in the last place. With them in NumPy's place, what a program
computes entry by entry is the same arithmetic on both engines, to the last bit.
"""

import random

import numpy as np
from numba import njit

import glassprop as gp
from glassprop.chainrule.verify import InvalidProgram
from glassprop.compile.kernels import exponential
from glassprop.compile.numba_source.prediction import prediction

LEAVES = (*["z"] * 8, "0.7", "1.3")
FUNCTIONS = (
    "step({})",
    "sign({})",
    "abs({})",
    "tanh({})",
    "exp({})",
    "exp(-abs({}))",
    "sigmoid({})",
    "softplus({})",
    "log(1 + abs({}))",
    "sqrt(1 + abs({}))",
    "relu({})",
    "square({})",
    "maximum({}, {})",
    "{} / (1 + abs({}))",
    "step({0}) * {1} + (1 - step({0})) * {2}",
)
POINTS = (
    *(0.0, 1e-9, -1e-9, 0.3, -0.3, 1.0, -1.0, 2.5, 3.3333, -17.7, 20.0, 40.0, -40.0, 60.0),
    *(100.0, -100.0, 300.0, -300.0, 1e4, -1e4),
)


def formula(draw, depth=3):
    """A formula as text."""
    if not depth:
        return draw.choice(LEAVES)
    parts = [f"({formula(draw, depth - 1)})" for _ in range(3)]
    if draw.random() < 0.65:
        return f"{parts[0]} {draw.choice('+-*')} {parts[1]}"
    text = draw.choice(FUNCTIONS)
    count = 3 if "{0}" in text else text.count("{}")
    return text.format(*parts[:count])


def activation(seed, depth=4):
    """An activation by a random formula that both engines and a predictor take."""
    draw = random.Random(seed)
    while True:
        text = formula(draw, depth)
        try:
            with np.errstate(all="ignore"):
                made = gp.activation(f"random_{seed}", text)
                program = gp.Network(1, gp.Dense(1, made), seed=0)._program()
                prediction(program, "")
        except (gp.GlasspropError, InvalidProgram):  # such as z − z
            continue
        return made


def _looped(function):
    """A function of one number for arrays, as NumPy's functions are called."""

    @njit(error_model="numpy")
    def fill(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    def call(x, out=None):
        x = np.asarray(x)
        found = np.empty(x.size, x.dtype)
        fill(np.ascontiguousarray(x).ravel(), found)
        if out is None:
            return found.reshape(x.shape)[()]
        out[...] = found.reshape(x.shape)
        return out

    return call


class Functions:
    """NumPy with the compiled engine's functions."""

    def __init__(self, dtype):
        for name in ("exp", "expm1", "tanh"):
            setattr(self, name, _looped(getattr(exponential, f"{name}{dtype[-2:]}")))
        self.log = _looped(njit(lambda x: np.log(x), error_model="numpy"))
        self.log1p = _looped(njit(lambda x: np.log1p(x), error_model="numpy"))

    def __getattr__(self, name):
        return getattr(np, name)


def with_functions(program):
    """The functions of a program's NumPy source, with the compiled engine's functions in it."""
    names = {"np": Functions(program.dtype)}
    exec(program.source.replace("import numpy as np\n", ""), names)
    return names
