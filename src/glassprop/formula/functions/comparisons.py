"""The records of comparisons and of what has steps: derivatives of these are 0 everywhere.

They are a part of the table.
"""

from __future__ import annotations

from glassprop.formula.functions.record import ScalarFunction

COMPARISONS: tuple[ScalarFunction, ...] = (
    ScalarFunction(
        "step",
        formula="step(z)",
        derivative=("0",),
        symbol="H",
        latex=r"\operatorname{H}",
        numpy="z > 0",
        range=(0.0, 1.0),
        kinks=(0.0,),
        convention="H(0) = 0; its derivative is taken as 0 everywhere",
        about="1 where z > 0, else 0",
    ),
    ScalarFunction(
        "sign",
        formula="sign(z)",
        derivative=("0",),
        symbol="sgn",
        latex=r"\operatorname{sgn}",
        numpy="np.sign(z)",
        range=(-1.0, 1.0),
        kinks=(0.0,),
        convention="sgn(0) = 0; its derivative is taken as 0 everywhere",
        about="−1, 0 or 1",
    ),
    ScalarFunction(
        "floor",
        formula="floor(z)",
        derivative=("0",),
        latex=r"\operatorname{floor}",
        numpy="np.floor(z)",
        convention="its derivative is taken as 0 everywhere",
        about="the largest whole number up to z",
    ),
    ScalarFunction(
        "greater",
        formula="step(z - w)",
        derivative=("0", "0"),
        latex=r"\operatorname{gt}",
        numpy="z > w",
        operands=("z", "w"),
        range=(0.0, 1.0),
        convention="its derivative is taken as 0 everywhere",
        about="1 where z > w, else 0: the comparison z > w",
    ),
    ScalarFunction(
        "where",
        formula="c * u + (1 - c) * v",
        derivative=("u - v", "c", "1 - c"),
        numpy="np.where(c, u, v)",
        operands=("c", "u", "v"),
        convention="only the case that counts is differentiated, as with jnp.where and "
        "torch.where; a slope of infinity in the other one makes theirs NaN, and not this",
        about="u where the condition c holds, else v",
    ),
    ScalarFunction(
        "equal",
        formula="equal(z, w)",
        derivative=("0", "0"),
        latex=r"\operatorname{eq}",
        numpy="z == w",
        operands=("z", "w"),
        range=(0.0, 1.0),
        convention="the derivative of [z = w] is taken as 0 everywhere",
        about="1 where z = w, else 0",
    ),
)
