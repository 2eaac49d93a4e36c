"""What changes from one derivation to another, and why; prints itself and saves itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, overload

from glassprop.chainrule.derivation import Derivation
from glassprop.comparison.compare import Change, ChangeKind, compare
from glassprop.errors import nearest, shown
from glassprop.formula.nodes import Step
from glassprop.show.comparison.outline import Telling
from glassprop.show.comparison.rows import MarkedText, rows
from glassprop.show.comparison.sentences import Sentences
from glassprop.show.comparison.terminal import WIDTH, coloured, diff_text
from glassprop.show.document.files import DocumentError, write
from glassprop.system.paths import path_of
from glassprop.system.terminal import columns

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text


@dataclass(frozen=True)
class StepChange:
    """What becomes of one step.

    Attributes:
        kind: "same", "resized" (the same formula for other sizes), "changed", "added" (only the
            right side has it) or "removed" (only the left side has it).
        left: the step of the left side, or None.
        right: the step of the right side, or None.
        causes: names of the steps that the change follows from; empty for a change of its own.
        sentence: what changes and why, in a sentence; empty for steps that just stay.
    """

    kind: ChangeKind
    left: Step | None
    right: Step | None
    causes: tuple[str, ...]
    sentence: str

    @property
    def name(self) -> str:
        """The name of the step, that of the right side if there is one."""
        step = self.right or self.left
        assert step is not None
        return step.name

    @property
    def primary(self) -> bool:
        """Whether the change follows from no other."""
        return not self.causes


class Diff(Sequence[StepChange]):
    """The steps in which two derivations differ; empty if they are the same.

    Prints side by side with what differs underlined, and reasons below.

    Args:
        left: a derivation.
        right: the derivation to compare it with.
        labels: what to call them.
        passing: for either side the names of steps that its table writes out where they are used.
    """

    def __init__(
        self,
        left: Derivation,
        right: Derivation,
        labels: tuple[str, str] = ("A", "B"),
        passing: tuple[Collection[str], Collection[str]] = ((), ()),
    ) -> None:
        compared = compare(left, right)
        shown = rows(compared.changes, left, right, passing)
        self.telling = Telling(compared, shown, (left, right), labels)

    # -- a sequence of changes

    @cached_property
    def steps(self) -> tuple[StepChange, ...]:
        """Every step of both sides once, those that stay as well."""
        telling = self.telling
        words = Sentences(telling.compared, telling.sides, telling.labels, MarkedText())
        return tuple(self._step(change, words) for change in telling.changes)

    def _step(self, change: Change, words: Sentences) -> StepChange:
        causes = tuple(self.telling.changes[place].step.name for place in change.causes)
        return StepChange(change.kind, change.left, change.right, causes, words.of(change))

    @cached_property
    def _differing(self) -> tuple[StepChange, ...]:
        return tuple(step for step in self.steps if step.kind != "same")

    def __len__(self) -> int:
        return len(self._differing)

    def __iter__(self) -> Iterator[StepChange]:
        return iter(self._differing)

    @overload
    def __getitem__(self, index: int) -> StepChange: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[StepChange, ...]: ...
    def __getitem__(self, index: int | slice) -> StepChange | tuple[StepChange, ...]:
        """A change by its place."""
        return self._differing[index]

    def _of_kind(self, kind: ChangeKind) -> tuple[StepChange, ...]:
        return tuple(step for step in self.steps if step.kind == kind)

    @property
    def same(self) -> tuple[StepChange, ...]:
        """Steps with the same formula and sizes."""
        return self._of_kind("same")

    @property
    def resized(self) -> tuple[StepChange, ...]:
        """Steps with the same formula for other sizes."""
        return self._of_kind("resized")

    @property
    def changed(self) -> tuple[StepChange, ...]:
        """Steps with another formula."""
        return self._of_kind("changed")

    @property
    def added(self) -> tuple[StepChange, ...]:
        """Steps that only the right side has."""
        return self._of_kind("added")

    @property
    def removed(self) -> tuple[StepChange, ...]:
        """Steps that only the left side has."""
        return self._of_kind("removed")

    # -- printing

    def text(self, width: int = WIDTH) -> str:
        """The comparison as text: side by side from 96 characters on, else stacked."""
        return diff_text(self.telling, width)

    def __str__(self) -> str:
        return self.text(min(WIDTH, columns(WIDTH)))

    def __repr__(self) -> str:
        kinds = ("same", "resized", "changed", "added", "removed")
        counts = ", ".join(f"{len(self._of_kind(kind))} {kind}" for kind in kinds)
        return f"<diff of derivations: {counts}>"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The comparison in colours, as wide as the terminal up to 100 characters."""
        yield coloured(self.text(min(WIDTH, options.max_width)))

    def _repr_html_(self) -> str:
        """Side by side in a notebook."""
        from glassprop.show.comparison.html import diff_fragment

        return diff_fragment(self.telling)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the comparison; the suffix names the format: .html, .md or .txt.

        Raises:
            DocumentError: for another suffix, or a path that cannot be written.
        """
        target = path_of(path, DocumentError, "comparison.html")
        suffix = target.suffix.lower()
        if suffix not in FORMATS:
            what = f"the suffix {suffix!r} names no" if suffix else "a suffix has to name the"
            hint = nearest(suffix, FORMATS)
            raise DocumentError(f"{shown(target)}: {what} format of comparisons; {hint}")
        write(target, FORMATS[suffix](self.telling))


def _html(telling: Telling) -> str:
    from glassprop.show.comparison.html import diff_page

    return diff_page(telling)


def _markdown(telling: Telling) -> str:
    from glassprop.show.comparison.markdown import diff_markdown

    return diff_markdown(telling)


FORMATS: dict[str, Callable[[Telling], str]] = {
    ".html": _html,
    ".md": _markdown,
    ".txt": lambda telling: diff_text(telling) + "\n",
}
