"""The passes, what they keep, and programs of unusual size or origin."""

from __future__ import annotations

import inspect
import traceback
from dataclasses import replace
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import glassprop as gp
from chainrule.comparison import Sample, random_values
from chainrule.samples import NETWORKS, mlp
from chainrule.sequences import attention
from compile.programs import ACTIVATIONS, agree, case_of, expected, run, sample_of, updates
from glassprop.chainrule.reverse_sweep import derive, derive_again
from glassprop.chainrule.rules import RULES
from glassprop.compile.pipeline import build
from glassprop.compile.program import Program
from glassprop.errors import FormulaError, NetworkError
from glassprop.formula.algebra import dot, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import symbols

STAGES = [
    *("derive", "lift", "reuse", "prune", "inline", "unfold", "windows", "divide", "shift"),
    *("share", "decide"),
]


def deep(layers: int, activation: str = "sigmoid") -> Program:
    g = Graph()
    axes = [Axis(f"k{layer}", 4) for layer in range(layers + 1)]
    a = x = g.symbol("x", (axes[0],))
    wrt = []
    for layer, (before, after) in enumerate(pairwise(axes), 1):
        W = g.symbol(f"W{layer}", (after, before), "parameter")
        b = g.symbol(f"b{layer}", (after,), "parameter")
        z = g.let(f"z{layer}", dot(W, a, over=before) + b)
        a = g.let(f"a{layer}", g.apply(activation, z))
        wrt += [W, b]
    y = g.symbol("y", (axes[-1],), "target")
    C = g.let("C", total((a - y) ** 2) / 2)
    assert x.axes
    return build(derive(C, wrt, (a,)), updates("momentum"), title="deep")


@pytest.mark.parametrize("name", [*NETWORKS, "sigmoid", "silu", "gelu", "elu"])
def test_every_pass_keeps_the_gradients(name):
    case = case_of(name, name != "batch norm")
    program = case.build()
    assert list(program.stages) == [s for s in STAGES if s != "lift" or case.mini_batch]
    theirs = expected(case.final, case.values)
    for stage in STAGES[2:]:
        steps = program.after(stage)
        ours = expected(steps, case.values)
        agree({g.name: ours[g.name] for g in steps.gradients.values()}, theirs, 1e-12)


def test_a_stage_that_is_not_there():
    with pytest.raises(NetworkError, match="no stage 'shared'; did you mean 'share'"):
        case_of("sigmoid", True).build().after("shared")


def test_what_is_costly_and_used_twice_is_computed_once():
    program = case_of("silu", True).build()
    source = program.source[program.source.index("def gradients") :]
    source = source[: source.index("def trace")]
    assert source.count("np.exp(") == 1
    conv = case_of("convolution", True).build()
    source = conv.source[conv.source.index("def gradients") : conv.source.index("def trace")]
    assert source.count(" windows(") == 1 and source.count("= windows(") == 1


def test_names_are_the_same_in_all_functions():
    program = case_of("attention", True).build()
    shared = [s for r in program.routines.values() for s in r.steps if s.rule == "share"]
    formulas = {step.name: step.formula for step in shared}
    assert formulas and all(formulas[step.name] is step.formula for step in shared)


def test_three_hundred_layers():
    program = deep(300)
    symbols = program.routines["gradients"].arguments
    values = {s.name: random_values([s], 1)[s.name] for s in symbols}
    found = run(program, "gradients", values)
    assert len(found) == 600 and all(np.isfinite(v).all() for v in found.values())


def test_a_sum_of_a_thousand_terms_and_a_formula_a_thousand_deep():
    g = Graph()
    x = g.symbol("x", (Axis("i", 3),))
    w = g.symbol("w", (Axis("i", 3),), "parameter")
    many = g.let("many", g.add([g.apply("sin", w * k) * x for k in range(1, 1001)]))
    nested = w
    for _ in range(1000):
        nested = g.apply("sin", nested) + x
    C = g.let("C", total(many * nested))
    program = build(derive(C, [w]), updates("descent"))
    values = {"x": np.full((2, 3), 0.3), "w": np.array([0.1, 0.2, 0.3])}
    theirs = jax.grad(lambda w: _thousand(w, values["x"][0]))(values["w"])
    agree(run(program, "gradients", values), {"dC_dw": theirs}, 1e-10)


