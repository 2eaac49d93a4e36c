"""The reader itself is tested: a formula that was changed has to disagree."""

import re
from collections import Counter
from functools import cache

import pytest

from gallery.networks import GALLERY
from gallery.reading import Shown, computed, explained
from glassprop.check.reader import Disagreement, ReadingError, verify_text

NAMES = (
    "tiny",
    "l2",
    "relu_softmax_cross_entropy",
    "mixed_activations",
    "binary_cross_entropy",
    "custom",
)
NAMES += ("convolution", "layer_norm", "attention", "recurrent_cell", "embedding", "little_graph")
HARMLESS = {
    ("plus for minus", "∂Cₓ/∂m"),  # the sum of the deviations from a mean is 0
    ("term dropped", "∂Cₓ/∂m"),
    ("indices swapped", "Cₓ"),  # Σⱼᵢ (Wⱼᵢ)² is Σⱼᵢ (Wᵢⱼ)²
}
INDICES = "[ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]"


def each(pattern, change):
    """All texts with one match of a pattern changed."""

    def mutants(right):
        for match in re.finditer(pattern, right):
            changed = match.expand(change) if isinstance(change, str) else change(match)
            if changed != match[0]:
                yield right[: match.start()] + changed + right[match.end() :]

    return mutants


def without_a_term(right):
    parts = re.split(r" ([+−]) (?![^(\[]*[)\]])", right)
    for place in range(2, len(parts), 2):
        yield " ".join([*parts[: place - 1], *parts[place + 1 :]])


def turned(match):
    return match[1] + match[2][::-1]


CHANGES = {
    "indices swapped": each(rf"((?<!ma)[A-Za-zα-ω¹²³])({INDICES}{{2,}})", turned),
    "plus for minus": each(r" − (?=[^\]]*(?:\[|$))", " + "),
    "minus for plus": each(r" \+ (?=[^\]]*(?:\[|$))", " − "),
    "term dropped": without_a_term,
    "sign dropped": each("^−", ""),
    "factor dropped": each("½ |0.005 |0.01 ", ""),
    "another factor": each(r"(?<![₀-₉.\d])[0-9]+(?=[a-z ])", "7"),
    "f for f′": each("′", ""),
    "f′ for f": each(r"\b(σ|tanh|gallery_swish)\(", r"\1′("),
    "power dropped": each(r"\)²", ")"),
    "error dropped": each(rf"δ[¹²³]{INDICES} ", ""),
    "activation dropped": each(rf" a[¹²³]{INDICES}+(?= |$)", ""),
    "weighted input for activation": each("a(?=[¹²³])", "z"),
    "sum dropped": each(rf"Σ{INDICES} ", ""),
    "negated": each("^(.*)$", r"−(\1)"),
    "doubled": each("^(.*)$", r"2 (\1)"),
}


@cache
def shown(name):
    exhibit = GALLERY[name]
    derivation = exhibit.small()
    functions = explained(derivation.explain(10**6)) if name == "custom" else {}
    values, _ = computed(exhibit, derivation.inner)
    return [Shown(s, s.formula).written() for s in derivation], values, exhibit.windows, functions


@pytest.mark.parametrize("change", CHANGES)
def test_no_changed_formula_agrees(change):
    outcomes = Counter()
    for name in NAMES:
        equations, *around = shown(name)
        for equation in equations:
            left, right = equation.split(" = ", 1)
            if (change, left) in HARMLESS:
                continue
            for mutant in CHANGES[change](right):
                text = f"{left} = {mutant}"
                try:
                    verify_text(text, *around)
                except Disagreement:
                    outcomes["disagrees"] += 1
                except ReadingError:
                    outcomes["cannot be read"] += 1
                else:
                    pytest.fail(f"{name}: {text} was taken for {equation}")
    assert outcomes
    assert outcomes["disagrees"] or change == "sum dropped"
