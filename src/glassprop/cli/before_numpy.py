"""What has to be settled before NumPy is loaded: OpenBLAS starts its threads with it."""

from __future__ import annotations

import os
import sys

from glassprop.cli.streams import tell
from glassprop.system.blas import in_force, startable
from glassprop.system.thread_team import refusal

VARIABLE = "OPENBLAS_NUM_THREADS"
MOST = 64
"""How many threads OpenBLAS has at most in NumPy's own builds."""


def keep_to_startable() -> None:
    """Have OpenBLAS start no more threads than the system gives this process.

    For one that is refused it ends the process, or waits for it in the first product.
    """
    if "numpy" in sys.modules:
        return
    wanted = min(in_force(), MOST)
    size = 1 + startable(wanted - 1)
    if size < wanted:
        os.environ[VARIABLE] = str(size)
        tell(f"warning: {refusal(size, wanted)}")
