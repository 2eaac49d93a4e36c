"""Doctor's report as text for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from glassprop.cli.doctor.advice import Finding, Report
from glassprop.cli.doctor.speed import MEGABYTES
from glassprop.system.terminal import columns

WIDTH = 80
LABEL = 14
UNKNOWN = "unknown"


def text(report: Report, found: Sequence[Finding]) -> str:
    """The report, section by section, and what to do."""
    head = [f"glassprop {report['glassprop']}", f"Python {report['python'] or UNKNOWN}"]
    lines = [", ".join([*head, f"NumPy {report['numpy'] or UNKNOWN}"])]
    for title, rows in _sections(report):
        lines += ["", title]
        for label, value in rows:
            lines += _row(label, value)
    lines += ["", "what to do"]
    if not found:
        lines.append("  nothing: all is as it should be")
    for number, one in enumerate(found, 1):
        lines += _wrapped(f"{number}. {one.text}" + (":" if one.command else ""), "  ", "     ")
        lines += [f"       {one.command}"] if one.command else []
    return "\n".join(lines)


def _width() -> int:
    return min(columns(WIDTH), WIDTH)


def _row(label: str, value: str) -> list[str]:
    lines: list[str] = []
    for part in value.split("\n"):
        first = f"  {label:<{LABEL}}" if not lines else " " * (LABEL + 2)
        lines += _wrapped(part, first, " " * (LABEL + 2))
    return lines


def _wrapped(value: str, first: str, rest: str) -> list[str]:
    """Lines that fit; paths and other long words stay whole."""
    return textwrap.wrap(
        value,
        _width(),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _sections(report: Report) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    cpu, cores, blas = report["cpu"], report["cores"], report["blas"]
    limit = f", limited by {cores.limit}" if cores.limit else ""
    vectors = cpu["vectors"]
    yield (
        "machine",
        [
            ("processor", cpu["name"] or UNKNOWN),
            ("cores", f"{cores.usable} of {cores.there} may be used{limit}"),
            ("vectors", UNKNOWN if vectors is None else ", ".join(vectors) or "none known"),
        ],
    )
    rows = [("NumPy's", _blas(blas["numpy"]))]
    if blas["scipy"]:
        same = blas["scipy"] == blas["numpy"] and blas["scipy"]["file"]
        rows.append(("SciPy's", "the same" if same else _blas(blas["scipy"])))
    yield "BLAS", rows
    measured = report["gflops"] or {"products": {}}
    rows = [(dtype, _speeds(by) or UNKNOWN) for dtype, by in measured.items()]
    rate = report["copy_gb_per_second"]
    copied = f"{rate:.1f} GB/s, read and written, for {MEGABYTES} MB" if rate else UNKNOWN
    yield "speed, matrix products and memory", [*rows, ("copy", copied)]
    yield "compiled code", [*_cache(report["cache"]), ("products", _packing(report["packing"]))]
    yield "extras", [(name, _packages(name, found)) for name, found in report["extras"].items()]


def _blas(blas: dict[str, Any] | None) -> str:
    if blas is None:
        return UNKNOWN
    parts = [
        " ".join(part for part in (blas["name"] or UNKNOWN, blas["version"]) if part),
        f"kernels {blas['kernel'] or UNKNOWN}",
        f"threads {blas['threads'] or UNKNOWN}" + (f" ({blas['layer']})" if blas["layer"] else ""),
    ]
    return ", ".join(parts) + f"\n{_shortened(blas['file'] or 'file ' + UNKNOWN)}"


def _shortened(path: str) -> str:
    """The end of a path that fits beside the labels; --json has all of it."""
    parts, room = path.split("/"), _width() - LABEL - 2
    while len("/".join(parts)) > room and len(parts) > 2:
        parts = ["…", *parts[2:]]
    return "/".join(parts)


def _speeds(by: dict[int, float]) -> str:
    """Such as "50 GFLOP/s with 1 thread, 99 with 2"; 0 threads are those that BLAS takes."""
    texts: list[str] = []
    for k, value in by.items():
        unit = "" if texts else " GFLOP/s"
        threads = f" with {k}" + ("" if texts else " thread" if k == 1 else " threads")
        texts.append(f"{value:.0f}{unit}{threads if k else ''}")
    return ", ".join(texts)


def _packing(packing: dict[int, float | None] | None) -> str:
    """When the columns of the second factor of a product are copied side by side first."""
    if packing is None:
        return "not measured yet; the first compilation of large ones does, or --tune"
    least = [f"{rows:.0f} rows with {size // 1024:,} KB" for size, rows in packing.items() if rows]
    return f"second factors are packed from {', '.join(least)} on" if least else "never packed"


def _cache(cache: dict[str, Any] | None) -> list[tuple[str, str]]:
    if cache is None:
        return [("folder", UNKNOWN)]
    use = f"not usable: {cache['unusable']}" if cache["unusable"] else "usable, and only yours"
    kept = f"{cache['programs']} programs, {cache['bytes'] / 1e6:.1f} MB"
    if cache["limit"] is not None:
        kept += f" of at most {cache['limit'] / 1e6:.0f}"
    return [("folder", cache["folder"] or UNKNOWN), ("kept", kept), ("state", use)]


def _packages(extra: str, packages: dict[str, str | None]) -> str:
    there = [f"{name} {version}" for name, version in packages.items() if version]
    missing = [name for name, version in packages.items() if not version]
    if missing:
        there.append(f"without {', '.join(missing)} (pip install 'glassprop[{extra}]')")
    return ", ".join(there)
