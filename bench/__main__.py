"""glassprop beside its peers.

Run: python -m bench [--jobs a,b] [--peers jax,torch] [--quick] [--json FILE] [--plots DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

PARTS = ("f", "curves", "starts")
"""What there is beside the training jobs: predictions, curves, cold and warm starts."""


def options(known: list[str], peers: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("bench", description="glassprop beside its peers.")
    parser.add_argument("--jobs", help=f"some of {', '.join([*known, *PARTS])}; all by default")
    parser.add_argument("--peers", help=f"some of {', '.join(peers[1:])}; all by default")
    parser.add_argument(
        "--quick", action="store_true", help="few examples, one thread: does it work?"
    )
    parser.add_argument("--repeats", type=int, help="samples of everyone (7)")
    parser.add_argument("--budget", type=float, default=45.0, help="seconds of sampling a job (45)")
    parser.add_argument("--dtype", help="run the training jobs in float32 or float64")
    parser.add_argument("--threads", type=int, help="threads of glassprop's engines")
    parser.add_argument("--json", type=Path, help="write the results to this file")
    parser.add_argument("--plots", type=Path, help="draw the results into this folder")
    given = parser.parse_args()
    for word, names in ((given.jobs, [*known, *PARTS]), (given.peers, peers)):
        unknown = set(word.split(",")) - set(names) if word else set()
        if unknown:
            parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(names)}")
    return given


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        # what others compiled earlier is not used, so that compilation is measured
        os.environ["GLASSPROP_CACHE"] = os.path.join(folder, "glassprop")
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.path.join(folder, "torch")
        if "--quick" in sys.argv:
            # threads that wait for each other take minutes where something else runs too
            os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        measure()


def measure() -> None:
    from bench import curves, machine, ours, prediction, report, starts, training
    from bench.jobs import JOBS
    from bench.peers import PLACES

    given = options(list(JOBS), list(PLACES))
    ours.threads = given.threads
    wanted = given.jobs.split(",") if given.jobs else [*JOBS, *PARTS]
    settings = training.Settings(
        rounds=given.repeats or (2 if given.quick else 7),
        budget=2.0 if given.quick else given.budget,
        peers=("glassprop", *given.peers.split(","))
        if given.peers
        else quick_peers(given.quick, PLACES),
        share=0.04 if given.quick else 1.0,
        tune=not given.quick,
        fits=(1,) if given.quick else (1, 10),
    )
    results: dict[str, Any] = {
        "machine": machine.describe(),
        "date": time.strftime("%Y-%m-%d"),
        "quick": given.quick,
        "rounds": settings.rounds,
        "training": {},
    }
    print(json.dumps(results["machine"], indent=1), flush=True)
    for key in [key for key in JOBS if key in wanted and not (given.quick and key == "a64")]:
        job = replace(JOBS[key], dtype=given.dtype or JOBS[key].dtype)
        results["training"][key] = training.run(job, settings)
        show(f"{key}. {report.text(results['training'][key])}")
    if "f" in wanted:
        results["prediction"] = prediction.run(settings, lambda r: show(f"f. {report.text(r)}"))
    if "curves" in wanted:
        show("The time for an example")
        few = replace(settings, rounds=min(settings.rounds, 3), fits=(), budget=20.0)
        few = replace(few, peers=settings.peers or ("glassprop", "jax", "torch"))
        found = curves.run(few, given.quick, lambda *point: show(report.point(*point)))
        results["curves"] = found
    if "starts" in wanted:
        results["starts"] = starts.run(1 if given.quick else 5, settings.share)
        show("\n".join(report.starts(results["starts"])))
    if given.json:
        given.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if given.plots:
        from bench.plots import draw

        draw(results, given.plots)


def quick_peers(quick: bool, names: Any) -> tuple[str, ...] | None:
    """All, but in quick mode without the one that compiles for half a minute."""
    return tuple(name for name in names if name != "torch-compiled") if quick else None


def show(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
