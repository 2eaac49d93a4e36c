"""What isn't a formula is refused in a sentence; what their code raised is kept as its cause."""

import functools
import math
import operator
import random

import numpy as np
import pytest

import glassprop as gp
from glassprop.errors import FormulaError, GlasspropError, NetworkError
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.text.write import LONGEST


def endless(z):
    return endless(z)


def growing(z):
    while True:
        z = gp.sin(z)


def raising(z):
    raise KeyError("mine")


class Twice:
    def __call__(self, z):
        return 2 * z

    def nothing(self):
        return 1


NO_FORMULAS = [
    (3, "expected a function of z, such as lambda z: .* or text; got 3"),
    (2.5, "got 2.5"),
    (b"z * 2", "got b'z"),
    ([1, 2], r"got \[1, 2\]"),
    ({}, "got {}"),
    (..., "got Ellipsis"),
    ("", "cannot read"),
    ("z[0]", "not arithmetic"),
    ("z // 2", "not one of"),
    (lambda: 1, r"got a function of \(\), which cannot be called on \(z\)"),
    (lambda z, w: z, r"got a function of \(z, w\)"),
    (lambda z, *, k: z, r"cannot be called on \(z\)"),
    (Twice, r"cannot be called on \(z\)"),
    (Twice().nothing, r"cannot be called on \(z\)"),
    (round, "round, int and math.floor"),
    (int, "round, int and math.floor"),
    (math.floor, "round, int and math.floor"),
    (math.trunc, "round, int and math.floor"),
    (lambda z: round(z, 2), "round, int and math.floor"),
    (range, "round, int"),
    (float, "not a number; use gp.exp"),
    (complex, "not a number"),
    (math.exp, "not a number; use gp.exp"),
    (lambda z: z[0], r"z\[0\]"),
    (lambda z: z["a"], "all its entries at once"),
    (lambda z: operator.setitem(z, 0, 1), "all its entries at once"),
    (lambda z: operator.delitem(z, 0), "all its entries at once"),
    (lambda z: z % 2, "operator % has no meaning"),
    (lambda z: 2 % z, "operator % has no meaning"),
    (lambda z: z // 2, "operator // has no meaning"),
    (lambda z: 2 // z, "operator //"),
    (lambda z: divmod(z, 2), "divmod"),
    (lambda z: z @ z, r"no @: .* gp.sum\(a \* y\)"),
    (lambda z: z ^ 2, r"a power is z \*\* 2"),
    (lambda z: z & 1, "operator &"),
    (lambda z: {1} | z, r"operator \|"),
    (lambda z: z << 1, "operator <<"),
    (lambda z: ~z, "operator ~"),
    (lambda z: pow(z, 2, 3), "pow"),
    (lambda z: z**z, r"for a > 0 .* exp\(b \* log\(a\)\)"),
    (lambda z: 2**z, r"2 to the power b is exp\(b \* log\(2\)\)"),
    (lambda z: (-2) ** z, "for some b only"),
    (sum, r"gp.sum\(z\)"),
    (max, r"gp.max\(z\)"),
    (list, "entry by entry"),
    (lambda z: [2 * u for u in z], "entry by entry"),
    (lambda z: 1 in z, "entry by entry"),
    (len, r"gp.size\(z\)"),
    (lambda z: z.sum(), r"has no .sum; write gp.sum\(z\)"),
    (lambda z: z.T, "has no .T"),
    (lambda z: z.shape, "has no .shape"),
    (lambda z: f"{z:.3f}", "'.3f'"),
    (lambda z: z == 0, "gp.equal"),
    (lambda z: (z != 0) * z, "gp.equal"),
    (lambda z: (2 * z == z) * z, "gp.equal"),
    (lambda z: np.mean(z), r"np.mean of a formula: write gp.mean\(z\)"),
    (lambda z: np.sum(z), r"write gp.sum\(z\)"),
    (lambda z: np.dot(z, z), r"write gp.sum\(a \* y\)"),
    (lambda z: np.abs(z), r"write gp.abs\(z\)"),
    (lambda z: np.array([z]), "not an array"),
    (lambda z: np.asarray(z), "not an array"),
    (lambda z: z * None, "None in a formula"),
    (lambda z: z * [1], r"\[1\] in a formula"),
    (lambda z: z * True, "True in a formula"),
    (lambda z: z * 1j, "1j in a formula"),
    (lambda z: z * math.nan, "not finite"),
    (lambda z: z / 0, "divides by the number 0"),
    (lambda z: z * gp.log(gp.step(z) * 0 - 1), "not a finite number"),
    ("z + 1 / (z - z)", "is inf, not a finite number"),
    ("z + log(-1)", r"log\(-1\) is nan, not a finite number"),
    (lambda z: (yield z), "type generator"),
    (lambda z: str(z), "type str"),
    (lambda z: None, "type NoneType"),
    (Graph().symbol("z"), "put lambda before it"),
    (lambda z: Graph().symbol("w"), "another graph"),
    (lambda z: z(1), "TypeError: .*not callable; write it with"),
    (lambda z: z * random.random(), "gave another formula when it was called again"),
    (lambda z: z if random.random() < 0.5 else random.random(), "again|type"),
    (endless, "calls itself without end"),
    (growing, "over 50000 operations"),
    (raising, "it raised KeyError: 'mine'$"),
    (lambda z: gp.max(2, z), r"max: expected a formula, got 2; .* maximum\(z, w\)"),
    (lambda z: gp.max(z, 2), r"max: expected axes as over, of \(j\); got 2; .* maximum"),
    (lambda z: gp.max(z, z), r"max: expected axes as over"),
    (lambda z: gp.sum(3), "sum: expected a formula, got 3"),
    (lambda z: gp.sum([z, z]), "sum: expected a formula"),
    (lambda z: gp.sum(z, "j"), r"sum: expected axes as over, of \(j\); got 'j'"),
    (lambda z: gp.sum(z, over=[[1]]), "expected axes"),
    (lambda z: gp.sum(z, over=Axis("i", 3)), r"sum over i: the formula has \(j\)"),
    (lambda z: gp.sum(z, axis=0), r"sum\(u, over\) cannot be called so: .*'axis'"),
    (lambda z: gp.mean(np.ones(3)), "mean: expected a formula"),
    (lambda z: gp.softmax(), r"softmax\(u, over\) cannot be called so"),
    (lambda z: gp.logsumexp(None), "logsumexp: expected a formula"),
    (lambda z: gp.size(3) * z, "size: expected a formula"),
    (lambda z: gp.dot(), "dot: expected formulas"),
    (lambda z: gp.dot(z, 2), "dot: expected a formula, got 2"),
    (lambda z: gp.rename(z, 2), "rename: expected axes with their new axes"),
    (lambda z: gp.rename(3, {}), "rename: expected a formula"),
    (lambda z: gp.exp(), "exp got 0 arguments"),
    (lambda z: gp.exp("z"), "'z' in a formula"),
    (lambda z: gp.leaky_relu(z, "a"), "slope of leaky_relu"),
    (lambda z: gp.leaky_relu(z, slope=z), "slope of leaky_relu"),
    (lambda z: gp.leaky_relu(z, 0.1, slope=0.2), "slope twice"),
    (lambda z: gp.huber(z, delta=None), "delta of huber"),
]


@pytest.mark.parametrize(("given", "message"), NO_FORMULAS)
def test_what_is_no_activation_is_refused_in_a_sentence(given, message):
    with pytest.raises(FormulaError, match=message) as caught:
        gp.activation("mine", given)
    text = str(caught.value)
    assert text.startswith("activation 'mine': ") and "\n" not in text and len(text) < 300
    assert "has no attribute" not in text and "Contract(" not in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (3, "expected a function of the outputs a and the target y"),
        (lambda a: gp.sum(a), r"a function of \(a\), which cannot be called on \(a, y\)"),
        (lambda a, y: sum(a - y), r"gp.sum\(z\)"),
        (lambda a, y: (a - y).mean(), r"gp.mean\(z\)"),
        (lambda a, y: a @ y, r"gp.sum\(a \* y\)"),
        (lambda a, y: gp.sum(a * (a == y)), "gp.equal"),
        (lambda a, y: gp.sum((a - y) ** 2) * random.random(), "called again"),
        (lambda a, y: raising(a), "KeyError"),
        (lambda a, y: a - y, "free index"),
        (lambda a, y: 3, "does not use the outputs a"),
        (lambda a, y: gp.sum(a - a) + gp.sum(y), "does not use the outputs a"),
        (lambda a, y: gp.sum(a) + 0 * gp.sum(y), "does not use the target y"),
        ("sum(a * y) - sum(a * y) + sum(a)", "does not use the target y"),
    ],
)
def test_what_is_no_cost_is_refused_in_a_sentence(given, message):
    with pytest.raises(FormulaError, match=message) as caught:
        gp.cost("mine", given)
    assert str(caught.value).startswith("cost 'mine'") and "\n" not in str(caught.value)


