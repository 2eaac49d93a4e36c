"""Which steps of a derivation are one formula, up to the numbers of layers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from glassprop.formula.axes import Axis
from glassprop.formula.nodes import (
    Add,
    Apart,
    Const,
    Contract,
    Map,
    Node,
    OneHot,
    Reduce,
    Select,
    Step,
    Symbol,
    symbols,
    walk,
)

MOST = 4
"""Layers up to which steps that are one formula are all printed."""
LONGEST_SECTION = 60
"""Steps up to which a section is printed whole."""
LARGEST = 300
"""Parts of a formula up to which it is compared with others."""
NUMBERED = re.compile(r"(.*\D)(\d+)")

Numbering = Iterator[int]


@dataclass(frozen=True)
class Repeat:
    """Steps of several layers that are one formula.

    Attributes:
        layers: the numbers of the layers, rising.
        steps: the step of each layer.
        general: the step, and its formula as it is told, that speak for all; the number of its
            layer is `number`.
        start: the input that stands where later layers have the result of the layer before, with
            the name of that result without its number, as in (x, "a") for a⁰ = x; or None.
    """

    layers: tuple[int, ...]
    steps: tuple[Step, ...]
    general: Step
    formula: Node
    start: tuple[Symbol, str] | None = None

    @property
    def number(self) -> int:
        """The layer of the step that speaks for all."""
        return layer_of(self.general.symbol) or 0

    @property
    def labels(self) -> Mapping[str, str]:
        """What is written for the numbers of layers in the formula of the general step."""
        at = self.number
        return {str(at - 1): "l−1", str(at): "l", str(at + 1): "l+1"}


def layer_of(symbol: Symbol) -> int | None:
    """The number at the end of a tensor's name."""
    match = NUMBERED.fullmatch(symbol.name)
    return int(match[2]) if match and symbol.axes else None


def repeats(told: Iterable[tuple[Step, Node]]) -> list[Repeat]:
    """The repeated formulas among some steps, each with the formula that is told of it.

    A formula that has the input in it belongs to those of later layers if it is theirs once the
    input stands for the result of a layer 0.
    """
    listed = list(told)
    groups: dict[object, dict[int, tuple[Step, Node]]] = {}
    first: list[tuple[int, Step, Node, Symbol]] = []
    for step, formula in listed:
        layer = layer_of(step.symbol)
        if layer is None or not _comparable(formula):
            continue
        given = [s for s in symbols(formula) if s.role == "input" and layer_of(s) is None]
        if len(given) == 1 and given[0].axes:
            first.append((layer, step, formula, given[0]))
        groups.setdefault(_outline(step, formula, layer), {})[layer] = (step, formula)
    starts = _join(groups, first)
    order = {step: place for place, (step, _) in enumerate(listed)}
    made: list[Repeat] = []
    for key, members in groups.items():
        if len(members) > 1:
            layers = tuple(sorted(members))
            start = starts.get(key)
            general, formula = members[layers[1]]
            steps = tuple(members[layer][0] for layer in layers)
            made.append(Repeat(layers, steps, general, formula, start))
    return sorted(made, key=lambda repeat: min(order[step] for step in repeat.steps))


def left_out(told: Sequence[tuple[Step, Node]]) -> set[Step]:
    """The steps of one section that are not printed, because enough others are like them.

    Of a formula that more than MOST layers share, the first two and the last are kept, and all
    steps of these layers. Of a long section without repetition, beginning and end are kept.
    """
    order = {step: place for place, (step, _) in enumerate(told)}
    many = [repeat.steps for repeat in repeats(told) if len(repeat.steps) > MOST]
    kept: set[int | None] = set()
    for steps in many:
        first, second, *_, last = sorted(steps, key=order.__getitem__)
        kept |= {layer_of(step.symbol) for step in (first, second, last)}
    gone = {step for steps in many for step in steps if layer_of(step.symbol) not in kept}
    rest = [step for step, _ in told if step not in gone]
    if len(rest) > LONGEST_SECTION:
        gone |= set(rest[LONGEST_SECTION // 2 : -LONGEST_SECTION // 4])
    return gone


def _join(
    groups: dict[object, dict[int, tuple[Step, Node]]],
    first: Sequence[tuple[int, Step, Node, Symbol]],
) -> dict[object, tuple[Symbol, str]]:
    """Put each step that has the input in it to the others of its kind."""
    found: dict[object, tuple[Symbol, str]] = {}
    for layer, step, formula, given in first:
        stems = {
            match[1]
            for members in groups.values()
            for other, _ in members.values()
            if (match := NUMBERED.fullmatch(other.name)) and other.kind == "forward"
        }
        for stem in sorted(stems):
            key = _outline(step, formula, layer, {given: f"{stem}{layer - 1}"})
            if key in groups and layer not in groups[key]:
                groups[key][layer] = (step, formula)
                found[key] = (given, stem)
                break
    return found


def _comparable(formula: Node) -> bool:
    return sum(1 for _ in walk([formula])) <= LARGEST


def _outline(
    step: Step, formula: Node, layer: int, names: Mapping[Symbol, str] | None = None
) -> object:
    """The formula without the numbers of layers and the names of axes."""
    fresh = count()
    letters = {axis: next(fresh) for axis in step.symbol.axes}
    left = _relative(step.name, layer)
    return left, step.kind, _part(formula, letters, layer, names or {}, fresh)


def _relative(name: str, layer: int) -> object:
    """A name with the distance of its layer instead of the number; far ones are their own."""
    match = NUMBERED.fullmatch(name)
    if match is None or abs(int(match[2]) - layer) > 1:
        return name
    return match[1], int(match[2]) - layer


def _part(
    node: Node,
    letters: Mapping[Axis, int],
    layer: int,
    names: Mapping[Symbol, str],
    fresh: Numbering,
) -> object:
    def inner(part: Node, found: Mapping[Axis, int]) -> object:
        return _part(part, found, layer, names, fresh)

    own = tuple(letters[axis] for axis in node.axes)
    if isinstance(node, Symbol):
        name = names.get(node, node.name)
        return (_relative(name, layer) if node.axes else name), own
    if isinstance(node, Const):
        return node.value
    if isinstance(node, Add):
        return "sum", own, tuple(inner(term, letters) for term in node.terms)
    if isinstance(node, Map):
        return node.function.key, tuple(inner(operand, letters) for operand in node.operands)
    if isinstance(node, Reduce):
        bound = dict(letters) | {axis: next(fresh) for axis in node.over}
        over = tuple(bound[axis] for axis in node.over)
        return node.kind, over, inner(node.operand, bound)
    if isinstance(node, Contract):
        bound = dict(letters) | {axis: next(fresh) for axis in node.summed}
        factors: list[object] = []
        for factor in node.factors:
            pairs = zip(factor.node.axes, factor.labels, strict=True)
            factors.append(inner(factor.node, {axis: bound[label] for axis, label in pairs}))
        return node.coefficient, own, tuple(factors)
    if isinstance(node, Apart):
        return "apart", own
    if isinstance(node, Select):
        return "select", own, node.stride, node.dilation, node.pad
    assert isinstance(node, OneHot)
    return "one hot", own, inner(node.index, letters)


def ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers as runs: [1, 2, 3, 7] as [(1, 3), (7, 7)]."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
