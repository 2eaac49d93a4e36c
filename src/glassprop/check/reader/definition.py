"""What documents say of functions: σ′(z) = a (1 − a) for a = σ(z)."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

from glassprop.check.reader.equation import Disagreement
from glassprop.check.reader.functions import FUNCTIONS, Function
from glassprop.check.reader.grammar import Grammar
from glassprop.check.reader.loops import Functions, Surroundings, compile_loops
from glassprop.check.reader.names import NIELSEN, Notation
from glassprop.check.reader.tree import Call, ReadingError, Tree

TRIALS = (-3.25, -1.6, -0.9, -0.35, 0.2, 0.45, 0.8, 1.3, 2.6, 4.1)
WIDTH = 1e-5


@dataclass(frozen=True)
class Definition:
    """What a function is: leaky_relu(z; 0.01) = max(z, 0) − 0.01 max(−z, 0).

    Attributes:
        text: as it was printed.
        call: the left side.
        right: the formula.
        letter: a letter that stands for the value of another call, as in "for a = σ(z)".
        value: that call.
        notation: how its quantities are written.
    """

    text: str
    call: Call
    right: Tree
    letter: str = ""
    value: Call | None = None
    notation: Notation = NIELSEN

    @property
    def key(self) -> tuple[str, int]:
        """Name and number of primes."""
        return self.call.name, self.call.primes

    @property
    def constants(self) -> tuple[float, ...]:
        """The constants on the left."""
        return tuple(_number(constant) for constant in self.call.constants)

    def function(self, functions: Functions | None = None) -> Function:
        """What it says, as a function of the operands, and of constants that have to be its own.

        Raises:
            ReadingError: for a function or letter on the right that is not known.
        """
        names = [str(operand) for operand in self.call.operands]
        numbers: dict[str, float] = dict.fromkeys(
            [*names, *([self.letter] * bool(self.letter))], 0.0
        )
        around = Surroundings({}, {}, functions or {}, self.notation, numbers)
        right = compile_loops(self.right, {}, around)
        aside = compile_loops(self.value, {}, around) if self.value else None
        constants = self.constants

        def function(*given: float) -> float:
            if given[len(names) :] not in ((), constants):
                raise ReadingError(
                    f"{self.text} says nothing of the constants {given[len(names) :]}"
                )
            numbers.update(zip(names, given, strict=False))
            if aside is not None:
                numbers[self.letter] = aside({})
            return right({})

        return function


def read_definition(text: str, notation: Notation = NIELSEN) -> Definition:
    """Read what is said of a function: σ′(z) = a (1 − a) for a = σ(z).

    Raises:
        ReadingError: for what is not a definition, with the place.
    """
    stated, _, aside = text.partition(" for ")
    grammar = Grammar(stated)
    call = grammar.call()
    grammar.take("=")
    right = grammar.rest()
    if not aside:
        return Definition(text, call, right, notation=notation)
    grammar = Grammar(aside)
    letter = str(grammar.quantity())
    grammar.take("=")
    value = grammar.call()
    return Definition(text, call, right, letter, value, notation)


def verify_definition(
    text: str,
    functions: Functions | None = None,
    notation: Notation = NIELSEN,
    tolerance: float = 1e-9,
) -> Definition:
    """Compare what is said of a function with what it is, at some numbers on both sides of 0.

    A function that the reader does not know is what its definition says; its derivative is then
    compared with differences of it.

    Raises:
        Disagreement: if the two differ, with the number where they do.
        ReadingError: for what cannot be read or is not known.
    """
    definition = read_definition(text, notation)
    stated = definition.function(functions)
    name, primes = definition.key
    known = {**(functions or {}), **FUNCTIONS}
    expected = known.get(definition.key)
    if expected is None and primes:
        base = known.get((name, primes - 1))
        if base is None:
            raise ReadingError(f"what {name} means is not known, and so not what {text} says")
        expected, tolerance = _slope(base), 1e-6
    if expected is None:
        return definition
    for given in itertools.product(TRIALS, repeat=len(definition.call.operands)):
        ours, theirs = (f(*given, *definition.constants) for f in (stated, expected))
        close = math.isclose(ours, theirs, rel_tol=tolerance, abs_tol=tolerance)
        if not (close or math.isnan(theirs)):
            raise Disagreement(f"{text}: is worth {ours:.12g} at {given}, not {theirs:.12g}")
    return definition


def _slope(function: Function) -> Function:
    def slope(z: float, *constants: float) -> float:
        ends = [function(z + step, *constants) for step in (WIDTH, -WIDTH)]
        return (ends[0] - ends[1]) / (2 * WIDTH)

    return slope


def _number(tree: Tree) -> float:
    """A number with its sign."""
    return compile_loops(tree, {}, Surroundings({}, {}, {}, NIELSEN))({})
