"""The matrix forms of every step, in every notation, are worth what the program computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import glassprop as gp
from glassprop.chainrule.mini_batch import lift
from glassprop.formula.algebra import substitute
from glassprop.formula.functions.table import RECORDS
from glassprop.formula.nodes import symbols
from glassprop.models.update_rules import SGD, Adam, AdamW, Momentum, Nesterov
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.matrices.entry_names import Entries
from glassprop.show.matrices.forms import forms
from glassprop.show.matrices.reasons import said
from glassprop.show.notation.notation import NIELSEN, NOTATIONS, Notation
from glassprop.show.notation.quantity_kinds import of_data
from show.derivations import ALL
from show.matrix_text import compute

OWN = Notation(
    "own",
    weighted="net",
    activation="out",
    weights="V",
    inputs="u",
    targets="t",
    cost="E",
    loss="E",
    layers="parentheses",
    first=2,
    vectors="rows",
    examples="columns",
    size="q",
    mean="sum",
)
EVERY = [*NOTATIONS.values(), OWN, replace(NIELSEN, name="mean", mean="mean")]
COUNT = 7


def network(layers, **settings):
    made = gp.Network(4, *layers, seed=3, **settings)
    for array in made.parameters.values():
        array += 0.1
    return made


def data(net, count):
    random = np.random.default_rng(5)
    x = random.normal(size=(count, 4))
    labels = random.integers(0, net.architecture.sizes[-1], count)
    cost = net.architecture.cost
    if cost.labels == "signs":
        return x, np.sign(random.normal(size=(count, net.architecture.sizes[-1])))
    if net.architecture.sizes[-1] == 1:
        return x, random.uniform(0.1, 0.9, size=(count, 1))
    return x, np.eye(net.architecture.sizes[-1])[labels]


def values(net, count):
    x, y = data(net, count)
    return {"x": x, "y": y, **net.parameters, **net.trace(x, y)}


def two_axes(array, notation, batch, of_examples):
    """An array as matrices have it: numbers stay numbers, vectors become columns or rows."""
    array = np.asarray(array)
    if array.ndim != 1:
        return array
    if batch and of_examples:
        return array[:, None] if notation.examples == "rows" else array[None, :]
    return array[:, None] if notation.vectors == "columns" else array[None, :]


def tables(derivation, found, notation, batch):
    """Printed names with their arrays, for one example or for a mini-batch."""
    count = COUNT if batch else None
    writer = Entries(TextPrinter(notation), batch)
    names = {notation.size: float(COUNT)} if batch else {}
    for symbol in (*derivation.givens, *(step.symbol for step in derivation.steps)):
        array = notation.array(symbol, found[symbol.name], count)
        # a quantity with indices of its own and one for the examples is a matrix already
        own = len(symbol.axes) == 0 and of_data(symbol)
        text = writer.entry(symbol, ()).text
        assert text not in names, f"{text} is written for two quantities"
        names[text] = two_axes(array, notation, batch, own)
    return names


NETWORKS = {
    "sigmoid": lambda: network([gp.Dense(3, "sigmoid"), gp.Dense(2, "sigmoid")]),
    "one output": lambda: network([gp.Dense(3, "sigmoid"), gp.Dense(1, "sigmoid")]),
    "l2": lambda: network([gp.Dense(3, "tanh"), gp.Dense(2, "sigmoid")], l2=0.3),
    "softmax": lambda: network(
        [gp.Dense(3, "relu"), gp.Dense(3, "softmax")], cost="cross_entropy", l2=0.01
    ),
    "softmax inside": lambda: network([gp.Dense(3, "softmax"), gp.Dense(2, "softmax")]),
    "binary": lambda: network(
        [gp.Dense(3, "elu"), gp.Dense(2, "sigmoid")], cost="binary_cross_entropy"
    ),
    "hinge": lambda: network([gp.Dense(3, "gelu"), gp.Dense(2)], cost="hinge"),
    "huber": lambda: network([gp.Dense(3, "silu"), gp.Dense(2)], cost="huber"),
    "absolute": lambda: network([gp.Dense(3, "softplus"), gp.Dense(2)], cost="absolute"),
    "quartic": lambda: network(
        [gp.Dense(3, "tanh"), gp.Dense(2)], cost=gp.cost("quartic_for_forms", "sum((a - y)**4)")
    ),
    "ratio": lambda: network(
        [gp.Dense(3, "sigmoid"), gp.Dense(2, "sigmoid")],
        cost=gp.cost(
            "ratio_for_forms", "sum(y / a) + sum(a) * sum(a * y) / (sum(a**2) + sum(y**2))"
        ),
    ),
    "deep": lambda: network([gp.Dense(k, "sigmoid") for k in (3, 5, 2, 2)]),
} | {
    record.name: (lambda name=record.name: network([gp.Dense(3, name), gp.Dense(2, name)]))
    for record in RECORDS
    if record.activation
}


@pytest.mark.parametrize("notation", EVERY, ids=lambda notation: notation.name)
@pytest.mark.parametrize("name", NETWORKS)
def test_every_form_of_every_step_is_worth_what_the_program_computes(name, notation):
    net = NETWORKS[name]()
    derivation = net.derivation.inner
    printer = TextPrinter(notation)
    for batch in (False, True):
        found = values(net, COUNT if batch else 1)
        names = tables(derivation, found, notation, batch)
        axis = (0 if notation.examples == "rows" else 1) if batch else None
        for step in derivation.steps:
            made = forms(step, printer)
            form = made.batch if batch else made.example
            assert form is not None, step.name
            left, sign, right = form
            assert sign == "="
            value = compute(right, names, axis)
            repeats = "𝟏" in right or not value.ndim
            assert repeats or value.shape == names[left].shape, f"{left} = {right}"
            np.testing.assert_allclose(
                *np.broadcast_arrays(value, names[left]), rtol=1e-9, atol=1e-12, err_msg=right
            )


ADAM = {"learning_rate": 0.25, "beta1": 0.75, "beta2": 0.875, "epsilon": 0.5, "weight_decay": 0.125}
ADAM |= {"correction1": 0.625, "correction2": 0.75, "step_size": 0.25 / 0.625}


def updated(rule, step, program):
    """A parameter or a state after its update."""
    old, theta = program[step.name], step.name.partition("_")[2] or step.name
    slope = program[f"dC_d{theta}"]
    if issubclass(rule, Adam):
        if step.name == f"m_{theta}":
            return 0.75 * old + 0.25 * slope
        if step.name == f"v_{theta}":
            return 0.875 * old + 0.125 * slope**2
        decay = 0.25 * 0.125 * old if rule is AdamW else 0
        m, v = program[f"m_{theta}"], program[f"v_{theta}"]
        return old - decay - 0.4 * m / (np.sqrt(v / 0.75) + 0.5)
    if rule is SGD:
        return old - 0.25 * slope
    if step.symbol.role == "state":
        return 0.5 * old - 0.25 * slope
    velocity = program[f"velocity_{theta}"]
    return old + (velocity if rule is Momentum else 0.5 * velocity - 0.25 * slope)


@pytest.mark.parametrize("rule", [SGD, Momentum, Nesterov, Adam, AdamW])
@pytest.mark.parametrize("notation", EVERY, ids=lambda notation: notation.name)
def test_updates_are_worth_what_the_program_does(notation, rule):
    net = NETWORKS["l2"]()
    found = values(net, COUNT)
    lifted = lift(net.derivation.inner)
    random = np.random.default_rng(1)
    steps = [step for step in rule.steps(lifted) if step.kind == "update"]
    printer = TextPrinter(notation)
    program = {**found, **ADAM, "momentum": 0.5}
    for step in steps:
        if step.symbol.role == "state":
            program[step.name] = random.uniform(0.1, 1.0, size=step.shape)
    writer = Entries(printer, batch=False)
    names = {notation.size: float(COUNT)}
    originals = {symbol.name: symbol for symbol in net.derivation.inner.gradients.values()}
    for step in steps:
        for symbol in {step.symbol, *_symbols(step)}:
            known = originals.get(symbol.name, symbol)
            array = notation.array(known, program[symbol.name], COUNT)
            names[writer.entry(symbol, ()).text] = two_axes(array, notation, True, False)
    for step in steps:
        left, sign, right = forms(step, printer).batch
        assert sign == "←"
        assert left in names
        expected = updated(rule, step, program)
        expected = notation.array(step.symbol, expected, COUNT)
        np.testing.assert_allclose(
            compute(right, names, None), two_axes(expected, notation, True, False)
        )


def _symbols(step):
    return symbols(step.formula)


EXAMPLE = {
    "nielsen": {
        "z1": "W¹x + b¹",
        "dC_da1": "(W²)ᵀδ²",
        "delta1": "∂Cₓ/∂a¹ ⊙ σ′(z¹)",
        "dC_dW1": "δ¹xᵀ",
    },
    "ng": {
        "z1": "W^[1]x + b^[1]",
        "dC_da1": "W^[2]ᵀ dz^[2]",
        "delta1": "da^[1] ⊙ σ′(z^[1])",
        "dC_dW1": "dz^[1]xᵀ",
    },
    "cs231n": {
        "z1": "x W₁ + b₁",
        "dC_da1": "dz₂W₂ᵀ",
        "delta1": "dh₁ ⊙ σ′(z₁)",
        "dC_dW1": "xᵀ dz₁",
    },
    "goodfellow": {
        "z1": "W⁽¹⁾x + b⁽¹⁾",
        "dC_da1": "W⁽²⁾ᵀg⁽²⁾",
        "delta1": "∂L/∂h⁽¹⁾ ⊙ σ′(a⁽¹⁾)",
        "dC_dW1": "g⁽¹⁾xᵀ",
    },
}
BATCH = {
    "nielsen": {
        "z1": "X (W¹)ᵀ + 𝟏 (b¹)ᵀ",
        "C": "(1/(2n)) ‖A² − Y‖²",
        "dC_da1": "Δ²W²",
        "dC_db1": "(1/n) (Δ¹)ᵀ𝟏",
        "dC_dW1": "(1/n) (Δ¹)ᵀX",
    },
    "ng": {
        "z1": "W^[1]X + b^[1]𝟏ᵀ",
        "C": "(1/m) ½ ‖A^[2] − Y‖²",
        "dC_da1": "W^[2]ᵀ dZ^[2]",
        "dC_db1": "(1/m) dZ^[1]𝟏",
        "dC_dW1": "(1/m) dZ^[1]Xᵀ",
    },
    "cs231n": {
        "z1": "X W₁ + 𝟏 b₁",
        "dC_da1": "dZ₂W₂ᵀ",
        "dC_db1": "(1/N) 𝟏ᵀ dZ₁",
        "dC_dW1": "(1/N) Xᵀ dZ₁",
    },
    "goodfellow": {
        "z1": "X W⁽¹⁾ᵀ + 𝟏 b⁽¹⁾ᵀ",
        "dC_da1": "G⁽²⁾W⁽²⁾",
        "dC_dW1": "(1/m) G⁽¹⁾ᵀX",
    },
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_the_forms_are_those_of_the_courses(notation):
    derivation = NETWORKS["sigmoid"]().derivation
    printer = TextPrinter(NOTATIONS[notation])
    found = {step.name: forms(step, printer) for step in derivation}
    assert {n: found[n].example[2] for n in EXAMPLE[notation]} == EXAMPLE[notation]
    assert {n: found[n].batch[2] for n in BATCH[notation]} == BATCH[notation]


def test_steps_that_are_written_out_have_the_form_of_the_book():
    derivation = NETWORKS["sigmoid"]().derivation
    inner = {derivation["dC_da1"].symbol: derivation["dC_da1"].formula}
    step = derivation["delta1"]
    made = forms(step, TextPrinter(), substitute(step.formula, inner))
    assert made.example == ("δ¹", "=", "(W²)ᵀδ² ⊙ σ′(z¹)")
    assert made.batch == ("Δ¹", "=", "Δ²W² ⊙ σ′(Z¹)")
    tex = forms(step, LatexPrinter(), substitute(step.formula, inner))
    assert tex.example[2] == r"(W^{2})^{\top} \, \delta^{2} \odot \sigma'(z^{1})"
    assert tex.batch[2] == r"\Delta^{2} \, W^{2} \odot \sigma'(Z^{1})"


def test_a_transpose_and_an_outer_product_say_why():
    derivation = NETWORKS["sigmoid"]().derivation
    found = {step.name: forms(step, TextPrinter()) for step in derivation}

    def sentences(listed):
        return [said(sentence, lambda m: f"${m}$", str) for sentence in listed]

    assert sentences(found["dC_da1"].why) == [
        "$Σₖ W²ₖⱼ δ²ₖ$ runs over the first index of $W²$, hence $(W²)ᵀ$"
    ]
    assert sentences(found["dC_dW1"].why) == [
        "$δ¹ⱼ xᵢ$ has no sum, and an index of each factor: a column times a row, hence $δ¹xᵀ$"
    ]
    assert sentences(found["dC_dW1"].why_batch) == [
        "$Σₓ Δ¹ₓⱼ Xₓᵢ$ runs over the first index of $Δ¹$, hence $(Δ¹)ᵀ$"
    ]
    assert sentences(found["dC_db1"].why_batch) == ["$𝟏$ adds up over the examples"]
    assert found["a1"].why == found["delta1"].why == ()


def test_beyond_two_axes_and_for_choices_by_index_there_are_components_only():
    for name in ("convolution", "attention"):
        derivation = ALL[name]()
        for step in derivation.steps:
            made = forms(step, TextPrinter())
            if len(step.symbol.axes) > 2 or any(len(s.axes) > 2 for s in _symbols(step)):
                assert made.example is made.batch is None
            if len(step.symbol.axes) > 1 and of_data(step.symbol):
                assert made.batch is None
            if "[" in made.components[2]:
                assert made.example is None


def test_formulas_of_numbers_and_of_mini_batches_have_components_only():
    a, b = gp.scalars("a b")
    for step in gp.derive((a + b) * (b + 1), wrt=b):
        assert forms(step, TextPrinter()).example is None
    for step in NETWORKS["sigmoid"]().derivation.lift():
        made = forms(step, TextPrinter())
        assert made.example is made.batch is None or not of_data(step.symbol)


def test_a_transpose_that_is_missing_is_noticed():
    net = gp.Network([4, 4, 4], seed=0)
    derivation = net.derivation.inner
    names = tables(derivation, values(net, COUNT), NIELSEN, batch=True)
    turned = 0
    for step in derivation.steps:
        left, _, right = forms(step, TextPrinter()).batch
        wrong = right.replace("(W²)ᵀ", "W²").replace("Δ²W²", "Δ²(W²)ᵀ")
        if wrong != right:
            turned += 1
            assert not np.allclose(compute(wrong, names, 0), names[left])
    assert turned == 2
