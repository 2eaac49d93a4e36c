"""The few helper functions that emitted source may need; each is plain NumPy, emitted as it stands.

They go into files that import NumPy only, and are kept free of annotations to read like them.
"""

# pyright: basic

import inspect
from functools import lru_cache

import numpy as np


def logsumexp(z, axes):
    """Return ln sum exp over some axes, without overflow; the 1 of the largest is left to log1p."""
    largest = z.max(axes, keepdims=True)
    terms = np.exp(z - largest)
    small = terms * (terms < 0.5)
    rest = small.sum(axes, keepdims=True) + ((terms - small).sum(axes, keepdims=True) - 1)
    return (largest + np.log1p(rest)).squeeze(axes)


def log_softplus(z):
    """Return ln ln(1 + exp z), which is z - exp(z) / 2 far below 0."""
    u = np.maximum(z, -20)
    far = z - 0.5 * np.exp(np.minimum(z, -20))
    near = np.log(np.maximum(u, 0) + np.log1p(np.exp(-np.abs(u))))
    return np.where(z < -20, far, near)


def log_tail(u):
    """Return ln(exp(u^2) erfc(u) / 2) for u >= 0, by Chebyshev."""
    t = 2 / (2 + u)
    s = 4 * t - 2
    d, e = 0.0, 0.0
    for c in ERFC[:0:-1]:
        d, e = s * d - e + c, d
    return np.log(0.5 * t) + (0.5 * (ERFC[0] + s * d) - e)


def normal_cdf(z):
    """Distribution function of the standard normal law: erfc(-z / sqrt 2) / 2."""
    u = np.minimum(np.abs(z) * 0.7071067811865476, 40)
    tail = np.exp(-u * u + log_tail(u))
    return np.where(z > 0, 1 - tail, tail)


def log_normal_cdf(z):
    """Return ln of the distribution function of the standard normal law."""
    u = np.abs(z) * 0.7071067811865476
    tail = -0.5 * z * z + log_tail(u)
    return np.where(z > 0, np.log1p(-np.exp(np.minimum(tail, -0.6))), tail)


def normal_ratio(z):
    """Density over distribution function of the standard normal law."""
    rest = log_tail(np.abs(z) * 0.7071067811865476)
    density = np.exp(-0.5 * z * z - 0.9189385332046728)
    above = density / (1 - np.exp(np.minimum(-0.5 * z * z + rest, -0.6)))
    return np.where(z > 0, above, np.exp(-0.9189385332046728 - rest))


def pick(u, index):
    """Pick the entry of the last axis that an index names; it may lack later axes of u."""
    index = index.reshape(index.shape + (1,) * (u.ndim - index.ndim))
    return np.take_along_axis(u, index, -1)[..., 0]


def scatter(u, index, length):
    """Add rows up at the numbers that an index names: the adjoint of u[index]."""
    total = np.zeros((length, *u.shape[index.ndim :]), u.dtype)
    np.add.at(total, index, u)
    return total


def one_hot(index, length, dtype):
    """1 where the last axis equals the index, else 0."""
    return (np.asarray(index)[..., None] == np.arange(length)).astype(dtype)


def selector(h, i, p, stride, dilation, pad, dtype):
    """1 where h = stride i + dilation p - pad, else 0, over the axes h, i, p."""
    place = stride * np.arange(i)[:, None] + dilation * np.arange(p) - pad
    return (np.arange(h)[:, None, None] == place).astype(dtype)


def apart(length, dtype):
    """Return ln [i != j]: 0, and -inf where i = j."""
    return np.where(np.eye(length, dtype=bool), -np.inf, 0).astype(dtype)


def windows(u, axis, count, size, stride=1, dilation=1, pad=0):
    """Windows along an axis, which becomes two: the number of the window, the place in it."""
    reach = stride * (count - 1) + dilation * (size - 1) + 1
    edges = [(0, 0)] * u.ndim
    edges[axis] = (pad, max(0, reach - pad - u.shape[axis]))
    if any(edges[axis]):
        u = np.pad(u, edges)
    view = np.lib.stride_tricks.sliding_window_view(u, dilation * (size - 1) + 1, axis)
    before = (slice(None),) * axis
    view = np.moveaxis(view, -1, axis + 1)[(*before, slice(0, stride * (count - 1) + 1, stride))]
    return view[(*before, slice(None), slice(None, None, dilation))]


def overlap(u, axis, length, stride=1, dilation=1, pad=0):
    """Windows added up where they came from: the adjoint of `windows`."""
    count, size = u.shape[axis : axis + 2]
    reach = max(pad + length, stride * (count - 1) + dilation * (size - 1) + 1)
    total = np.zeros((*u.shape[:axis], reach, *u.shape[axis + 2 :]), u.dtype)
    before = (slice(None),) * axis
    for p in range(size):
        there = slice(dilation * p, dilation * p + stride * (count - 1) + 1, stride)
        total[(*before, there)] += u[(*before, slice(None), p)]
    return total[(*before, slice(pad, pad + length))]


# Chebyshev coefficients of ln(erfc(u) / t) + u^2 in 2t - 1, t = 2 / (2 + u), for u >= 0.
ERFC = (
    -1.3026537197817094,
    0.6419697923564902,
    0.019476473204185836,
    -0.00956151478680863,
    -0.0009465953444820376,
    0.0003668394978527622,
    4.2523324806907024e-05,
    -2.02785781125335e-05,
    -1.6242900046477649e-06,
    1.3036558355812587e-06,
    1.5626441721334954e-08,
    -8.523809591420007e-08,
    6.5290544383775285e-09,
    5.059343496267205e-09,
    -9.913641572027507e-10,
    -2.273651215899117e-10,
    9.646791032375277e-11,
    2.3940387721527206e-12,
    -6.886028207907173e-12,
    8.944886006042492e-13,
    3.1309147515912935e-13,
    -1.12707567758952e-13,
    3.8044398630670633e-16,
    7.106734447862107e-15,
    -1.5236549471454872e-15,
    -9.395866611718412e-17,
    1.2041827664313868e-16,
    -2.757239061041163e-17,
    -5.326502511197872e-19,
)

HELPERS = (
    logsumexp,
    log_softplus,
    log_tail,
    normal_cdf,
    log_normal_cdf,
    normal_ratio,
    pick,
    scatter,
    one_hot,
    selector,
    apart,
    windows,
    overlap,
)
ENTRYWISE = ("normal_cdf", "log_normal_cdf", "normal_ratio", "log_softplus")
"""The helpers that compute each entry of one array from the same entry of another."""


@lru_cache(maxsize=1)
def helper_sources() -> dict[str, str]:
    """The source of each helper by its name."""
    sources = {helper.__name__: inspect.getsource(helper).rstrip() for helper in HELPERS}
    lines = ",\n    ".join(repr(value) for value in ERFC)
    about = "# Chebyshev coefficients of ln(erfc(u) / t) + u^2 in 2t - 1, t = 2 / (2 + u), u >= 0."
    table = f"{about}\nERFC = (\n    {lines},\n)"
    sources["log_tail"] = f"{table}\n\n\n{sources['log_tail']}"
    return sources
