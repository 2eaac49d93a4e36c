"""Why a step is true: the chain rule by name and in a sentence, for the reader of a derivation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from glassprop.chainrule.infix import infix
from glassprop.chainrule.reached_entries import reach
from glassprop.chainrule.rules import Rule
from glassprop.formula.derivatives import partial
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Add, Contract, Map, Node, Number, Step, Symbol

FACTOR = "the factor "
"""How the clause begins that says what becomes of the 2 of a square."""
ENTRYWISE = ", entry by entry"
"""How the clause ends that says which function is differentiated."""
LONGEST_SLOPE = 60
SHARES = {1 / 2: "½", 1 / 3: "⅓", 1 / 4: "¼"}
OPERANDS = ("v", "w", "u")


@dataclass(frozen=True)
class Passage:
    """One rule that a derivative came through.

    Attributes:
        rule: its name in the table of rules.
        function: for a function of each entry, which one.
        place: which of its operands it was differentiated with respect to.
        coefficient: for a product, the number in front of it.
    """

    rule: str
    function: ScalarFunction | None = None
    place: int = 0
    coefficient: Number = 1

    @classmethod
    def through(cls, node: Node, place: int, rule: str) -> Passage:
        """The passage through a node to one of its parts."""
        if isinstance(node, Map):
            return cls(rule, node.function, place)
        return cls(rule, coefficient=node.coefficient if isinstance(node, Contract) else 1)


@dataclass(frozen=True)
class Part:
    """What one use of a quantity gives to the derivative of the cost with respect to it.

    Attributes:
        formula: the contribution.
        through: the step that uses the quantity.
        passages: what the contribution came through, cost first.
    """

    formula: Node
    through: Symbol
    passages: tuple[Passage, ...]


def explain(
    parts: Sequence[Part],
    formula: Node,
    of: Symbol,
    cost: Symbol,
    rules: Mapping[str, Rule],
    steps: Mapping[Symbol, Step],
) -> tuple[str, str]:
    """The rule in a few words, and the reason in a sentence, for ∂cost/∂of.

    Args:
        parts: what the uses of the quantity give.
        formula: their sum, as it is stated.
        of: the quantity.
        cost: what is differentiated.
        rules: the table of adjoint rules.
        steps: the steps of the forward pass.
    """
    if not parts:
        return "constant", f"{cost.name} does not change with {of.name}"
    through = list(dict.fromkeys(part.through for part in parts))
    whole = f"∂{cost.name}/∂{of.name}"
    rule = f"chain rule through {_and([step.name for step in through])}"
    if through == [cost]:
        rule = f"derivative of {cost.name}"
        reason = f"{of.name} stands in the formula of {cost.name} itself"
    else:
        others = [step.name for step in through if step is not cost]
        terms = " + ".join(_product(cost, step, of, others) for step in through)
        which = _and([step.name for step in through])
        reason = f"{whole} = {terms}, since {of.name} changes {cost.name} through {which}"
        if len(through) > 1:
            reason += ", whose contributions are added"
        wide = [s for s in through if reach(steps[s].formula, s.axes, of).every]
        if wide:
            reason += f", each entry through every entry of {_and([s.name for s in wide])}"
    return rule, "; ".join([reason, *_sentences(parts, rules), *_sums(formula)])


def explain_part(part: Part, cost: Symbol, rules: Mapping[str, Rule]) -> tuple[str, str]:
    """The same for a part of a formula, which gets a name because it is used more than once."""
    where = part.through.name
    reason = (
        f"the derivative of {cost.name} with respect to a part of {where} that is used more than "
        "once, named so that it is computed once"
    )
    sums = _sums(part.formula)
    return f"chain rule inside {where}", "; ".join([reason, *_sentences([part], rules), *sums])


def _product(cost: Symbol, step: Symbol, of: Symbol, others: Sequence[str]) -> str:
    local = f"∂{step.name}/∂{of.name}"
    if step is cost:
        return f"({local} with {_and(others)} fixed)"
    return f"∂{cost.name}/∂{step.name} · {local}"


def _sentences(parts: Sequence[Part], rules: Mapping[str, Rule]) -> list[str]:
    """What the rules say; that of a function of each entry, by the function."""
    found: list[str] = []
    for part in parts:
        for passage in part.passages:
            function = passage.function
            if function is None:
                found.append(rules[passage.rule].sentence)
            else:
                slope = slope_of(function, passage.place)
                found.append(f"{slope}{ENTRYWISE}" if part.formula.axes else slope)
        found += _numbers(part.passages)
    return list(dict.fromkeys(found))


@lru_cache(maxsize=256)
def slope_of(function: ScalarFunction, place: int) -> str:
    """Which function is differentiated, with respect to what, and what that gives."""
    graph = Graph()
    operands = tuple(graph.symbol(name, (), "variable") for name in OPERANDS)
    operands = operands[: len(function.operands)]
    call = infix(graph.map(function, *operands))
    slope = partial(function, place, operands)
    if isinstance(slope, Map) and slope.function.primitive is not None:
        text = f"{slope.function.name}({OPERANDS[0]})"
    else:
        text = infix(slope)
    value = f" is {text}" if len(text) <= LONGEST_SLOPE else ", by its formula"
    return f"the derivative of {call} with respect to {OPERANDS[place]}{value}"


def _numbers(passages: Sequence[Passage]) -> list[str]:
    """What becomes of the 2 of a square: it cancels the ½ in front."""
    fronts = [p.coefficient for p in passages if p.coefficient not in (1, -1)]
    powers = [p for p in (_power(passage.function) for passage in passages) if p is not None]
    if len(fronts) != 1 or len(powers) != 1:
        return []
    (front,), (power,) = map(abs, fronts), powers
    what = "square" if power == 2 else "power"
    begin = f"{FACTOR}{_figure(power)} of the {what}"
    product = front * power
    if product == 1:
        return [f"{begin} cancels the {_figure(front)} in front"]
    return [f"{begin} times the {_figure(front)} in front is {_figure(product)}"]


def penalised(strength: float) -> str:
    """What is said of the 2 of a square in a penalty of this strength."""
    begin = f"{FACTOR}2 of the square"
    if strength == 1:
        return f"{begin} cancels the {_figure(strength / 2)} in front"
    return f"{begin} times the {_figure(strength / 2)} in front is {_figure(strength)}"


def _power(function: ScalarFunction | None) -> Number | None:
    if function is None or function.name not in ("square", "power"):
        return None
    return 2 if function.name == "square" else function.parameters["p"]


def _figure(value: Number) -> str:
    return SHARES.get(value) or f"{value:.6g}"


def _sums(formula: Node) -> list[str]:
    """Over which indices the formula sums, said once."""
    terms = formula.terms if isinstance(formula, Add) else (formula,)
    labels = [axis.name for term in terms if isinstance(term, Contract) for axis in term.summed]
    names = list(dict.fromkeys(labels))
    return [f"summed over {_and(names)}"] if names else []


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
