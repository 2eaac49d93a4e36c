"""The lines of an edge as SVG paths, any number of them beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from glassprop.show.pictures.graph.layered import HEAD, LANE
from glassprop.show.pictures.graph.layout import Run


def strand(
    runs: Sequence[Run],
    lane: int = 0,
    lanes: int = 1,
    upwards: bool = False,
    spacing: float = LANE,
) -> str:
    """One of the lines along an edge as path data, with room for an arrowhead at its end.

    Args:
        runs: the way of the edge, downwards.
        lane: which line, from 0 at the left.
        lanes: how many there are.
        upwards: whether the arrow is at the upper end.
        spacing: pixels from one line to the next.
    """
    aside = offset(lane, lanes, spacing)
    y = runs[0].top + (HEAD if upwards else 0)
    made = [f"M{short(runs[0].x + aside)} {short(y)}"]
    for run, following in pairwise(runs):
        if run.bottom > y:
            made.append(f"V{short(run.bottom)}")
        bend = short((run.bottom + following.top) / 2 + _shift(run, following, aside))
        x, further, y = run.x + aside, following.x + aside, following.top
        made.append(f"C{short(x)} {bend} {short(further)} {bend} {short(further)} {short(y)}")
    end = runs[-1].bottom - (0 if upwards else HEAD)
    return "".join([*made, f"V{short(end)}"] if end > y else made)


def head(
    runs: Sequence[Run],
    lane: int = 0,
    lanes: int = 1,
    upwards: bool = False,
    spacing: float = LANE,
) -> str:
    """The arrowhead of such a line."""
    end = runs[0] if upwards else runs[-1]
    x = end.x + offset(lane, lanes, spacing)
    return arrowhead(x, end.top if upwards else end.bottom, upwards)


def arrowhead(x: float, y: float, upwards: bool = False) -> str:
    """An arrowhead with its point at (x, y)."""
    back, half = y + (HEAD if upwards else -HEAD), 0.42 * HEAD
    return f"M{short(x)} {short(y)}L{short(x - half)} {short(back)}H{short(x + half)}Z"


def offset(lane: int, lanes: int, spacing: float = LANE) -> float:
    """How far a line stands to the right of the middle of its edge."""
    return spacing * (lane - (lanes - 1) / 2)


def short(value: float) -> str:
    """A coordinate to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")


def _shift(run: Run, following: Run, aside: float) -> float:
    """How far down a bend is moved, so that lines stay equally far apart where they run aslant.

    At its middle the curve has the slope h : 2 dx, and a shift s of both control points moves it by
    ¾ s. Its distance from the middle line, (o h − 1.5 s dx) / √(4 dx² + h²), has to be o.
    """
    across = following.x - run.x
    height = following.top - run.bottom
    if abs(across) < 0.5:
        return 0.0
    needed = aside * (height - math.hypot(2 * across, height)) / (1.5 * across)
    most = max(0.0, height / 2 - 1)
    return max(-most, min(most, needed))
