import math
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formula.sympy_check import check_record
from formula.test_functions import in_numpy
from glassprop.errors import FormulaError
from glassprop.formula.derivatives import derivative, partial
from glassprop.formula.evaluate import apply, evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.node import Node
from glassprop.formula.parse import parse
from glassprop.formula.stability.exponential_identities import stabilised
from glassprop.formula.text.write import to_text
from glassprop.formula.user import language
from glassprop.formula.user import language as gp
from glassprop.formula.user.custom_functions import scalar_function_from

USERS = {
    "swish": (lambda z: z / (1 + gp.exp(-z)), "z * sigmoid(z)", jax.nn.silu),
    "softsign": (lambda z: z / (1 + abs(z)), "z / (1 + abs(z))", jax.nn.soft_sign),
    "mish": (
        lambda z: z * gp.tanh(gp.log(1 + gp.exp(z))),
        "z * tanh(softplus(z))",
        lambda z: z * jnp.tanh(jax.nn.softplus(z)),
    ),
    "gaussian": (lambda z: gp.exp(-(z**2)), "exp(-z**2)", lambda z: jnp.exp(-(z**2))),
    "logistic": (lambda z: gp.exp(z) / (1 + gp.exp(z)), "sigmoid(z)", jax.nn.sigmoid),
    "log_sigm": (lambda z: gp.log(1 / (1 + gp.exp(-z))), "-softplus(-z)", jax.nn.log_sigmoid),
    "tangent": (
        lambda z: (gp.exp(z) - gp.exp(-z)) / (gp.exp(z) + gp.exp(-z)),
        "tanh(z)",
        jnp.tanh,
    ),
    "relu6": (lambda z: 6 - gp.relu(6 - gp.relu(z)), "6 - relu(6 - relu(z))", jax.nn.relu6),
    "selu": (
        lambda z: 1.0507009873554805 * gp.elu(z, 1.6732632423543772),
        "1.0507009873554805 * elu(z, 1.6732632423543772)",
        jax.nn.selu,
    ),
    "tanh_gelu": (
        lambda z: z * (1 + gp.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2,
        None,
        lambda z: jax.nn.gelu(z, approximate=True),
    ),
}
every_user = pytest.mark.parametrize("name", USERS)
POINTS = np.random.default_rng(0).uniform(-5, 5, 25)


def slope_of(record, values):
    graph = Graph()
    z = graph.symbol("z")
    node = partial(record, 0, (z,))
    return np.array([float(evaluate([node], {"z": at})[node]) for at in values])


@every_user
def test_values_and_derivatives_agree_with_jax(name):
    formula, text, reference = USERS[name]
    record = scalar_function_from(name, formula)
    assert text is None or record.formula == text
    np.testing.assert_allclose(apply(record, [POINTS]), reference(POINTS), rtol=1e-12, atol=1e-14)
    theirs = jax.vmap(jax.grad(reference))(POINTS)
    np.testing.assert_allclose(slope_of(record, POINTS), theirs, rtol=1e-11, atol=1e-13)
    check_record(record)
    assert record.named_prime and record.activation and record.operands == ("z",)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_user
def test_neither_overflow_nor_nan_far_from_zero(name, dtype):
    record = scalar_function_from(name, USERS[name][0])
    sizes = np.geomspace(10, 1e4, 16)
    z = np.concatenate([-sizes, [0.0], sizes]).astype(dtype)
    graph = Graph()
    symbol = graph.symbol("z")
    for node in (graph.map(record, symbol), partial(record, 0, (symbol,))):
        with np.errstate(all="raise", under="ignore", over="ignore"):
            found = in_numpy(node, {"z": z})
        assert found.dtype == dtype and np.all(np.isfinite(found))


@every_user
def test_a_record_is_rebuilt_from_its_name_and_formula(name):
    record = scalar_function_from(name, USERS[name][0])
    again = scalar_function_from(record.name, record.formula)
    assert again.key == record.key and again.derivative == record.derivative
    copied = pickle.loads(pickle.dumps(record))
    assert copied.key == record.key and copied.derivative == record.derivative


def test_text_in_another_operand_and_parameters():
    record = scalar_function_from("swish", "x / (1 + exp(-x))", operand="x")
    assert record.formula == "z * sigmoid(z)"
    record = scalar_function_from(
        "swish_beta", lambda z, beta: z / (1 + gp.exp(-beta * z)), parameters={"beta": 1.5}
    )
    assert record.formula == "z * sigmoid(beta * z)" and record.parameters == {"beta": 1.5}
    check_record(record)
    steep = record.with_parameters(beta=3)
    np.testing.assert_allclose(apply(steep, [POINTS]), POINTS / (1 + np.exp(-3 * POINTS)))
    theirs = jax.vmap(jax.grad(lambda z: z * jax.nn.sigmoid(3 * z)))(POINTS)
    np.testing.assert_allclose(slope_of(steep, POINTS), theirs, rtol=1e-11, atol=1e-14)


def test_a_function_of_a_user_within_another():
    swish = scalar_function_from("swish", lambda z: z / (1 + gp.exp(-z)))
    twice = scalar_function_from("twice", lambda z: 2 * gp.call(swish, z))
    assert twice.formula == "2 * z * sigmoid(z)"
    assert scalar_function_from("constant", lambda z: 3.0).derivative == ("0",)


def test_kinks_are_found_where_they_are_seen_at_once():
    record = scalar_function_from("shifted", lambda z: abs(2 * z - 3))
    assert record.kinks == (1.5,) and record.convention == "shifted′(1.5) = 0"
    record = scalar_function_from("larger", lambda z: gp.maximum(z, 1))
    assert record.kinks == (1.0,) and record.convention == "larger′(1) = 0.5"
    assert scalar_function_from("softsign", lambda z: z / (1 + abs(z))).kinks == ()
    check_record(record)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (lambda z: np.exp(z), "np.exp of a formula: write gp.exp"),
        (lambda z: np.maximum(z, 0), "np.maximum"),
        (lambda z: np.where(z > 0, z, 0), "write gp.where"),
        (lambda z: math.exp(z), "not a number; use gp.exp"),
        (lambda z: z if z > 0 else 0, "write gp.where"),
        (lambda z: z if z else 0, "neither true nor false"),
        (lambda z: 1 if z == 0 else z, "is gp.equal"),
        (lambda z: 1.0 if isinstance(z, float) else z, "cannot contain if, =="),
        (lambda z: np.array([1.0, 2.0]), "type ndarray"),
        (lambda z: np.array([1.0, 2.0]) * z, "an array"),
        (lambda z: None, "type NoneType"),
        (lambda z: "z", "type str"),
        (lambda z: [z], "type list"),
        (lambda z: z.clip(0, 6), "has no .clip; write gp.clip"),
        (lambda z: z**z, "an exponent that is a formula: .* for a > 0"),
        (lambda: 1, "cannot be called"),
        (lambda z: Graph().symbol("w") + 1, "another graph"),
        (lambda z: z.graph.symbol("w") + z, "uses w"),
        (lambda z: z * float("nan"), "not finite"),
        ("y * 2", "unknown name 'y'"),
        ("z.real", "not arithmetic"),
        ("z +", "cannot read"),
    ],
)
def test_what_is_no_formula_is_refused_in_one_line(formula, message):
    with pytest.raises(FormulaError, match=message) as caught:
        scalar_function_from("mine", formula)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["relu", "sum", "softmax", "a b", "lambda", "", "2x", "_f", "np"])
