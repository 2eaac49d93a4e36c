import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import (
    by_output,
    derivative,
    differentiate,
    expand,
    is_zero,
    partial,
    prime,
    transplant,
)
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Map
from glassprop.formula.parse import parse
from glassprop.formula.text.write import to_text
from glassprop.formula.user.custom_functions import scalar_function_from

SMOOTH = ("exp", "tanh", "sigmoid", "softplus", "sin", "cos", "silu", "gelu", "square", "phi")


@st.composite
def smooth_texts(draw, depth=3):
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(["z", "w", "2", "0.3"]))
    kind = draw(st.integers(0, 5))
    u, v = draw(smooth_texts(depth - 1)), draw(smooth_texts(depth - 1))
    if kind == 0:
        return f"{draw(st.sampled_from(SMOOTH))}(tanh({u}))"
    return [f"({u} + {v})", f"({u} - {v})", f"{u} * {v}", f"{u} / (2 + tanh({v}))", f"-({u})"][
        kind - 1
    ]


def in_jax(text):
    functions = {
        "exp": jax.numpy.exp,
        "tanh": jax.numpy.tanh,
        "sigmoid": jax.nn.sigmoid,
        "softplus": jax.nn.softplus,
        "sin": jax.numpy.sin,
        "cos": jax.numpy.cos,
        "silu": jax.nn.silu,
        "gelu": lambda z: jax.nn.gelu(z, approximate=False),
        "square": jax.numpy.square,
        "phi": jax.scipy.stats.norm.pdf,
    }
    return eval(f"lambda z, w: 0.0 * z + {text}", functions)


@settings(max_examples=60, deadline=None)
@given(smooth_texts())
def test_derivatives_agree_with_jax(text):
    graph = Graph()
    names = {"z": graph.symbol("z"), "w": graph.symbol("w")}
    slope = derivative(parse(text, graph, names), names["z"])
    at = {"z": 0.37, "w": -0.81}
    ours = float(evaluate([slope], at)[slope])
    theirs = float(jax.grad(in_jax(text))(*at.values()))
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-12)


def test_a_prime_by_name_expands_to_what_the_record_declares():
    graph = Graph()
    z = graph.symbol("z")
    slope = partial(FUNCTIONS["sigmoid"], 0, (z,))
    assert isinstance(slope, Map) and slope.function.name == "sigmoid_prime"
    assert slope.function.primitive is FUNCTIONS["sigmoid"] and slope.function.symbol == "σ′"
    a = graph.apply("sigmoid", z)
    assert expand(slope.function, (z,)) is a * (1 - a)
    assert by_output(FUNCTIONS["sigmoid"], a) is a * (1 - a)


def test_parameters_are_those_of_the_record():
    graph = Graph()
    z = graph.symbol("z")
    steep = FUNCTIONS["leaky_relu"].with_parameters(slope=0.5)
    assert to_text(expand(prime(steep), (z,))) == "0.5 + step(z) / 2"
    assert partial(steep, 0, (z,)) is not partial(FUNCTIONS["leaky_relu"], 0, (z,))
    assert to_text(by_output(steep, graph.symbol("a"))) == "0.5 + step(a) / 2"


def test_second_derivatives_need_no_table():
    graph = Graph()
    z = graph.symbol("z")
    curve = partial(prime(FUNCTIONS["tanh"]), 0, (z,))
    at = {"z": 0.3}
    expected = -2 * np.tanh(0.3) * (1 - np.tanh(0.3) ** 2)
    np.testing.assert_allclose(evaluate([curve], at)[curve], expected, rtol=1e-14)


def test_two_operands():
    graph = Graph()
    z, w = graph.symbol("z"), graph.symbol("w")
    first, second = (partial(FUNCTIONS["maximum"], place, (z, w)) for place in (0, 1))
    for at, expected in (((2, 1), (1, 0)), ((1, 2), (0, 1)), ((2, 2), (0.5, 0.5))):
        values = dict(zip("zw", at, strict=True))
        found = evaluate([first, second], values)
        assert (found[first], found[second]) == expected


def test_what_does_not_change_has_slope_0():
    graph = Graph()
    z, w = graph.symbol("z"), graph.symbol("w")
    assert is_zero(derivative(graph.apply("exp", w) * 3, z))
    assert derivative(z, z) is graph.const(1)
    assert not is_zero(z)


def test_transplanting_broadcasts_by_name():
    from formula.random_formulas import sample_graph, sample_values

    graph, names = sample_graph()
    slope = differentiate(graph, FUNCTIONS["silu"], (names["u"],), 0)
    assert slope.axes == names["u"].axes
    values = sample_values()
    found = evaluate([slope], values)[slope]
    expected = jax.vmap(jax.grad(jax.nn.silu))(values["u"])
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    scratch = Graph()
    z, w = scratch.symbol("z"), scratch.symbol("w")
    moved = transplant(z * w + 1, graph, {z: names["u"], w: names["M"]})
    assert set(moved.axes) == set(names["M"].axes)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_derivative_can_be_differentiated_by_its_formula(name):
    record = FUNCTIONS[name]
    if name in (
        "Phi",
        "phi",
        "exp",
        "log",
        "sin",
        "cos",
        "abs",
        "maximum",
        "step",
        "sign",
        "floor",
        "equal",
    ):
        return  # stated by themselves
    if name == "where":
        return  # its first operand is a condition
    graph = Graph()
    operands = tuple(graph.symbol(operand) for operand in record.operands)
    at = dict(zip(record.operands, (0.77, 1.9), strict=False))
    for place in range(len(operands)):
        by_formula = differentiate(graph, record, operands, place)
        declared = partial(record, place, operands)
        found = evaluate([by_formula, declared], at)
        np.testing.assert_allclose(found[by_formula], found[declared], rtol=1e-12)


def test_a_constant_function_is_repeated_along_the_axes_of_its_operand():
    graph = Graph()
    z = graph.symbol("z", (Axis("j", 3),))
    made = expand(scalar_function_from("constant", lambda z: 3.0), (z,))
    assert made.axes == z.axes
    assert evaluate([made], {"z": np.ones(3)})[made].tolist() == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("sqrt(z**2 + 1)", "2 * z / (2 * sqrt(z**2 + 1))"),
        ("sqrt(exp(z) + 1)", "exp(z) / (2 * sqrt(exp(z) + 1))"),
        ("(z**4 + 1)**0.3", "1.2 * z**3 * (z**4 + 1)**-0.7"),
        ("sqrt(z**2)", "2 * z * step(sqrt(z**2)) / (2 * sqrt(z**2))"),
    ],
)
def test_only_roots_of_what_may_be_zero_have_a_condition_in_their_slope(text, slope):
    graph = Graph()
    z = graph.symbol("z")
    assert to_text(derivative(parse(text, graph, {"z": z}), z)) == slope