def test_what_their_own_code_raised_is_the_cause():
    for function, kind in ((raising, KeyError), (endless, RecursionError), (len, FormulaError)):
        with pytest.raises(FormulaError) as caught:
            gp.activation("mine", function)
        assert isinstance(caught.value.__cause__, kind)
    with pytest.raises(KeyboardInterrupt):
        gp.activation("mine", lambda z: (_ for _ in ()).throw(KeyboardInterrupt()))


@pytest.mark.parametrize(
    "given",
    [
        *("a - a", "2", "z**0", "z - z", "exp(z) * exp(-z)", "0 * sum(z) + 1", "size(z)"),
        *(lambda z: z - z, lambda z: z**0, lambda z: 2, lambda z: gp.softmax(z) - gp.softmax(z)),
    ],
)
def test_an_activation_that_does_not_depend_on_z_is_refused_where_it_is_stated(given):
    given = given.replace("a", "z") if isinstance(given, str) and "a -" in given else given
    with pytest.raises(FormulaError, match="is the same for every z"):
        gp.activation("mine", given)


def test_what_depends_on_nothing_in_a_layer_of_this_size_is_refused_by_the_network():
    no_pairs = gp.activation("no_pairs", lambda z: z * (gp.size(z) - 2))
    assert no_pairs.formula == "z * (size(z) - 2)"
    x = np.ones((4, 3))
    net = gp.Network(3, gp.Dense(5, no_pairs), seed=0)
    z = x @ net.parameters["W1"].T + net.parameters["b1"]
    np.testing.assert_allclose(net.predict(x), 3 * z)
    with pytest.raises(FormulaError, match="'no_pairs' of 2 neurons is the same for every z"):
        gp.Network(3, gp.Dense(2, no_pairs))
    pairs = gp.cost("pairs", lambda a, y: (gp.size(a) - 2) * gp.sum(a * y))
    gp.Network(3, gp.Dense(3), cost=pairs)
    assert gp.activation("one_more", lambda z: z**0 + z).formula == "1 + z"
    with pytest.raises(FormulaError, match="'pairs' does not use the outputs a"):
        gp.Network(3, gp.Dense(2), cost=pairs)


