"""What the records of the function table say, as formulas: f, f′, and f′ by the output.

Derivatives of derivatives need no table: f′ has a formula, and the chain rule gives f″.
"""

from __future__ import annotations

from dataclasses import replace

from glassprop.formula.algebra import fit_axes, plus, substitute, times, where
from glassprop.formula.axes import union
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.graph import Graph
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Add, Const, Contract, Factor, Map, Node, walk
from glassprop.formula.parse import parse
from glassprop.formula.positivity import steps_resolved


def expand(function: ScalarFunction, operands: tuple[Node, ...]) -> Node:
    """The value of a function at some operands, by its formula; a constant is repeated."""
    made = state(function.formula, function, operands)
    axes = union((u.axes for u in operands), function.name)
    return made if set(made.axes) == set(axes) else fit_axes(made, axes)


def state(text: str, function: ScalarFunction, operands: tuple[Node, ...]) -> Node:
    """What a text of a function's record says at some operands."""
    graph = operands[0].graph
    names: dict[str, Node] = dict(zip(function.operands, operands, strict=True))
    names |= {name: graph.const(value) for name, value in function.parameters.items()}
    return parse(text, graph, names)


def prime(function: ScalarFunction) -> ScalarFunction:
    """The record of f′, for a function of one operand."""
    return replace(
        function,
        name=f"{function.name}_prime",
        formula=function.derivative[0],
        derivative=(),
        output_form="",
        symbol=(function.symbol or function.name) + "′",
        latex=(function.latex or rf"\operatorname{{{function.name}}}") + "'",
        numpy="",
        named_prime=False,
        activation=False,
        range=(float("-inf"), float("inf")),
        about=f"derivative of {function.name}",
        primitive=function,
    )


def partial(function: ScalarFunction, place: int, operands: tuple[Node, ...]) -> Node:
    """∂f/∂(operand number `place`) at the operands; f′ by name where it has one.

    A derivative that is a number, as those of affine functions are, needs no name.
    """
    graph = operands[0].graph
    if not function.derivative:
        return differentiate(graph, function, operands, place)
    slope = state(function.derivative[place], function, operands)
    if function.named_prime and not is_constant(slope):
        return graph.map(prime(function), *operands)
    resolved = steps_resolved(slope)
    return substitute(slope, resolved) if resolved else slope


def by_output(function: ScalarFunction, output: Node) -> Node:
    """f′ by the value of f, from the form that the record declares."""
    names: dict[str, Node] = {"a": output}
    names |= {name: output.graph.const(value) for name, value in function.parameters.items()}
    return parse(function.output_form, output.graph, names)


def differentiate(
    graph: AnyGraph, function: ScalarFunction, operands: tuple[Node, ...], place: int
) -> Node:
    """The derivative of a function that has only a formula, by the chain rule."""
    scratch = Graph()
    variables = tuple(scratch.symbol(name, (), "variable") for name in function.operands)
    root = expand(function, variables)
    slope = derivative(root, variables[place])
    values: dict[Node, Node] = dict(zip(variables, operands, strict=True))
    return transplant(slope, graph, values)


def derivative(root: Node, variable: Node) -> Node:
    """d(root)/d(variable) for a scalar formula, forwards by the chain rule."""
    graph = root.graph
    slopes: dict[Node, Node] = {}
    for node in walk([root]):
        if node is variable:
            slopes[node] = graph.const(1)
            continue
        terms: list[Node] = []
        if isinstance(node, Add):
            terms = [slopes[term] for term in node.terms]
        elif isinstance(node, Contract):
            for place, factor in enumerate(node.factors):
                rest = [f for k, f in enumerate(node.factors) if k != place]
                terms.append(
                    times(graph, node.coefficient, [Factor(slopes[factor.node], ()), *rest], ())
                )
        elif isinstance(node, Map) and node.function.name == "where":
            condition, *cases = node.operands
            given = [slopes[case] for case in cases]
            slopes[node] = graph.const(0) if all(map(is_zero, given)) else where(condition, *given)
            continue
        elif isinstance(node, Map):
            for place, operand in enumerate(node.operands):
                if not is_zero(slopes[operand]):
                    local = partial(node.function, place, node.operands)
                    terms.append(
                        times(graph, 1, [Factor(slopes[operand], ()), Factor(local, ())], ())
                    )
        slopes[node] = plus(graph, terms) if terms else graph.const(0)
    return slopes[root]


def is_zero(node: Node) -> bool:
    """Whether a formula is the number 0, perhaps repeated along axes."""
    return (isinstance(node, Const) and node.value == 0) or (
        isinstance(node, Contract) and node.coefficient == 0
    )


def is_constant(node: Node) -> bool:
    """Whether a formula is just a number, perhaps repeated along axes."""
    return isinstance(node, Const) or (isinstance(node, Contract) and not node.factors)


def transplant(root: Node, graph: AnyGraph, values: dict[Node, Node]) -> Node:
    """The scalar formula on other operands, perhaps tensors, of another graph."""
    done: dict[Node, Node] = dict(values)
    for node in walk([root]):
        if node in done:
            continue
        parts = [done[part] for part in node.parts]
        if isinstance(node, Const):
            done[node] = graph.const(node.value)
        elif isinstance(node, Add):
            done[node] = plus(graph, parts)
        elif isinstance(node, Contract):
            axes = tuple(dict.fromkeys(axis for part in parts for axis in part.axes))
            factors = [Factor(part, part.axes) for part in parts]
            done[node] = times(graph, node.coefficient, factors, axes)
        elif isinstance(node, Map):
            done[node] = graph.map(node.function, *parts)
    return done[root]