def test_names_that_cannot_be_used(name):
    with pytest.raises(FormulaError):
        scalar_function_from(name, "z")


def test_operand_and_parameters_have_names_of_their_own():
    for operand, parameters in (("b", {"b": 1.0}), ("x", {"z": 1.0}), ("z", {"a b": 1.0})):
        with pytest.raises(FormulaError):
            scalar_function_from("mine", "z", operand=operand, parameters=parameters)


PARTS = [
    "z",
    "1",
    "2",
    "exp(z)",
    "exp(-z)",
    "exp(2 * z)",
    "(1 + exp(z))",
    "(exp(-z) + 1)",
    "tanh(z)",
]


@st.composite
def exponential_texts(draw):
    text = draw(st.sampled_from(PARTS))
    for _ in range(draw(st.integers(1, 4))):
        part = draw(st.sampled_from(PARTS))
        power = draw(st.sampled_from(["", "", "**2", "**-1", "**-2"]))
        text = f"({text}) {draw(st.sampled_from('+-**//'))} ({part}){power}"
    return text


@settings(max_examples=300, deadline=None)
@given(exponential_texts())
def test_stable_rewriting_keeps_values_and_comes_to_an_end(text):
    graph = Graph()
    z = graph.symbol("z")
    formula = parse(text, graph, {"z": z})
    stable = stabilised(formula)
    assert stabilised(stable) is stable
    with np.errstate(all="ignore"):
        for at in (-1.7, -0.2, 0.4, 2.1):
            found = evaluate([formula, stable], {"z": at})
            np.testing.assert_allclose(found[stable], found[formula], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "stable"),
    [
        ("1 / (1 + exp(-z))", "sigmoid(z)"),
        ("exp(z) / (exp(z) + 1)", "sigmoid(z)"),
        ("exp(z)**2 / (1 + exp(z))**2", "sigmoid(z) * sigmoid(z)"),
        ("exp(-z) / (1 + exp(-z))**2", "sigmoid(z) * sigmoid(-z)"),
        ("(1 - exp(-2 * z)) / (1 + exp(-2 * z))", "tanh(z)"),
        ("1 / (1 + 1 / exp(z))", "sigmoid(z)"),
        ("log(1 + exp(2 * z - 1))", "softplus(2 * z - 1)"),
        ("log(exp(z) * exp(1))", "z + 1"),
        ("1 / (1 + exp(1 - z))", "sigmoid(-1 + z)"),
        ("2 / (exp(z) + exp(-z))", "2 / (exp(z) + exp(-z))"),
        ("z / (1 + abs(z))", "z / (1 + abs(z))"),
    ],
)
def test_stable_forms(text, stable):
    graph = Graph()
    z = graph.symbol("z")
    assert to_text(stabilised(parse(text, graph, {"z": z}))) == stable


