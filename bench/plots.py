"""Results as pictures: ratios to every peer, and the curves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bench.peers import TITLES

STYLE = {
    "svg.hashsalt": "glassprop",  # the same results give the same file
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "figure.facecolor": "white",
}
LOOKS = {
    "glassprop": ("#000000", "o"),
    "jax": ("#0072b2", "s"),
    "torch": ("#d55e00", "^"),
    "torch-compiled": ("#e69f00", "v"),
    "torch-dense": ("#8c6d31", ">"),
    "sklearn": ("#009e73", "D"),
    "numpy": ("#cc79a7", "P"),
    "numpy-engine": ("#56b4e9", "X"),
    "seed": ("#777777", "*"),
    "products": ("#b0a000", "1"),
}
"""A colour that the colour-blind can tell apart, and a shape, for everyone."""


def draw(results: dict[str, Any], folder: Path, suffix: str = ".svg") -> list[Path]:
    """Draw what there is into a folder; the files that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with plt.rc_context(STYLE):
        for name, figure in (("ratios", ratios(results)), ("curves", curves(results))):
            if figure is not None:
                path = folder / f"{name}{suffix}"
                meta = {"Date": None} if suffix == ".svg" else {}
                figure.savefig(path, bbox_inches="tight", metadata=meta)
                plt.close(figure)
                written.append(path)
    return written


def lines_of(results: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The jobs and predictions that glassprop took part in, with a short name."""
    found = []
    for key, one in results["training"].items():
        sizes = ", ".join(map(str, one["job"]["sizes"]))
        found.append((f"{key.replace('64', ', float64')}  [{sizes}]", one))
    for one in results.get("prediction", []):
        sizes, count = ", ".join(map(str, one["sizes"])), f"{one['examples']:,}"
        found.append((f"f  [{sizes}], outputs for {count}", one))
    return [(name, one) for name, one in found if one["ratios"]]


def ratios(results: dict[str, Any]) -> Any:
    """For each job everyone's time as a multiple of glassprop's."""
    lines = lines_of(results)
    if not lines:
        return None
    figure, axes = plt.subplots(figsize=(7.6, 0.8 + 0.42 * len(lines)))
    seen: set[str] = set()
    for place, (_, one) in enumerate(lines):
        axes.axhline(place, color="#eeeeee", linewidth=7, zorder=0)
        for name, found in one["ratios"].items():
            colour, marker = LOOKS[name]
            low, high = 1 / found["to"], 1 / found["from"]
            axes.plot([low, high], [place, place], color=colour, linewidth=1.2)
            label = None if name in seen else TITLES[name]
            thick = 1.6 if marker == "1" else 0.8
            axes.plot(1 / found["ratio"], place, marker, color=colour, label=label, mew=thick)
            seen.add(name)
    axes.axvline(1, color="black", linewidth=1.2)
    axes.set_yticks(range(len(lines)), [name for name, _ in lines])
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(False, axis="y")
    axes.set_xlabel("time, as a multiple of glassprop's (black line); right of it is slower")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    return figure


def curves(results: dict[str, Any]) -> Any:
    """Time for an example against batch size, width, depth and the number of examples."""
    found = results.get("curves")
    if not found:
        return None
    figure, panels = plt.subplots(2, 2, figsize=(7.6, 5.6), layout="constrained")
    for axes, curve in zip(panels.flat, found.values(), strict=False):
        panel(axes, curve)
    handles: dict[str, Any] = {}
    for axes in panels.flat:
        lines, labels = axes.get_legend_handles_labels()
        handles |= dict(zip(labels, lines, strict=True))
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside upper center",
        ncols=len(handles) or 1,
        frameon=False,
    )
    return figure


def panel(axes: Axes, curve: dict[str, Any]) -> None:
    points = curve["points"]
    for name in LOOKS:
        line = [
            (point["value"], point["entries"][name]["microseconds"])
            for point in points
            if "microseconds" in point["entries"].get(name, {})
        ]
        if line:
            colour, marker = LOOKS[name]
            axes.plot(*zip(*line, strict=True), marker=marker, color=colour, label=TITLES[name])
    axes.set_xscale("log", base=2 if points[-1]["value"] <= 1024 else 10)
    axes.set_yscale("log")
    axes.set_title(curve["title"], fontsize=9)
    axes.set_xlabel(curve["label"])
    axes.set_ylabel("µs an example")
    axes.set_xticks([point["value"] for point in points])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, high / 10), high)  # a flat line should look flat


def count(value: float) -> str:
    """A number of examples or units, short."""
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:g}"
