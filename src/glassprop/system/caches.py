"""How large the processor's caches are, as far as the system says."""

from __future__ import annotations

import os
from functools import cache


@cache
def caches() -> dict[int, int]:
    """Bytes of the caches of data by their level; those that the system does not tell are left out.

    The C library knows them on Linux, on x86 processors.
    """
    found: dict[int, int] = {}
    for level, name in ((1, "SC_LEVEL1_DCACHE_SIZE"), (2, "SC_LEVEL2_CACHE_SIZE")):
        try:
            size = os.sysconf(name)
        except (AttributeError, ValueError, OSError):
            continue
        if size > 0:
            found[level] = size
    return found
