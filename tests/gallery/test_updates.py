"""Updates and mini-batches: read again, and worth what the program does to its parameters."""

import numpy as np
import pytest

import glassprop as gp
from gallery.networks import EXAMPLES, NETWORKS
from gallery.reading import Shown
from glassprop.check.reader import NOTATIONS, verify_text
from glassprop.compile.pipeline import build
from glassprop.formula.nodes import Symbol

RULES = {gp.SGD: {"learning_rate": 0.3}, gp.Momentum: {"learning_rate": 0.3, "momentum": 0.8}}


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
    values = {**drawn([s for s in arguments if s.role != "hyper"]), **RULES[rule]}
    trace = program.functions["trace"]
    before = {s.name: values[s.name] for s in program.routines["trace"].arguments}
    values |= trace(*before.values())
    after = {s.name: np.array(values[s.name]) for s in arguments}
    given = [RULES[rule].get(s.name, after[s.name]) for s in arguments]
    program.functions["train_step"](*given, program.functions["workspace"]())
    for step in rule.steps(derivation):
        text = Shown(step, step.formula).written(profile)
        assert "←" in text
        verify_text(text, values, notation=NOTATIONS[profile], result=after[step.name])
        values[step.name] = after[step.name]


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
