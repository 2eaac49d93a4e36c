"""Formulas as products of matrices, vectors and numbers, for one example or for a mini-batch.

Every part of a formula has at most two indices, by their letters in the component form; a
mini-batch adds the label of the examples to all that depends on the data. A part is asked for with
the label that runs down its rows and the one that runs along its columns, and answers with the
transposes that this takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from glassprop.formula.algebra import total
from glassprop.formula.nodes import (
    SELECTORS,
    Add,
    Const,
    Contract,
    Map,
    Node,
    Number,
    Reduce,
    Symbol,
    softmax_total,
    symbols,
    walk,
)
from glassprop.show.formulas.printer import Printer
from glassprop.show.matrices.entry_names import Entries, NoMatrices
from glassprop.show.matrices.operands import Label, Layout, Operand
from glassprop.show.matrices.product_chains import Chains
from glassprop.show.matrices.reasons import EXAMPLES, Reasons
from glassprop.show.notation.function_names import require_known
from glassprop.show.notation.indices import Scope
from glassprop.show.notation.l2_penalty import share
from glassprop.show.notation.numbers import quotient
from glassprop.show.notation.precedence import Level, Piece, Product
from glassprop.show.notation.quantity_kinds import of_data
from glassprop.show.notation.quantity_names import Name


@dataclass(frozen=True)
class Part:
    """A part of a formula within its scope."""

    node: Node
    scope: Scope


@dataclass
class Factors:
    """A product, sorted: c · numbers / divisors · operands / below.

    Attributes:
        coefficient: the number c.
        numbers: factors without an index.
        divisors: divisors without an index.
        operands: factors with indices.
        below: divisors with indices.
        mean: whether it is divided by the number of examples.
    """

    coefficient: Number = 1
    numbers: list[Piece] = field(default_factory=list[Piece])
    divisors: list[Piece] = field(default_factory=list[Piece])
    operands: list[Operand] = field(default_factory=list[Operand])
    below: list[Operand] = field(default_factory=list[Operand])
    mean: bool = False


class Matrices:
    """Writes formulas of at most two indices.

    Args:
        printer: how pieces are written.
        batch: whether for a mini-batch.

    Attributes:
        reasons: why there are transposes.
        apart: whether 1/n stands by itself before the other numbers.
    """

    def __init__(self, printer: Printer, batch: bool) -> None:
        self.printer, self.batch = printer, batch
        self.notation = printer.notation
        self.entry = Entries(printer, batch).entry
        self.reasons = Reasons(printer, self.entry)
        self.chains = Chains(printer, self.reasons)
        self.apart = False

    # -- labels

    def labels(self, part: Part) -> tuple[str, ...]:
        """The labels of a part, that of the examples first."""
        own = tuple(part.scope.letters[axis] for axis in part.node.axes)
        labels = (EXAMPLES, *own) if self.batch and of_data(part.node) else own
        if len(labels) > 2 or len(set(labels)) < len(labels):
            raise NoMatrices("more than two indices, or one twice")
        return labels

    def natural(self, part: Part) -> Layout:
        """The labels of rows and columns as a quantity of these axes lies by itself."""
        labels = self.labels(part)
        if not labels:
            return None, None
        upright = self.notation.examples == "rows"
        if len(labels) == 2:
            if labels[0] == EXAMPLES:
                return (labels[0], labels[1]) if upright else (labels[1], labels[0])
            return self._as_first_matrix(part) or (labels[0], labels[1])
        if labels[0] != EXAMPLES:
            upright = self.notation.vectors == "columns"
        return (labels[0], None) if upright else (None, labels[0])

    def _as_first_matrix(self, part: Part) -> Layout | None:
        for node in walk([part.node]):
            if isinstance(node, Symbol) and set(node.axes) == set(part.node.axes):
                first, second = self.notation.axes(node)
                return part.scope.letters[first], part.scope.letters[second]
        return None

    # -- parts

    def operand(self, part: Part) -> Operand:
        """A part as a factor of a product."""
        node, natural = part.node, self.natural(part)
        square = None
        if isinstance(node, Map) and node.function.name == "square":
            inner = Part(node.operands[0], part.scope)
            square = lambda: self.lay(inner, *self.natural(inner))  # noqa: E731
        return Operand(
            frozenset(self.labels(part)),
            lambda rows, columns: [self.lay(part, rows, columns)],
            node if isinstance(node, Symbol) else None,
            natural,
            square,
        )

    def lay(self, part: Part, rows: Label, columns: Label) -> Piece:
        """A part with some rows and columns, repeated along those that it lacks."""
        node = part.node
        labels, wanted = frozenset(self.labels(part)), _labels(rows, columns)
        if isinstance(node, Const):
            return Piece(self.printer.number(abs(node.value)), Level.ATOM, node.value < 0)
        if isinstance(node, Add):
            terms = [self.lay(Part(term, part.scope), rows, columns) for term in node.terms]
            return self.printer.total(terms)
        if isinstance(node, Contract):
            return self.product(self.factors(part), rows, columns)
        if labels < wanted:
            return self.product(Factors(operands=[self.operand(part)]), rows, columns)
        if labels != wanted:
            raise NoMatrices("an index that the result lacks")
        piece = self.upright(part)
        return piece if self.natural(part) == (rows, columns) else self.printer.transposed(piece)

    def upright(self, part: Part) -> Piece:
        """A quantity, or a function of each entry, as it lies by itself."""
        node = part.node
        if isinstance(node, Symbol):
            return self.entry(node, ())
        if isinstance(node, Map):
            return self.function(part, node)
        if isinstance(node, Reduce) and node.kind == "logsumexp":
            graph = node.graph
            spelled = graph.apply("log", total(graph.apply("exp", node.operand), node.over))
            return self.upright(Part(spelled, part.scope))
        raise NoMatrices(f"a {node.kind_name}")

    # -- kinds of nodes

    def function(self, part: Part, node: Map) -> Piece:
        """A function of each entry; softmax of each example."""
        require_known(node.function)
        softmax = softmax_total(node)
        if softmax is not None:
            if len(node.axes) != 1:
                raise NoMatrices("a softmax over one of two indices")
            piece = self.lay(Part(softmax.operand, part.scope), *self.natural(part))
            return self.printer.softmax(self.printer.signed(piece), ())
        layout = self.natural(part)
        pieces = [self.lay(Part(operand, part.scope), *layout) for operand in node.operands]
        if node.function.primitive is None:
            special = self.printer.special(node.function, pieces)
            if special is not None:
                return special
        return self.printer.call(node.function, [self.printer.signed(p) for p in pieces])

    def factors(self, part: Part, of_mean: bool = False) -> Factors:
        """The factors of a product, or of anything else, which then is its only one.

        What divides before a sum, as before that of a mean over the examples, is a factor 1/u.
        """
        node = part.node
        if not isinstance(node, Contract):
            operand = self.operand(part)
            return Factors(operands=[operand])
        inner = part.scope.binding(node.summed)
        found = Factors(node.coefficient)
        strength = share(node, self.printer.penalty)
        if strength:
            found = Factors(strength, numbers=[self.printer.strength()])
        present: set[str] = set()
        for factor in self.printer.ordered(node):
            if isinstance(factor.node, SELECTORS):
                raise NoMatrices("a choice by index")
            reach = Part(factor.node, inner.through(factor))
            inverse = isinstance(factor.node, Map) and factor.node.function.name == "reciprocal"
            before = set(factor.labels) & set(node.summed) or (of_mean and of_data(factor.node))
            if inverse and not before:
                reach = replace(reach, node=factor.node.parts[0])
            else:
                inverse = False
            operand = self.operand(reach)
            present |= operand.labels
            if operand.labels:
                (found.below if inverse else found.operands).append(operand)
            else:
                (found.divisors if inverse else found.numbers).extend(operand.chain(None, None))
        for axis in node.summed:
            if inner.letters[axis] not in present:
                if not isinstance(axis.size, int):
                    raise NoMatrices("a sum over an axis that nothing has")
                found.coefficient *= axis.size
        return found

    def product(self, found: Factors, rows: Label, columns: Label) -> Piece:
        """Numbers in front of a product of matrices."""
        wanted = _labels(rows, columns)
        operands = self.chains.summed(found.operands, wanted)
        numbers = [o.chain(None, None) for o in operands if not o.labels]
        full = self.chains.full([o for o in operands if o.labels], wanted)
        chains = [operand.chain(rows, columns) for operand in full]
        if found.below:
            divisors = self.chains.full(found.below, wanted)
            below = self.chains.entrywise([self._joined(o, rows, columns) for o in divisors])
            above = [self.chains.entrywise([self.chains.joined(c) for c in chains])] * bool(chains)
            parts = Product(1, (), (), tuple(above), (below,), False)
            chains = [[self.printer.product(parts)]]
        front = self.front(found)
        if len(numbers) == 1 and not chains:
            front += numbers[0]
        else:
            front += [self.chains.joined(number) for number in numbers]
        if not chains:
            chains = [front or [Piece(self.printer.number(1), Level.ATOM)]]
        elif front:
            chains[0] = [*front, *chains[0]]
        made = self.chains.entrywise([self.chains.joined(chain) for chain in chains])
        if found.coefficient > 0:
            return made
        if made.level == Level.SUM:  # −(a − y), where the sign must not reach a alone
            made = Piece(self.printer.group(self.printer.signed(made)), Level.ATOM)
        return made.negated()

    def _joined(self, operand: Operand, rows: Label, columns: Label) -> Piece:
        return self.chains.joined(operand.chain(rows, columns))

    def front(self, found: Factors) -> list[Piece]:
        """The numbers before a product: 2, ½, (1/n), (2/n)."""
        printer = self.printer
        one = Piece(printer.number(1), Level.ATOM)
        above, below = quotient(abs(found.coefficient))
        divisors = [Piece(printer.number(below), Level.ATOM)] * (below > 1) + found.divisors
        pieces: list[Piece] = []
        if found.mean and self.apart:
            pieces.append(printer.fraction(one, [self.size()]))
        elif found.mean:
            divisors.append(self.size())
        number = Piece(printer.number(above), Level.ATOM)
        if divisors:
            pieces.append(printer.fraction(number, divisors))
        elif above != 1:
            pieces.append(number)
        return pieces + found.numbers

    def size(self) -> Piece:
        """The number of examples."""
        return self.printer.marked(Name(self.notation.size), ())

    # -- sums over the examples

    def over_examples(self, part: Part, rows: Label, columns: Label) -> Piece:
        """The cost or the gradient of a parameter: the mean over the examples.

        Terms without data stand as they are; where a notation sums, they are n times as large.
        """
        terms = part.node.terms if isinstance(part.node, Add) else (part.node,)
        pieces: list[Piece] = []
        for term in terms:
            found = self.factors(Part(term, part.scope), of_mean=self.batch and of_data(term))
            if self.notation.mean != "sum":
                found.mean = of_data(term)
            elif not of_data(term) and not any(s in s.graph.adjoints for s in symbols(term)):
                found.numbers.insert(0, self.size())
            pieces.append(self.product(found, rows, columns))
        return pieces[0] if len(pieces) == 1 else self.printer.total(pieces)


def _labels(rows: Label, columns: Label) -> frozenset[str]:
    return frozenset(label for label in (rows, columns) if label is not None)
