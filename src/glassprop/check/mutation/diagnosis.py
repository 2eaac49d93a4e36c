"""What is wrong with gradients that somebody else's backpropagation gave, by their numbers alone.

They are right, or a constant times what is right, which a learning rate absorbs; or they are what
a derivation with a mistake in it gives, to rounding. Mistakes are tried one by one, then two
together, and the first that reproduces all numbers is the answer. Where none does, it is said from
which quantity on, in the order of the backward pass, the numbers are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.check.gradients.guesses import factor_in_words, guess
from glassprop.check.mutation.formulas import KINDS
from glassprop.check.mutation.mutants import Mutant, gradients, mutants
from glassprop.formula.nodes import Step, symbols
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.notation import NIELSEN

Numbers = npt.NDArray[Any]
Arrays = Mapping[str, Numbers]

TOLERANCE = 1e-6
FIRST_OF_TWO = 40
"""Mistakes that explain a part of the numbers, with each of which a second one is tried."""
SAID = {
    "missing factor": "the factor {what} is missing",
    "factor twice": "the factor {what} is taken twice",
    "missing term": "the term {what} is missing",
    "sign of a term": "the term {what} has the wrong sign",
    "wrong quantity": "{instead} stands where {what} should",
    "transpose": "{what} is taken for its transpose",
    "function for its derivative": "{instead} stands where {what} should",
    "form of the output": "{instead}, the form in the output taken of the argument, stands where "
    "{what} should",
    "another function": "{instead} stands where {what} should",
    "wrong form": "{instead} stands where {what} should",
    "slope too much": "the factor {what} is too much",
    "derivative of the output": "in place of {what} the derivative is taken at {instead}",
}
"""What is said of a mistake, where more can be said than its kind."""
RARE = ("factor twice", "slope too much", "another function", "wrong quantity", "wrong form")
"""Kinds that are less likely than others that give the same numbers, the least likely last."""


@dataclass(frozen=True)
class Point:
    """Where gradients are compared.

    Attributes:
        values: of inputs, target rows and parameters, by name.
        examples: how many there are.
        tolerance: a relative difference that is rounding.
    """

    values: Arrays
    examples: int
    tolerance: float = TOLERANCE


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a gradient.

    Attributes:
        verdict: "right"; "different" for a constant factor that a learning rate absorbs; "wrong".
        first_wrong: the first quantity of the backward pass that is wrong: delta2, dW2, db1, …; ""
            where none is.
        wrong: the gradients that are wrong, by the names of the parameters.
        kinds: of the mistakes that reproduce the numbers, as in `formulas.KINDS`.
        words: what is wrong, a line for each mistake; or what is known where none reproduces them.
        should: the formulas of the steps that are wrong, as they should be.
        are: the same as they are.
        factor: what all gradients are multiplied by beside that, 1 mostly.
        tried: how many mistakes were tried.
    """

    verdict: Literal["right", "different", "wrong"]
    first_wrong: str = ""
    wrong: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    should: tuple[str, ...] = ()
    are: tuple[str, ...] = ()
    factor: float = 1.0
    tried: int = 0

    @property
    def reproduced(self) -> bool:
        """Whether a derivation with these mistakes gives the same numbers, to rounding."""
        return bool(self.kinds)

    def __str__(self) -> str:
        if self.verdict == "right":
            return "right: these are the gradients of the cost"
        lines = [f"{self.verdict}: {self.words[0]}" if self.words else self.verdict]
        lines += self.words[1:]
        for place, should in enumerate(self.should):
            lines.append(f"    should be  {should}")
            lines += [f"    is         {are}" for are in self.are[place : place + 1]]
        if self.reproduced:
            lines.append("with that in the derivation it gives these numbers, to rounding")
        elif self.verdict == "wrong":
            lines.append(f"none of {self.tried:,} mistakes that were tried gives these numbers")
        return "\n".join(lines)


def diagnose(derivation: Derivation, given: Arrays, point: Point) -> Diagnosis:
    """What is wrong with gradients.

    Args:
        derivation: of the network, for a mini-batch.
        given: the gradients, by the names of the parameters, all or some of them.
        point: where they were computed.
    """
    right = gradients(derivation, point.values)
    wrong = [name for name in given if not _same(given[name], right[name], point.tolerance)]
    if not wrong:
        return Diagnosis("right")
    counts = {"the examples": point.examples}
    factor = _factor(given, right, point.tolerance)
    if factor is not None and factor > 0:
        said = f"{_all(factor, counts)}; a learning rate absorbs that"
        return Diagnosis("different", "", tuple(wrong), (), (said,), factor=factor)
    seen = _Search(derivation, given, right, point)
    found = seen.run()
    if found is not None:
        times, *made = found
        said = [_said(one) for one in made]
        if times != 1:
            said.append(f"beside that, {_all(times, counts)}")
        return Diagnosis(
            "wrong",
            canonical(made[0].step.name),
            tuple(wrong),
            tuple(one.mistake.kind for one in made),
            tuple(said),
            tuple(written(one.step, one.step.formula) for one in made),
            tuple(written(one.step, one.mistake.formula) for one in made),
            times,
            seen.tried,
        )
    first = first_wrong(derivation, wrong, given)
    rest = [name for name in given if name not in wrong]
    said = [f"the gradients of {', '.join(wrong)}"]
    said[0] += f"; those of {', '.join(rest)} are right" if rest else ""
    said.append(f"look first at {canonical(first.name)}, which only these are made of")
    for name in wrong:
        about = guess(given[name], right[name], point.values[name], counts)
        said += [f"the gradient of {name}: {about}"] if about else []
    formula = (written(first, first.formula),)
    named = canonical(first.name)
    return Diagnosis("wrong", named, tuple(wrong), (), tuple(said), formula, tried=seen.tried)


