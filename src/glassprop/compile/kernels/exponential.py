"""Functions of one number that NumPy has as vector code, in a form that LLVM vectorises in loops.

e to the power x is 2 to the power n times e to the power r with |r| <= ln(2) / 2, by its Taylor
series; to one unit in the last place, with NaN, infinities and results below the normal numbers as
they should be. Where a product is added to something, that is said (`fma`) and not left to LLVM: so
a value has the same bits in whichever loop it is computed, and in its vectors as in its rest.
"""

# pyright: basic, reportCallIssue=false, reportGeneralTypeIssues=false

import math

import numpy as np
from numba import njit
from numba.extending import intrinsic

from glassprop.compile.kernels.vectors import multiply_add
from glassprop.compile.numpy_source.emitted_helpers import ERFC

exact = njit(error_model="numpy", forceinline=True)


@intrinsic
def fma(typing, first, second, total):
    """Give first * second + total, rounded once where the CPU can do that."""

    def generate(context, builder, signature, arguments):
        return multiply_add(builder, *arguments)

    return total(total, total, total), generate


@exact
def _parts64(x):
    """Find p, r with e^r = 1 + p r, and 2^n as two factors: it may be no number; |x| <= 746."""
    n = np.floor(fma(x, 1.4426950408889634, 0.5))
    r = fma(n, -1.9082149292705877e-10, fma(n, -0.6931471803691238, x))
    p = 1.6059043836821613e-10
    p = fma(p, r, 2.08767569878681e-09)
    p = fma(p, r, 2.505210838544172e-08)
    p = fma(p, r, 2.755731922398589e-07)
    p = fma(p, r, 2.7557319223985893e-06)
    p = fma(p, r, 2.48015873015873e-05)
    p = fma(p, r, 0.0001984126984126984)
    p = fma(p, r, 0.001388888888888889)
    p = fma(p, r, 0.008333333333333333)
    p = fma(p, r, 0.041666666666666664)
    p = fma(p, r, 0.16666666666666666)
    p = fma(p, r, 0.5)
    p = fma(p, r, 1.0)
    k = np.int32(n)
    half = k >> 1
    low = (np.int64(half) + 1023) << 52
    high = (np.int64(k - half) + 1023) << 52
    return p, r, np.int64(low).view(np.float64), np.int64(high).view(np.float64)


@exact
def _parts32(x):
    """Find p, r with e^r = 1 + p r, and 2^n as two factors, for x from -105 to 89."""
    f, i = np.float32, np.int32
    n = np.floor(fma(x, f(1.44269504), f(0.5)))
    r = fma(n, f(2.12194440e-4), fma(n, f(-0.693359375), x))
    p = f(0.0001984127)
    p = fma(p, r, f(0.0013888889))
    p = fma(p, r, f(0.008333334))
    p = fma(p, r, f(0.041666668))
    p = fma(p, r, f(0.16666667))
    p = fma(p, r, f(0.5))
    p = fma(p, r, f(1.0))
    k = i(n)
    half = i(k >> i(1))
    low = i(i(half + i(127)) << i(23))
    high = i(i(k - half + i(127)) << i(23))
    return p, r, low.view(np.float32), high.view(np.float32)


@exact
def exp64(x):
    """The exponential function."""
    u = -746.0 if x < -746.0 else x
    u = 710.0 if u > 710.0 else u
    p, r, low, high = _parts64(u if u == u else 0.0)
    return fma(p, r, 1.0) * low * high if x == x else x


@exact
def exp32(x):
    """The exponential function in float32."""
    f = np.float32
    u = f(-105.0) if x < f(-105.0) else x
    u = f(89.0) if u > f(89.0) else u
    p, r, low, high = _parts32(u if u == u else f(0.0))
    return fma(p, r, f(1.0)) * low * high if x == x else x


