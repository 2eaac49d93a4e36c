"""Which columns of a table are features, which are targets, and which are neither."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassprop.data.tables.columns import Roles, Table, Wishes, chosen
from glassprop.errors import DataError

_TARGETS = {"label", "labels", "target", "targets", "class", "classes", "outcome", "response"}
_INDEX = {"index", "idx", "id", "row", "rows", "rowid", "row_id", "rownames", "no", "nr", "#"}
_FEWEST, _FEWEST_MIXED = 3, 6  # rows that have to count to be an index, in order or shuffled


def tell_apart(table: Table, numbers: np.ndarray, wishes: Wishes, ignored: list[int]) -> Roles:
    """What each column is.

    numbers: of the whole table.
    ignored: the columns that are neither, so far.

    Raises DataError where the user's columns contradict each other, where no features are left,
    and where target or index cannot be told.
    """
    roles = Roles(ignored=ignored)
    wanted = chosen(wishes.target, table, "target")
    for at in wanted or []:
        if at in ignored:
            raise DataError(
                f"{table.name}: {table.named(at)}, is the target and to be ignored; choose one"
            )
    kept = _without(range(table.width), ignored)
    if wishes.ignore is None or ignored:
        _look_for_index(table, numbers, roles, kept, wanted, said=wishes.ignore is not None)
        kept = _without(kept, roles.ignored)
    if not kept:
        raise DataError(f"{table.name}: all columns are ignored; leave features")
    if wanted is not None:
        roles.targets, roles.why = wanted, "as said"
    else:
        roles.targets = _find_targets(table, kept, roles)
    roles.features = _without(kept, roles.targets)
    if not roles.features:
        raise DataError(f"{table.name}: all columns are targets or ignored; leave features")
    return roles


def _without(columns: Sequence[int], others: Sequence[int]) -> list[int]:
    gone = set(others)
    return [at for at in columns if at not in gone]


def _look_for_index(
    table: Table,
    numbers: np.ndarray,
    roles: Roles,
    kept: list[int],
    wanted: list[int] | None,
    said: bool,
) -> None:
    """Ignore columns that are an index by name and numbers; ask where only the numbers say so.

    said: whether the user has named columns to ignore; then the others are only asked about.
    """
    if len(kept) == table.features or len(kept) <= 2 - (wanted == []):
        return
    # The last column, and those that the user names, are not features anyway.
    others = _without(kept[:-1] if wanted is None else kept, wanted or [])
    for at in _index_like(table, numbers, others if table.names else others[:1]):
        if not table.names and not said:
            raise DataError(
                f"{table.name}: {table.named(at)} counts as an index does ({_start(numbers, at)}); "
                f"say --ignore {at + 1} (in Python ignore={at + 1}) to leave it out, or "
                "--ignore '' to train on it"
            )
        if _is_index_name(table, at) and not said:
            roles.ignored = sorted([*roles.ignored, at])
            roles.doubts.append(f"{table.named(at)}, is taken for an index")
        else:
            roles.doubts.append(
                f"{table.named(at)}, counts as an index does ({_start(numbers, at)}): say "
                f"--ignore {table.option(at)} to leave it out, or --ignore '' to keep it"
            )


def _start(numbers: np.ndarray, at: int) -> str:
    return ", ".join(f"{value:g}" for value in numbers[:3, at]) + ", …"


def _index_like(table: Table, numbers: np.ndarray, candidates: Sequence[int]) -> list[int]:
    """The candidates whose numbers count, or have the name of an index and are all different."""
    if len(numbers) < _FEWEST:
        return []
    span = numbers.max(0) - numbers.min(0)
    found: list[int] = []
    for at in candidates:
        named = _is_index_name(table, at)
        if span[at] != len(numbers) - 1 and not named:
            continue
        column = numbers[:, at]
        if column[1] - column[0] != 1 and len(column) < _FEWEST_MIXED:
            continue
        steps = np.diff(np.sort(column))
        if (steps == 1).all() or (
            named and (steps > 0).all() and (column == np.rint(column)).all()
        ):
            found.append(at)
    return found


def _is_index_name(table: Table, at: int) -> bool:
    """Whether a column is named as an index or a number of rows is."""
    return bool(table.names) and table.names[at].strip().lower() in _INDEX


def _find_targets(table: Table, kept: Sequence[int], roles: Roles) -> list[int]:
    """The target columns by their names, or else those right of the features, or the last.

    Raises DataError for too few columns, and where names and places say different things.
    """
    features = table.features
    last, first = kept[-1], kept[0]
    strong = [at for at in kept if _lower(table, at) in _TARGETS]
    if features is None and len(kept) == 1:
        raise DataError(
            f"{table.name}: expected features and, in the last column, the target, "
            "found one column; add the target, or say features=1 if there is none"
        )
    if features is not None and len(kept) < features:
        raise DataError(
            f"{table.name}: expected at least {features} columns, one for each feature, "
            f"found {len(kept)}; give data of that width or change the size of the input layer"
        )
    beyond = len(kept) - (len(kept) - 1 if features is None else features)
    if len(strong) > 1 or (strong and beyond != 1 and strong != list(kept[-beyond:])):
        named = " and ".join(table.named(at) for at in strong[:2])
        what = "named as targets" if len(strong) > 1 else "named as a target"
        count = "" if features is None else f" ({features} of {len(kept)} columns are features)"
        raise DataError(
            f"{table.name}: {named}: {what}{count}; say which column is the target, as in --target "
            f"{table.option(strong[0])}, or --target '' for none"
        )
    if beyond != 1:
        roles.why = f"right of {features} features"
        return list(kept[len(kept) - beyond :])
    if strong:
        roles.why = "by its name"
    elif _lower(table, first) == "y" != _lower(table, last):
        strong, roles.why = [first], "by its name"
    else:
        roles.why = "the last one"
        middle = [at for at in kept[1:-1] if _lower(table, at) == "y"]
        if middle and _lower(table, last) != "y":
            roles.doubts.append(
                f"{table.named(middle[0])}, is named as a target, too: say --target "
                f"{table.option(middle[0])} or --target {table.option(last)}"
            )
        return [last]
    if strong != [last]:
        roles.remarks.append(f"say --target {table.option(last)} for the last column")
    return strong


def _lower(table: Table, at: int) -> str:
    return table.names[at].strip().lower() if table.names else ""


def in_words(table: Table, count: int, header: int, roles: Roles) -> str:
    """In one line, what was taken for what.

    count: of the examples.
    header: the number of its line, or 0.
    """
    parts = [f"header: line {header}" if header else "no header"]
    if roles.targets:
        first, more = table.named(roles.targets[0]), len(roles.targets) - 1
        others = f" and {more} more" if more else ""
        parts.append(f"target: {first}{others} ({roles.why})")
    else:
        parts.append("no target")
    if roles.ignored:
        listed = [table.named(at) for at in roles.ignored[:2]]
        more = [f"{len(roles.ignored) - 2} more"] if len(roles.ignored) > 2 else []
        parts.append(f"ignored: {', and '.join([*listed, *more])}")
    examples, features = "s" * (count > 1), "s" * (len(roles.features) > 1)
    counts = f"{count:,} example{examples} of {len(roles.features):,} feature{features}"
    return f"{table.name}: {counts}; {'; '.join(parts)}"