def canonical(name: str) -> str:
    """The short name of a derivative: dW1 for dC_dW1, dA1 for dC_da1; delta1 stays."""
    if not name.startswith("dC_d"):
        return name
    rest = name.removeprefix("dC_d")
    return f"d{rest[0].upper()}{rest[1:]}" if rest[0] == "a" else f"d{rest}"


def first_wrong(derivation: Derivation, wrong: Sequence[str], given: Arrays) -> Step:
    """The first quantity of the backward pass that only wrong gradients depend on.

    A quantity that a right gradient is made of is taken for right.
    """
    steps = {step.symbol: step for step in derivation.backward}
    below: dict[Any, set[str]] = {symbol: set() for symbol in steps}
    for parameter, symbol in derivation.gradients.items():
        if parameter.name not in given:
            continue
        waiting = [symbol]
        while waiting:
            one = waiting.pop()
            if one in below and parameter.name not in below[one]:
                below[one].add(parameter.name)
                waiting += symbols(steps[one].formula)
    for symbol in steps:
        if below[symbol] and below[symbol] <= set(wrong):
            return steps[symbol]
    gradients_of = {parameter.name: symbol for parameter, symbol in derivation.gradients.items()}
    return steps[gradients_of[wrong[0]]]


class _Search:
    """Goes through mistakes until one, or two, give the numbers."""

    def __init__(self, derivation: Derivation, given: Arrays, right: Arrays, point: Point) -> None:
        self.derivation, self.given, self.right, self.point = derivation, given, right, point
        self.tried = 0

    def run(self) -> tuple[Any, ...] | None:
        """A factor and one or two mutants, the second one of the first's derivation."""
        scaled: list[tuple[float, Mutant]] = []
        part: list[tuple[int, Mutant]] = []
        exact: list[Mutant] = []
        for mutant, found in self._worth(self.derivation):
            factor = _factor(self.given, found, self.point.tolerance)
            if self._is_exact(factor):
                exact.append(mutant)
            elif factor is not None and factor > 0:
                scaled.append((factor, mutant))
            explained = self._explained(found)
            if explained:
                part.append((explained, mutant))
        if exact:
            return 1.0, min(exact, key=_rarity)
        if scaled:
            return min(scaled, key=lambda one: _rarity(one[1]))
        part.sort(key=lambda one: (-one[0], _rarity(one[1])))  # stable: in order backwards
        for _, first in part[:FIRST_OF_TWO]:
            second = self._second(first)
            if second is not None:
                return 1.0, first, second
        return None

    def _second(self, first: Mutant) -> Mutant | None:
        """A mistake that beside another one gives the numbers."""
        exact: list[Mutant] = []
        for second, found in self._worth(first.derivation):
            factor = _factor(self.given, found, self.point.tolerance)
            if second.step.name != first.step.name and self._is_exact(factor):
                exact.append(second)
        return min(exact, key=_rarity, default=None)

    def _is_exact(self, factor: float | None) -> bool:
        return factor is not None and abs(factor - 1) <= self.point.tolerance

    def _worth(self, derivation: Derivation) -> Iterator[tuple[Mutant, Arrays]]:
        for mutant in mutants(derivation):
            self.tried += 1
            yield mutant, mutant.gradients(self.point.values)

    def _explained(self, found: Arrays) -> int:
        """How many wrong gradients a mistake explains; 0 if it makes another one wrong."""
        count = 0
        for name, value in self.given.items():
            same = _same(value, found[name], self.point.tolerance)
            was = _same(value, self.right[name], self.point.tolerance)
            if was and not same:
                return 0
            count += same and not was
        return count


def _rarity(mutant: Mutant) -> int:
    """How much less likely a mistake is than others that give the same numbers."""
    kind = mutant.mistake.kind
    return 1 + RARE.index(kind) if kind in RARE else 0


def _same(given: Numbers, found: Numbers, tolerance: float) -> bool:
    scale = float(np.abs(found).max(initial=0.0))
    return bool(np.abs(given - found).max(initial=0.0) <= tolerance * scale)


def _factor(given: Arrays, found: Arrays, tolerance: float) -> float | None:
    """The number that all gradients are the same multiple by, if there is one."""
    one = np.concatenate([np.ravel(value) for value in given.values()])
    other = np.concatenate([np.ravel(found[name]) for name in given])
    below = float(other @ other)
    if not below or not np.isfinite(one).all():
        return None
    factor = float(one @ other) / below
    if not factor:
        return None
    fits = all(_same(value, factor * found[name], tolerance) for name, value in given.items())
    return factor if fits else None


def _all(factor: float, counts: Mapping[str, int]) -> str:
    words = factor_in_words(factor, counts).replace("what it should", "what they should")
    return f"all gradients are {words.replace('it is divided', 'they are divided')}"


def _said(mutant: Mutant) -> str:
    """A mistake in a line, with the formulas' own letters."""
    mistake, printer = mutant.mistake, TextPrinter(NIELSEN)
    what = printer.formula(mistake.what)
    instead = "" if mistake.instead is None else printer.formula(mistake.instead)
    said = SAID.get(mistake.kind, KINDS[mistake.kind]).format(what=what, instead=instead)
    return f"{canonical(mutant.step.name)}: {said}"


def written(step: Step, formula: Any) -> str:
    """The equation of a step, with the letters of the documents."""
    return " ".join(TextPrinter(NIELSEN).equation(step, formula))
