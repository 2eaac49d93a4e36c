"""Looks for the change of a file with which its gradients are right, or for two.

Statements are tried in the order in which they run, from the last quantity on that is right. A
change counts as a repair only if the whole changed file is judged to be right.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from glassprop.handwritten.execution.recorder import VALUE
from glassprop.handwritten.execution.runs import Run
from glassprop.handwritten.judging.judgement import SCALES, Judgement, judged
from glassprop.handwritten.reading.trace import Trace
from glassprop.handwritten.repair.aim import MARGIN, aim_of
from glassprop.handwritten.repair.edited_text import Edit
from glassprop.handwritten.repair.edits import Editor
from glassprop.handwritten.repair.probes import likely
from glassprop.handwritten.repair.scope import Scopes
from glassprop.handwritten.repair.suspects import (
    TWICE,
    forward_statements,
    oddity,
    present,
    suspects,
)
from glassprop.handwritten.repair.wanted import Wanted

Runner = Callable[[Sequence[str], int, int], list[Run]]
"""Runs texts, each until that many events, some of them at the beginning not kept; 0 for all."""
Probing = Callable[[str, Mapping[int, Sequence[str]], int, int], Run]
"""Runs a text, with others in the place of its expressions, until that many events."""
LIKELY = 60
"""Changes that give a quantity, that are run."""
ENOUGH = 3000
"""Events by which a changed file is judged, if four steps of training are no more than that."""
BRIEFLY = 6
"""Statements in which a second mistake is looked for before all others are for a single one."""


@dataclass
class Repair:
    """A change, or two, with which a file is right.

    Attributes:
        edits: the changes, each of the text that the one before gave.
        judgement: of the changed file.
        tried: how many changes were run.
        likeliest: a change that gives a quantity where the file does not, though not all is right.
    """

    edits: list[Edit]
    judgement: Judgement | None
    tried: int
    likeliest: Edit | None = None


def search(
    text: str, trace: Trace, judgement: Judgement, run: Runner, probe: Probing, seconds: float
) -> Repair:
    """The change, or two, that repair a file, if they are found.

    Args:
        text: of the file.
        trace: of its run.
        judgement: that it is wrong.
        run: runs texts.
        probe: runs a text with probes.
        seconds: after which the search is given up.
    """
    return _Search(text, trace, judgement, run, probe, time.monotonic() + seconds).result()


class _Search:
    def __init__(
        self,
        text: str,
        trace: Trace,
        judgement: Judgement,
        run: Runner,
        probe: Probing,
        until: float,
    ) -> None:
        self.text, self.trace, self.judgement = text, trace, judgement
        self.same = judgement  # with whose network and cost a repair has to be right
        self.run, self.probe, self.until = run, probe, until
        self.tried = 0
        self.aim = aim_of(judgement)
        self.base = self.aim.score(
            Run("end", trace.events[self.aim.skip : self.aim.until], trace.arrays)
        )
        self.partial: list[tuple[int, int, Edit]] = []
        self.best: Edit | None = None
        self.given: list[Edit] = []
        self.ran: set[str] = set()

    def result(self) -> Repair:
        aim = self.aim
        one = aim.made
        editor = Editor(self.text, self.trace.tree)
        scopes = Scopes(self.trace, one, one.start, min(aim.step.until + 5, len(self.trace.events)))
        statements = suspects(self.trace, self.judgement, aim)
        odd = oddity(self.judgement)
        found = self._forward(editor) if odd and odd != TWICE else None
        if found is None:
            found = self._likely(editor, scopes, statements)
        if found is None and odd == TWICE:
            found = self._forward(editor)
        if found is None:
            found = self._among(editor, scopes, statements, self.base, brief=True)
        if found is None:
            found = self._two_likely()
        if found is None:
            found = self._two(1)
        if found is None:
            found = self._among(editor, scopes, statements, self.base)
        if found is None and time.monotonic() < self.until:
            found = self._two(4)
        if found is None:
            return Repair([], None, self.tried, self.best)
        edits, judgement = found
        return Repair(edits, judgement, self.tried)

    def _likely(
        self, editor: Editor, scopes: Scopes, statements: Sequence[ast.stmt]
    ) -> tuple[list[Edit], Judgement] | None:
        """A change that gives a quantity of the derivation where the file does not."""
        aim = self.aim
        window = self.trace.events[aim.made.start : aim.step.until]
        arrays = [self.trace.arrays[place] for place in {event.array for event in window}]
        made = self.judgement
        decay = made.l2 / SCALES.get(made.derived.cost, 1.0)
        there = present(self.trace, aim)
        named = {event.array for event in window if event.kind != VALUE}
        wanted = Wanted(aim, scopes.slopes, there, made.found.wrong, arrays, named, decay)

        def run(probes: Mapping[int, Sequence[str]]) -> Run:
            return self.probe(editor.text, probes, aim.step.until + MARGIN, aim.made.start)

        self.given = likely(self.trace, editor, scopes, statements, wanted, run)[:LIKELY]
        self.best = self.best or next(iter(self.given), None)
        return self._tried(self.given, self.base, ())

    def _two_likely(self) -> tuple[list[Edit], Judgement] | None:
        """Two changes, each of which gives a quantity where the file does not."""
        ordered = [edit for _, _, edit in sorted(self.partial, key=lambda one: (-one[0], one[1]))]
        for edit in ordered[:1] or self.given[:1]:
            if time.monotonic() > self.until:
                return None
            after = self._after(edit)
            found = None if after is None else after.likely_alone()
            if after is not None:
                self.tried += after.tried
            if found is not None:
                return [edit, *found[0]], found[1]
        return None

    def _after(self, edit: Edit) -> _Search | None:
        """A search that starts with a changed text, if that is wrong in another way."""
        trace = Trace(edit.text, self.run([edit.text], 0, 0)[0])
        made = judged(trace)
        if made is None or made.is_right or made.found.verdict == "none":
            return None
        other = _Search(edit.text, trace, made, self.run, self.probe, self.until)
        other.same = self.judgement
        return other

    def likely_alone(self) -> tuple[list[Edit], Judgement] | None:
        """One change that gives a quantity, with which all is right."""
        one = self.aim.made
        until = min(self.aim.step.until + 5, len(self.trace.events))
        return self._likely(
            Editor(self.text, self.trace.tree),
            Scopes(self.trace, one, one.start, until),
            suspects(self.trace, self.judgement, self.aim),
        )

    def _among(
        self,
        editor: Editor,
        scopes: Scopes,
        statements: Sequence[ast.stmt],
        base: int,
        first: Sequence[Edit] = (),
        brief: bool = False,
    ) -> tuple[list[Edit], Judgement] | None:
        waiting: dict[int, list[Edit]] = {0: [], 1: [], 2: []}
        for rank, statement in enumerate(statements[:BRIEFLY] if brief else statements):
            made = sorted(
                editor.edits(statement, scopes.of(statement)), key=lambda e: (e.tier, len(e.new))
            )
            here = [e for e in made if e.tier == 0 or (rank < 3 and e.tier == 1)]
            for one in made:
                if one not in here:
                    waiting[one.tier].append(one)
            found = self._tried(here, base, first)
            if found is not None:
                return found
        for tier in () if brief else (1, 2):
            found = self._tried(waiting[tier], base, first)
            if found is not None:
                return found
        return None

    def _tried(
        self, edits: Sequence[Edit], base: int, first: Sequence[Edit]
    ) -> tuple[list[Edit], Judgement] | None:
        full = len(self.aim.right)
        edits = [one for one in edits if one.text not in self.ran]
        self.ran |= {one.text for one in edits}
        for start in range(0, len(edits), 60):
            if time.monotonic() > self.until:
                return None
            part = edits[start : start + 60]
            runs = self.run([one.text for one in part], self.aim.until, self.aim.skip)
            self.tried += len(part)
            good: list[Edit] = []
            for one, ran in zip(part, runs, strict=True):
                score = self.aim.score(ran)
                if score == full:
                    good.append(one)
                elif score > base and not first:
                    self.partial.append((score, len(self.partial), one))
            for one in good[:6]:
                judgement = self._whole(one.text)
                if judgement is not None:
                    return [*first, one], judgement
        return None

    def _forward(self, editor: Editor) -> tuple[list[Edit], Judgement] | None:
        """A change of the forward pass with which it is a usual one, with right gradients."""
        one, kinds = self.aim.made, oddity(self.judgement)
        scopes = Scopes(self.trace, one, max(one.start - MARGIN, 0), one.end + 5)
        for statement in forward_statements(self.trace, self.aim):
            edits = [e for e in editor.edits(statement, scopes.of(statement)) if e.kind in kinds]
            runs = self.run([e.text for e in edits], self.aim.until, 0)
            self.tried += len(edits)
            for edit, ran in zip(edits, runs, strict=True):
                if (
                    ran.ended in ("raised", "syntax", "died", "time")
                    or time.monotonic() > self.until
                ):
                    continue
                whole = self.run([edit.text], min(2 * self.aim.until, 6000), -1)[0]
                made = judged(Trace(edit.text, whole))
                if made is not None and made.is_right and not oddity(made):
                    return [edit], made
        return None

    def _whole(self, text: str) -> Judgement | None:
        """The judgement of a changed file, if it is right and trains the same network."""
        ran = self.run([text], max(ENOUGH, 4 * self.aim.until), -1)[0]
        try:
            trace = Trace(text, ran)
        except SyntaxError:
            return None
        made = judged(trace)
        if (
            made is None
            or not made.is_right
            or made.derived.cost != self.same.derived.cost
            or made.reading.passes[0].form[1:] != self.same.reading.passes[0].form[1:]
        ):
            return None
        return made

    def _two(self, most: int) -> tuple[list[Edit], Judgement] | None:
        """A second change beside one of a few that mend a part."""
        self.partial.sort(key=lambda one: (-one[0], one[1]))
        kept = self.aim
        for score, _, edit in self.partial[:most]:
            if time.monotonic() > self.until:
                return None
            ran = self.run([edit.text], 0, 0)[0]
            trace = Trace(edit.text, ran)
            made = judged(trace)
            if made is None or made.is_right:
                continue
            self.aim = aim_of(made)
            one = self.aim.made
            scopes = Scopes(trace, one, one.start, min(self.aim.step.until + 5, len(trace.events)))
            found = self._among(
                Editor(edit.text, trace.tree),
                scopes,
                suspects(trace, made, self.aim),
                score,
                [edit],
                brief=most == 1,
            )
            self.aim = kept
            if found is not None or time.monotonic() > self.until:
                return found
        return None
