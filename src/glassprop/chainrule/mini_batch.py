"""From one example to a mini-batch: the axis n is added to all that depends on the data.

The cost of a mini-batch is the mean over its examples, C = (1/n) Σₙ Cₙ (terms without data stay as
they are). An adjoint of a lifted quantity is then 1/n times that of one example, and the gradient
of a parameter is a sum over n. The factor 1/n is put at the sources of the backward pass, the steps
that start from the cost (δ at the output), where it costs n · outputs multiplications instead of
one for every parameter.

Where the derivative mentions the cost itself, as that of √u does, 1/(2 √u), it is each example's
own cost that counts and not their mean: then the costs of the examples are a step of their own, C_x
over n, and C is its mean.

The property that must hold, and is tested over generated costs: the gradient for n examples is the
mean of the gradients for each of them alone.
"""

from __future__ import annotations

import re
from dataclasses import replace

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.rewritings.rewrites import KNOWN
from glassprop.errors import FormulaError
from glassprop.formula.algebra import fit_axes, plus, same_operation, times
from glassprop.formula.axes import Axis, spell
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import (
    Add,
    Contract,
    Factor,
    Map,
    Node,
    Rewriting,
    Step,
    Symbol,
    mentioned,
    symbols,
    walk,
)

EXAMPLES = Axis("n", "n")


def lift(derivation: Derivation, batch: Axis = EXAMPLES) -> Derivation:
    """The derivation for a mini-batch of n examples.

    Raises:
        FormulaError: if the steps have an axis or a quantity of that name already.
    """
    if derivation.batch is not None:
        raise FormulaError(f"the derivation has the axis {derivation.batch} of examples already")
    for symbol in (*derivation.givens, *(step.symbol for step in derivation.steps)):
        if batch.name in {axis.name for axis in symbol.axes}:
            raise FormulaError(
                f"{symbol.name} over {spell(symbol.axes)} has an axis {batch.name}, which is the "
                "axis of the examples; rename the axis, or state all formulas for a mini-batch"
            )
        if symbol.name == batch.size:
            raise FormulaError(
                f"the name {symbol.name} stands for the number of examples; "
                "give this quantity another name"
            )
    return _Lift(derivation, batch).run()