def test_the_language_has_every_function_of_the_table():
    graph = Graph()
    z, w = graph.symbol("z"), graph.symbol("w")
    for name, record in FUNCTIONS.items():
        if name == "where":
            continue  # its first operand is a condition
        function = getattr(language, name)
        operands = (z, w)[: len(record.operands)]
        assert function(*operands) is graph.apply(name, *operands)
        numbers = (0.3, 0.8)[: len(record.operands)]
        value = function(*numbers)
        assert type(value) is float
        assert value == pytest.approx(float(apply(record, [np.asarray(x) for x in numbers])))
        assert record.about in function.__doc__ and function.__name__ == name


def test_the_language_on_numbers_parameters_and_mistakes():
    graph = Graph()
    z = graph.symbol("z")
    assert gp.leaky_relu(-1.0, 0.5) == gp.leaky_relu(-1.0, slope=0.5) == -0.5
    assert gp.maximum(2, z) is graph.apply("maximum", graph.const(2), z)
    assert gp.exp(1e5) == math.inf and gp.sigmoid(-1e5) == 0
    assert isinstance(gp.leaky_relu(z, 0.5), Node)
    assert derivative(gp.exp(z), z) is gp.exp(z)
    for attempt in (
        lambda: gp.exp(),
        lambda: gp.exp(z, z),
        lambda: gp.maximum(z),
        lambda: gp.leaky_relu(z, z),
        lambda: gp.exp(z, base=2),
        lambda: gp.exp("z"),
        lambda: gp.exp(np.array([1.0, 2.0])),
    ):
        with pytest.raises(FormulaError):
            attempt()
