"""The programs behind Nielsen's class, each derived and compiled when it is first needed."""

from __future__ import annotations

from functools import lru_cache

from glassprop.chainrule.reverse_sweep import derive
from glassprop.compile import pipeline
from glassprop.compile.program import Program
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.models.architecture import Architecture
from glassprop.models.costs import Cost, find_cost
from glassprop.models.layer_arguments import layers_of
from glassprop.models.update_rules import SGD

QUADRATIC = find_cost("quadratic")
LINEAR = Cost("with given derivative", "sum(y * a)")
"""For a ∂C/∂a that user code gives, in the place of y: y · a is linear in a and has that slope."""


@lru_cache(maxsize=64)
def network_program(sizes: tuple[int, ...], cost: Cost) -> Program:
    """Sigmoid layers of some sizes, their gradients under a cost, and gradient descent."""
    statement = Architecture(*layers_of(sizes, "sigmoid", None, cost), cost).state()
    derivation = derive(statement.cost, statement.parameters, (statement.outputs,))
    title = f"Network [{', '.join(map(str, sizes))}], cost {cost.name}"
    return pipeline.build(derivation, SGD.steps, "float64", title)


@lru_cache(maxsize=1)
def sigmoid_program() -> Program:
    """`predict` is σ and `gradients` is σ′, entry by entry."""
    graph = Graph()
    z = graph.symbol("z", (Axis("j", "entries"),), "variable")
    a = graph.let("a", graph.apply("sigmoid", z), "activation")
    derivation = derive(graph.let("C", total(a)), (z,), (a,))
    return pipeline.finish({"derive": derivation}, (), "float64", "sigmoid")


@lru_cache(maxsize=1)
def cost_program() -> Program:
    """`gradients` is ∂C/∂a of the quadratic cost, entry by entry."""
    graph = Graph()
    axis = Axis("k", "entries")
    a, y = graph.symbol("a", (axis,), "variable"), graph.symbol("y", (axis,), "target")
    derivation = derive(graph.let("C", QUADRATIC(a, y), "cost"), (a,))
    return pipeline.finish({"derive": derivation}, (), "float64", "quadratic cost")
