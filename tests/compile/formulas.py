"""Random formulas of one quantity, and a program's own source with the compiled engine's functions.

The compiled engine has exponentials of its own, and logarithms and the like by one number at a
time; they differ from NumPy's in the last place. With them in NumPy's place, what a program computes
entry by entry is the same arithmetic on both engines, to the last bit.
"""

import random

import numpy as np
from numba import njit

import glassprop as gp
from glassprop.chainrule.verify import InvalidProgram
from glassprop.compile import exponential

LEAVES = ("z", "z", "z", "z", "0.5", "2", "3", "0.1")
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
    if not depth or draw.random() < 0.1:
        return draw.choice(LEAVES)
    parts = [f"({formula(draw, depth - 1)})" for _ in range(3)]
    if draw.random() < 0.5:
        return f"{parts[0]} {draw.choice('+-*')} {parts[1]}"
    text = draw.choice(FUNCTIONS)
    count = 3 if "{0}" in text else text.count("{}")
    return text.format(*parts[:count])


def activations(seed, count, depth=3):
    """Activations of random formulas for layers that follow each other."""
    draw, made = random.Random(seed), []
    while len(made) < count:
        text = formula(draw, depth)
        try:
            with np.errstate(all="ignore"):
                layer = gp.activation(f"random_{seed}_{len(made)}", text)
                net = gp.Network(1, *[gp.Dense(1, one) for one in (*made, layer)], seed=0)
                net._program()
        except (gp.GlasspropError, InvalidProgram):  # such as z − z, or a derivative that is 0 everywhere
            continue
        made.append(layer)
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