def _thousand(w, x):
    many = sum(jnp.sin(w * k) * x for k in range(1, 1001))
    nested = w
    for _ in range(1000):
        nested = jnp.sin(nested) + x
    return jnp.sum(many * nested)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", [a for a in ACTIVATIONS if a != "exp"])
def test_no_warning_for_large_activations(activation, dtype):
    g = Graph()
    i, j = Axis("i", 2), Axis("j", 3)
    x, y = g.symbol("x", (i,)), g.symbol("y", (j,), "target")
    W = g.symbol("W", (j, i), "parameter")
    z = g.let("z", dot(W, x, over=i))
    a = g.let("a", g.apply(activation, z))
    C = g.let("C", total((a - y) ** 2) / 2)
    program = build(derive(C, [W], (a,)), updates("descent"), dtype)
    extremes = np.array([[1e4, 0.0], [-1e4, 0.0], [0.0, 1.0], [100.0, 0.0], [-100.0, 3.0]])
    values = {"x": extremes, "y": np.zeros((5, 3)), "W": np.array([[1, 0], [0.5, 1], [0, 0.0]])}
    for routine in ("predict", "gradients", "trace"):
        for name, value in run(program, routine, values).items():
            assert np.isfinite(value).all(), name


def test_softmax_of_large_inputs():
    g = Graph()
    i, k = Axis("i", 3), Axis("k", 3)
    x, y = g.symbol("x", (i,)), g.symbol("y", (k,), "target", probability=True)
    W = g.symbol("W", (k, i), "parameter")
    a = g.let("a", softmax(g.let("z", dot(W, x, over=i))))
    C = g.let("C", -total(y * g.apply("log", a)))
    program = build(derive(C, [W], (a,)), dtype="float32")
    values = {"x": np.array([[1e4, -1e4, 0], [0, 1e4, 1e4]]), "y": np.eye(3)[:2], "W": np.eye(3)}
    assert "errstate" not in program.source
    for value in run(program, "trace", values).values():
        assert np.isfinite(value).all()


def test_warnings_are_silenced_only_where_exp_can_overflow():
    guarded = {a: "errstate" in case_of(a, True).build().source for a in ACTIVATIONS}
    assert {a for a, yes in guarded.items() if yes} == {"exp", "sigmoid", "silu", "softplus"}


@pytest.mark.parametrize("key", list(RULES))
def test_a_mutated_rule_flows_through_and_is_caught(key):
    name = {"max": "max pooling", "logsumexp": "attention"}.get(key, "sigmoid")
    sample = sample_of(name)

    def twice(node, adjoint, place, rule=RULES[key]):
        return 2 * rule.adjoint(node, adjoint, place)

    rules = {**RULES, key: replace(RULES[key], adjoint=twice)}
    program = build(sample.derive(rules), mini_batch=False)
    honest = build(sample_of(name).derive(), mini_batch=False)
    assert program.source != honest.source
    ours, theirs = (run(p, "gradients", sample.values) for p in (program, honest))
    with pytest.raises(AssertionError, match="relative error"):
        agree(ours, theirs, 1e-3)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("sigmoid", {"output_form": "a * (1 + a)"}),
        ("sigmoid", {"numpy": "1 / (1 + np.exp(z))"}),
        ("softplus", {"derivative": ("sigmoid(-z)",)}),
        ("square", {"derivative": ("3 * z",)}),
        ("silu", {"formula": "z * sigmoid(2 * z)"}),
    ],
)
def test_a_mutated_record_flows_through_and_is_caught(name, change, monkeypatch):
    honest = case_of(name, False)
    monkeypatch.setitem(FUNCTIONS, name, replace(FUNCTIONS[name], **change))
    program = build(mlp(name).derive(), mini_batch=False)
    with pytest.raises(AssertionError, match="relative error"):
        agree(run(program, "trace", honest.values), expected(honest.final, honest.values), 1e-3)


