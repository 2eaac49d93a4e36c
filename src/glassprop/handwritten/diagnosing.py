"""A file diagnosed: run, read, judged, and repaired where it is wrong.

Nothing of the file runs in this process, and nothing that it sends is run.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from glassprop.errors import DataError, clipped
from glassprop.handwritten.execution.calls import DATA, guesses
from glassprop.handwritten.execution.runs import Executor, Run
from glassprop.handwritten.execution.sources import Source, read_source
from glassprop.handwritten.file_diagnosis import FileDiagnosis
from glassprop.handwritten.first_wrong import (
    first_by_repair,
    first_by_values,
    formula_of,
    numbers,
    parameters_of,
    place_of,
    variable_of,
    without_bias,
)
from glassprop.handwritten.judging.judgement import Judgement, judged
from glassprop.handwritten.reading.trace import Trace
from glassprop.handwritten.repair.aim import aim_of
from glassprop.handwritten.repair.edited_text import Edit
from glassprop.handwritten.repair.search import Repair, search
from glassprop.handwritten.repair.suspects import present, suspects
from glassprop.handwritten.sentences import (
    COSTS,
    changed_lines,
    ended,
    how_right,
    network_in_words,
    patch_of,
    restored,
)

EVENTS = 12000
CALL = re.compile(r"\w\(")
SECONDS = 8.0
"""For which a repair is looked for."""
EXECUTORS = 2


def diagnose_file(
    path: str | Path,
    *,
    call: str = "",
    seconds: float = SECONDS,
    executors: int = EXECUTORS,
    progress: Callable[[str], object] = lambda doing: None,
) -> FileDiagnosis:
    """Say whether somebody's own backpropagation is right, and what is wrong with it.

    The file is run in a process of its own, confined as far as the system allows. What it computes
    is compared with the derivation of the network that it turns out to train; a mistake is proved
    by a change of the file with which all is right.

    Args:
        path: a Python file, or a notebook.
        call: Python that is put behind the file, for one that calls nothing of what it defines.
        seconds: for which a repair is looked for.
        executors: how many processes run changed files.
        progress: called with what is being done.

    Raises:
        DataError: for what is no program: no file, empty, a syntax error; and on a system that
            cannot fork processes.
    """
    if not hasattr(os, "fork"):
        raise DataError("diagnose: files are run in forked processes, which this system has not")
    source = read_source(Path(path))
    with ExitStack() as stack:
        pool = [stack.enter_context(Executor(str(path))) for _ in range(max(1, executors))]
        return _Diagnosing(source, pool, call, seconds, progress).result()


PARTIAL = (
    "only the last layers could be read, not the ones before (batch normalisation, dropout, "
    "convolution or another layer that is not known here), so that it is not judged"
)
NO_GRADIENTS = (
    "a forward pass was found, and no gradients: nothing that could be followed changes the "
    "parameters"
)

NO_COST = (
    "it computes with single numbers, and no cost is seen among them: what its gradients should be "
    "cannot be told"
)
UNKNOWN_RULE = (
    "the gradients are right; by what rule the parameters follow them is not known here, so that "
    "the update is not judged"
)

ODD_NUMBERS = (ArithmeticError, IndexError, KeyError, ValueError, np.linalg.LinAlgError)
"""What arrays of shapes and values that no network has may lead to: nothing is said of them."""


class _Diagnosing:
    def __init__(
        self,
        source: Source,
        pool: Sequence[Executor],
        call: str,
        seconds: float,
        progress: Callable[[str], object],
    ) -> None:
        self.source, self.pool, self.call = source, pool, call
        self.seconds, self.progress = seconds, progress
        self.data = _shape_of_data(source.text)
        self.text = source.text + (f"\n{DATA}\n{call}\n" if call else "")

    def result(self) -> FileDiagnosis:
        """The diagnosis."""
        self.progress("running")
        run = self._runs([self.text], 0, 0)[0]
        trace, made = self._judged(self.text, run)
        if made is None and not self.call and run.ended in ("end", "raised"):
            self.progress("calling what it defines")
            trace, made, run = self._called(trace, run)
        base = self._about(run)
        if trace is None or made is None:
            return replace(base, words=(ended(run, self.source),))
        gradients = {f"d{name}": name not in made.found.wrong for name in parameters_of(made)}
        base = replace(base, network=network_in_words(made))
        if made.reading.is_partial:
            return replace(base, words=(PARTIAL,))
        if made.found.verdict == "none":
            return replace(base, words=(NO_GRADIENTS,))
        if made.is_right:
            words = (how_right(made),)
            return replace(base, verdict="right", words=words, gradients=gradients)
        if not trace.products and not made.stated:
            return replace(base, words=(NO_COST,), gradients={})
        self.progress("looking for the mistake")
        try:
            found = search(self.text, trace, made, self._runs, self._probed, self.seconds)
        except ODD_NUMBERS:
            found = Repair([], None, 0)
        return self._wrong(trace, made, found, replace(base, gradients=gradients))

    def _runs(self, texts: Sequence[str], events: int, skip: int) -> list[Run]:
        """Run texts, shared between the processes."""

        def part(executor: Executor, some: Sequence[str]) -> list[Run]:
            return executor.run(
                some, events=events or EVENTS, skip=max(skip, 0), data=self.data,
                seconds=1.0 if events else None, quick=events > 0 and skip >= 0,
            )  # fmt: skip

        count = len(self.pool)
        if len(texts) < 8 or count == 1:
            return part(self.pool[0], texts)
        step = -(-len(texts) // count)
        parts = [texts[k : k + step] for k in range(0, len(texts), step)]
        with ThreadPoolExecutor(count) as threads:
            made = list(threads.map(part, self.pool, parts))
        return [run for one in made for run in one]

    def _probed(
        self, text: str, probes: Mapping[int, Sequence[str]], events: int, skip: int
    ) -> Run:
        """Run a text with other expressions beside its own."""
        return self.pool[0].run(
            [text], events=events, skip=max(skip, 0), data=self.data, probes=probes
        )[0]

    def _judged(self, text: str, run: Run) -> tuple[Trace | None, Judgement | None]:
        if not run.events:
            return None, None
        trace = Trace(text, run)
        try:
            return trace, judged(trace)
        except ODD_NUMBERS:
            return trace, None

    def _called(self, trace: Trace | None, run: Run) -> tuple[Trace | None, Judgement | None, Run]:
        """What is found when the classes and functions of the file are called."""
        base = _without_main(self.source.text)
        texts = [f"{base}\n{DATA}\n{call}" for call in guesses(ast.parse(base))]
        best: tuple[Trace | None, Judgement | None, Run] = (trace, None, run)
        for start in range(0, len(texts), 8):
            part = texts[start : start + 8]
            for text, made_run in zip(part, self._runs(part, EVENTS, -1), strict=True):
                made_trace, made = self._judged(text, made_run)
                if made is not None and _says_more(made, best[1]):
                    best = (made_trace, made, made_run)
                    self.text = text
            if best[1] is not None:
                break
        return best

    def _about(self, run: Run) -> FileDiagnosis:
        """What is said of a file whatever comes out."""
        notes = [*self.source.notes, *run.notes]
        if run.ended == "raised" and run.error:
            notes.append(f"it ended with {clipped(run.error, 160)}")
        return FileDiagnosis(
            str(self.source.path),
            "unsure",
            notes=tuple(notes),
            refused=tuple(run.refused),
            confined=tuple(self.pool[0].confined),
        )

    def _wrong(
        self, trace: Trace, made: Judgement, found: Repair, base: FileDiagnosis
    ) -> FileDiagnosis:
        aim = aim_of(made)
        there = present(trace, aim)
        if made.found.is_unknown_rule and not any(map(_leaves_the_rule, found.edits)):
            return replace(base, words=(UNKNOWN_RULE,), gradients={})
        if found.edits and found.judgement is not None:
            last = found.judgement
            other, after = aim_of(last), last.reading.trace
            pair = len(found.edits) > 1
            named = [
                (*first_by_repair(trace, made, aim, last, other, one, there, pair), one)
                for one in found.edits
            ]
            name, also, edit = min(named, key=lambda one: place_of(one[0], made))
            line, statement = edit.line, edit.statement
            theirs, right = numbers(
                trace, aim.made.start, after, other.made.start, statement.lineno
            )
            words, ran = [one.words for one in found.edits], found.edits[-1].text
            repaired = restored(self.source.text, self.text, ran)
            base = replace(
                base,
                kind=edit.kind,
                theirs=theirs,
                right=right,
                repair=tuple(changed_lines(self.text, ran)),
                patch=patch_of(self.source, repaired),
                repaired="" if self.source.cells else repaired,
                proved=True,
            )
        else:
            name, also = first_by_values(made, there)
            where = suspects(trace, made, aim)
            statement = where[0] if where else None
            line = statement.lineno if statement is not None else 0
            if found.likeliest is not None:
                statement, line = found.likeliest.statement, found.likeliest.line
            words = [f"{name} is not what it should be"]
        if made.belongs_to:
            words.append(
                f"the gradients are those of {COSTS[made.belongs_to]}, which is not the cost that "
                "the file computes"
            )
        name = without_bias(made, name)
        cell, number = self.source.place(line)
        lines = self.text.split("\n")
        return replace(
            base,
            verdict="wrong",
            first_wrong=name,
            also=tuple(also),
            variable=variable_of(statement),
            line=number,
            cell=cell,
            words=tuple(words),
            formula=formula_of(made, name),
            written=lines[line - 1] if 0 < line <= len(lines) else "",
            tried=found.tried,
        )


def _leaves_the_rule(edit: Edit) -> bool:
    """Whether a change keeps the functions of an update; without one it would be another rule."""
    return len(CALL.findall(edit.new)) >= len(CALL.findall(edit.old))


def _says_more(made: Judgement, best: Judgement | None) -> bool:
    """Whether a call of a file shows more of it than another: right, or with fewer mistakes."""
    if made.found.verdict == "none":
        return False
    if best is None or made.is_right:
        return best is None or not best.is_right
    return not best.is_right and len(made.found.wrong) < len(best.found.wrong)


def _shape_of_data(text: str) -> dict[str, int]:
    """How many features and classes data that are made up should have, by the numbers of a file."""
    if re.search(r"\b784\b", text):
        return {"features": 784, "classes": 10}
    return {"features": 4, "classes": 10 if re.search(r"mnist|digits", text, re.IGNORECASE) else 3}


def _without_main(text: str) -> str:
    """A text without what runs only as a program, and without its loose calls at the end."""
    tree = ast.parse(text)
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    kept = [one for one in tree.body if isinstance(one, kinds)]
    kept = [
        one
        for one in kept
        if not (isinstance(one, ast.Assign) and any(isinstance(p, ast.Call) for p in ast.walk(one)))
    ]
    lines = text.split("\n")
    chosen = set()
    for one in kept:
        first = min([one.lineno, *(d.lineno for d in getattr(one, "decorator_list", ()))])
        chosen |= set(range(first, (one.end_lineno or one.lineno) + 1))
    return "\n".join(line if k in chosen else "" for k, line in enumerate(lines, 1))
