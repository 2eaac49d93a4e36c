"""The reverse sweep: from the cost back through every step, once.

For each named quantity q the sweep collects ∂C/∂q from every formula that uses q, adds the parts
up, and makes one step of the sum. `_through` does the same inside one formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from glassprop.derive.derivation import Derivation
from glassprop.derive.naming import adjoint_name, name_all, temporary_name
from glassprop.derive.rewrites import rewrite_backward, rewrite_forward
from glassprop.derive.rules import RULES, Rule, is_constant, rule_for
from glassprop.errors import FormulaError
from glassprop.formula.algebra import fit_axes, plus, tidy
from glassprop.formula.axes import spell
from glassprop.formula.calculus import is_zero
from glassprop.formula.nodes import SELECTORS, Contract, Node, Step, Symbol, symbols, walk


@dataclass(frozen=True)
class Part:
    """What one use of a quantity gives to its adjoint."""

    formula: Node
    through: Symbol
    rules: tuple[str, ...]


def derive(
    cost: Node,
    wrt: Sequence[Symbol],
    outputs: Sequence[Symbol] = (),
    rules: Mapping[str, Rule] = RULES,
) -> Derivation:
    """Differentiate a cost by some symbols, in named steps.

    A cost that is not a named step has all its parts named first: (a + b)(b + 1) becomes
    c = a + b, d = b + 1, e = c d.

    Args:
        cost: a formula without axes, or the symbol of a step.
        wrt: the symbols to differentiate by.
        outputs: further steps that the derivation has to keep (predictions).
        rules: the table of adjoint rules.

    Raises:
        FormulaError: if the cost has a free index, or a symbol is not of its graph.
    """
    if cost.axes:
        names = ", ".join(axis.name for axis in cost.axes)
        raise FormulaError(
            f"the cost has a free index {names}: a cost is a single number; sum over {names}"
        )
    graph = cost.graph
    for symbol in wrt:
        if graph.node(symbol) in graph.steps and symbol is cost:
            raise FormulaError(f"{symbol.name} is the cost itself; differentiate by another symbol")
    root = cost if isinstance(cost, Symbol) and cost in graph.steps else name_all(cost)
    forward = _forward([root, *outputs])
    return _Sweep(forward, root, tuple(wrt), tuple(outputs), rules).run()


def derive_again(derivation: Derivation, cost: Node, wrt: Sequence[Symbol]) -> Derivation:
    """Differentiate a number made of a derivation's own results, such as Σ ∂C/∂W · v.

    The steps of the first derivation become forward steps of the second.
    """
    graph = derivation.graph
    for step in derivation.steps:
        if step.symbol not in graph.steps:
            graph.steps[step.symbol] = step
    return derive(cost, wrt)


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
        graph = self.cost.graph
        self.table = {step.symbol: step for step in self.forward}
        self.known = {
            step.formula: step.symbol
            for step in self.forward
            if not isinstance(step.formula, Symbol) and not is_constant(step.formula)
        }
        self.active: set[Node] = set(self.wrt)
        for step in self.forward:
            if any(s in self.active for s in symbols(step.formula)):
                self.active.add(step.symbol)
        gradients: dict[Symbol, Symbol] = {}
        for step in reversed(self.forward):
            adjoint = self.adjoint(step.symbol)
            if adjoint is None:
                continue
            if step.symbol in self.wrt:
                gradients[step.symbol] = self.named(step.symbol, adjoint)
            self.through(step, adjoint)
            for symbol in reversed(symbols(step.formula)):
                if symbol in self.wrt and symbol not in self.table and self.complete(symbol, step):
                    gradients[symbol] = self.gradient(symbol)
        for symbol in self.wrt:
            if symbol not in gradients:
                gradients[symbol] = self.gradient(symbol)
        ordered = {symbol: gradients[symbol] for symbol in self.wrt}
        steps = (*self.forward, *self.steps)
        return Derivation(graph, steps, self.cost, ordered, self.outputs or (self.cost,))

    def complete(self, symbol: Symbol, step: Step) -> bool:
        """Whether no earlier step uses the symbol, so that its gradient can be stated now."""
        return self.first_use[symbol] is step.symbol

    @property
    def first_use(self) -> dict[Symbol, Symbol]:
        if not hasattr(self, "_first_use"):
            self._first_use: dict[Symbol, Symbol] = {}
            for step in self.forward:
                for symbol in symbols(step.formula):
                    self._first_use.setdefault(symbol, step.symbol)
        return self._first_use

    def adjoint(self, symbol: Symbol) -> Node | None:
        """∂C/∂symbol as a formula to use: a step's name, or just a number."""
        if symbol not in self.active:
            return None
        if symbol is self.cost:
            return symbol.graph.const(1)
        parts = self.parts.get(symbol)
        if not parts:
            return None
        combined = plus(symbol.graph, [part.formula for part in parts])
        if is_constant(combined):
            return combined
        name = adjoint_name(symbol.graph, self.cost, symbol)
        meaning = self.table[symbol].meaning if symbol in self.table else ""
        meaning = f"error at the {meaning}" if name.startswith("delta") else f"∂{self.cost.name}/∂{symbol.name}"
        return self.state(name, combined, symbol, parts, "backward", meaning)

    def gradient(self, symbol: Symbol) -> Symbol:
        """The step that states the gradient of the cost by a given symbol."""
        graph = symbol.graph
        parts = self.parts.get(symbol, [])
        terms = [part.formula for part in parts]
        combined = plus(graph, terms) if terms else graph.contract(0, (), symbol.axes)
        return self.named(symbol, combined, parts)

    def named(self, symbol: Symbol, adjoint: Node, parts: Sequence[Part] = ()) -> Symbol:
        if isinstance(adjoint, Symbol) and adjoint.name == f"d{self.cost.name}_d{symbol.name}":
            return adjoint
        name = symbol.graph.fresh(f"d{self.cost.name}_d{symbol.name}")
        meaning = f"gradient by {symbol.name}"
        return self.state(name, adjoint, symbol, parts, "gradient", meaning)

    def state(
        self,
        name: str,
        formula: Node,
        of: Node,
        parts: Sequence[Part],
        kind: str,
        meaning: str,
    ) -> Symbol:
        graph = formula.graph
        symbol = graph.symbol(name, of.axes, "step")
        rule, reason = _explain(parts, of, self.cost, self.rules)
        step = Step(symbol, formula, kind, meaning, rule, reason, of)  # type: ignore[arg-type]
        self.steps.append(rewrite_backward(step, self.table, self.known))
        return symbol

    def through(self, step: Step, seed: Node) -> None:
        """Carry an adjoint through one formula, to the symbols that it is made of."""
        order = [node for node in walk([step.formula]) if not isinstance(node, SELECTORS)]
        live: set[Node] = set()
        for node in order:
            if node in self.active or any(part in live for part in node.parts):
                live.add(node)
        arrived: dict[Node, list[Node]] = {step.formula: [fit_axes(seed, step.formula.axes)]}
        route: dict[Node, tuple[str, ...]] = {step.formula: ()}
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
                part = Part(adjoint, step.symbol, route[node])
                name = temporary_name(node.graph)
                adjoint = self.state(name, adjoint, node, [part], "backward", "")
            key = rule_for(node)
            rule = self.rules[key]
            for place in uses:
                target = node.parts[place]
                given = rule.adjoint(node, adjoint, place)
                arrived.setdefault(target, []).append(fit_axes(given, target.axes))
                route.setdefault(target, (*route[node], key))


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


def _explain(
    parts: Sequence[Part], of: Node, cost: Symbol, rules: Mapping[str, Rule]
) -> tuple[str, str]:
    """The rule in a few words and the reason in a sentence."""
    what = of.name if isinstance(of, Symbol) else "this part"
    if not parts:
        return "constant", f"{cost.name} does not change with {what}" if not of.axes else (
            f"{cost.name} does not change with {what} over {spell(of.axes)}"
        )
    names = [part.through.name for part in parts]
    where = " and ".join(dict.fromkeys(names))
    used = dict.fromkeys(key for part in parts for key in part.rules)
    sentences = "; ".join(rules[key].sentence for key in used)
    rule = f"chain rule through {where}"
    reason = f"{what} reaches {cost.name} through {where}"
    if len(parts) > 1:
        reason += ": the parts are added"
    return rule, f"{reason}; {sentences}" if sentences else reason
