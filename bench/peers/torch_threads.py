"""How many threads PyTorch is fastest with: for small layers one can beat its default."""

from __future__ import annotations

from collections.abc import Callable

import torch

from bench.measure import seconds

DEFAULT = torch.get_num_threads()


def fastest(work: Callable[[], object]) -> int:
    """The default number of threads or 1, whichever the best of five trials is shorter with."""
    best: dict[int, float] = {}
    for _ in range(5):
        for threads in {DEFAULT, 1}:
            torch.set_num_threads(threads)
            best[threads] = min(seconds(work), best.get(threads, float("inf")))
    torch.set_num_threads(DEFAULT)
    return min(best, key=best.__getitem__)