@exact
def expm164(x):
    """The exponential function less 1, accurate near 0."""
    u = -40.0 if x < -40.0 else x
    u = 710.0 if u > 710.0 else u
    p, r, low, high = _parts64(u if u == u else 0.0)
    value = fma(low, p * r, low - 1.0 / high) * high
    return value if x * x > 0.0 else x


@exact
def expm132(x):
    """The exponential function less 1 in float32."""
    f = np.float32
    u = f(-40.0) if x < f(-40.0) else x
    u = f(89.0) if u > f(89.0) else u
    p, r, low, high = _parts32(u if u == u else f(0.0))
    value = fma(low, p * r, low - f(1.0) / high) * high
    return value if x * x > f(0.0) else x


@exact
def tanh64(x):
    """The hyperbolic tangent, by the exponential of -2|x| less 1."""
    u = -2.0 * abs(x)
    e = expm164(u)
    value = e / (e + 2.0)
    signed = value if x < 0.0 else -value
    return signed if x * x > 0.0 else x


@exact
def tanh32(x):
    """The hyperbolic tangent in float32."""
    f = np.float32
    u = f(-2.0) * abs(x)
    e = expm132(u)
    value = e / (e + f(2.0))
    signed = value if x < f(0.0) else -value
    return signed if x * x > f(0.0) else x


@exact
def log_of_sum64(small, large):
    """The logarithm of a sum of exponentials, the largest of them 1, which is left to log1p."""
    return math.log1p(small + (large - 1.0))


@exact
def log_of_sum32(small, large):
    """The logarithm of a sum of exponentials in float32, the largest of them 1."""
    return math.log1p(np.float32(small + (large - np.float32(1.0))))


@exact
def choose64(condition, then, otherwise):
    """One of two numbers; both are computed, so that loops can be vectorised."""
    return then if condition else otherwise


choose32 = choose64


@exact
def normal_cdf64(z):
    """Distribution function of the standard normal law."""
    return 0.5 * math.erfc(z * -0.7071067811865476)


@exact
def _log_tail(u):
    """ln(exp(u^2) erfc(u) / 2) for u >= 0, by Chebyshev."""
    t = 2.0 / (2.0 + u)
    s = 4.0 * t - 2.0
    d, e = 0.0, 0.0
    for k in range(len(ERFC) - 1, 0, -1):
        d, e = s * d - e + ERFC[k], d
    return math.log(0.5 * t) + (0.5 * (ERFC[0] + s * d) - e)


@exact
def log_normal_cdf64(z):
    """The logarithm of the distribution function of the standard normal law."""
    if z > 0.0:
        return math.log1p(-0.5 * math.erfc(z * 0.7071067811865476))
    return -0.5 * z * z + _log_tail(z * -0.7071067811865476)


@exact
def log_normal_cdf32(z):
    """The logarithm of the distribution function of the standard normal law in float32."""
    return np.float32(log_normal_cdf64(np.float64(z)))


@exact
def normal_ratio64(z):
    """Density over distribution function of the standard normal law."""
    if z > 0.0:
        density = math.exp(-0.5 * z * z - 0.9189385332046728)
        return density / (1.0 - 0.5 * math.erfc(z * 0.7071067811865476))
    return math.exp(-0.9189385332046728 - _log_tail(z * -0.7071067811865476))


@exact
def normal_ratio32(z):
    """Density over distribution function of the standard normal law in float32."""
    return np.float32(normal_ratio64(np.float64(z)))


@exact
def log_softplus64(z):
    """The logarithm of ln(1 + exp z), which is z - exp(z) / 2 far below 0."""
    if z < -20.0:
        return z - 0.5 * math.exp(z)
    return math.log(max(z, 0.0) + math.log1p(math.exp(-abs(z))))


@exact
def log_softplus32(z):
    """The logarithm of ln(1 + exp z) in float32."""
    return np.float32(log_softplus64(np.float64(z)))


@exact
def normal_cdf32(z):
    """Distribution function of the standard normal law in float32."""
    return np.float32(0.5) * np.float32(math.erfc(z * np.float32(-0.70710678)))
