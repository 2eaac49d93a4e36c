"""Updates and mini-batches: read again, and worth what the program does to its parameters."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

import glassprop as gp
from gallery.networks import EXAMPLES, NETWORKS
from gallery.reading import WIDE, Shown
from glassprop.check.reader import NOTATIONS, verify_text
from glassprop.compile.pipeline import build
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Symbol, symbols
from glassprop.show.document.parameter_update import rule_steps
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.mathml import MathmlPrinter
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.formulas.typst import TypstPrinter

ADAM = {"learning_rate": 0.3, "beta1": 0.8, "beta2": 0.9, "epsilon": 0.01, "t": 3}
RULES = {
    gp.SGD: {"learning_rate": 0.3},
    gp.Momentum: {"learning_rate": 0.3, "momentum": 0.8},
    gp.Nesterov: {"learning_rate": 0.3, "momentum": 0.8},
    gp.Adam: ADAM,
    gp.AdamW: {**ADAM, "weight_decay": 0.1},
}
SHARED = {"correction1": 1 - 0.8**3, "correction2": 1 - 0.9**3, "step_size": 0.3 / (1 - 0.8**3)}


def drawn(symbols: list[Symbol]):
    random = np.random.default_rng(1)
    sizes = {"n": EXAMPLES}
    shapes = {s.name: [sizes.get(str(axis.size), axis.size) for axis in s.axes] for s in symbols}
    return {name: random.uniform(0.1, 0.9, shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("profile", ["nielsen", "ng", "goodfellow"])
@pytest.mark.parametrize("rule", RULES)
def test_updates_are_what_a_step_of_training_does(rule, profile):
    derivation = NETWORKS["l2"].small().inner
    program = build(derivation, rule.steps, mini_batch=False)
    arguments = program.routines["train_step"].arguments
    drawn_ones = [s for s in arguments if s.name not in RULES[rule]]
    values = {**drawn(drawn_ones), **RULES[rule]}
    trace = program.functions["trace"]
    before = {s.name: values[s.name] for s in program.routines["trace"].arguments}
    values |= trace(*before.values())
    after = {s.name: np.array(values[s.name]) for s in arguments}
    given = [RULES[rule].get(s.name, after[s.name]) for s in arguments]
    program.functions["train_step"](*given, program.functions["workspace"]())
    for step in rule.steps(derivation):
        text = Shown(step, step.formula).written(profile)
        if step.kind != "update":
            values[step.name] = SHARED[step.name]
            verify_text(text, values, notation=NOTATIONS[profile])
            continue
        assert "←" in text
        verify_text(text, values, notation=NOTATIONS[profile], result=after[step.name])
        values[step.name] = after[step.name]


def updated(rule, numbers):
    """One update of a number θ, written out from the papers."""
    eta, theta, g = numbers["learning_rate"], numbers["theta"], numbers["dC_dtheta"]
    if rule is gp.Momentum:
        velocity = 0.8 * numbers["velocity"] - eta * g
        return {"velocity": velocity, "theta": theta + velocity}
    if rule is gp.Nesterov:
        velocity = 0.8 * numbers["velocity"] - eta * g
        return {"velocity": velocity, "theta": theta - eta * g + 0.8 * velocity}
    m = 0.8 * numbers["m"] + 0.2 * g
    v = 0.9 * numbers["v"] + 0.1 * g * g
    step = eta * (m / (1 - 0.8**3)) / (math.sqrt(v / (1 - 0.9**3)) + 0.01)
    decay = eta * 0.1 * theta if rule is gp.AdamW else 0
    return {"m": m, "v": v, "theta": theta - decay - step}


@pytest.mark.parametrize("profile", ["nielsen", "ng", "goodfellow"])
@pytest.mark.parametrize("rule", [gp.Momentum, gp.Nesterov, gp.Adam, gp.AdamW])
def test_a_document_states_the_rule_that_trained(rule, profile):
    net = gp.Network([3, 2], seed=0)
    net.fit(np.eye(3), [0, 1, 0], epochs=1, optimizer=rule(), progress=False)
    told = net.derivation.explain(WIDE, profile).partition("\nThe update\n")[2]
    lines = [line.strip() for line in told.partition("\nSummary\n")[0].splitlines()]
    equations = [line for line in lines if "←" in line]
    numbers = {"theta": 0.7, "dC_dtheta": -0.4, "m": 0.2, "v": 0.3, "velocity": 0.5, **RULES[rule]}
    after = updated(rule, numbers)
    assert len(equations) == len(after)
    letters = {**NOTATIONS[profile].letters, **({"v": "velocity"} if "velocity" in after else {})}
    notation = replace(NOTATIONS[profile], letters=letters)
    for text, (name, value) in zip(equations, after.items(), strict=True):
        verify_text(text, numbers, notation=notation, result=value)
        numbers[name] = value
    assert ("t is the number of the update" in told) == ("t" in RULES[rule])


def test_powers_of_t_in_every_format():
    *_, step = rule_steps(gp.Adam)
    written = [" ".join(kind().equation(step)) for kind in (TextPrinter, LatexPrinter)]
    assert "1 − β₁ᵗ" in written[0] and r"1 - \beta_{1}^{t}" in written[1]
    typst, mathml = (" ".join(kind().equation(step)) for kind in (TypstPrinter, MathmlPrinter))
    assert "1 - β_1^t" in typst
    assert re.search(r"<msup><mrow>.*?<mi>β</mi><mn>1</mn>.*?</mrow><mrow>.*?<mi>t</mi>", mathml)


@pytest.mark.parametrize("name", ["tiny", "relu_softmax_cross_entropy", "l2", "hinge"])
def test_formulas_of_mini_batches_are_worth_what_the_program_has(name):
    derivation = NETWORKS[name].small().lift().inner
    values = drawn([s for s in derivation.givens if s.role != "size"])
    program = build(derivation)
    arguments = program.routines["trace"].arguments
    values |= program.functions["trace"](*(values[s.name] for s in arguments))
    values["n"] = EXAMPLES
    for step in derivation:
        verify_text(Shown(step, step.formula).written(), values)


OTHERS = {
    "sgdw": gp.SGDW(0.3, 0.1),
    "adagrad": gp.AdaGrad(0.3),
    "rmsprop": gp.RMSProp(0.3, 0.8, 0.01, 0.7, centred=True),
    "nadam": gp.NAdam(0.3, 0.8, 0.9, 0.01),
    "rprop": gp.RProp(0.3, smallest=0.1, largest=0.5),
    "cosine": gp.SGD(0.3, schedule=gp.cosine(2, 0.01, total=7)),
    "one cycle": gp.Adam(0.3, schedule=gp.one_cycle(total=9)),
    "step": gp.SGD(0.3, schedule=gp.step_decay(2, 0.5)),
    "root": gp.SGD(0.3, schedule=gp.inverse_sqrt(2)),
    "limits": gp.Momentum(0.3, 0.8, clip_value=0.05, clip_norm=0.1, max_norm=0.5),
}


@pytest.mark.parametrize("profile", ["nielsen", "goodfellow"])
@pytest.mark.parametrize("name", OTHERS)
def test_other_rules_schedules_and_limits_are_what_training_does(name, profile):
    rule = OTHERS[name]
    derivation = NETWORKS["l2"].small().inner
    program = build(derivation, rule.kind.steps, mini_batch=False)
    arguments = program.routines["train_step"].arguments
    numbers = {**rule.hyper, "t": 3, "pi": math.pi}
    values = {**drawn([s for s in arguments if s.name not in numbers]), **numbers}
    before = [values[s.name] for s in program.routines["trace"].arguments]
    values |= program.functions["trace"](*before)
    after = {s.name: np.array(values[s.name]) for s in arguments}
    given = [numbers.get(s.name, after[s.name]) for s in arguments]
    program.functions["train_step"](*given, program.functions["workspace"]())
    steps, last = rule.kind.steps(derivation), {}
    for place, step in enumerate(steps):
        last[step.name] = place
    for place, step in enumerate(steps):
        text = Shown(step, step.formula).written(profile)
        names = {symbol.name for symbol in symbols(step.formula)}
        inputs = {
            known: value for known, value in values.items() if known in names or known == "pi"
        }
        found = evaluate([step.formula], {k: v for k, v in inputs.items() if k != "pi"})
        result = found[step.formula]
        order = [step.formula.axes.index(axis) for axis in step.symbol.axes]
        result = np.transpose(result, order) if order else result
        values[step.name] = result
        if step.kind == "update" and last[step.name] == place:
            np.testing.assert_allclose(result, after[step.name], rtol=1e-12)
        shown = {**values, **inputs}
        verify_text(text, shown, notation=NOTATIONS[profile], result=result)


@pytest.mark.parametrize("name", OTHERS)
def test_documents_of_any_entry_can_be_read(name):
    """Each printed line of a rule for any entry is worth what its formula is."""
    steps = rule_steps(OTHERS[name].kind)
    random = np.random.default_rng(2)
    values = {"pi": math.pi, **OTHERS[name].hyper, "t": 3}
    for step in steps:
        for symbol in (*symbols(step.formula), step.symbol):
            shape = [int(axis.size) for axis in symbol.axes]
            values.setdefault(symbol.name, random.uniform(0.2, 0.9, shape))
    for step in steps:
        names = {symbol.name for symbol in symbols(step.formula)}
        found = evaluate([step.formula], {k: v for k, v in values.items() if k in names})
        text = " ".join(TextPrinter().equation(step))
        letters = dict(NOTATIONS["nielsen"].letters)
        letters |= {"v": "velocity"} if "velocity" in values and "v" not in values else {}
        notation = replace(NOTATIONS["nielsen"], letters=letters)
        verify_text(text, values, notation=notation, result=found[step.formula])
