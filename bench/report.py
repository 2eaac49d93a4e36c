"""Results as lines of text and as rows of tables."""

from __future__ import annotations

from typing import Any

from bench.peers import TITLES


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for scale, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if seconds * scale >= 0.9995:
            return f"{three(seconds * scale)} {unit}"
    return f"{three(seconds * 1e9)} ns"


def three(number: float) -> str:
    """Three digits, and more only before the point."""
    text = f"{number:#.3g}" if number < 999.5 else f"{number:.0f}"
    return text.rstrip(".")


def share(number: float) -> str:
    """A ratio, a small one as 1/n."""
    return f"1/{short(1 / number)}" if number < 0.2 else short(number)


def short(number: float) -> str:
    """Up to three digits, and more only before the point."""
    return f"{number:.3g}" if number < 999.5 else f"{number:.0f}"


def bar(found: dict[str, Any]) -> str:
    """A bar and whether it is met."""
    value = found.get("seconds", found.get("ratio"))
    word = "met" if value <= found["limit"] else "missed"
    limit = f"{1e6 * found['limit']:g} µs" if "seconds" in found else share(found["limit"])
    return f"≤ {limit}, {word}"


def rows(result: dict[str, Any]) -> list[tuple[str, str, str, str, str, str]]:
    """Who, time, ratio with its spread, bar, preparation, remark; for each entry."""
    bars = {found.get("peer", "glassprop"): bar(found) for found in result["bars"]}
    made = []
    for name, entry in result["entries"].items():
        title = TITLES[name]
        if "seconds" not in entry:
            reason = entry.get("failed") or entry.get("unavailable", "")
            word = "failed" if "failed" in entry else "not available"
            made.append((title, word, "", "", "", reason))
            continue
        between = ""
        if name in result["ratios"]:
            r = result["ratios"][name]
            between = f"{share(r['ratio'])} ({share(r['from'])}–{share(r['to'])})"
        preparation = duration(entry["preparation"]) if entry.get("preparation") else ""
        made.append(
            (
                title,
                duration(entry["seconds"]),
                between,
                bars.get(name, ""),
                preparation,
                entry["remark"],
            )
        )
    return made


HEADINGS = ("", "time", "glassprop's over it (from–to)", "bar", "preparation", "remark")


def text(result: dict[str, Any]) -> str:
    """A table for the terminal."""
    table = [HEADINGS, *rows(result)]
    widths = [max(len(row[k]) for row in table) for k in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(r, widths, strict=True)) for r in table]
    for epochs, seconds in result.get("fits", {}).items():
        word = "epoch" if int(epochs) == 1 else "epochs"
        lines.append(f"a whole fit of {epochs} {word}: {duration(seconds)}")
    for number, seconds in result.get("loop", {}).items():
        lines.append(f"{number} fits of one epoch each: {duration(seconds)}")
    return "\n".join([result["about"], *(f"  {line.rstrip()}" for line in lines), ""])


def point(about: str, found: dict[str, Any]) -> str:
    """A point of a curve in one line."""
    parts = [
        f"{TITLES[name]} {three(entry['microseconds'])} µs"
        if "microseconds" in entry
        else f"{TITLES[name]}: {entry.get('failed') or entry.get('unavailable')}"
        for name, entry in found["entries"].items()
    ]
    return f"  {about}: {'; '.join(parts)}"


def starts(found: dict[str, Any]) -> list[str]:
    """Sentences about starting."""
    cold, warm = found["cold"], found["warm"]
    lines = [
        f"Job a with nothing compiled: {duration(cold['first_epoch'])} for a `fit` of one epoch, "
        f"{duration(cold['compilation'])} of it compilation; {duration(cold['warm_epoch'])} for "
        "the same again."
    ]
    theirs = found["cold_jax"]
    if "first_epoch" in theirs:
        lines.append(
            f"JAX: {duration(theirs['first_epoch'])} for the first epoch, "
            f"{duration(theirs['warm_epoch'])} for the second."
        )
    lines.append(
        "With the compiled code in the cache, the first step is done "
        f"{warm['to_first_step']:.2f} s after the start of the process, "
        f"{warm['beyond_imports']:.2f} s beyond the imports of NumPy and Numba "
        f"({warm['imports']:.2f} s)."
    )
    return lines
