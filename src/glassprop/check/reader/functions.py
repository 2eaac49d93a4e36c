"""What the functions in printed formulas are worth, out of the literature and for one number each.

Conventions at kinks are those that the documents state: relu′(0) = 0, leaky_relu′(0) = slope,
elu′(0) = alpha, H(0) = 0, sgn(0) = 0. The standard normal law: Abramowitz & Stegun 26.2; logistic
function: 4 cosh²(z/2) σ′(z) = 1; Huber 1964, eq. 2.6; elu: Clevert et al. 2016, eq. 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Function = Callable[..., float]


def exponential(z: float) -> float:
    """The exponential; infinity where it is too large for a number."""
    try:
        return math.exp(z)
    except OverflowError:
        return math.inf


def logarithm(z: float) -> float:
    """The natural logarithm; −∞ at 0, and no number below."""
    if z <= 0:
        return -math.inf if z == 0 else math.nan
    return math.log(z)


def logistic(z: float) -> float:
    """Half of 1 + tanh(z/2)."""
    return (1 + math.tanh(z / 2)) / 2


def logistic_slope(z: float) -> float:
    """1 / (4 cosh²(z/2))."""
    return 0.25 / math.cosh(z / 2) ** 2 if abs(z) < 700 else 0.0


def tanh_slope(z: float) -> float:
    """1 / cosh² z."""
    return 1 / math.cosh(z) ** 2 if abs(z) < 350 else 0.0


def softplus(z: float) -> float:
    """Where z is large, ln(1 + e^z) is z + ln(1 + e^−z)."""
    return z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z))


def silu_slope(z: float) -> float:
    """(z σ(z))′ by the rule of products."""
    return logistic(z) + z * logistic_slope(z)


def normal_density(z: float) -> float:
    """φ."""
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def normal(z: float) -> float:
    """Φ, by the complementary error function, which keeps its digits far below 0."""
    return math.erfc(-z / math.sqrt(2)) / 2


def log_normal(z: float) -> float:
    """Ln Φ; far below 0 by Abramowitz & Stegun 26.2.12."""
    if z > -30:
        return math.log1p(-normal(-z)) if z > 0 else math.log(normal(z))
    series = 1 - z**-2 + 3 * z**-4 - 15 * z**-6
    return -z * z / 2 - math.log(-z) - math.log(2 * math.pi) / 2 + math.log(series)


def huber(z: float, delta: float) -> float:
    """A parabola that goes on as its tangents."""
    return z * z / 2 if abs(z) <= delta else delta * abs(z) - delta * delta / 2


def above_zero(z: float) -> float:
    """The unit step."""
    return 1.0 if z > 0 else 0.0


def sign(z: float) -> float:
    """−1, 0 or 1."""
    return math.copysign(1.0, z) if z else 0.0


def clipped(z: float, w: float) -> float:
    """The middle one of −w, z and w; −w for w < 0."""
    return sorted((-w, z, w))[1] if w >= 0 else -w


def larger(z: float, *others: float) -> float:
    """The largest."""
    return max(z, *others) if others else z


def size(z: float) -> float:
    """Without the sign."""
    return abs(z)


def root(z: float) -> float:
    """The square root; no number below 0."""
    return math.sqrt(z) if z >= 0 else math.nan


def power(z: float, p: float) -> float:
    """A power; infinity or no number where there is none."""
    try:
        found = z**p
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf if z > 0 or p % 2 == 0 else -math.inf
    return math.nan if isinstance(found, complex) else float(found)


def quotient(u: float, v: float) -> float:
    """A division, with infinity where v is 0."""
    if v:
        return u / v
    return math.copysign(math.inf, u) * math.copysign(1, v) if u else math.nan


FUNCTIONS: dict[tuple[str, int], Function] = {
    ("σ", 0): logistic,
    ("σ", 1): logistic_slope,
    ("tanh", 0): math.tanh,
    ("tanh", 1): tanh_slope,
    ("relu", 0): lambda z: z if z > 0 else 0.0,
    ("relu", 1): above_zero,
    ("leaky_relu", 0): lambda z, slope: z if z > 0 else slope * z,
    ("leaky_relu", 1): lambda z, slope: 1.0 if z > 0 else slope,
    ("elu", 0): lambda z, alpha: z if z > 0 else alpha * math.expm1(z),
    ("elu", 1): lambda z, alpha: 1.0 if z > 0 else alpha * math.exp(z),
    ("softplus", 0): softplus,
    ("softplus", 1): logistic,
    ("silu", 0): lambda z: z * logistic(z),
    ("silu", 1): silu_slope,
    ("gelu", 0): lambda z: z * normal(z),
    ("gelu", 1): lambda z: normal(z) + z * normal_density(z),
    ("Φ", 0): normal,
    ("log_Phi", 0): log_normal,
    ("mills", 0): lambda z: math.exp(-z * z / 2 - log_normal(z)) / math.sqrt(2 * math.pi),
    ("log_softplus", 0): lambda z: math.log(softplus(z)) if z > -30 else z,
    ("φ", 0): normal_density,
    ("exp", 0): exponential,
    ("ln", 0): logarithm,
    ("abs", 0): size,
    ("sqrt", 0): root,
    ("max", 0): larger,
    ("min", 0): min,
    ("floor", 0): lambda z: float(math.floor(z)),
    ("huber", 0): huber,
    ("huber", 1): clipped,
    ("clip", 0): clipped,
    ("H", 0): above_zero,
    ("where", 0): lambda condition, u, v: u if condition else v,
    ("sgn", 0): sign,
    ("sin", 0): math.sin,
    ("cos", 0): math.cos,
}
"""By name and number of primes; constants, as in leaky_relu(z; 0.01), come after the operands."""
