"""Planted mistakes: rules and records that are wrong in one place each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from glassprop.chainrule.rules import RULES, Rule
from glassprop.formula.algebra import negative, plus, times
from glassprop.formula.functions.table import ScalarFunction
from glassprop.formula.nodes import Add, Contract, Factor, Map, Node, Reduce

SCALE = 2.001 / 2


def _scaled(u: Node, by: float) -> Node:
    return times(u.graph, by, [Factor(u, u.axes)], u.axes)


def _zero(u: Node) -> Node:
    return u.graph.contract(0, (), u.axes)


def sign_flipped(rule: Rule) -> Rule:
    return replace(rule, adjoint=lambda u, adj, k: negative(rule.adjoint(u, adj, k)))


def scaled(rule: Rule) -> Rule:
    return replace(rule, adjoint=lambda u, adj, k: _scaled(rule.adjoint(u, adj, k), SCALE))


def _sum_loses_a_term(u: Node, adjoint: Node, place: int) -> Node:
    assert isinstance(u, Add)
    return adjoint if place else _zero(adjoint)


def _product_loses_a_factor(u: Node, adjoint: Node, place: int) -> Node:
    assert isinstance(u, Contract)
    target = u.factors[place]
    others = [factor for k, factor in enumerate(u.factors) if k != place][1:]
    factors = [Factor(adjoint, adjoint.axes), *others]
    product = times(u.graph, u.coefficient, factors, target.labels)
    return times(u.graph, 1, [Factor(product, target.node.axes)], target.node.axes)


def _product_loses_its_coefficient(u: Node, adjoint: Node, place: int) -> Node:
    assert isinstance(u, Contract)
    return _scaled(RULES["product"].adjoint(u, adjoint, place), 1 / u.coefficient)


def _product_takes_the_other_factor(u: Node, adjoint: Node, place: int) -> Node:
    """W̄ = ū W instead of ū x: each factor stands where the next one should."""
    assert isinstance(u, Contract)
    if len(u.factors) < 2:
        return RULES["product"].adjoint(u, adjoint, place)
    target = u.factors[place]
    factors = [Factor(adjoint, adjoint.axes), target, *u.factors[place + 2 :]]
    product = times(u.graph, u.coefficient, factors, target.labels)
    return times(u.graph, 1, [Factor(product, target.node.axes)], target.node.axes)


def _map_loses_the_slope(u: Node, adjoint: Node, place: int) -> Node:
    return adjoint


def _map_takes_the_other_slope(u: Node, adjoint: Node, place: int) -> Node:
    assert isinstance(u, Map)
    return RULES["map"].adjoint(u, adjoint, len(u.operands) - 1 - place)


def _max_does_not_share(u: Node, adjoint: Node, place: int) -> Node:
    assert isinstance(u, Reduce)
    hit = u.graph.apply("equal", u.operand, u)
    factors = [Factor(adjoint, adjoint.axes), Factor(hit, hit.axes)]
    return times(u.graph, 1, factors, u.operand.axes)


def _max_goes_to_all(u: Node, adjoint: Node, place: int) -> Node:
    assert isinstance(u, Reduce)
    return times(u.graph, 1, [Factor(adjoint, adjoint.axes)], u.operand.axes)


def _max_takes_what_is_not_largest(u: Node, adjoint: Node, place: int) -> Node:
    assert isinstance(u, Reduce)
    hit = u.graph.apply("step", plus(u.graph, [u, negative(u.operand)]))
    factors = [Factor(adjoint, adjoint.axes), Factor(hit, hit.axes)]
    return times(u.graph, 1, factors, u.operand.axes)


def _logsumexp_with(sign: int, keep: bool):
    def adjoint_rule(u: Node, adjoint: Node, place: int) -> Node:
        assert isinstance(u, Reduce)
        inner = plus(u.graph, [u.operand, negative(u)]) if keep else u.operand
        weight = u.graph.apply("exp", _scaled(inner, sign))
        factors = [Factor(adjoint, adjoint.axes), Factor(weight, weight.axes)]
        return times(u.graph, 1, factors, u.operand.axes)

    return adjoint_rule


# The rule of sums gives every term the same, so no operands can be swapped in it.
SPECIAL = {
    "sum": {"dropped term": _sum_loses_a_term},
    "product": {
        "dropped term": _product_loses_a_factor,
        "dropped coefficient": _product_loses_its_coefficient,
        "swapped operand": _product_takes_the_other_factor,
    },
    "map": {"dropped term": _map_loses_the_slope, "swapped operand": _map_takes_the_other_slope},
    "max": {
        "dropped share": _max_does_not_share,
        "dropped choice": _max_goes_to_all,
        "swapped operand": _max_takes_what_is_not_largest,
    },
    "logsumexp": {
        "dropped term": _logsumexp_with(1, False),
        "swapped operand": _logsumexp_with(-1, True),
    },
}


def rule_mutants() -> Iterator[tuple[str, str, dict[str, Rule]]]:
    """(key of the rule, what is wrong, table of rules with that mistake)."""
    for key, rule in RULES.items():
        wrong = {"sign flipped": sign_flipped(rule), "scaled": scaled(rule)}
        wrong |= {name: replace(rule, adjoint=adjoint) for name, adjoint in SPECIAL[key].items()}
        for name, mutant in wrong.items():
            yield key, name, {**RULES, key: mutant}


def record_mutants(record: ScalarFunction) -> Iterator[tuple[str, ScalarFunction]]:
    """Records whose derivative is wrong: sign, scale, swapped operands, dropped terms."""
    places = range(len(record.derivative))
    for place in places:
        for name, text in _texts(record.derivative[place]):
            wrong = (*record.derivative[:place], text, *record.derivative[place + 1 :])
            yield f"{name}: ∂{record.operands[place]} = {text}", replace(record, derivative=wrong)
    if len(set(record.derivative)) > 1:
        yield "operands swapped", replace(record, derivative=record.derivative[::-1])


def _texts(text: str) -> Iterator[tuple[str, str]]:
    if text == "0":
        yield "added term", "1"
        yield "added term", "z"
        return
    yield "sign flipped", f"-({text})"
    yield "scaled", f"{SCALE!r} * ({text})"
    if text == "1":
        return
    yield "dropped", "1"
    tree = ast.parse(text, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            for name, other in _operations(node):
                yield name, _replaced(tree, node, other)
        elif isinstance(node, ast.UnaryOp):
            yield "dropped sign", _replaced(tree, node, node.operand)


def _operations(node: ast.BinOp) -> Iterator[tuple[str, ast.expr]]:
    yield "dropped term", node.left
    if not isinstance(node.op, ast.Pow):
        yield "dropped term", node.right
    if isinstance(node.op, (ast.Sub, ast.Div)):
        yield "swapped operand", ast.BinOp(node.right, node.op, node.left)


def _replaced(tree: ast.Expression, old: ast.expr, new: ast.expr) -> str:
    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else super().generic_visit(node)

    copy = ast.parse(ast.unparse(tree), mode="eval")
    for node, twin in zip(ast.walk(tree), ast.walk(copy), strict=True):
        if node is old:
            old = twin
            break
    return ast.unparse(ast.fix_missing_locations(Swap().visit(copy)))
