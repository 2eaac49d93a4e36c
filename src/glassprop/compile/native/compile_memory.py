"""How much memory compiling takes: LLVM ends the process where it is not given any."""

from __future__ import annotations

import sys

from glassprop.system.memory import can_have

NUMBA = LLVM = 200_000_000
"""Bytes that Numba takes when it is loaded, and that compiling takes beside the source."""
LETTER = 10_000
"""Bytes for each letter of the source: 7,000 to 9,000 were measured for 8 to 20 layers."""


def too_little(source: str) -> str:
    """Why a source can't be compiled with the memory that this process is given; "" if it can."""
    needed = LLVM + LETTER * len(source) + (0 if "numba.core.compiler" in sys.modules else NUMBA)
    if can_have(needed):
        return ""
    return (
        f"compiling takes about {needed / 1e6:,.0f} MB of memory, which this process is not given "
        "(ulimit -v)"
    )
