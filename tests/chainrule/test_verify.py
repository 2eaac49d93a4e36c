"""Each rule of `verify` is broken by a derivation made by hand, and caught."""

from dataclasses import replace

import pytest

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.reverse_sweep import derive
from glassprop.chainrule.verify import InvalidProgram, verify
from glassprop.formula.algebra import dot, total
from glassprop.formula.axes import Axis
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Add, Contract, Factor, Map, Reduce, Step

I_, J = Axis("i", 3), Axis("j", 2)


@pytest.fixture
def derivation() -> Derivation:
    g = Graph()
    x, W = g.symbol("x", (I_,)), g.symbol("W", (J, I_), "parameter")
    z = g.let("z", dot(W, x, over=I_))
    return derive(g.let("C", total(g.apply("tanh", z) ** 2)), [W])


def refuses(derivation: Derivation, message: str) -> None:
    with pytest.raises(InvalidProgram, match=message):
        verify(derivation, "by hand")


def with_formula(derivation: Derivation, name: str, formula) -> Derivation:
    steps = [replace(s, formula=formula) if s.name == name else s for s in derivation]
    return derivation.with_steps(steps)


def forged(kind, axes, graph, /, **fields):
    """A node that the graph would not make."""
    node = kind.__new__(kind)
    node.graph, node.axes, node.uid = graph, axes, -1
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def test_what_the_sweep_makes_is_accepted(derivation):
    assert verify(derivation, "derive") is derivation


def test_use_before_binding(derivation):
    order = (derivation[1], derivation[0], *derivation.steps[2:])
    refuses(derivation.with_steps(order), r"by hand: step C uses z before it is bound")


def test_a_step_that_uses_itself(derivation):
    z = derivation["z"].symbol
    refuses(with_formula(derivation, "z", z + 1), "uses z before it is bound")


def test_a_name_bound_twice(derivation):
    refuses(derivation.with_steps([derivation[0], *derivation.steps]), "step z: the name is bound")


def test_another_symbol_of_the_same_name(derivation):
    other = Graph().symbol("z", (J,), "step")
    twin = Step(other, derivation["z"].formula)
    refuses(derivation.with_steps([derivation[0], twin, *derivation.steps[1:]]), "bound twice")


def test_a_step_that_nothing_uses(derivation):
    g = derivation.graph
    extra = Step(g.symbol("spare", (), "step"), g.const(1))
    refuses(derivation.with_steps([extra, *derivation.steps]), "spare is used by nothing")


def test_a_result_that_is_never_computed(derivation):
    kept = [step for step in derivation if step.kind != "gradient"]
    refuses(derivation.with_steps(kept), "the result dC_dW is never computed")
    missing = derivation.graph.symbol("missing", (), "step")
    refuses(replace(derivation, outputs=(missing,)), "the result missing is never computed")
    refuses(replace(derivation, cost=missing), "the result missing is never computed")


def test_results_that_a_pass_states_itself(derivation):
    forward = derivation.with_steps(derivation.forward)
    verify(forward, "forward only", results=[derivation.cost])
    with pytest.raises(InvalidProgram, match="used by nothing"):
        verify(derivation, "forward only", results=[derivation.cost])


def test_axes_of_a_formula_that_are_not_those_of_its_name(derivation):
    x = derivation.graph.find("x")
    refuses(with_formula(derivation, "z", x), r"has \(j\), its formula \(i\)")


def test_a_node_of_another_graph(derivation):
    strange = Graph().symbol("u", (J,))
    refuses(with_formula(derivation, "z", strange), "of another graph")


def test_an_update_of_what_is_not_a_parameter(derivation):
    C = derivation["C"]
    update = Step(C.symbol, C.symbol * 1, "update")
    refuses(derivation.with_steps([*derivation.steps, update]), "only parameters and states")
    W = derivation.graph.find("W")
    update = Step(W, W - 0.1 * derivation["dC_dW"].symbol, "update")
    verify(derivation.with_steps([*derivation.steps, update]), "update")


def test_labels_that_do_not_fit(derivation):
    g = derivation.graph
    x, W = g.find("x"), g.find("W")
    short = [Factor(W, (J,)), Factor(x, (I_,))]
    node = forged(Contract, (J,), g, coefficient=1, factors=tuple(short))
    refuses(with_formula(derivation, "z", node), "labels of .* do not fit")
    wrong = [Factor(W, (J, Axis("l", 7)))]
    node = forged(Contract, (J,), g, coefficient=1, factors=tuple(wrong))
    refuses(with_formula(derivation, "z", node), "labels of .* do not fit")


def test_one_label_twice(derivation):
    g = derivation.graph
    square = g.symbol("S", (J, Axis("l", 2)))
    node = forged(Contract, (J,), g, coefficient=1, factors=(Factor(square, (J, J)),))
    refuses(with_formula(derivation, "z", node), "one label twice")


def test_a_selector_outside_of_a_product(derivation):
    g = derivation.graph
    hot = g.one_hot(g.const(1), J)
    node = forged(Map, (J,), g, function=FUNCTIONS["exp"], operands=(hot,))
    refuses(with_formula(derivation, "z", node), "a selector outside of a product")


def test_axes_that_are_not_those_of_the_parts(derivation):
    g = derivation.graph
    x, W = g.find("x"), g.find("W")
    node = forged(Map, (J,), g, function=FUNCTIONS["exp"], operands=(x,))
    refuses(with_formula(derivation, "z", node), "axes of .* are not those of its parts")
    node = forged(Add, (J,), g, terms=(W, W))
    refuses(with_formula(derivation, "z", node), "axes of .* are not those of its parts")


def test_a_reduction_over_an_axis_that_is_not_there(derivation):
    g = derivation.graph
    node = forged(Reduce, (J,), g, kind="max", operand=g.find("W"), over=(Axis("l", 5),))
    refuses(with_formula(derivation, "z", node), "reduces over an axis that is not there")
