import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formula.random_formulas import J, sample_graph
from glassprop.errors import FormulaError
from glassprop.formula.algebra import largest, logsumexp, mean, softmax, total
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.nodes import Node
from glassprop.formula.parse import parse


def read(text):
    graph, names = sample_graph()
    return parse(text, graph, names), graph, names


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("z + w", lambda n: n["z"] + n["w"]),
        ("z - w * 2", lambda n: n["z"] - n["w"] * 2),
        ("-z**2", lambda n: -(n["z"] ** 2)),
        ("(z + w) * (w + 1)", lambda n: (n["z"] + n["w"]) * (n["w"] + 1)),
        ("z / w / 2", lambda n: n["z"] / n["w"] / 2),
        ("+z", lambda n: n["z"]),
        ("2 * 3", lambda n: n["z"].graph.const(6)),
        ("z**-1.5", lambda n: n["z"] ** -1.5),
        ("sum(u)", lambda n: total(n["u"])),
        ("mean(u)", lambda n: mean(n["u"])),
        ("max(u)", lambda n: largest(n["u"])),
        ("logsumexp(u)", lambda n: logsumexp(n["u"])),
        ("softmax(u)", lambda n: softmax(n["u"])),
        ("  z \n", lambda n: n["z"]),
    ],
)
def test_text_means_what_the_operators_mean(text, meaning):
    node, _, names = read(text)
    assert node is meaning(names)


def test_functions_and_their_parameters():
    node, graph, names = read("leaky_relu(z, 0.2)")
    assert node is graph.map(FUNCTIONS["leaky_relu"].with_parameters(slope=0.2), names["z"])
    node, graph, names = read("leaky_relu(z)")
    assert node is graph.apply("leaky_relu", names["z"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("q + 1", "unknown name 'q'"),
        ("exp", "it is a function"),
        ("exq(z)", "did you mean 'exp'"),
        ("maximum(z)", "maximum takes 2, got 1"),
        ("sum(z, w)", "sum takes one operand"),
        ("leaky_relu(z, w)", "slope of leaky_relu has to be a number"),
        ("z / 0", "division by the number 0"),
        ("z**w", "expected a number; for a > 0"),
        ("9**9**9**9", "too large"),
        ("10**400 * z", "too large"),
        ("1e999", "not finite"),
        ("9" * 400, "not finite"),
        ("9" * 5000, "cannot read"),
        ("0**-1", "not a real number"),
        ("(-8)**(1/3)", "not a real number"),
        ("__import__('os')", "not a number"),
        ("__import__(z)", "unknown function"),
        ("z.__class__", "not arithmetic"),
        ("z.real", "not arithmetic"),
        ("z[0]", "not arithmetic"),
        ("(lambda: 1)()", "not arithmetic"),
        ("[z for z in u]", "not arithmetic"),
        ("z if z else w", "not arithmetic"),
        ("z < w < 2", "compares more than two"),
        ("z in w", "not one of"),
        ("z and w", "not arithmetic"),
        ("f'{z}'", "not arithmetic"),
        ("exp(z=1)", "not arithmetic"),
        ("exp(*u)", "not arithmetic"),
        ("z // w", "is not one of"),
        ("z @ u", "is not one of"),
        ("z % 2", "is not one of"),
        ("~z", "not arithmetic"),
        ("True", "not a number"),
        ("1j", "not a number"),
        ("'z'", "not a number"),
        ("", "cannot read"),
        ("(z", "cannot read"),
        ("z = 1", "cannot read"),
        ("z; w", "cannot read"),
        ("z\0", "cannot read"),
        ("\ud800", "cannot read"),
        ("1" * 20_000, "at most 10000"),
        ("(" * 3000 + "z" + ")" * 3000, "nested over 200 deep"),
        ("-" * 9000 + "z", "cannot read|nested"),
        ("exp(" * 90 + "z" + ")" * 90 + "+z" * 300, "nested over 200 deep"),
        ("z" + "**2" * 3000, "cannot read|nested"),
    ],
)
def test_anything_else_is_refused_in_one_line(text, message):
    with pytest.raises(FormulaError, match=message) as caught:
        read(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1000


def test_axes_that_do_not_fit_are_refused():
    graph, names = sample_graph()
    names["c"] = graph.symbol("c", (type(J)("l", 4),))
    with pytest.raises(FormulaError, match="a sum mixes axes"):
        parse("u + c", graph, names)


def test_reading_gives_no_warnings():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for text in ("1if z else 2", "'\\d'", "1 is 1", "0or z", "z()()"):
            with pytest.raises(FormulaError):
                read(text)
    assert not caught


ALPHABET = st.sampled_from(
    [*"zwu0123456789.+-*/()[]{}, e_'\"\\:=<>@%!&|~#\n\t", "**", "exp(", "sum(", "max(", "lambda "]
)


@settings(max_examples=500, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(ALPHABET, max_size=40).map("".join)))
@example("1_000*z")
@example("0x_f")
@example("1e-400/1e-400")
@example("1/1e-320")
@example("sum(2)")
@example("sqrt(-1)")
def test_any_text_is_a_formula_or_a_formula_error(text):
    try:
        node, _, _ = read(text)
    except FormulaError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(node, Node)