@pytest.mark.parametrize("name", ["a b", "", "lambda", "_f", "relu", "sum", "np", 3, None, ["a"]])
@pytest.mark.parametrize("formula", [lambda z: 2 * z, lambda z: gp.sum(z)])
def test_names_that_an_activation_cannot_have(name, formula):
    with pytest.raises(NetworkError):
        gp.activation(name, formula)


@pytest.mark.parametrize("name", ["a b", "", "lambda", "_f", "quadratic", 3, None, ["a"]])
def test_names_that_a_cost_cannot_have(name):
    with pytest.raises(NetworkError):
        gp.cost(name, "sum(a * y)")


def test_an_activation_of_ones_own_within_a_cost_or_another_activation():
    swish = gp.activation("own_swish", lambda z: z / (1 + gp.exp(-z)))
    twice = gp.activation("own_twice", lambda z: swish(swish(z)))
    assert twice.formula == "z * sigmoid(z) * sigmoid(z * sigmoid(z))"
    cost = gp.cost("own_cost", lambda a, y: gp.sum((swish(a) - y) ** 2))
    assert cost.formula == "sum((z * sigmoid(z) - y)**2)".replace("z", "a")


def test_formulas_go_on_working_with_what_asks_politely():
    graph = Graph()
    z = graph.symbol("z")
    assert not hasattr(z, "shape") and getattr(z, "sum", None) is None
    assert z == z and z != graph.symbol("w") and z != "z" and z in {z} and +z is z
    assert f"{z}" == str(z)
    t = graph.symbol("t", (), "counter")
    assert 0.9**t is graph.const(0.9) ** t