@pytest.mark.parametrize(
    "sample", [mlp("sigmoid"), mlp("gelu"), mlp("softplus"), attention()], ids=lambda s: s.name
)
@pytest.mark.parametrize("mini_batch", [True, False])
def test_hessian_vector_products_agree_with_jax(sample: Sample, mini_batch: bool):
    from glassprop.chainrule.mini_batch import lift

    derivation = lift(sample.derive()) if mini_batch else sample.derive()
    graph, gradients = derivation.graph, derivation.gradients
    wrt = [w for w in gradients if w.role == "parameter"]
    along = [graph.symbol(f"v_{w.name}", w.axes, "variable") for w in wrt]
    slope = total(gradients[wrt[0]] * along[0])
    for w, v in zip(wrt[1:], along[1:], strict=True):
        slope = slope + total(gradients[w] * v)
    again = derive_again(derivation, graph.let("s", slope), wrt)
    program = build(again, mini_batch=False)

    data = [s.name for s in derivation.givens if s.role in ("input", "target")]
    values = {**sample.values, **random_values(along, 9)}
    if mini_batch:
        values |= {
            name: np.stack([sample.values[name], 0.5 * sample.values[name]]) for name in data
        }
    found = run(program, "gradients", values)
    at = {w.name: sample.values[w.name] for w in wrt}

    def cost(p):
        fixed = {**sample.values, **p}
        if not mini_batch:
            return sample.reference(**fixed)
        each = [sample.reference(**{**fixed, **{d: values[d][k] for d in data}}) for k in (0, 1)]
        return (each[0] + each[1]) / 2

    v = {w.name: values[f"v_{w.name}"] for w in wrt}
    theirs = jax.jit(lambda p, v: jax.jvp(jax.grad(cost), (p,), (v,))[1])(at, v)
    names = {g.name: w.name for w, g in again.gradients.items()}
    agree({names[k]: value for k, value in found.items()}, theirs, 1e-11)


def test_a_name_that_the_source_needs_is_refused():
    g = Graph()
    k = Axis("k", 3)
    w = g.symbol("logsumexp", (k,), "parameter")
    a = g.let("a", softmax(w))
    with pytest.raises(FormulaError, match="'logsumexp' is used by the emitted source"):
        build(derive(g.let("C", total(a**2)), [w], (a,)))


def test_tracebacks_show_the_emitted_lines():
    case = case_of("sigmoid", True)
    program = case.build()
    values = {**case.values, "W1": np.zeros((4, 2))}
    with pytest.raises(ValueError, match="matmul") as caught:
        run(program, "gradients", values)
    shown = "".join(traceback.format_exception(caught.value))
    assert "z1 = x @ W1.T + b1" in shown and "glassprop mlp sigmoid" in shown


def test_support_is_emitted_as_it_stands():
    from glassprop.compile.numpy_source import emitted_helpers

    program = case_of("convolution", True).build()
    for helper in (emitted_helpers.windows, emitted_helpers.overlap):
        assert inspect.getsource(helper).rstrip() in program.source


def test_nothing_is_computed_that_is_used_by_nothing():
    """The pass `decide` writes a condition out again, which a step had been made for."""
    cost = gp.cost("chosen", "sum((mean(y) > 0) * exp(a)) + sum(a) * sign(sum((a - y)**2))")
    program = gp.Network(1, gp.Dense(3), cost=cost)._program()
    for routine in program.routines.values():
        used = {symbol for step in routine.steps for symbol in symbols(step.formula)}
        idle = [s.name for s in routine.steps if s.symbol not in used and s.name.startswith("t")]
        assert idle == [], routine.name
