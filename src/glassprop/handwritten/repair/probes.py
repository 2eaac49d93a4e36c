"""Changes of expressions, judged by what they would give where they stand.

All changes of the statements in question are evaluated in one run, each in the place of the
expression that it changes. Those that give a quantity of the derivation where the file's own
expression does not are the likely repairs, and are run first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from glassprop.handwritten.execution.recorder import PROBE, VALUE
from glassprop.handwritten.execution.runs import Run
from glassprop.handwritten.reading.passes import Pass
from glassprop.handwritten.reading.trace import Trace
from glassprop.handwritten.repair.edited_text import Edit
from glassprop.handwritten.repair.edits import Editor
from glassprop.handwritten.repair.effects import Effects
from glassprop.handwritten.repair.scope import Scopes
from glassprop.handwritten.repair.synthesis import synthesised
from glassprop.handwritten.repair.wanted import Numbers, Wanted

MOST_OF_ONE = 420
MOST = 5200
"""Changes that are evaluated."""
ADDED_TO = {"append", "appendleft", "insert", "extend"}
Prober = Callable[[Mapping[int, Sequence[str]]], Run]
"""Runs the file with other expressions, by the numbers of those in whose place they are."""


@dataclass
class Probed:
    """An expression in whose place others are evaluated.

    Attributes:
        rank: of its statement among those in question.
        node: of the expression.
        edits: that change it.
        texts: of the changed expression.
        parameter: that the statement changes; "" for none.
    """

    rank: int
    node: ast.expr
    edits: list[Edit] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    parameter: str = ""


def likely(
    trace: Trace,
    editor: Editor,
    scopes: Scopes,
    statements: Sequence[ast.stmt],
    wanted: Wanted,
    run: Prober,
) -> list[Edit]:
    """The changes that give a quantity where the file does not, the likeliest first."""
    chosen: dict[int, Probed] = {}
    effects = Effects(trace.tree)
    count = 0
    for rank, statement in enumerate(statements):
        scope = scopes.of(statement)
        places = list(roots(getattr(statement, "value", None)))
        if not places:
            continue
        made = sorted(editor.edits(statement, scope), key=lambda e: (e.tier, len(e.new)))
        made += synthesised(editor, statement, places, scope, wanted)
        parameter = parameter_changed(trace, scopes.made, statement)
        for edit in made:
            for node, text in _changed(editor, edit, places, effects):
                one = chosen.setdefault(
                    trace.numbers[node], Probed(rank, node, parameter=parameter)
                )
                if len(one.texts) < MOST_OF_ONE and count < MOST and text not in one.texts:
                    one.edits.append(edit)
                    one.texts.append(text)
                    count += 1
    if not chosen:
        return []
    ran = run({number: one.texts for number, one in chosen.items()})
    found: list[tuple[bool, int, int, int, int, Edit]] = []
    own = Effects.functions_of(trace.tree)
    for number, occurrences in _by_node(ran).items():
        one = chosen[number]
        for k, score in _better(ran, occurrences, one, wanted).items():
            edit = one.edits[k]
            without = own(edit.old) and not own(edit.new)  # the mistake may be in the function
            found.append((without, -score, edit.tier, one.rank, len(edit.new), edit))
    found.sort(key=lambda entry: entry[:5])
    return list({entry[-1].text: entry[-1] for entry in found}.values())


def roots(node: ast.expr | None) -> Iterator[ast.expr]:
    """The expressions of a value that may be quantities, those within others too."""
    if node is None or isinstance(node, ast.Constant):
        return
    if isinstance(node, ast.Tuple | ast.List):
        for part in node.elts:
            yield from roots(part)
    elif isinstance(node, ast.Dict):
        for part in node.values:
            yield from roots(part)
    elif isinstance(node, ast.Lambda):
        yield from roots(node.body)
    elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        yield from roots(node.elt)
    elif isinstance(node, ast.DictComp | ast.Starred | ast.NamedExpr):
        yield from roots(node.value)
    elif isinstance(node, ast.Call):
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method not in ADDED_TO:
            yield node
        of_numpy = ast.unparse(node.func).startswith(("np.", "numpy.")) or method in (
            "dot", "sum", "mean", "reshape",
        )  # fmt: skip
        if not of_numpy:
            for part in [*node.args, *(one.value for one in node.keywords)]:
                yield from roots(part)
    else:
        yield node
        for part in ast.walk(node):
            if isinstance(part, ast.Lambda):
                yield from roots(part.body)


def _changed(
    editor: Editor, edit: Edit, places: Sequence[ast.expr], effects: Effects
) -> Iterator[tuple[ast.expr, str]]:
    """The expressions that hold all that an edit changes, with what they become."""
    old, new = editor.data, edit.text.encode()
    for node in places:
        start, end = editor.span(node)
        rest = len(old) - end
        if (
            len(new) - rest > start
            and new[:start] == old[:start]
            and new[len(new) - rest :] == old[end:]
        ):
            text = new[start : len(new) - rest].decode()
            if _may_be_evaluated(text, effects):
                yield node, text


def _may_be_evaluated(text: str, effects: Effects) -> bool:
    try:
        made = ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return False
    return not isinstance(made, ast.Tuple) and effects.harmless(made)


def parameter_changed(trace: Trace, made: Pass, statement: ast.stmt) -> str:
    """The parameter that a statement takes a step in, by W -= …; "" for none.

    It is told by the text that stands for it in the forward pass, for biases that are all 0 are
    equal arrays.
    """
    if not isinstance(statement, ast.AugAssign):
        return ""
    target = ast.unparse(statement.target)
    for number, layer in enumerate(made.layers, 1):
        product, z, _ = layer.times
        for name, place, first, last in (
            (f"W{number}", layer.places[0], product - 12, product),
            (f"b{number}", layer.places[1], product, z),
        ):
            for event in trace.events[max(first, 0) : last]:
                node = trace.nodes[event.node]
                if (
                    event.kind == VALUE
                    and event.array == place
                    and isinstance(node, ast.expr)
                    and ast.unparse(node) == target
                ):
                    return name
    return ""


Values = dict[int, int]
"""Of an expression (-1) and of the changes that could be evaluated, the places of their arrays."""


def _by_node(ran: Run) -> dict[int, list[Values]]:
    """The values of each probed expression, time by time."""
    found: dict[int, list[Values]] = {}
    for event in ran.events:
        if event.kind != PROBE:
            continue
        if not event.path:
            found.setdefault(event.node, []).append({-1: event.array})
        elif found.get(event.node):
            found[event.node][-1][int(event.path)] = event.array
    return found


def _better(
    ran: Run, occurrences: Sequence[Values], probed: Probed, wanted: Wanted
) -> dict[int, int]:
    """The changes that give a quantity earlier than the file's own expression, with their score."""
    count = len(probed.texts)
    scores = (
        _of_numbers(ran, occurrences, count, wanted)
        if all(ran.arrays[one[-1]].size == 1 for one in occurrences)
        else [_of_arrays(ran, one, wanted, probed.parameter) for one in occurrences]
    )
    found: dict[int, int] = {}
    for k in range(count):
        for here in scores:
            own, other = here.get(-1, 0), here.get(k, 0)
            if other != own:
                if other > own:
                    found[k] = other
                break
    return found


def _of_arrays(ran: Run, values: Values, wanted: Wanted, parameter: str) -> dict[int, int]:
    """The scores of arrays, in the shape of the file's own where that is a quantity's."""
    own = ran.arrays[values[-1]].shape
    fixed = wanted.has_shape(own)
    known: dict[int, int] = {}
    for place in set(values.values()):
        array = ran.arrays[place]
        known[place] = wanted.score(array, parameter) if array.shape == own or not fixed else 0
    return {k: known[place] for k, place in values.items()}


def _of_numbers(
    ran: Run, occurrences: Sequence[Values], count: int, wanted: Wanted
) -> list[dict[int, int]]:
    """Of single numbers: whether those of several times are the entries of a quantity."""
    scores: list[dict[int, int]] = [{} for _ in occurrences]
    for k in range(-1, count):
        whole: Numbers = wanted.joined(ran, [one.get(k) for one in occurrences])
        for at, score in wanted.runs(whole):
            scores[at][k] = max(scores[at].get(k, 0), score)
    return scores
