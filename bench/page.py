"""docs/performance.md from the results, so that no number in it is typed by hand.

Run: python -m bench.page RESULTS.json [RESULTS.json of other machines …] [docs/performance.md]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.peers import TITLES
from bench.plots import draw
from bench.report import HEADINGS, rows, share, starts

HEAD = """# Performance

How long training and prediction take, beside other libraries, on the machine described below.
This page is written by `python -m bench.page docs/performance.json`, from what
`python -m bench --json docs/performance.json` measured; the [README](../README.md) has the command
that installs what is needed.
"""
METHOD = """## What is measured

- Everyone does the same work: the same initial weights, the same mini-batches in the same order,
  the same number type. Before anything is timed, weights after 20 mini-batches are compared with
  those of NumPy written by hand (|w − w′| / |w′ − w₀| at most {weights}, and at most 2e-2 with
  Adam in float32, whose first steps are as long for small gradients as for large ones), and the
  mean cost after an epoch (relative difference at most {cost}). Who differs is not timed. Who
  cannot do the same work, and is timed all the same, has a remark that says what differs.
- Times are medians of {rounds} samples of an epoch, each from the initial weights; a round takes a
  sample of everyone in turn. A ratio is one of medians; in brackets is from where to where the
  ratios within a round go. Shuffling is not timed, nor is compilation: *preparation* is what
  it took to be ready: compilation, taking the data, and how much longer the first epoch was than
  the median. Imports are not in it.
- Everyone runs at its best: JAX as one jitted scan over the epoch with donated buffers, in the
  fastest of three forms; PyTorch with a fused optimiser where there is one, with its default number
  of threads or one, whichever is faster; `torch.compile` on the whole step, batch and update
  included; scikit-learn on examples that are in order already. All data are in each library's own
  arrays beforehand.
- glassprop's epochs are run one by one by what `fit` runs them with. *A whole fit* is a call of
  `net.fit` with its checks of the data and the loading of compiled code.
- The bars are for this kind of machine, two cores with AVX-512; on another one they say where to
  look. Those of the jobs c are meant for any machine.
- *Its matrix products alone* are the dense products of an epoch by NumPy's BLAS with
  all its threads, and nothing else. *The seed's code* goes through one example at a time.
"""


def machine(found: dict[str, Any], date: str) -> list[str]:
    libraries = [
        f"{pool['of'].removesuffix('.libs')}: {pool['library']} {pool['version']}"
        f" {pool['kernel']}, threads: {pool['threads']}"
        for pool in found["libraries"]
    ]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines = [
        "## The machine",
        "",
        f"- {found['cpu']}; cores: {found['cores']}; {found['memory']}; {found['system']}",
        f"- Python {found['python']}, {versions}",
        f"- BLAS: {'; '.join(libraries)}",
    ]
    if found["variables"]:
        named = ", ".join(f"{name}={value}" for name, value in found["variables"].items())
        lines.append(f"- Set in the environment: {named}")
    return [*lines, f"- Measured on {date}, at a load of {found['load']} before it began", ""]


def table(result: dict[str, Any]) -> list[str]:
    headings = ["who", *HEADINGS[1:]]
    made = rows(result)
    kept = [k for k in range(len(headings)) if k == 0 or any(row[k] for row in made)]
    lines = [[headings[k] for k in kept], ["---"] * len(kept)]
    lines += [[row[k] for k in kept] for row in made]
    return [f"| {' | '.join(line)} |" for line in lines]


def training(results: dict[str, Any]) -> list[str]:
    lines = ["## Training", ""]
    for key, result in results["training"].items():
        lines += [f"### {key}. {result['about']}", "", *table(result), ""]
        if result["fits"]:
            fits = [
                f"{epochs} epoch{'s' if int(epochs) > 1 else ''} in {seconds:.3g} s"
                for epochs, seconds in result["fits"].items()
            ]
            fits += [
                f"{number} fits of one epoch each in {seconds:.3g} s"
                for number, seconds in result.get("loop", {}).items()
            ]
            lines += [f"A whole `fit`: {', '.join(fits)}.", ""]
    return lines


def prediction(results: dict[str, Any]) -> list[str]:
    lines = ["## Prediction", "", "Inputs are in each library's own arrays beforehand.", ""]
    for result in results["prediction"]:
        lines += [f"### f. {result['about']}", "", *table(result), ""]
    return lines


def curves(results: dict[str, Any], folder: str) -> list[str]:
    flat = results["curves"]["rows"]["flatness"]
    lines = ["## Curves", "", f"![Time for an example]({folder}/curves.svg)", ""]
    points = results["curves"]["rows"]["points"]
    if flat is not None and len(points) > 1:
        lines += [
            f"From {points[0]['value']:,} examples to {points[-1]['value']:,}, mapped from files, "
            f"the time for an example differs by {100 * flat:.0f} %.",
            "",
        ]
    return lines


def side_by_side(machines: Sequence[dict[str, Any]]) -> list[str]:
    """Ratios of glassprop's time to its peers' in the training jobs, a column for each machine."""
    lines = ["## Machines side by side", ""]
    for number, results in enumerate(machines, 1):
        found = results["machine"]
        lines.append(
            f"{number}. {found['cpu']}; cores: {found['cores']}; measured on {results['date']}"
        )
    columns = " | ".join(str(number) for number in range(1, len(machines) + 1))
    lines += ["", f"| job | glassprop's time over that of | {columns} |"]
    lines.append(f"| --- | --- |{' --- |' * len(machines)}")
    jobs = dict.fromkeys(key for results in machines for key in results["training"])
    for key in jobs:
        ratios = [results["training"].get(key, {}).get("ratios", {}) for results in machines]
        for peer in dict.fromkeys(name for found in ratios for name in found):
            cells = [share(found[peer]["ratio"]) if peer in found else "" for found in ratios]
            lines.append(f"| {key} | {TITLES[peer]} | {' | '.join(cells)} |")
    return [*lines, ""]


def page(results: dict[str, Any], folder: str, others: Sequence[dict[str, Any]] = ()) -> str:
    """The text of the page.

    Args:
        results: what the suite wrote.
        folder: where the pictures are, as seen from the page.
        others: what it wrote on other machines, which are set beside this one.
    """
    tolerance = next(iter(results["training"].values()))["tolerance"]
    about = METHOD.format(**tolerance, rounds=results["rounds"])
    lines = [HEAD, f"![Times as multiples of glassprop's]({folder}/ratios.svg)", ""]
    if results["quick"]:
        lines += ["**From a quick trial on few examples: these are not results.**", ""]
    lines += [about, *machine(results["machine"], results["date"]), *training(results)]
    for key, part in (("prediction", prediction), ("curves", lambda r: curves(r, folder))):
        if key in results:
            lines += part(results)
    if "starts" in results:
        lines += ["## Starting", "", *(f"- {line}" for line in starts(results["starts"])), ""]
    if others:
        lines += side_by_side([results, *others])
    return "\n".join(lines).rstrip("\n") + "\n"


def main() -> None:
    given = [path for path in sys.argv[1:] if path.endswith(".json")]
    results, *others = [json.loads(Path(path).read_text()) for path in given]
    target = Path(next((p for p in sys.argv[1:] if p.endswith(".md")), "docs/performance.md"))
    draw(results, target.with_suffix(""))
    target.write_text(page(results, target.stem, others))


if __name__ == "__main__":
    main()
