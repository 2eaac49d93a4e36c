"""What `diagnose` does with a file, or with a folder of submissions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import typer

from glassprop.cli import output_files
from glassprop.cli.option_values import check_suffix
from glassprop.cli.streams import tell
from glassprop.errors import DataError, GlasspropError, clipped, shown
from glassprop.handwritten.diagnosing import diagnose_file
from glassprop.handwritten.file_diagnosis import HINTS, FileDiagnosis, plain
from glassprop.handwritten.report_page import page
from glassprop.models.checked_numbers import positive
from glassprop.system.terminal import console
from glassprop.train.model_file import write_whole

STATUS = {"right": 0, "wrong": 1, "unsure": 2}
WORKERS = 2


@dataclass(frozen=True)
class Outputs:
    """Where a diagnosis goes.

    Attributes:
        fix: the file for the repaired program.
        report: an .html page.
        marks: a .csv table.
        gradescope: a .json file.
        as_json: whether it is printed as JSON.
        hint: how much is told, 1 to 4.
    """

    fix: Path | None
    report: Path | None
    marks: Path | None
    gradescope: Path | None
    as_json: bool
    hint: int

    def require(self, path: Path) -> None:
        """Refuse what cannot be written, or makes no sense for a path.

        Raises:
            DataError: for a hint out of range, or an output of one file for a folder.
        """
        if not 1 <= self.hint <= HINTS:
            raise DataError(f"--hint {self.hint}: expected 1, 2, 3 or 4")
        for output, suffix in (
            (self.report, ".html"),
            (self.marks, ".csv"),
            (self.gradescope, ".json"),
        ):
            if output is not None:
                check_suffix(output, (suffix,))
        for output in (self.fix, self.report, self.marks, self.gradescope):
            if output is not None:
                output_files.check(output, () if path.is_dir() else (path,))
        if path.is_dir() and (self.fix or self.gradescope):
            raise DataError(f"{shown(path)}: is a folder; --fix and --gradescope are for one file")


def diagnose(path: Path, outputs: Outputs, call: str, seconds: float, weights: str) -> None:
    """Diagnose a file or a folder, print and write what came out, and exit with a status for it.

    Args:
        path: a file or a folder.
        outputs: where it goes.
        call: Python that is put behind each file.
        seconds: for which a repair is looked for.
        weights: of gradients in the mark, as text.
    """
    outputs.require(path)
    positive(seconds, "seconds")
    counts = _weights(weights)
    if path.is_dir():
        found = _folder(path, call, seconds, outputs)
    else:
        found = [diagnose_file(path, call=call, seconds=seconds)]
    _write(found, outputs, counts)
    if outputs.as_json:
        records = [one.record(outputs.hint) for one in found]
        typer.echo(
            json.dumps(records if path.is_dir() else records[0], indent=2, ensure_ascii=False)
        )
    elif not path.is_dir():
        typer.echo(plain(found[0], outputs.hint))
    else:
        typer.echo(_summary(found))
    if not path.is_dir() and STATUS[found[0].verdict]:
        raise typer.Exit(STATUS[found[0].verdict])


def _folder(path: Path, call: str, seconds: float, outputs: Outputs) -> list[FileDiagnosis]:
    """All files of a folder, with progress; one that fails stops no other."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    files = sorted(
        one for one in path.rglob("*") if one.suffix in (".py", ".ipynb") and one.is_file()
    )
    if not files:
        raise DataError(f"{shown(path)}: has no .py or .ipynb file")
    found: dict[Path, FileDiagnosis] = {}
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with (
        Progress(*columns, console=console(stderr=True), transient=True) as bar,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        task = bar.add_task("diagnosing", total=len(files))
        waiting = {pool.submit(_one, one, call, seconds): one for one in files}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            bar.advance(task)
    return [found[one] for one in files]


def _one(path: Path, call: str, seconds: float) -> FileDiagnosis:
    try:
        return diagnose_file(path, call=call, seconds=seconds, executors=1)
    except GlasspropError as error:
        return FileDiagnosis(str(path), "unsure", words=(str(error),))
    except Exception as error:
        said = f"glassprop itself failed on it: {type(error).__name__}: {clipped(str(error))}"
        return FileDiagnosis(str(path), "unsure", words=(said,))


def _weights(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, sign, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            sign = ""
        if not sign or found[name.strip()] < 0:
            raise DataError(f"--weights {part!r}: expected a gradient and a number, as in dW2=2")
    return found


def _write(found: Sequence[FileDiagnosis], outputs: Outputs, weights: Mapping[str, float]) -> None:
    if outputs.report is not None:
        write_whole(outputs.report, page(found, outputs.hint, weights).encode())
        tell(f"wrote {shown(outputs.report)}")
    if outputs.marks is not None:
        write_whole(outputs.marks, _table(found, weights).encode())
        tell(f"wrote {shown(outputs.marks)}")
    if outputs.gradescope is not None:
        text = json.dumps(
            _gradescope(found[0], weights, outputs.hint), indent=2, ensure_ascii=False
        )
        write_whole(outputs.gradescope, text.encode())
        tell(f"wrote {shown(outputs.gradescope)}")
    if outputs.fix is not None:
        if not found[0].repaired:
            raise DataError(f"{shown(outputs.fix)}: not written, as no repair was found")
        write_whole(outputs.fix, found[0].repaired.encode())
        tell(f"wrote {shown(outputs.fix)}")


def _table(found: Sequence[FileDiagnosis], weights: Mapping[str, float]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "verdict", "mark", "first wrong", "line", "kind", "proved"])
    for one in found:
        mark = f"{one.credit(weights):.3f}" if one.verdict != "unsure" else ""
        rows.writerow(
            [one.file, one.verdict, mark, one.first_wrong, one.line or "", one.kind, one.proved]
        )
    return text.getvalue()


def _gradescope(one: FileDiagnosis, weights: Mapping[str, float], hint: int) -> dict[str, object]:
    """As https://gradescope-autograders.readthedocs.io describes results.json."""
    most = {name: weights.get(name, 1.0) for name in one.gradients}
    scores = {name: most[name] * is_right for name, is_right in one.gradients.items()}
    tests = [{"name": n, "score": scores[n], "max_score": most[n]} for n in one.gradients]
    return {"output": plain(one, hint), "tests": tests, "score": sum(scores.values())}


def _summary(found: Sequence[FileDiagnosis]) -> str:
    counts = {verdict: sum(one.verdict == verdict for one in found) for verdict in STATUS}
    lines = []
    for one in found:
        about = one.words[0] if one.words and one.verdict != "right" else ""
        first = f"{one.first_wrong}, line {one.line}: " if one.verdict == "wrong" else ""
        lines.append(f"{one.verdict:7} {one.file}  {first}{about}".rstrip())
    total = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return "\n".join([*lines, "", f"{len(found)} files: {total}"])
