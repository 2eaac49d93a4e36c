"""The chain rule of a step with its indices: ∂C/∂a¹ⱼ = Σₖ ∂C/∂z²ₖ · ∂z²ₖ/∂a¹ⱼ, and why the sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.reached_entries import Reach, reach
from glassprop.formula.axes import Axis
from glassprop.formula.nodes import Add, Contract, Node, Step, Symbol, symbols
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.indices import Scope
from glassprop.show.notation.precedence import Level, Piece, Product
from glassprop.show.sentences.phrases import Phrases

LONGEST_LOCAL = 30
"""Characters of a local derivative that can stand within a sentence."""
Letters = Mapping[Axis, str]


@dataclass(frozen=True)
class Way:
    """One step through which a quantity changes the cost, with the letters of its indices."""

    step: Symbol
    letters: Letters
    reach: Reach

    @property
    def sums(self) -> tuple[str, ...]:
        """The letters that the chain rule sums over."""
        return tuple(self.letters[axis] for axis in self.reach.every)


class ChainRule:
    """Writes the chain rule of steps.

    Args:
        derivation: whose steps these are.
        words: how names and sentences are set.
    """

    def __init__(self, derivation: Derivation, words: Phrases) -> None:
        self.cost, self.words, self.printer = derivation.cost, words, words.printer
        self.forward = {step.name: step for step in derivation.steps if step.kind == "forward"}

    def known(self, step: Step) -> bool:
        """Whether the step is a derivative by the chain rule through some other step."""
        through = [name for name in step.through if name != self.cost.name]
        return isinstance(step.wrt, Symbol) and bool(through)

    def chain(self, step: Step) -> str:
        """The chain rule: ∂C/∂a¹ⱼ = Σₖ ∂C/∂z²ₖ · ∂z²ₖ/∂a¹ⱼ."""
        words = self.words
        of, own, ways = self._ways(step)
        left = words.math(self._derivative(self.cost, {}, of, own))
        terms = [words.math(self._term(way, of, own)) for way in ways]
        if len(ways) < len(step.through):
            fixed = words.names_of(way.step for way in ways)
            held = f"{words.prose('(')}{left}{words.prose(' with ')}{fixed}{words.prose(' fixed)')}"
            terms.insert(0, held)
        return f"{left}{words.prose(' = ')}{words.prose(' + ').join(terms)}"

    def because(self, step: Step) -> str:
        """Why: through which entries the quantity changes the cost, hence which sum."""
        words, prose = self.words, self.words.prose
        of, own, ways = self._ways(step)
        listed = [self._entries(way) for way in ways]
        direct = len(ways) < len(step.through)
        through = " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1])))
        only = not direct and len(ways) == 1 and not ways[0].sums and ways[0].step.axes
        text = f"{words.math(self._entry(of, own))} {prose('changes')} {words.name(self.cost)} "
        text += f"{prose('through')} {through}"
        text += prose(" alone") if only else ""
        if direct:
            text += prose(" and in the formula of ") + words.name(self.cost) + prose(" itself")
        if direct or len(ways) > 1:
            text += prose(", whose contributions are added")
        sums = dict.fromkeys(letter for way in ways for letter in way.sums)
        if sums:
            over = words.listed([words.math(self.printer.index(letter)) for letter in sums])
            text += prose(f": hence the sum{'s' if len(sums) > 1 else ''} over ") + over
        return text

    def sum(self, step: Step) -> str:
        """Why there is a sum; empty where there is none."""
        _, _, ways = self._ways(step)
        return self.because(step) if any(way.sums for way in ways) else ""

    def left(self, step: Step) -> str:
        """The derivative as such, with its indices: ∂C/∂z¹ⱼ."""
        of = step.wrt
        assert isinstance(of, Symbol)
        letters = Scope.of(step.symbol.axes, step.formula).letters
        return self._derivative(self.cost, {}, of, letters)

    def called(self, step: Step) -> str:
        """The derivative, after the name that it has if it has one: δ¹ⱼ = ∂C/∂z¹ⱼ."""
        if not isinstance(step.wrt, Symbol):
            return self.printer.equation(step)[0]
        letters = Scope.of(step.symbol.axes, step.formula).letters
        own, left = self._entry(step.symbol, letters), self.left(step)
        return left if own == left else f"{own} {self.printer.equals} {left}"

    def locals(self, step: Step) -> list[str]:
        """The local derivatives that can be read off the formula: ∂z²ₖ/∂a¹ⱼ = W²ₖⱼ."""
        of, own, ways = self._ways(step)
        found = [self._local(step, way, of, own) for way in ways]
        return [text for text in found if text]

    # -- parts

    def _ways(self, step: Step) -> tuple[Symbol, Letters, list[Way]]:
        of = step.wrt
        assert isinstance(of, Symbol)
        scope = Scope.of(step.symbol.axes, step.formula)
        ways: list[Way] = []
        for name in step.through:
            user = self.forward[name]
            if user.symbol is self.cost:
                continue
            found = reach(user.formula, user.symbol.axes, of)
            inner = scope.binding(found.every)
            letters = {axis: scope.letters[mine] for axis, mine in found.same.items()}
            letters |= {axis: inner.letters[axis] for axis in found.every}
            ways.append(Way(user.symbol, letters, found))
        return of, scope.letters, ways

    def _entry(self, symbol: Symbol, letters: Letters) -> str:
        return self._piece(symbol, letters).text

    def _piece(self, symbol: Symbol, letters: Letters) -> Piece:
        order = self.printer.notation.axes(symbol)
        return self.printer.named(symbol, tuple(letters[axis] for axis in order))

    def _derivative(self, of: Symbol, letters: Letters, by: Symbol, own: Letters) -> str:
        return self.printer.quotient(self._piece(of, letters), self._piece(by, own)).text

    def _term(self, way: Way, of: Symbol, own: Letters) -> str:
        outer = self._derivative(self.cost, {}, way.step, way.letters)
        product = self.printer.times.join((outer, self._derivative(way.step, way.letters, of, own)))
        if not way.sums:
            return product
        piece = Piece(product, Level.FRACTION)
        return self.printer.product(Product(1, way.sums, (), (piece,), (), numbers=False)).text

    def _entries(self, way: Way) -> str:
        words, prose = self.words, self.words.prose
        text = words.math(self._entry(way.step, way.letters))
        if not way.sums:
            return text
        letters = words.listed([words.math(self.printer.index(letter)) for letter in way.sums])
        text += prose(" for every ") + letters
        return text + prose(" that it enters") if way.reach.windows else text

    def _local(self, step: Step, way: Way, of: Symbol, own: Letters) -> str:
        """What remains of a term without the derivative of the step that it goes through."""
        formula, graph = step.formula, step.symbol.graph
        terms = formula.terms if isinstance(formula, Add) else (formula,)
        outer = [s for s in symbols(formula) if graph.adjoints.get(s) is way.step]
        if len(outer) != 1:
            return ""
        having = [term for term in terms if outer[0] in symbols(term)]
        if len(having) != 1:
            return ""
        left = self.words.math(self._derivative(way.step, way.letters, of, own))
        left += self.words.prose(" = ")
        if having[0] is outer[0]:
            return left + self.words.math(self.printer.number(1))
        made = _without(having[0], outer[0])
        if made is None:
            return ""
        rest, labels = made
        letters = {axis: own[axis] for axis in step.symbol.axes}
        letters |= {label: way.letters[axis] for axis, label in labels.items()}
        scope = Scope(letters, frozenset(letters.values()), frozenset())
        if len(TextPrinter(self.printer.notation).formula(rest, scope)) > LONGEST_LOCAL:
            return ""
        return left + self.words.math(self.printer.formula(rest, scope))


def _without(term: Node, outer: Symbol) -> tuple[Node, Mapping[Axis, Axis]] | None:
    """A product without one factor, and the labels that the axes of that factor had."""
    if not isinstance(term, Contract):
        return None
    places = [k for k, factor in enumerate(term.factors) if factor.node is outer]
    rest = [factor for k, factor in enumerate(term.factors) if k not in places]
    if len(places) != 1 or any(outer in symbols(factor.node) for factor in rest):
        return None
    labels = dict(zip(outer.axes, term.factors[places[0]].labels, strict=True))
    bound = {*term.axes, *labels.values()}
    free = tuple(dict.fromkeys(k for f in rest for k in f.labels if k in bound))
    return term.graph.contract(term.coefficient, rest, free), labels
