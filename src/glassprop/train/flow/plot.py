"""The flow through the layers as a picture: the one file that knows Matplotlib."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import NetworkError, nearest, shown
from glassprop.system.file_writing import check_writable, replace_whole
from glassprop.system.paths import path_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Columns = Mapping[str, npt.NDArray[Any]]

FORMATS = (".png", ".svg", ".pdf")
NAMED = 8
"""Lines up to which each is in the legend; of more, the first, the last and some others."""
PANELS = (
    ("gradient", "gradient ∂C/∂W, root mean square", True),
    ("error", "error δ of one example, root mean square", True),
    ("update", "update ‖ΔW‖ / ‖W‖ of a step", True),
    ("", "saturated activations (lines), dead units (rings), %", False),
)


def plot(columns: Columns | None, path: str | os.PathLike[str] | None = None) -> Figure:
    """The figure, saved if there is a path; see `History.plot_flow`."""
    if columns is None:
        raise NetworkError("plot_flow: nothing was watched; train with fit(…, watch=True)")
    target = None if path is None else path_of(path, NetworkError, "flow.png")
    if target is not None and target.suffix.lower() not in FORMATS:
        raise NetworkError(
            f"{shown(target)}: the suffix {target.suffix!r} names no format of plots; "
            f"{nearest(target.suffix.lower(), FORMATS)}"
        )
    if find_spec("matplotlib") is None:
        raise NetworkError(
            "a plot needs the package matplotlib, which is not installed; "
            "run: pip install 'glassprop[plot]'"
        )
    if target is not None:
        check_writable(target, NetworkError)
    figure = _figure(columns)
    if target is not None:
        content = io.BytesIO()
        figure.savefig(content, format=target.suffix.lower()[1:], dpi=144)
        replace_whole(target, content.getvalue(), NetworkError)
    return figure


def _figure(columns: Columns) -> Figure:
    """A line for each layer over the epochs; of a single epoch one over the layers."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    over, each = "epoch", "layer"
    if len(np.unique(columns["epoch"])) == 1:
        over, each = each, over
    lines = np.unique(columns[each])
    colours = colormaps["viridis"](np.linspace(0, 0.9, len(lines)))
    named = {*lines[:: -(-len(lines) // NAMED)], lines[-1]}
    figure = Figure(figsize=(10, 7), layout="constrained")
    for axes, (name, title, logarithmic) in zip(
        figure.subplots(2, 2, sharex=True).flat, PANELS, strict=True
    ):
        for line, colour in zip(lines, colours, strict=True):
            own = {key: array[columns[each] == line] for key, array in columns.items()}
            _line(axes, own, (over, name), colour, f"{each} {line}" if line in named else None)
        axes.set_title(title, fontsize=10)
        axes.grid(alpha=0.3)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if logarithmic and _has_positive(columns[name]):
            axes.set_yscale("log")
        elif not logarithmic:
            axes.set_ylim(-4, 104)
    for axes in figure.axes[2:]:
        axes.set_xlabel(over)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False)
    return figure


def _line(axes: Axes, own: Columns, names: tuple[str, str], colour: Any, label: str | None) -> None:
    """A line of one figure, or of the shares; what is 0, infinite or undefined has no point."""
    over, name = names
    drawn = {"color": colour, "marker": ".", "markersize": 4, "linewidth": 1.4}
    if name:
        axes.plot(own[over], _positive(own[name]), label=label, **drawn)
        return
    axes.plot(own[over], 100 * own["saturated"], label=label, **drawn)
    dead = _positive(100 * (own["zero"] + own["flat"]) / own["units"])
    axes.plot(own[over], dead, "o", color=colour, markersize=6, markerfacecolor="none")


def _positive(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _has_positive(values: npt.NDArray[Any]) -> bool:
    return not bool(np.isnan(_positive(values)).all())
