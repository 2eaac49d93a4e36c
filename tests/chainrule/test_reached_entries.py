"""Which entries of a step an entry of a quantity changes, against what changes in numbers."""

import numpy as np
import pytest

from glassprop.chainrule.reached_entries import reach
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import symbols
from show.derivations import TENSORS, network

CASES = {
    "sigmoid": lambda: network([2, 3, 4]),
    "softmax": lambda: network([2, 3, 3], entropy=True),
    **TENSORS,
}


def given(derivation, random):
    sizes = {s: tuple(axis.size for axis in s.axes) for s in derivation.givens}
    whole = {"words": 7, "label": 6}  # choices by index
    return {
        s.name: random.integers(0, whole[s.name], shape)
        if s.name in whole
        else random.normal(size=shape)
        for s, shape in sizes.items()
    }


@pytest.mark.parametrize("name", CASES)
def test_an_entry_changes_only_entries_with_its_own_index(name):
    derivation = CASES[name]()
    random = np.random.default_rng(0)
    steps = list(derivation.forward)
    found = evaluate([step.symbol for step in steps], given(derivation, random), steps)
    values = {node.name: array for node, array in found.items() if hasattr(node, "name")}
    for step in steps:
        for of in symbols(step.formula):
            if values[of.name].dtype.kind in "iu" or not of.axes:
                continue
            known = reach(step.formula, step.symbol.axes, of)
            place = tuple(random.integers(0, size) for size in values[of.name].shape)
            moved = {**values, of.name: values[of.name].copy()}
            moved[of.name][place] += 0.5
            after = evaluate([step.formula], moved)[step.formula]
            order = [step.formula.axes.index(axis) for axis in step.symbol.axes]
            changed = np.argwhere(np.transpose(after, order) != values[step.name])
            index = dict(zip(of.axes, place, strict=True))
            for entry in changed:
                for axis, at in zip(step.symbol.axes, entry, strict=True):
                    assert axis not in known.same or index[known.same[axis]] == at
            reached = {axis: set(changed[:, k]) for k, axis in enumerate(step.symbol.axes)}
            if len(changed) and not known.windows:
                for axis in known.every:
                    assert len(reached[axis]) == axis.size, (step, of, axis)


def test_windows_and_choices_are_told_from_sums():
    convolution, attention = TENSORS["convolution"](), TENSORS["attention"]()
    z = convolution["z"]
    x = next(s for s in convolution.givens if s.name == "x")
    assert reach(z.formula, z.symbol.axes, x).windows
    assert not reach(
        attention["q"].formula, attention["q"].symbol.axes, attention["x"].symbol
    ).windows