def again(function, times):
    return lambda z: functools.reduce(lambda u, _: function(u), range(times), z)


def balanced(first, last):
    if last - first == 1:
        return f"(z + {first})"
    middle = (first + last) // 2
    return f"({balanced(first, middle)} * {balanced(middle, last)})"


@pytest.mark.parametrize(
    "given",
    [
        lambda z: gp.abs(functools.reduce(lambda u, k: u * (z + k), range(40), z)),
        "abs(" + " * ".join(f"(z + {k})" for k in range(100)) + ")",
        f"abs({balanced(0, 300)})",
        again(lambda z: z / (1 + gp.exp(-z)), 40),
        again(lambda z: z * (z + 1), 40),
        again(lambda z: z + gp.exp(z), 60),
        again(lambda z: gp.exp(-z * z), 100),
        again(lambda z: gp.maximum(z, z / 2 + 1), 30),
        again(gp.sin, 150),
        again(gp.sin, 5000),
        again(lambda z: 1 / (1 + z), 150),
        "exp(" * 300 + "z" + ")" * 300,
    ],
)
def test_formulas_that_explode_are_refused_soon_and_shortly(given):
    with pytest.raises(GlasspropError, match=f"{LONGEST}|nested over 200 deep") as caught:
        gp.activation("mine", given)
    assert len(str(caught.value)) < 250 and "(…)" not in str(caught.value)


def test_products_are_not_multiplied_out_for_a_kink():
    made = gp.activation("mine", "abs(" + " * ".join(f"(z + {k})" for k in range(12)) + ")")
    assert made.formula.startswith("abs(z * (z + 1)") and made.function.kinks == ()
    kinks = gp.activation("mine", "abs(3 * (z - 1) - z + 1) + maximum(2 * z, z - 4)").function.kinks
    assert kinks == (-4.0, 1.0)
    kinks = gp.activation("mine", "maximum((z + 1) * (z - 1) - z * z + 3 * z, -exp(0))").function
    assert kinks.kinks == (0.0,)


def test_an_axis_given_twice_counts_once():
    graph = Graph()
    j = Axis("j", 4)
    z = graph.symbol("z", (j,))
    assert gp.mean(z, over=(j, j)) is gp.mean(z) and gp.size(z, [j, j]) is gp.size(z)


@pytest.mark.parametrize(
    "given",
    [
        " * ".join(f"(1 + exp({k} * z)) / (1 + exp(-{k} * z))" for k in range(1, 30)),
        " * ".join(f"({k} + exp({k} * z)) / (1 + exp({k} * z))" for k in range(1, 40)),
    ],
)
def test_products_of_many_ratios_are_stated(given):
    assert gp.activation("many_ratios", given).name == "many_ratios"
