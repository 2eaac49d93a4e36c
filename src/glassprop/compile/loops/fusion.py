"""Loops over assignments: those that go over the same entries share a loop, and memory shrinks.

An assignment joins the nearest loop before it that it may join: everything that either of them
changes must be used at the loop's own index by both, and no loop in between may depend on it.
A quantity that is used only inside one loop needs no array: it is a row, or a single number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from glassprop.compile.loops.assignments import LETTERS, Assignment


@dataclass(eq=False)
class Loop:
    """`for letter in range(size)` around loops and assignments.

    Attributes:
        size: the number of rounds, as source.
        depth: 0 for an outermost loop; the loop's letter is that of its depth.
        body: what is inside, in order.
    """

    size: str
    depth: int
    body: list[Loop | Assignment] = field(default_factory=list["Loop | Assignment"])

    @property
    def letter(self) -> str:
        """The index of the loop."""
        return LETTERS[self.depth]

    def assignments(self) -> Iterator[Assignment]:
        """All assignments inside, in order."""
        for item in self.body:
            if isinstance(item, Loop):
                yield from item.assignments()
            else:
                yield item


def every(items: Sequence[Loop | Assignment]) -> Iterator[Assignment]:
    """All assignments, inside loops and outside, in order."""
    for item in items:
        if isinstance(item, Loop):
            yield from item.assignments()
        else:
            yield item


def fused(assignments: Sequence[Assignment], depth: int = 0) -> list[Loop | Assignment]:
    """The assignments in as few loops as the rule gives, in an order with the same meaning."""
    groups: list[tuple[str, list[Assignment]]] = []
    for one in assignments:
        size = one.shape[depth] if one.loops > depth else ""
        group = _joined(groups, one, size, depth) if size else None
        if group is None:
            groups.append((size, [one]))
        else:
            group.append(one)
    items: list[Loop | Assignment] = []
    for size, members in groups:
        items += [Loop(size, depth, fused(members, depth + 1))] if size else members
    return items


def _joined(
    groups: Sequence[tuple[str, list[Assignment]]], one: Assignment, size: str, depth: int
) -> list[Assignment] | None:
    """The nearest group before that an assignment may join, if there is one."""
    for known, members in reversed(groups):
        if known == size and _belongs(members, one) and _may_join(members, one, depth):
            return members
        if any(_depends(member, one) for member in members):
            return None
    return None


def _depends(first: Assignment, second: Assignment) -> bool:
    """Whether the order of two assignments matters."""
    return (
        first.target == second.target
        or any(u == first.target for u, _ in second.reads())
        or any(u == second.target for u, _ in first.reads())
    )


def _belongs(members: Sequence[Assignment], one: Assignment) -> bool:
    """Whether a shared loop says something: over the examples, or about the same quantities.

    That two layers have the same size by chance is no reason.
    """
    if one.shape[0] == "n":
        return True
    names = {
        u for member in members for u, index in (*member.reads(), (member.target, "i")) if index
    }
    return one.target in names or any(u in names for u, index in one.reads() if index)


def _may_join(members: Sequence[Assignment], one: Assignment, depth: int) -> bool:
    own = LETTERS[: depth + 1]
    written = {one.target, *(member.target for member in members)}
    for assignment in (*members, one):
        for u, index in assignment.reads():
            if u in written and index[: depth + 1] != own:
                return False
    return True


def axes_in_memory(items: Sequence[Loop | Assignment]) -> dict[str, int]:
    """How many axes of each computed quantity need memory, all of them or fewer.

    A quantity used inside one loop alone loses that loop's axis; used inside one innermost loop it
    is a single number, a local variable (0).
    """
    places: dict[str, list[tuple[Loop, ...]]] = {}
    own: dict[str, Assignment] = {}
    for path, one in _paths(items, ()):
        if not one.updates:
            own[one.target] = one
        for u in {one.target, *(name for name, _ in one.reads())}:
            places.setdefault(u, []).append(path)
    found: dict[str, int] = {}
    for target, one in own.items():
        rank = len(one.shape)
        shared = 0
        while shared < rank:
            at = {path[shared] if len(path) > shared else None for path in places[target]}
            if len(at) > 1 or None in at:
                break
            shared += 1
        found[target] = rank - shared
    return found


def _paths(
    items: Sequence[Loop | Assignment], path: tuple[Loop, ...]
) -> Iterator[tuple[tuple[Loop, ...], Assignment]]:
    for item in items:
        if isinstance(item, Loop):
            yield from _paths(item.body, (*path, item))
        else:
            yield path, item
