"""The command `glassprop diagnose`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glassprop.cli.arguments import NUMBER, WHOLE


def diagnose(
    path: Annotated[Path, typer.Argument(help="A Python file, a notebook, or a folder of them.")],
    hint: Annotated[
        int, typer.Option(help="1: first wrong quantity, 2: its kind, 3: line, 4: repair.", **WHOLE)
    ] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    fix: Annotated[
        Path | None, typer.Option("--fix", help="Write the repaired program into this file.")
    ] = None,
    call: Annotated[
        str, typer.Option(help="Python that calls what the file defines, on X, Y, labels or pairs.")
    ] = "",
    seconds: Annotated[
        float, typer.Option(help="How long to look for a repair of a file.", **NUMBER)
    ] = 8.0,
    report: Annotated[Path | None, typer.Option(help="An .html page of all files.")] = None,
    marks: Annotated[
        Path | None, typer.Option("--csv", help="A table: file, verdict, mark and so on.")
    ] = None,
    gradescope: Annotated[
        Path | None, typer.Option(help="A results.json as Gradescope reads it, of one file.")
    ] = None,
    weights: Annotated[
        str, typer.Option(help="What each gradient counts in the mark, as in dW2=2,dW1=1; else 1.")
    ] = "",
) -> None:
    """Find the mistake in somebody's own backpropagation.

    It runs in a process of its own, with limits. What it computes is compared with the derivation
    of its network; a mistake is proved by a change of the file with which everything is right.
    """
    from glassprop.cli.diagnosis import action

    outputs = action.Outputs(fix, report, marks, gradescope, as_json, hint)
    action.diagnose(path, outputs, call, seconds, weights)
