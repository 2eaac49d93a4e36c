"""What was found out of an array, for a further run on it: whether it is finite, its zeros.

Whether an array still is what it was is known by a digest of all its bytes, under keys that nobody
knows: two contents have the same one with a probability of about 2⁻⁶⁴ (NH of Black et al., UMAC,
1999, twice, with keys of their own). That takes a quarter of a second for 6 GB, a small part of
what it spares, from the second run on; a single run pays nothing. What is known goes with the
array's memory.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.targets import FASTEST, TARGETS
from glassprop.train.examples.mapped_files import MappedFile

Numbers = npt.NDArray[Any]
LEAST = 1 << 20
"""Bytes of an array from which on it is worth knowing."""
MOST = 16
"""Arrays that are known at a time, those that were used last."""
BLOCK = 1024
SOURCE = f'''"""A digest of the bytes of an array.

Written by glassprop; needs Numba.
"""

import numpy as np
from numba import njit

low, half = np.uint64(0xFFFFFFFF), np.uint64(32)


@njit(error_model="numpy", nogil=True)
def digest(words, first, second, found):
    """Sums of products of the halves of the words, each with its key, block by block."""
    u, v = found[0], found[1]
    for start in range(0, len(words), {BLOCK}):
        block = words[start : start + {BLOCK}]
        a, b = np.uint64(0), np.uint64(0)
        for k in range(len(block)):
            p, q = block[k] + first[k], block[k] + second[k]
            a += (p & low) * (p >> half)
            b += (q & low) * (q >> half)
        u = (u ^ a) * np.uint64(0x9E3779B97F4A7C15)
        v = (v ^ b) * np.uint64(0xD1B54A32D192ED03)
        u, v = u ^ (u >> np.uint64(29)), v ^ (v >> np.uint64(31))
    found[0], found[1] = u, v
'''


class Facts(dict[Any, Any]):
    """What is known of an array."""

    def found(self, what: object, find: Callable[[], Any]) -> Any:
        """A fact, found out if it is not known."""
        known = self.get(what, self)
        if known is self:
            known = self[what] = find()
        return known


class _Known:
    """An array that was seen: its digest when that was taken, and what was found out then.

    Args:
        owner: of its memory; what was found out goes with it.
    """

    def __init__(self, owner: Numbers) -> None:
        facts = Facts()
        self.digest, self.facts = b"", facts
        self.alive = weakref.ref(owner, lambda gone: facts.clear())


_known: OrderedDict[Any, _Known] = OrderedDict()
_lock = threading.RLock()


def facts_of(array: Numbers, files: Sequence[MappedFile] = ()) -> Facts:
    """What is known of an array as it is now, to be added to; empty for one that is not known.

    From the second time on that it is asked for, it is known by its bytes. Arrays that are not
    contiguous, small ones, and those that are mapped to files are never known.
    """
    if files or not _worth(array):
        return Facts()
    owner = array
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    key = array.__array_interface__["data"][0], array.shape, array.dtype.str
    with _lock:
        for old in [old for old, one in _known.items() if one.alive() is None]:
            del _known[old]
        one = _known.pop(key, None)
        if one is None or one.alive() is not owner:
            _known[key] = _Known(owner)
            while len(_known) > MOST:
                _known.popitem(last=False)
            return Facts()
        _known[key] = one
        if not _can_be_taken():
            return Facts()
        now = _digest(array)
        if one.digest != now:
            one.digest = now
            one.facts.clear()
        return one.facts


def _worth(array: Numbers) -> bool:
    """Whether an array can be known, and is large enough for that."""
    return type(array) is np.ndarray and array.flags.c_contiguous and array.nbytes >= LEAST


def _can_be_taken() -> bool:
    """Whether the compiled engine, which takes digests, is in use already."""
    return "numba.core.compiler" in sys.modules and not TARGETS[FASTEST].unavailable(SOURCE)


def _digest(array: Numbers) -> bytes:
    """Of all bytes of a contiguous array."""
    whole = array.reshape(-1).view(np.uint8)
    cut = len(whole) - len(whole) % 8
    found = np.zeros(2, np.uint64)
    rest = np.zeros(8, np.uint8)
    rest[: len(whole) - cut] = whole[cut:]
    take = _taker()
    for part in (whole[:cut], rest):
        words = part.view(np.uint64)
        words.flags.writeable = False
        take(words, found)
    return found.tobytes()


@cache
def _taker() -> Callable[[Numbers, Numbers], None]:
    """What adds words to a digest, under keys of this process."""
    load = TARGETS[FASTEST].load
    assert load is not None
    keys = np.random.default_rng().integers(0, 1 << 64, (2, BLOCK), np.uint64)
    words, found = np.zeros(1, np.uint64), np.zeros(2, np.uint64)
    words.flags.writeable = False
    function = load(SOURCE, "digest", lambda: None).load(lambda: (words, *keys, found))
    return lambda words, found: function(words, *keys, found)
