"""`train_step` against the gradients of the same program followed by the update as a formula."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from chainrule.comparison import Arrays
from compile.programs import (
    CASES,
    HYPER,
    RULES,
    agree,
    case_name,
    case_of,
    cast_to,
    run,
    states,
    updates,
)
from compile.test_layout import AXES, EXAMPLES, contractions, values_of
from glassprop.chainrule.derivation import Derivation
from glassprop.compile.numpy_source.emit import (
    Lines,
    expression_function,
    in_place_functions,
    module,
)
from glassprop.compile.numpy_source.load import load
from glassprop.compile.program import Program, Routine
from glassprop.errors import FormulaError
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Factor, Node, Step


def reference_step(program: Program, values: Arrays) -> Arrays:
    """Gradients by the function `gradients`, then the updates by the evaluator, in order."""
    known = {**values, **run(program, "gradients", values)}
    graph_values = {k: np.asarray(v, dtype=float) for k, v in known.items()}
    defined: list[Step] = []
    for step in program.routines["train_step"].steps:
        if step.kind == "update":
            found = evaluate([step.formula], graph_values, defined)[step.formula]
            graph_values[step.name] = np.broadcast_to(found, graph_values[step.name].shape).copy()
            defined = []
        elif step.symbol not in set(program.after("reuse").gradients.values()):
            defined.append(step)
    return graph_values


def step_in_place(program: Program, values: Arrays, work: object) -> Arrays:
    symbols = program.routines["train_step"].arguments
    given = {s.name: cast_to(program.dtype, values[s.name]) for s in symbols}
    hyper = {s.name for s in symbols if s.role == "hyper"}
    updated = {s.name for s in program.routines["train_step"].steps if s.kind == "update"}
    for name, array in given.items():
        array.flags.writeable = name in updated
    call = [float(v) if k in hyper else v for k, v in given.items()]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program.functions["train_step"](*call, work)
    return given


EVERY = list(RULES)
TURNS = [
    (case, rule)
    for k, case in enumerate(CASES)
    for rule in (EVERY if k % 5 == 0 else [EVERY[k % len(EVERY)], EVERY[(k + 2) % len(EVERY)]])
]
"""Each case with two of the rules in turn, and some with all."""


@pytest.mark.parametrize(
    ("case", "rule"), TURNS, ids=[f"{case_name(case)}-{rule}" for case, rule in TURNS]
)
def test_a_step_is_gradients_then_updates(case, rule):
    case = case_of(*case)
    program = case.build(updates(rule))
    values = {**case.values, **HYPER, **states(program)}
    sizes = [3] if case.mini_batch else [5] if case.sample.name == "batch norm" else []
    work = program.functions["workspace"](*sizes)
    for _ in range(2):
        theirs = reference_step(program, values)
        ours = step_in_place(program, values, work)
        changed = [s.name for s in program.routines["train_step"].steps if s.kind == "update"]
        agree({k: ours[k] for k in changed}, theirs, 1e-11)
        values = {**values, **{k: ours[k] for k in changed}}


N, A, B, P = AXES[5], AXES[1], AXES[3], AXES[2]
"""The mini-batch, two axes of the same size, so that memory is shared often, and a small one."""


@st.composite
def routines(draw: st.DrawFn) -> Routine:
    """Random named steps over few shapes, then updates of parameters and states by any of them."""
    graph = Graph()
    x, y = graph.symbol("x", (N, A)), graph.symbol("y", (N, B), "target")
    W, V = graph.symbol("W", (A, B), "parameter"), graph.symbol("V", (B, A), "parameter")
    b, s = graph.symbol("b", (B,), "parameter"), graph.symbol("s", (), "parameter")
    m, age = graph.symbol("m", (A, B), "state"), graph.symbol("age", (), "state")
    rate = graph.symbol("rate", (), "hyper")
    given: list[Node] = [x, y, W, V, b, s, m, age, rate]
    steps: list[Step] = []

    def tried(pool: list[Node]) -> Node:
        try:
            return grow(pool)
        except FormulaError:  # a sum of formulas whose axes do not fit
            return pool[0]

    def pick(pool: list[Node], axes: tuple | None = None) -> Node:
        fits = [u for u in pool if axes is None or set(u.axes) <= set(axes)]
        return draw(st.sampled_from(fits))

    def grow(pool: list[Node]) -> Node:
        u = pick(pool)
        kind = draw(st.integers(0, 9))
        if kind <= 2:
            name = draw(st.sampled_from(["tanh", "relu", "sigmoid", "step", "abs", "softplus"]))
            return graph.apply(name, u)
        if kind <= 4:
            v = pick(pool, u.axes)
            return u + v if draw(st.booleans()) else v - u
        if kind == 5:
            return u * pick(pool, u.axes)
        if kind == 6 and u.axes:
            return graph.reduce(draw(st.sampled_from(["max", "logsumexp"])), u, u.axes[-1:])
        if kind == 7 and set(u.axes) == {A, B}:
            return graph.contract(
                1, [_factor(u, {A: B, B: A})], draw(st.sampled_from([(A, B), (B, A)]))
            )
        if kind == 8 and A in u.axes and not {P, AXES[0]} & set(u.axes):
            q, r = P, AXES[0]
            selected = graph.select(A, q, r)
            return graph.contract(
                1,
                [_factor(selected, {}), _factor(u, {})],
                tuple(a for axis in u.axes for a in ((q, r) if axis == A else (axis,))),
            )
        return u if kind == 9 else draw(contractions(graph, [u, pick(pool)]))

    pool = list(given)
    for number in range(draw(st.integers(1, 9))):
        formula = tried(pool[-4:] + given[:5])
        for _ in range(draw(st.integers(0, 3))):
            formula = draw(st.sampled_from([tried([formula, *pool[-3:]]), formula]))
        axes = tuple(draw(st.permutations(formula.axes)))
        symbol = graph.symbol(f"h{number}", axes, "step")
        steps.append(Step(symbol, formula))
        pool.append(symbol)
    for target in draw(st.lists(st.sampled_from([W, V, b, s, m, age, m]), min_size=1)):
        fits = [u for u in pool if set(u.axes) <= set(target.axes)]
        formula = draw(st.sampled_from([target, s, rate])) * pick(fits) + target
        if draw(st.booleans()):
            formula = formula + graph.apply("tanh", pick(fits))
        if target.axes == (A, B) and draw(st.booleans()):
            turned = graph.contract(1, [_factor(pick([W, V, m]), {A: B, B: A})], (A, B))
            formula = formula * turned
        steps.append(Step(target, formula, "update"))
    results = [step.symbol for step in steps if step.kind != "update"]
    results = draw(st.lists(st.sampled_from(results), unique=True, max_size=2))
    used = Derivation(graph, tuple(steps), steps[0].symbol, {})
    return Routine("train_step", "", used, tuple(results), tuple(given))  # type: ignore[arg-type]


def _factor(u: Node, names: dict) -> Factor:
    return Factor(u, tuple(names.get(axis, axis) for axis in u.axes))


def by_expressions(routine: Routine) -> str:
    """The same steps, updates too, as plain assignments."""
    changed = dict.fromkeys(step.symbol for step in routine.steps if step.kind == "update")
    whole = Routine("trace", "", routine.steps, (*routine.results, *changed), routine.arguments)
    return expression_function(whole, Lines(list(routine.steps), "float64"))


def called(function, routine: Routine, values: Arrays, *work):
    given = [
        float(values[s.name]) if s.role == "hyper" else values[s.name] for s in routine.arguments
    ]
    try:
        with np.errstate(all="ignore"):
            return function(*given, *work)
    except ZeroDivisionError:  # of Python numbers
        reject()


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(routines())
def test_no_memory_is_overwritten_while_it_is_needed(routine):
    lines = Lines(list(routine.steps), "float64")
    source = module([by_expressions(routine), *in_place_functions(routine, lines)], "test")
    functions = load(source, "test")
    values = {k: np.array(0.5 * v) for k, v in values_of(list(routine.arguments)).items()}
    work = functions["narrow"](functions["workspace"](EXAMPLES + 2), EXAMPLES)
    for array in work:
        array.fill(np.nan if array.dtype == float else True)
    for _ in range(2):
        theirs = called(functions["trace"], routine, {k: v.copy() for k, v in values.items()})
        found = called(functions["train_step"], routine, values, work)
        found = found if len(routine.results) > 1 else [found]
        named = dict(zip((r.name for r in routine.results), found, strict=False))
        for name, want in theirs.items():
            ours = {**values, **named}[name]
            np.testing.assert_allclose(ours, want, 1e-13, 1e-13, err_msg=f"{name}\n{source}")
