"""What is said of a gradient that was checked, in lines."""

from __future__ import annotations

from collections.abc import Iterator

from glassprop.check.gradients.verdicts import (
    IMPRECISE,
    KINK,
    RIGHT,
    WRONG,
    ArrayCheck,
    Compared,
    Findings,
)

SAID = {
    RIGHT: "right",
    WRONG: "WRONG",
    KINK: "kink nearby",
    IMPRECISE: "not enough precision",
}
SINGLE = 1e-10
"""A relative noise above which a function is not computed in double precision."""


def number(value: float, digits: int = 6) -> str:
    """A number with some digits."""
    return f"{value:.{digits}g}".replace("-", "−")


def entry(name: str, place: tuple[int, ...] | None) -> str:
    """An entry as Python writes it."""
    if place is None:
        return f"along a direction in {name}"
    return f"{name}[{', '.join(map(str, place))}]" if place else name


def counted(check: ArrayCheck) -> str:
    """How much of an array was compared."""
    found = f"{check.entries:,} entr{'y' if check.entries == 1 else 'ies'}"
    if check.directions:
        return f"{check.directions} direction{'s'[: check.directions > 1]}, {found}"
    return found


def compared_line(name: str, one: Compared) -> str:
    """A derivative: what was given, what was found, and how far they are apart."""
    if one.sides is not None and one.verdict == KINK:
        left, right = (number(value) for value in one.sides)
        return (
            f"{entry(name, one.place)}: given {number(one.given)}; the slope is {left} on the left "
            f"and {right} on the right"
        )
    ratio = f"; ratio {number(one.ratio)}" if one.found else ""
    return (
        f"{entry(name, one.place)}: given {number(one.given)}, found {number(one.found, 8)} "
        f"± {number(one.error, 2)} by {one.how}{ratio}"
    )


def array_lines(check: ArrayCheck) -> Iterator[str]:
    """What is said of an array."""
    shape = " × ".join(map(str, check.shape)) or "a number"
    yield f"{check.name} ({shape}): {SAID[check.verdict]}; {counted(check)}"
    if check.hidden:
        yield (
            f"    {check.hidden:,} of {check.entries:,} entries are so small beside the others "
            "that they cannot be judged"
        )
    worst = check.worst
    if check.verdict == RIGHT or worst is None:
        return
    yield f"    {compared_line(check.name, worst)}"
    if worst.about:
        yield f"    {worst.about}"
    if check.guess:
        yield f"    {check.guess}"
    if check.verdict == WRONG:
        wrong = [one for one in check.compared if one.verdict == WRONG and one.place is not None]
        if len(wrong) > 1:
            yield f"    {len(wrong):,} of {check.entries:,} entries are wrong"


def remarks(check: Findings) -> Iterator[str]:
    """What is said of all arrays together."""
    if check.of(IMPRECISE):
        if check.noise > SINGLE * abs(check.value):
            yield (
                f"the function has rounding errors of {number(check.noise, 2)}, as in float32: "
                "compute it in float64 to know more"
            )
        else:
            yield (
                "where the precision does not suffice, derivatives are so small beside the "
                f"function, {number(check.value)}, that its rounding errors hide them: look where "
                "it is less flat"
            )
    yield from check.notes
    yield (
        f"{check.evaluations:,} evaluations; the function is {number(check.value)}, its rounding "
        f"errors about {number(check.noise, 2)}"
    )


def plain(check: Findings, all_arrays: bool = True) -> str:
    """The report, of all arrays or of those that are not right."""
    lines = [f"{check.title}: {SAID[check.verdict]}"]
    for one in check.arrays:
        if all_arrays or one.verdict != RIGHT:
            lines += array_lines(one)
    return "\n".join([*lines, *remarks(check)])
