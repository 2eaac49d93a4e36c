"""Why a step is true: the chain rule by name and in a sentence, for the reader of a derivation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from glassprop.chainrule.rules import Rule
from glassprop.formula.nodes import Add, Contract, Node, Symbol


@dataclass(frozen=True)
class Part:
    """What one use of a quantity gives to the derivative of the cost by it.

    Attributes:
        formula: the contribution.
        through: the step that uses the quantity.
        rules: names in the table of rules of what the contribution came through, cost first.
    """

    formula: Node
    through: Symbol
    rules: tuple[str, ...]


def explain(
    parts: Sequence[Part], formula: Node, of: Symbol, cost: Symbol, rules: Mapping[str, Rule]
) -> tuple[str, str]:
    """The rule in a few words, and the reason in a sentence, for ∂cost/∂of."""
    if not parts:
        return "constant", f"{cost.name} does not change with {of.name}"
    through = list(dict.fromkeys(part.through for part in parts))
    whole = f"∂{cost.name}/∂{of.name}"
    rule = f"chain rule through {_and([step.name for step in through])}"
    if through == [cost]:
        rule = f"derivative of {cost.name}"
        reason = f"{cost.name} is stated by {of.name} directly"
    else:
        others = [step.name for step in through if step is not cost]
        terms = " + ".join(_product(cost, step, of, others) for step in through)
        which = _and([step.name for step in through])
        reason = f"{whole} = {terms}, since {of.name} changes {cost.name} through {which}"
        if len(through) > 1:
            reason += ", whose contributions are added"
    return rule, "; ".join([reason, *_sentences(parts, rules), *_sums(formula)])


def explain_part(part: Part, cost: Symbol, rules: Mapping[str, Rule]) -> tuple[str, str]:
    """The same for a part of a formula, which gets a name because it is used more than once."""
    where = part.through.name
    reason = (
        f"the derivative of {cost.name} by a part of {where} that is used more than once, "
        "named so that it is computed once"
    )
    sums = _sums(part.formula)
    return f"chain rule inside {where}", "; ".join([reason, *_sentences([part], rules), *sums])


def _product(cost: Symbol, step: Symbol, of: Symbol, others: Sequence[str]) -> str:
    local = f"∂{step.name}/∂{of.name}"
    if step is cost:
        return f"({local} with {_and(others)} fixed)"
    return f"∂{cost.name}/∂{step.name} · {local}"


def _sentences(parts: Sequence[Part], rules: Mapping[str, Rule]) -> list[str]:
    return [rules[key].sentence for key in dict.fromkeys(k for part in parts for k in part.rules)]


def _sums(formula: Node) -> list[str]:
    """Over which indices the formula sums, said once."""
    terms = formula.terms if isinstance(formula, Add) else (formula,)
    labels = [axis.name for term in terms if isinstance(term, Contract) for axis in term.summed]
    names = list(dict.fromkeys(labels))
    return [f"summed over {_and(names)}"] if names else []


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
