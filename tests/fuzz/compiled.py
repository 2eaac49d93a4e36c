"""The compiled engine: many formulas in one network, since compiling takes seconds.

The cost is a weighted sum of drawn costs, so that each is seen in the gradient, and each layer has
an activation of its own.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from . import draw
from .cases import Case, Layer, costs, data_of, gradients
from .checks import CHECKS, Checked, Failure, fitted, outputs_differ
from .libraries import Careful
from .tree import A, Tree, Y, call, tree
from .written import text_of

COSTS = 16
"""In one network."""
LONGEST = 5000
"""Characters of all costs together."""


def compiled_outputs(checked: Checked) -> Failure | None:
    """The outputs of the compiled predictor, for many examples and for one."""
    predictor, x = checked.net.compile(), checked.data.x
    single = np.array([predictor(row) for row in x])
    return outputs_differ(checked, "the compiled predictor", predictor(x)) or outputs_differ(
        checked, "the compiled predictor, one by one", single.reshape(len(x), -1)
    )


def compiled_step(checked: Checked) -> Failure | None:
    """A step of gradient descent by the compiled engine."""
    found = checked.stepped(fitted(checked))
    if checked.net.engine != "compiled":
        return Failure("the compiled engine", "compiled", checked.net.engine)
    return checked.gradients_differ("a compiled training step", found)


CHECKS["compiled"] = (compiled_outputs, compiled_step)


def drawn_wide(seed: int, number: int) -> Case:
    """A network with an activation of its own in each layer and a sum of many costs."""
    source = random.Random(f"wide {seed}/{number}")
    terms: list[Tree] = []
    case = _network(source)
    while len(terms) < COSTS // 2:
        case, terms = _network(source), []
        for _ in range(8 * COSTS if data_of(case) else 0):
            root = draw.cost(source)
            weight = _weight(replace(case, cost=root))
            if weight:
                terms.append(tree(weight) * root)
            if len(terms) == COSTS or sum(len(text_of(term)) for term in terms) > LONGEST:
                break
    return replace(case, cost=_sum(terms), costs=len(terms))


def _network(source: random.Random) -> Case:
    layers = [
        Layer(source.randint(1, 9), draw.activation(source, source.random() < 0.4), "python")
        for _ in range(source.choice([1, 2, 2, 3]))
    ]
    layers[-1] = replace(layers[-1], units=source.choice([1, 2, 3, 5, 10, 12]))
    sparse = source.random() < 0.25
    return Case(
        inputs=40 if sparse else source.randint(1, 5),
        layers=tuple(layers),
        cost=call("sum", A * Y),
        examples=source.choice([1, 2, 3, 4, 5, 6, 8, 16, 33]),
        dtype="float32" if source.random() < 0.15 else "float64",
        seed=source.randrange(10**6),
        density=0.1 if sparse else 1.0,
    )


def _sum(terms: list[Tree]) -> Tree:
    found = terms[0]
    for term in terms[1:]:
        found = found + term
    return found


def _weight(case: Case) -> float:
    """Makes the gradient of a cost about as large as that of others; 0 where it is not smooth."""
    data = data_of(replace(case, cost=call("sum", A * Y)))
    if data is None:
        return 0.0
    careful = Careful(len(data.x))
    with np.errstate(all="ignore"):
        costs(case, data.parameters, data.x, data.y, careful)
    if not careful.good.all():
        return 0.0
    largest = max(np.abs(slope).max() for slope in gradients(case, data).values())
    return float(f"{1 / largest:.2g}") if 1e-6 < largest < 1e4 else 0.0


def terms_of(root: Tree) -> Iterator[Tree]:
    """The terms of a sum of costs."""
    if root.op == "+":
        yield from terms_of(root.parts[0])
        yield root.parts[1]
    else:
        yield root


def narrowed(case: Case, fails: Callable[[Case], bool]) -> Case:
    """The case with one of its costs alone, where it fails so."""
    for term in sorted(terms_of(case.cost), key=lambda one: one.weight):
        one = replace(case, cost=term)
        if term.uses("a") and term.uses("y") and fails(one):
            return one
    return case
