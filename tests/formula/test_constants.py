"""Numbers in formulas that are none are refused where the formula is stated, and named."""

import random
import warnings

import numpy as np
import pytest

import glassprop as gp

COMMON = {
    "exp(1000) * {}": r"exp\(1000\) is inf",
    "log(-1) + {}": r"log\(-1\) is nan",
    "log({0} - {0}) + {0}": r"log\(0\) is -inf",
    "sqrt(-1) * {}": r"sqrt\(-1\) is nan",
    "where({0} > 0, {0}, log(0))": r"log\(0\) is -inf",
    "maximum({}, log(0))": r"log\(0\) is -inf",
    "{} / sin(0)": r"1 / sin\(0\) is inf",
    "{} / exp(-1000)": r"1 / exp\(-1000\) is inf",
    "{} * 1e308 * 10": "10 times 1e.308 is not a finite number",
    "{} + 1e308 + 1e308": "1e.308 . 1e.308 is not a finite number",
    "{} / 1e-320": "1 / 1e-320 is not a finite number",
    "1e400 * {}": "formula '1e400 .* 1e400 is not finite or too large",
    "{} * " + "9" * 400: r"9+\.\.\. is not finite or too large",
    "{} * 2**2000": "2 to the power 2000 is too large",
    "{} ** (1e308 * 10)": "1e.308 times 10 is not a finite number",
    "(-1) ** 0.5 * {}": "-1 to the power 0.5 is not a real number",
    "{0} + 1 / ({0} - {0})": "1 / 0 is inf",
    "{} / (1 - 1)": "division by the number 0",
    "1e308 * {} ** 2": "1e.308 times 2 is not a finite number",
    "{} * raised(2, 2000)": r"raised\(2, 2000\) is inf",
}
OF_SIZE = {
    "{} * log(size({}) - 2)": r"log\(0\) is -inf",
    "{} + exp(1600 / size({}))": r"exp\(800\) is inf",
    "{} + sqrt(size({}) - 3)": r"sqrt\(-1\) is nan",
    "{} / (size({}) - 2)": "division by the number 0",
    "{} + 1 / (size({}) - 2)": "division by the number 0",
}


def refused(build, said):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(gp.FormulaError, match=said):
            build()


@pytest.mark.parametrize("text", [text for text in COMMON if text != "1e308 * {} ** 2"])
@pytest.mark.parametrize("form", ["z", "softmax(z)", "max(z) * z"])
def test_activations(text, form):
    said = f"^activation 'odd': .*{COMMON[text]}"
    refused(lambda: gp.activation("odd", text.replace("{0}", "{}").replace("{}", form)), said)


def test_derivatives():
    said = "^activation 'odd': 1e.308 times 2 is not a finite number"
    refused(lambda: gp.activation("odd", "1e308 * z ** 2"), said)


@pytest.mark.parametrize("text", [text for text in COMMON if "**" not in text])
@pytest.mark.parametrize("form", ["sum((a - y)**2)", "max(a * y)"])
def test_costs(text, form):
    said = f"^cost 'odd': .*{COMMON[text]}"
    refused(lambda: gp.cost("odd", text.replace("{0}", "{}").replace("{}", form)), said)


@pytest.mark.parametrize("text", OF_SIZE)
def test_sizes_belong_to_the_network(text):
    odd = gp.activation("odd_size", text.format("softmax(z)", "z"))
    assert gp.Network(3, gp.Dense(4, odd), seed=0).predict(np.ones((1, 3))).shape == (1, 4)
    refused(lambda: gp.Dense(2, odd), f"^activation 'odd_size' of 2 neurons: .*{OF_SIZE[text]}")
    cost = gp.cost("odd_size", text.format("sum((a - y)**2)", "a"))
    assert gp.Network([3, 4], cost=cost, seed=0).evaluate(np.ones((1, 3)), [0]).cost
    said = f"^cost 'odd_size' of 2 outputs: .*{OF_SIZE[text]}"
    refused(lambda: gp.Network([3, 2], cost=cost), said)


def test_functions_of_python():
    for number in (float("inf"), np.float64("nan"), gp.exp(1), 10**400):
        if number != gp.exp(1):
            refused(lambda number=number: gp.activation("odd", lambda z: z * number), "not finite")
    refused(lambda: gp.activation("odd", lambda z: z * 1e308 * 10), "10 times 1e.308")
    refused(lambda: gp.cost("odd", lambda a, y: gp.sum(a - y) * gp.log(0 * gp.sum(a))), r"log\(0\)")


