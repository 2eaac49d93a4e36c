"""The sentences of a derivation, with the names in them as mathematics: z2 becomes z²."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.rules import RULES
from glassprop.formula.nodes import Step, Symbol
from glassprop.show.identities import phrases_of
from glassprop.show.printer import Printer

MOST_NAMES = 12
SENTENCES = frozenset(rule.sentence for rule in RULES.values())
AFTER_NAME = r"(?=$|[,;:)]| (?:changes|directly|and|is|stands?|·|=)\b| [·=])"
TOKEN = re.compile(r"∂(\w+)/∂(\w+)|(?<![\w∂/.])(\w+)")
EQUATION = re.compile(r"∂\w+/∂\w+(?:(?: [=·+] )∂\w+/∂\w+)+")


class Words:
    """Sets sentences for one printer.

    Args:
        derivation: whose names stand in the sentences.
        printer: how mathematics is written.
        math: what marks it as such within a sentence, `$…$`.
        prose: how other characters are written.
    """

    def __init__(
        self,
        derivation: Derivation,
        printer: Printer,
        math: Callable[[str], str] = str,
        prose: Callable[[str], str] = str,
    ) -> None:
        self.printer, self.math, self.prose = printer, math, prose
        self.graph = derivation.graph
        self.names: dict[str, Symbol] = {}
        for symbol in (*derivation.givens, *derivation.gradients, *_symbols(derivation.steps)):
            self.names[symbol.name] = symbol

    def sentence(self, text: str) -> str:
        """One clause with its names set."""
        for phrase, formula in phrases_of(self.printer).items():
            before, found, after = text.partition(phrase)
            if found:
                return self.sentence(before) + self.math(formula) + self.sentence(after)
        if text in SENTENCES:
            return self.prose(text)
        made: list[str] = []
        at = 0
        for match in EQUATION.finditer(text):
            made += [self._plain(text[at : match.start()]), self.math(self._equation(match[0]))]
            at = match.end()
        return "".join([*made, self._plain(text[at:])])

    def name(self, symbol: Symbol) -> str:
        """A name within a sentence."""
        return self.math(self.printer.name(symbol))

    def names_of(self, symbols: Iterable[Symbol]) -> str:
        """Names within a sentence: W¹, b¹ and W²."""
        listed = shortened([self.name(symbol) for symbol in symbols])
        return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"

    def reasons(self, step: Step) -> list[str]:
        """The clauses of a step's reason; what is summed over stands in the formula already."""
        clauses = [clause for clause in step.reason.split("; ") if clause]
        kept = [c for c in clauses if not c.startswith("summed over") or c.endswith("examples")]
        return [self.sentence(clause) for clause in kept]

    def rule(self, step: Step) -> str:
        """The name of the rule."""
        return self.sentence(step.rule)

    def chain(self, step: Step) -> str:
        """The chain rule for a step in one equation, or its first clause."""
        first = step.reason.split("; ")[0]
        return self.sentence(first.split(", since ")[0])

    def _plain(self, text: str) -> str:
        made: list[str] = []
        at = 0
        for match in TOKEN.finditer(text):
            written = self._token(match, text)
            if written is not None:
                made += [self.prose(text[at : match.start()]), self.math(written)]
                at = match.end()
        return "".join([*made, self.prose(text[at:])])

    def _token(self, match: re.Match[str], text: str) -> str | None:
        of, by, word = match.groups()
        if word is None:
            return self._derivative(of, by)
        symbol = self.names.get(word)
        if symbol is None:
            return None
        article = word == "a" and not re.match(AFTER_NAME, text[match.end() :])
        return None if article else self.printer.name(symbol)

    def _derivative(self, of: str, by: str) -> str | None:
        above, below = self.graph.find(of), self.graph.find(by)
        if above is None or below is None:
            return None
        named = self.printer.named
        return self.printer.quotient(named(above, ()), named(below, ())).text

    def _equation(self, text: str) -> str:
        def one(match: re.Match[str]) -> str:
            return self._derivative(match[1], match[2]) or match[0]

        printer = self.printer
        for sign, written in (("=", f" {printer.equals} "), ("+", f" {printer.plus} ")):
            text = text.replace(f" {sign} ", written)
        return re.sub(r"∂(\w+)/∂(\w+)", one, text.replace(" · ", printer.times))


def shortened(listed: list[str]) -> list[str]:
    """The first and last of many."""
    return listed if len(listed) <= MOST_NAMES else [*listed[:4], "…", *listed[-2:]]


def _symbols(steps: Iterable[Step]) -> list[Symbol]:
    return [step.symbol for step in steps]