class _Lift:
    def __init__(self, derivation: Derivation, batch: Axis) -> None:
        self.old, self.batch = derivation, batch
        self.graph = Graph()
        self.done: dict[Node, Node] = {}
        self.adjoints: set[Node] = set()
        self.shared = False

    def run(self) -> Derivation:
        old = self.old
        defined = {step.symbol for step in old.steps}
        shown = [symbol for step in old.steps for symbol in mentioned(step)]
        for symbol in dict.fromkeys([*old.givens, *old.gradients, *shown]):
            if symbol not in defined:
                self.given(symbol)
        steps = [made for step in old.steps for made in self.made(step)]
        image = self.image
        return Derivation(
            self.graph,
            tuple(steps),
            self.mean,
            {image(symbol): image(result) for symbol, result in old.gradients.items()},
            tuple(image(symbol) for symbol in old.outputs),
            self.batch,
            old.about,
        )

    def made(self, step: Step) -> list[Step]:
        """A step for n examples; of the cost two, if what follows goes by each example's own."""
        if step.symbol is not self.old.cost:
            return [self.step(step)]
        own = [self.cost_of_each(step)] if self.is_mentioned(step) else []
        each = self.done.get(step.symbol)
        mean = self.step(step)
        self.mean = mean.symbol
        if each is not None:
            self.done[step.symbol] = each
        return [*own, mean]

    def is_mentioned(self, cost: Step) -> bool:
        """Whether formulas after the cost of an example mention it, and it depends on the data."""
        return self.lifted(cost.formula) and any(
            cost.symbol in mentioned(step) for step in self.old.steps
        )

    def cost_of_each(self, cost: Step) -> Step:
        """The step of the costs of the examples, which stands for the cost from here on."""
        taken = {symbol.name for symbol in (*self.old.givens, *(s.symbol for s in self.old.steps))}
        name = f"{cost.name}_x"
        while name in taken:
            name += "x"
        symbol = self.graph.symbol(name, (self.batch, *cost.symbol.axes), "step")
        self.done[cost.symbol] = symbol
        return replace(
            cost,
            symbol=symbol,
            formula=self.node(cost.formula),
            meaning="cost of each example",
            rewrites=tuple(
                Rewriting(mark.rule, mark.reason, self.node(mark.before)) for mark in cost.rewrites
            ),
        )

    def image(self, symbol: Symbol) -> Symbol:
        found = self.done[symbol]
        assert isinstance(found, Symbol)
        return found

    def given(self, symbol: Symbol) -> None:
        of_data = symbol.role in ("input", "target")
        axes = (self.batch, *symbol.axes) if of_data else symbol.axes
        self.done[symbol] = self.graph.symbol(symbol.name, axes, symbol.role, symbol.probability)

    def lifted(self, node: Node) -> bool:
        """Whether the image of a formula has the axis of the examples."""
        return self.batch in self.node(node).axes

    def step(self, step: Step) -> Step:
        adjoint = step.kind in ("backward", "gradient")
        wrt = self.node(step.wrt) if step.wrt is not None else None
        if adjoint:
            assert wrt is not None
            of_data = self.batch in wrt.axes
        else:
            of_data = self.lifted(step.formula) and step.symbol is not self.old.cost
        self.shared = False
        formula = self.stated(step, step.formula, of_data)
        notes = [step.reason] if step.reason else []
        notes += self.notes(step, of_data)
        symbol = self.graph.symbol(step.name, self.axes(step.symbol, of_data), "step")
        made = replace(
            step,
            symbol=symbol,
            formula=formula,
            reason="; ".join(notes),
            wrt=wrt,
            rewrites=tuple(
                Rewriting(mark.rule, self.reason(mark), self.stated(step, mark.before, of_data))
                for mark in step.rewrites
            ),
        )
        self.done[step.symbol] = symbol
        if adjoint:
            assert wrt is not None
            self.adjoints.add(step.symbol)
            self.graph.adjoints[symbol] = wrt
        if step.kind == "forward":
            self.graph.steps[symbol] = made
        return made

    def reason(self, mark: Rewriting) -> str:
        """Why a form was rewritten; where the cost stands for a part of it, it is each example's.

        Elsewhere reasons are about the mean.
        """
        cost = self.old.cost
        if mark.rule != KNOWN or cost not in self.done:
            return mark.reason
        return re.sub(rf"\b{re.escape(cost.name)}\b", self.image(cost).name, mark.reason)

    def stated(self, step: Step, formula: Node, of_data: bool) -> Node:
        """A form of a step's formula for n examples."""
        if step.kind in ("backward", "gradient"):
            return fit_axes(self.scaled(formula, of_data), self.axes(step.symbol, of_data))
        if step.symbol is self.old.cost:
            return self.averaged(step.symbol if step.symbol in self.done else formula)
        return self.node(formula)

    def notes(self, step: Step, of_data: bool) -> list[str]:
        """What the axis of the examples adds to the reason of a step."""
        has_data = any(self.lifted(symbol) for symbol in symbols(step.formula))
        if step.symbol is self.old.cost:
            return ["the mean over the examples"] if has_data else []
        notes: list[str] = []
        if step.kind in ("backward", "gradient"):
            if self.shared:
                notes.append("1/n, because the cost is the mean over the examples")
            if has_data and not of_data:
                notes.append("summed over the examples")
        return notes

    def axes(self, symbol: Symbol, of_data: bool) -> tuple[Axis, ...]:
        return (self.batch, *symbol.axes) if of_data else symbol.axes

    def averaged(self, cost: Node) -> Node:
        """C = (1/n) Σₙ of the terms that depend on the data, and the other terms as they are."""
        terms = cost.terms if isinstance(cost, Add) else (cost,)
        kept = [self.node(term) for term in terms if not self.lifted(term)]
        data = [self.node(term) for term in terms if self.lifted(term)]
        if data:
            combined = plus(self.graph, data)
            share = self.per_example()
            kept.insert(0, times(self.graph, 1, [Factor(combined, (self.batch,)), share], ()))
        return plus(self.graph, kept)

    def per_example(self) -> Factor:
        self.shared = True
        return Factor(self.graph.reciprocal(self.graph.size(self.batch)), ())

    def scaled(self, formula: Node, of_data: bool) -> Node:
        """The image of an adjoint, with 1/n at each term that starts from the cost.

        An adjoint is linear in earlier adjoints: each product has one of them, which brings its
        1/n along, or none, and then starts from the cost.
        """
        if formula in self.adjoints:
            return self.node(formula)
        if not any(symbol in self.adjoints for symbol in symbols(formula)):
            image = self.node(formula)
            if not (of_data or self.batch in image.axes):
                return image
            return times(self.graph, 1, [Factor(image, image.axes), self.per_example()], image.axes)
        if isinstance(formula, Add):
            terms = [self.scaled(term, of_data) for term in formula.terms]
            of_batch = of_data or any(self.batch in term.axes for term in terms)
            if of_batch and not of_data:
                terms = [fit_axes(t, formula.axes) for t in terms]
            return plus(self.graph, self.covering(terms, formula.axes))
        assert isinstance(formula, Contract)
        place = next(
            k
            for k, factor in enumerate(formula.factors)
            if any(symbol in self.adjoints for symbol in symbols(factor.node))
        )
        rest = [factor.node for k, factor in enumerate(formula.factors) if k != place]
        of_data = of_data or any(self.lifted(node) for node in rest)
        inner = self.scaled(formula.factors[place].node, of_data)
        return self.product(formula, {place: inner})

    def covering(self, parts: list[Node], axes: tuple[Axis, ...]) -> list[Node]:
        """The parts with one of them over all axes, which a sum needs.

        In x − W over (i) and (j, i), W has all axes for one example, neither has for n of them.
        """
        if not any(self.batch in part.axes for part in parts):
            return parts
        if any({self.batch, *axes} <= set(part.axes) for part in parts):
            return parts
        widest = next(k for k, part in enumerate(parts) if set(axes) <= set(part.axes))
        return [
            fit_axes(part, (self.batch, *axes)) if k == widest else part
            for k, part in enumerate(parts)
        ]

    def product(self, node: Contract, replaced: dict[int, Node]) -> Node:
        factors: list[Factor] = []
        for place, factor in enumerate(node.factors):
            image = replaced.get(place)
            image = self.node(factor.node) if image is None else image
            labels = factor.labels
            if self.batch in image.axes:
                # the axis of the examples keeps its place among the axes of the image
                rest = iter(labels)
                labels = tuple(axis if axis == self.batch else next(rest) for axis in image.axes)
            factors.append(Factor(image, labels))
        of_batch = any(self.batch in factor.labels for factor in factors)
        axes = (self.batch, *node.axes) if of_batch else node.axes
        return times(self.graph, node.coefficient, factors, axes)

    def node(self, root: Node) -> Node:
        """The image of a formula in the new graph."""
        if root not in self.done:
            for node in walk([root]):
                if node not in self.done:
                    self.done[node] = self.image_of(node)
        return self.done[root]

    def image_of(self, node: Node) -> Node:
        graph = self.graph
        parts = [self.done[part] for part in node.parts]
        if isinstance(node, Contract):
            return self.product(node, {})
        if isinstance(node, Add):
            return plus(graph, self.covering(parts, node.axes))
        if isinstance(node, Map):
            return graph.map(node.function, *self.covering(parts, node.axes))
        if isinstance(node, Symbol):
            raise AssertionError(f"{node!r} is not defined before it is used")
        return same_operation(node, parts, graph)