def test_what_is_finite_in_the_end_stands():
    for text in ("1e300 * z * 1e-300", "z + 0 * exp(1000)", "z * 1e308 * 1", "z * exp(700)"):
        assert "z" in gp.activation("large", text).formula


def coin(*cases):
    """One of two at random, and never the generator that another test has seeded."""
    return cases[random.SystemRandom().random() < 0.5]


DRAWN = {
    "scalar": lambda z: z * random.SystemRandom().random(),
    "vector": lambda z: gp.softmax(z) + random.SystemRandom().random(),
    "a coin": lambda z: coin(z, 2 * z),
    "a coin for a vector": lambda z: coin(gp.softmax(z), gp.softmax(2 * z)),
    "cost": lambda a, y: gp.sum((a - y) ** 2) * random.SystemRandom().random(),
    "a coin for a cost": lambda a, y: coin(gp.sum((a - y) ** 2), gp.sum(gp.abs(a - y))),
    "dropout": lambda a, y: gp.sum((a * coin(1, 0) - y) ** 2),
}


@pytest.mark.parametrize("name", DRAWN)
def test_random_numbers_are_noticed(name):
    make = (
        gp.cost
        if "a, y" in str(DRAWN[name].__code__.co_varnames).replace("'", "")
        else (gp.activation)
    )
    with pytest.raises(gp.FormulaError, match="gave another formula when it was called again"):
        for _ in range(3):  # by chance it is not noticed once in a thousand times
            make("drawn", DRAWN[name])


LARGE = {
    "added": ({"output": "z + 1e39"}, r"1e\+39"),
    "factor": ({"output": "softmax(z) * 1e39"}, r"1e\+39"),
    "derivative": ({"output": "1e38 * z**4"}, r"4e\+38"),
    "slope": ({"output": ("leaky_relu", {"slope": 1e300})}, r"1e\+300"),
    "cost": ({"cost": "sum((a - y)**2) * 1e39"}, r"1e\+39"),
    "l2": ({"l2": 1e300}, r"5e\+299"),
    "scale": ({"scale": 1e39}, r"1e\+39"),
}


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("what", LARGE)
def test_numbers_that_float32_does_not_hold(what, engine):
    given, number = LARGE[what]
    given = dict(given)
    output, cost = given.pop("output", "identity"), given.pop("cost", "quadratic")
    if isinstance(output, tuple):
        output = gp.activation(output[0], **output[1])
    elif output != "identity":
        output = gp.activation("large", output)
    if cost != "quadratic":
        cost = gp.cost("large", cost)

    def network(dtype):
        layers = gp.Dense(2), gp.Dense(2, output)
        return gp.Network(3, *layers, cost=cost, engine=engine, dtype=dtype, seed=0, **given)

    net, x = network("float32"), np.ones((4, 3))
    for use in (
        lambda: net.fit(x, [0, 1, 0, 1], epochs=1, progress=False),
        lambda: net.predict(x),
        lambda: net.gradients(x, [0, 1, 0, 1]),
        net.source,
    ):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "y: targets")
            with pytest.raises(gp.FormulaError, match=f"{number}, and float32 has none .* float64"):
                use()
    assert "W1" in network("float64").source()


@pytest.mark.parametrize("part", ["sum({0} - {0})", "mean({0} - {0})", "sum(({0} - {0})**2)"])
def test_a_sum_of_zeros_is_zero_whatever_their_number(part):
    """Its length is the network's, and not known where the cost is stated."""
    part = part.format("y")
    cost = gp.cost("mine", f"sign(sqrt({part} + 1.5)) * sum((a - y)**2)")
    net = gp.Network(1, gp.Dense(3), cost=cost, seed=0)
    a = net.predict([[0.4]])
    assert net.evaluate([[0.4]], [[0.0, 0.0, 1.0]]).cost == pytest.approx(
        ((a - [0, 0, 1]) ** 2).sum()
    )
    formula = f"sum(a - y) * log({part})"
    refused(lambda: gp.Network(1, gp.Dense(3), cost=gp.cost("odd", formula)), r"log\(0\) is -inf")
