"""Selectors as what they say: indexing, scatter-adds, sliding windows and overlaps.

A selector whose labels are used in some other way is written out as a tensor of 0 and 1.
"""

from __future__ import annotations

from glassprop.compile.layout.array_expressions import Array, helper, length, number_of, real
from glassprop.compile.layout.named_dimensions import Lowered, permuted, plain, product, volume
from glassprop.compile.layout.operands import Operands
from glassprop.formula.axes import Axes, Axis
from glassprop.formula.nodes import OneHot, Select


def lower_one_hot(whole: Operands, node: OneHot, labels: Axes) -> None:
    """Lower [k = v]: indexing where k is summed over, adding up where the axes of v are."""
    *positions, k = labels
    index = whole.layout.index(node.index)
    uses = whole.uses(k)
    if len(uses) == 1 and k not in whole.out and not whole.selects(k, node):
        table = plain(whole.operands[uses[0]])
        chosen = _chosen(table, index, k, positions)
        if chosen is not None:
            whole.operands[uses[0]] = chosen
            return
    lonely = not any(axis in whole.out or whole.selects(axis, node) for axis in positions)
    if positions and lonely and k in whole.out and not uses and not whole.selects(k, node):
        value = _gathered(whole, positions)
        if value is not None:
            rest = [axis for axis in value.labels if axis not in positions]
            first = permuted(value, [*positions, *rest])
            shape = (length(k), *first.array.shape[len(positions) :])
            made = helper("scatter", (real(first.array), index), (length(k),), shape)
            whole.operands.append(Lowered(made, (k, *rest)))
            return
    made = helper("one_hot", (index,), (length(k),), (*index.shape, length(k)))
    whole.operands.append(Lowered(made, labels))


def _chosen(table: Lowered, index: Array, k: Axis, positions: list[Axis]) -> Lowered | None:
    """Σₖ [k = v] uₖ: the entries of u that v names."""
    array, at = real(table.array), table.labels.index(k)
    rest = [axis for axis in table.labels if axis != k]
    if not set(rest) & set(positions):
        shape = (*array.shape[:at], *index.shape, *array.shape[at + 1 :])
        op = "entry" if index.op == "number" else "take"
        value = (at, int(number_of(index))) if op == "entry" else at
        args = (array,) if op == "entry" else (array, index)
        found = (*table.labels[:at], *positions, *table.labels[at + 1 :])
        return Lowered(Array(op, args, value, shape), found)
    if not set(positions) <= set(rest):
        return None
    extra = [axis for axis in rest if axis not in positions]
    last = permuted(Lowered(array, table.labels), [*positions, *extra, k])
    made = helper("pick", (last.array, index), (), last.array.shape[:-1])
    return Lowered(made, (*positions, *extra))


def _gathered(whole: Operands, positions: list[Axis]) -> Lowered | None:
    """The product of the operands that have labels of v, taken out of the whole product."""
    places = [n for n, u in enumerate(whole.operands) if set(u.labels) & set(positions)]
    inside = [whole.operands[n] for n in places]
    everything = dict.fromkeys(axis for u in inside for axis in u.labels)
    if not set(positions) <= set(everything):
        return None
    if len(inside) > 1 and volume(everything) > 2 * max(volume(u.labels) for u in inside):
        return None
    whole.operands = [u for n, u in enumerate(whole.operands) if n not in places]
    return product(inside, everything)


def lower_select(whole: Operands, node: Select, labels: Axes) -> None:
    """[h = s·i + d·p − pad]: windows where h is summed over, overlaps where i and p are."""
    h, i, p = labels
    uses = whole.uses(h)
    alone = not any(whole.selects(axis, node) for axis in labels)
    if len(uses) == 1 and h not in whole.out and not whole.selects(h, node):
        u = plain(whole.operands[uses[0]])
        if i not in u.labels and p not in u.labels:
            whole.operands[uses[0]] = _windows(u, node, labels)
            return
    used = whole.uses(i) and whole.uses(p) and i not in whole.out and p not in whole.out
    if h in whole.out and not uses and alone and used:
        at = whole.out.index(h)
        whole.out[at : at + 1] = [i, p]
        whole.folds.append((node, labels))
        return
    shape = (length(h), length(i), length(p))
    settings = (str(node.stride), str(node.dilation), str(node.pad))
    whole.operands.append(Lowered(helper("selector", (), (*shape, *settings), shape), labels))


def _settings(node: Select) -> list[str]:
    given = (("stride", node.stride, 1), ("dilation", node.dilation, 1), ("pad", node.pad, 0))
    return [f"{word}={value}" for word, value, usual in given if value != usual]


def _windows(u: Lowered, node: Select, labels: Axes) -> Lowered:
    h, i, p = labels
    at = u.labels.index(h)
    array = real(u.array)
    shape = (*array.shape[:at], length(i), length(p), *array.shape[at + 1 :])
    extra = (f"axis={at}", f"count={length(i)}", f"size={length(p)}", *_settings(node))
    made = Array("windows", (array,), ("windows", extra), shape)
    return Lowered(made, (*u.labels[:at], i, p, *u.labels[at + 1 :]))


def overlap(u: Lowered, node: Select, labels: Axes) -> Lowered:
    """Windows added up where they came from."""
    h, i, p = labels
    rest = [axis for axis in u.labels if axis not in (i, p)]
    at = sum(1 for axis in u.labels[: u.labels.index(i)] if axis != p)
    ordered = permuted(u, [*rest[:at], i, p, *rest[at:]])
    array = real(ordered.array)
    shape = (*array.shape[:at], length(h), *array.shape[at + 2 :])
    extra = (f"axis={at}", f"length={length(h)}", *_settings(node))
    return Lowered(helper("overlap", (array,), extra, shape), (*rest[:at], h, *rest[at:]))
