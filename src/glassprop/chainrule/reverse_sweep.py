"""The reverse sweep: from the cost back through every step, once.

For each named quantity q the sweep collects ∂C/∂q from every formula that uses q, adds the parts
up, and makes one step of the sum. `through` does the same inside one formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.naming import adjoint_name, name_all, temporary_name
from glassprop.chainrule.reasons import Part, Passage, explain, explain_part
from glassprop.chainrule.rewritings.rewrites import rewrite_backward, rewrite_forward
from glassprop.chainrule.rules import RULES, Rule, rule_for
from glassprop.errors import FormulaError
from glassprop.formula.algebra import fit_axes, plus, tidy
from glassprop.formula.conditions import is_locally_constant
from glassprop.formula.derivatives import is_constant, is_zero
from glassprop.formula.nodes import (
    SELECTORS,
    Contract,
    Kind,
    Map,
    Node,
    Step,
    Symbol,
    mentioned,
    symbols,
    walk,
)


def derive(
    cost: Node,
    wrt: Sequence[Symbol],
    outputs: Sequence[Symbol] = (),
    rules: Mapping[str, Rule] = RULES,
) -> Derivation:
    """Differentiate a cost with respect to some symbols, in named steps.

    A cost that is not a named step has all its parts named first: (a + b)(b + 1) becomes
    c = a + b, d = b + 1, e = c d. The steps are named in the graph of the cost; a name that is
    taken there gets a number (`derive_apart` leaves that graph alone).

    Args:
        cost: a formula without axes, or the symbol of a step.
        wrt: the symbols to differentiate with respect to.
        outputs: further steps that the derivation has to keep (predictions).
        rules: the table of adjoint rules.

    Raises:
        FormulaError: if the cost has a free index or is itself in `wrt`, or a symbol is not of
            its graph.
    """
    if cost.axes:
        names = ", ".join(axis.name for axis in cost.axes)
        raise FormulaError(
            f"the cost has a free index {names}: a cost is a single number; sum over {names}"
        )
    graph = cost.graph
    for symbol in wrt:
        if graph.node(symbol) is cost and cost in graph.steps:
            raise FormulaError(
                f"{symbol.name} is the cost itself; differentiate with respect to another symbol"
            )
    root = cost if isinstance(cost, Symbol) and cost in graph.steps else name_all(cost)
    forward = _forward([root, *outputs])
    return _Sweep(forward, root, tuple(dict.fromkeys(wrt)), tuple(outputs), rules).run()


def derive_again(derivation: Derivation, cost: Node, wrt: Sequence[Symbol]) -> Derivation:
    """Differentiate a number made of a derivation's own results, such as Σ ∂C/∂W · v.

    The steps of the first derivation become forward steps of the second.
    """
    graph = derivation.graph
    for step in derivation.steps:
        if step.symbol not in graph.steps:
            graph.steps[step.symbol] = step
    return replace(derive(cost, wrt), batch=derivation.batch)


def _forward(roots: Sequence[Symbol]) -> list[Step]:
    """The steps that the roots need, in order, rewritten and tidied."""
    graph = roots[0].graph
    order: list[Step] = []
    done: set[Symbol] = set()
    stack: list[tuple[Symbol, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        symbol, ready = stack.pop()
        if ready:
            order.append(graph.steps[symbol])
        elif symbol not in done and symbol in graph.steps:
            done.add(symbol)
            stack.append((symbol, True))
            stack.extend((s, False) for s in reversed(symbols(graph.steps[symbol].formula)))
    table: dict[Symbol, Step] = {}
    for step in order:
        tidied = Step(
            step.symbol, tidy(step.formula), "forward", step.meaning, step.rule, step.reason
        )
        table[step.symbol] = rewrite_forward(tidied, table)
    return list(table.values())


@dataclass
class _Sweep:
    forward: list[Step]
    cost: Symbol
    wrt: tuple[Symbol, ...]
    outputs: tuple[Symbol, ...]
    rules: Mapping[str, Rule]
    steps: list[Step] = field(default_factory=list[Step])
    parts: dict[Symbol, list[Part]] = field(default_factory=dict[Symbol, list[Part]])

    def run(self) -> Derivation:
        self.table = {step.symbol: step for step in self.forward}
        self.known = {
            step.formula: step.symbol
            for step in self.forward
            if not isinstance(step.formula, Symbol) and not is_constant(step.formula)
        }
        self.wanted = set(self.wrt)
        self.active: set[Node] = set(self.wrt)
        self.first_use: dict[Symbol, Symbol] = {}
        for step in self.forward:
            used = symbols(step.formula)
            if any(symbol in self.active for symbol in used):
                self.active.add(step.symbol)
            for symbol in used:
                self.first_use.setdefault(symbol, step.symbol)
        gradients: dict[Symbol, Symbol] = {}
        for step in reversed(self.forward):
            adjoint = self.adjoint(step.symbol)
            if adjoint is None:
                continue
            if step.symbol in self.wanted:
                gradients[step.symbol] = self.gradient(step.symbol, adjoint)
            self.through(step, adjoint)
            for symbol in reversed(symbols(step.formula)):
                given = symbol in self.wanted and symbol not in self.table
                if given and self.first_use[symbol] is step.symbol:
                    gradients[symbol] = self.gradient(symbol, self.collected(symbol))
        for symbol in self.wrt:
            if symbol not in gradients:
                gradients[symbol] = self.gradient(symbol, self.collected(symbol))
        ordered = {symbol: gradients[symbol] for symbol in self.wrt}
        results = (self.cost, *self.outputs, *ordered.values())
        steps = _used([*self.forward, *self.steps], results)
        outputs = self.outputs or (self.cost,)
        return Derivation(self.cost.graph, steps, self.cost, ordered, outputs)

    def collected(self, symbol: Symbol) -> Node:
        """The sum of all that has arrived at a quantity."""
        parts = [part.formula for part in self.parts.get(symbol, ())]
        return plus(symbol.graph, parts) if parts else symbol.graph.contract(0, (), symbol.axes)

    def adjoint(self, symbol: Symbol) -> Node | None:
        """∂C/∂symbol as a formula to use: a step's name, or just a number."""
        if symbol is self.cost:
            return symbol.graph.const(1)
        if symbol not in self.active or symbol not in self.parts:
            return None
        combined = self.collected(symbol)
        if is_constant(combined):
            return combined
        name = adjoint_name(symbol.graph, self.cost, symbol)
        what = f"∂{self.cost.name}/∂{symbol.name}"
        if name.startswith("delta"):
            meaning = self.table[symbol].meaning
            what = f"error at the {meaning}" if meaning else f"error {what}"
        return self.state(name, combined, symbol, "backward", what)

    def gradient(self, symbol: Symbol, adjoint: Node) -> Symbol:
        """The step that states the gradient of the cost with respect to a symbol asked for."""
        name = f"d{self.cost.name}_d{symbol.name}"
        if isinstance(adjoint, Symbol) and adjoint.name == name:
            return adjoint
        meaning = f"gradient of {self.cost.name} with respect to {symbol.name}"
        return self.state(symbol.graph.fresh(name), adjoint, symbol, "gradient", meaning)

    def state(self, name: str, formula: Node, of: Symbol, kind: Kind, meaning: str) -> Symbol:
        """Make a step of ∂C/∂of."""
        before = self.steps[-1] if self.steps else None
        through: tuple[str, ...] = ()
        step = self.rewritten(Step(self.symbol(name, of), formula, kind, meaning, wrt=of))
        if before is not None and formula is before.symbol and before.wrt is of:
            rule, reason = "definition", f"{before.name} is ∂{self.cost.name}/∂{of.name}"
        else:
            parts = self.parts.get(of, ())
            rule, reason = explain(parts, step.formula, of, self.cost, self.rules, self.table)
            through = tuple(dict.fromkeys(part.through.name for part in parts))
        self.steps.append(replace(step, rule=rule, reason=reason, through=through))
        return step.symbol

    def part(self, formula: Node, of: Node, step: Symbol, route: tuple[Passage, ...]) -> Symbol:
        """Make a step of the derivative with respect to a part of a formula."""
        symbol = self.symbol(temporary_name(formula.graph), of)
        meaning = f"derivative of {self.cost.name} with respect to a part of {step.name}"
        made = self.rewritten(Step(symbol, formula, "backward", meaning, wrt=of))
        rule, reason = explain_part(Part(made.formula, step, route), self.cost, self.rules)
        self.steps.append(replace(made, rule=rule, reason=reason))
        return symbol

    def symbol(self, name: str, of: Node) -> Symbol:
        made = of.graph.symbol(name, of.axes, "step")
        of.graph.adjoints[made] = of
        return made

    def rewritten(self, step: Step) -> Step:
        return rewrite_backward(step, self.table, self.known)

    def through(self, step: Step, seed: Node) -> None:
        """Carry an adjoint through one formula, to the symbols that it is made of."""
        order = [node for node in walk([step.formula]) if not isinstance(node, SELECTORS)]
        live: set[Node] = set()
        for node in order:
            if isinstance(node, Map) and is_locally_constant(node.function):
                continue
            if node in self.active or any(part in live for part in node.parts):
                live.add(node)
        arrived: dict[Node, list[Node]] = {step.formula: [fit_axes(seed, step.formula.axes)]}
        route: dict[Node, tuple[Passage, ...]] = {step.formula: ()}
        for node in reversed(order):
            if node not in live or node not in arrived:
                continue
            adjoint = plus(node.graph, arrived[node])
            if is_zero(adjoint):
                continue
            if isinstance(node, Symbol):
                part = Part(adjoint, step.symbol, route[node])
                self.parts.setdefault(node, []).append(part)
                continue
            uses = [place for place, part in enumerate(node.parts) if part in live]
            if len(uses) > 1 and not _is_cheap(adjoint):
                adjoint = self.part(adjoint, node, step.symbol, route[node])
            key = rule_for(node)
            rule = self.rules[key]
            for place in uses:
                target = node.parts[place]
                given = rule.adjoint(node, adjoint, place)
                arrived.setdefault(target, []).append(fit_axes(given, target.axes))
                passed = (*route[node], Passage.through(node, place, key))
                route[target] = _joined(route.get(target, ()), passed)


def _joined(known: tuple[Passage, ...], more: tuple[Passage, ...]) -> tuple[Passage, ...]:
    return tuple(dict.fromkeys((*known, *more)))


def _used(steps: Sequence[Step], results: Sequence[Symbol]) -> tuple[Step, ...]:
    """The steps that some result needs, in order, or that a rewriting of a kept step mentions.

    A rewriting can make a step superfluous, and so can a function whose derivative is 0.
    """
    needed = set(results)
    kept: list[Step] = []
    for step in reversed(steps):
        if step.symbol in needed:
            kept.append(step)
            needed.update(mentioned(step))
    return tuple(reversed(kept))


def _is_cheap(adjoint: Node) -> bool:
    """Whether an adjoint may be written out more than once: a name, a number, a multiple."""
    if isinstance(adjoint, Symbol) or is_constant(adjoint):
        return True
    return (
        isinstance(adjoint, Contract)
        and len(adjoint.factors) == 1
        and isinstance(adjoint.factors[0].node, Symbol)
        and not adjoint.summed
    )
