"""What a user states, by a Python function of formulas or by text, as a formula.

Whatever goes wrong is said in one sentence about the user's own terms; an exception that their
function raised is kept as its cause.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from glassprop.errors import FormulaError, clipped
from glassprop.formula.algebra import rewrite, tidy
from glassprop.formula.derivatives import expand, transplant
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Map, Node, Symbol, symbols
from glassprop.formula.parse import parse
from glassprop.formula.refusals import ADVICE
from glassprop.formula.text.syntax import TooLongError
from glassprop.formula.text.write import to_text
from glassprop.formula.user.constants import require_numbers

Formula = str | Callable[..., object]

MOST_NODES = 50_000
"""How many operations a user's function may make; what it gives has to be shorter still."""


AGAIN = 10
"""How often a user's function is called again: one that tosses a coin goes on giving the same by
chance once in a thousand times."""


OF_A_TYPE = (TypeError, AttributeError, ValueError, NotImplementedError)
"""What functions of other libraries raise when they are given a formula."""


@dataclass(frozen=True)
class Statement:
    """What a formula may be made of, and how messages speak of it.

    Attributes:
        whose: what is stated: "activation 'swish'".
        example: what is expected: "a function of z, such as lambda z: z / (1 + gp.exp(-z))".
        graph: where the formula is made.
        operands: what a function is called with, in order; text calls them by these names.
        parameters: what a function is called with by name.
    """

    whose: str
    example: str
    graph: AnyGraph
    operands: Mapping[str, Symbol]
    parameters: Mapping[str, Symbol] = field(default_factory=dict[str, Symbol])

    def made(self, formula: object) -> Node:
        """The formula, in functions of the table, of a size that can be written as text.

        Raises:
            FormulaError: for anything else.
        """
        with of(self.whose):
            root = self._read(formula) if isinstance(formula, str) else self._called(formula)
            root = spelled_out(root)
            _require_size(root)
            require_numbers(root)
            require_numbers(tidy(root))  # z - z is 0
        return root

    def _read(self, text: str) -> Node:
        names: dict[str, Node] = {**self.operands, **self.parameters}
        return parse(text, self.graph, names)

    def _called(self, function: object) -> Node:
        """What a function gives for the operands, called again to see whether it stays the same."""
        expected = f"expected {self.example}, or text"
        if isinstance(function, Node):
            raise FormulaError(f"{expected}; got a formula itself: put lambda before it")
        if not callable(function):
            raise FormulaError(f"{expected}; got {clipped(repr(function))}")
        self._require_signature(function, expected)
        self.graph.limit = MOST_NODES
        try:
            first = self._call(function)
            changes = any(self._call(function) is not first for _ in range(AGAIN))
        finally:
            self.graph.limit = 0
        if changes:
            raise FormulaError(
                "the function gave another formula when it was called again, as random numbers "
                "do; a formula is the same each time"
            )
        return first

    def _require_signature(self, function: Callable[..., object], expected: str) -> None:
        try:
            form = inspect.signature(function)
        except (TypeError, ValueError):  # of some functions in C it is not known
            return
        try:
            form.bind(*self.operands.values(), **self.parameters)
        except TypeError as error:
            raise FormulaError(
                f"{expected}; got a function of {form}, which cannot be called on "
                f"({', '.join([*self.operands, *self.parameters])})"
            ) from error

    def _call(self, function: Callable[..., object]) -> Node:
        try:
            made = function(*self.operands.values(), **self.parameters)
        except FormulaError:
            raise
        except RecursionError as error:
            raise FormulaError("the function calls itself without end") from error
        except Exception as error:
            reason = clipped(f"{type(error).__name__}: {error}", 200)
            advice = f"; {ADVICE}" if isinstance(error, OF_A_TYPE) else ""
            raise FormulaError(
                f"the function cannot be called on a formula: it raised {reason}{advice}"
            ) from error
        if isinstance(made, Node):
            self._require_known(made)
            return made
        try:
            return self.graph.const(cast(float, made))
        except FormulaError as error:
            kind = type(made).__name__
            number = isinstance(made, (int, float)) and not isinstance(made, bool)
            raise FormulaError(
                str(error)
                if number
                else f"the function gave a value of type {kind}, not a formula; {ADVICE}"
            ) from None

    def _require_known(self, root: Node) -> None:
        letters = ", ".join([*self.operands, *self.parameters])
        if root.graph is not self.graph:
            raise FormulaError(f"it uses symbols of another graph; it may use only {letters}")
        known = {*self.operands.values(), *self.parameters.values()}
        for found in symbols(root):
            if found not in known and found.role != "size":
                raise FormulaError(f"it uses {found.name}; it may use only {letters}")


@contextmanager
def of(whose: str) -> Generator[None]:
    """Within it, refusals of formulas begin with what is stated."""
    try:
        yield
    except FormulaError as error:
        if str(error).startswith(whose):
            raise
        raise FormulaError(f"{whose}: {error}") from (error.__cause__ or error)


def _require_size(root: Node) -> None:
    """Refuse what is too long, before anything is worked out from it."""
    try:
        to_text(root)
    except TooLongError:
        raise
    except FormulaError:  # whoever needs the text says so
        return


def spelled_out(root: Node) -> Node:
    """The formula in functions of the table alone: other functions of a user by their formulas."""

    def change(node: Node) -> Node | None:
        if not isinstance(node, Map):
            return None
        known = FUNCTIONS.get(node.function.name)
        if known is not None and known.formula == node.function.formula:
            return None
        scratch = Graph()
        variables = tuple(scratch.symbol(name, (), "variable") for name in node.function.operands)
        inner = spelled_out(expand(node.function, variables))
        return transplant(inner, node.graph, dict(zip(variables, node.operands, strict=True)))

    return rewrite(root, change)
