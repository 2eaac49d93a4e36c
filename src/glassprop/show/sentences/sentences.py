"""The sentences of a derivation, with the names in them as mathematics: z2 becomes z²."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.reasons import ENTRYWISE, FACTOR, penalised, slope_of
from glassprop.chainrule.rules import RULES
from glassprop.errors import FormulaError
from glassprop.formula.derivatives import partial
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Step, Symbol
from glassprop.show.formulas.logarithm_identities import phrases_of
from glassprop.show.formulas.printer import Printer
from glassprop.show.notation.function_names import functions_of
from glassprop.show.sentences.chain_rule import ChainRule
from glassprop.show.sentences.phrases import Phrases

SENTENCES = frozenset(rule.sentence for rule in RULES.values())
AFTER_NAME = r"(?=$|[,;:)]| (?:changes|directly|and|is|stands?|·|=)\b| [·=])"
TOKEN = re.compile(r"∂(\w+)/∂(\w+)|(?<![\w∂/.])(\w+)")
EQUATION = re.compile(r"∂\w+/∂\w+(?:(?: [=·+] )∂\w+/∂\w+)+")


class Sentences(Phrases):
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
        super().__init__(printer, math, prose)
        self.derivation, self.graph = derivation, derivation.graph
        self.causes = ChainRule(derivation, self)
        self.slopes = _slopes(derivation)
        self._penalised = penalised(printer.penalty) if printer.penalty else None
        self.names: dict[str, Symbol] = {}
        for symbol in (*derivation.givens, *derivation.gradients, *_symbols(derivation.steps)):
            self.names[symbol.name] = symbol

    def sentence(self, text: str) -> str:
        """One clause with its names set."""
        if text == self._penalised:
            start = self.prose(f"{FACTOR}2 of the square cancels the ½ before ")
            return start + self.math(self.printer.strength().text)
        slope = self.slopes.get(text.removesuffix(ENTRYWISE))
        if slope is not None:
            return self._slope(*slope, text.endswith(ENTRYWISE))
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

    def title(self, scalar: bool) -> str:
        """What a derivation is called, or else what it derives."""
        about = self.derivation.about
        return self.goal(scalar) if about is None else self.prose(about[0])

    def subtitles(self) -> list[str]:
        """What stands below the title of one that has a name: layers, cost, and what it derives."""
        about = self.derivation.about
        return [] if about is None else [self.prose(about[1]), self.goal(False)]

    def goal(self, scalar: bool) -> str:
        """What a derivation derives: the gradient of the mean cost with respect to W¹ and b¹."""
        wrt = self.names_of(self.derivation.gradients)
        what = "derivative" if scalar else "gradient"
        cost = self.name(self.derivation.cost) if scalar else self.mean_cost
        return f"{self.prose(f'The {what} of ')}{cost}{self.prose(' with respect to ')}{wrt}"

    @property
    def mean_cost(self) -> str:
        """The cost of a mini-batch by its name, C for the mean of the Cₓ."""
        return self.math(self.printer.of_mean().name(self.derivation.cost))

    def reasons(self, step: Step) -> list[str]:
        """The clauses of a step's reason; what is summed over stands in the formula already."""
        clauses = [clause for clause in step.reason.split("; ") if clause]
        kept = [c for c in clauses if not c.startswith("summed over") or c.endswith("examples")]
        if not self.causes.known(step):
            return [self.sentence(clause) for clause in kept]
        first = f"{self.causes.chain(step)}{self.prose(', since ')}{self.causes.because(step)}"
        return [first, *self.causes.locals(step), *(self.sentence(clause) for clause in kept[1:])]

    def rule(self, step: Step) -> str:
        """The name of the rule."""
        return self.sentence(step.rule)

    def chain(self, step: Step) -> str:
        """The chain rule for a step in one equation, or its first clause."""
        if self.causes.known(step):
            return self.causes.chain(step)
        first = step.reason.split("; ")[0]
        return self.sentence(first.split(", since ")[0])

    def factor(self, step: Step) -> str:
        """What becomes of the 2 of a square, else which functions are differentiated."""
        clauses = step.reason.split("; ")
        found = [clause for clause in clauses if clause.startswith(FACTOR)]
        if not found:
            found = [clause for clause in clauses if self._is_of_function(clause)]
        return "; ".join(map(self.sentence, found))

    def _is_of_function(self, clause: str) -> bool:
        """Whether a clause says what the derivative of a function is."""
        known = clause.removesuffix(ENTRYWISE) in self.slopes
        return known or clause.startswith("the derivative of ln Σ")

    def _slope(self, function: ScalarFunction, place: int, entrywise: bool) -> str:
        """Which function is differentiated: the derivative of v² with respect to v is 2 v."""
        graph = Graph()
        operands = tuple(graph.symbol(name, (), "variable") for name in "vwu")
        operands = operands[: len(function.operands)]
        call, slope = graph.map(function, *operands), partial(function, place, operands)
        of, by = self.math(self.printer.formula(call)), self.name(operands[place])
        try:
            value = self.prose(" is ") + self.math(self.printer.formula(slope))
        except FormulaError:  # too long, or of a function that has no notation
            value = self.prose(", by its formula")
        start, middle = self.prose("the derivative of "), self.prose(" with respect to ")
        return f"{start}{of}{middle}{by}{value}{self.prose(ENTRYWISE) if entrywise else ''}"

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


def _slopes(derivation: Derivation) -> dict[str, tuple[ScalarFunction, int]]:
    """The sentences that say which function is differentiated, as the reasons have them."""
    used = functions_of(step.formula for step in derivation.steps if step.kind == "forward")
    return {slope_of(f, place): (f, place) for f in used for place in range(len(f.operands))}


def _symbols(steps: Iterable[Step]) -> list[Symbol]:
    return [step.symbol for step in steps]
