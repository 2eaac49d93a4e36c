import numpy as np
import pytest
from hypothesis import given, settings

from formula.random_formulas import J, K, formulas, sample_graph, sample_values
from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, mean, rename, softmax, tidy, total
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import prime
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Contract, Factor, walk
from glassprop.formula.parse import parse
from glassprop.formula.text.syntax import DEEPEST, LONGEST
from glassprop.formula.text.write import Writer, to_text


def has_repeated_number(node):
    """Zeros along axes, as in 0 * u: the one thing that operators make and text cannot say."""
    return any(
        isinstance(part, Contract)
        and (not part.factors or set(part.axes) - {a for f in part.factors for a in f.labels})
        for part in walk([node])
    )


@settings(max_examples=300, deadline=None)
@given(formulas())
def test_what_operators_build_reads_back_as_the_same_node(sample):
    graph, names, formula = sample
    if has_repeated_number(formula):
        with pytest.raises(FormulaError, match=r"repeated along axes|renamed, reordered or added"):
            to_text(formula)
        return
    assert parse(to_text(formula), graph, names) is formula


@settings(max_examples=200, deadline=None)
@given(formulas())
def test_what_is_tidied_reads_back_as_its_equal(sample):
    graph, names, formula = sample
    if has_repeated_number(formula) or has_repeated_number(tidy(formula)):
        return
    try:
        text = to_text(tidy(formula))
    except FormulaError as error:
        assert "cannot be written as text" in str(error)
        return
    again = parse(text, graph, names)
    values = sample_values()
    with np.errstate(all="ignore"):
        expected, got = (evaluate([u], values)[u] for u in (tidy(formula), again))
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-9)
    assert to_text(tidy(again)) == text


@pytest.mark.parametrize(
    "text",
    [
        "(a + b) * (b + 1)",
        "a - b - c",
        "a - (b - c)",
        "a - 2 * b",
        "a * (b * c)",
        "a / b / c",
        "a / (b * c)",
        "1 / (1 + exp(-a))",
        "-a**2",
        "(-a)**2",
        "(-a * b)**1.5",
        "a**-2",
        "-(a + b)",
        "-(a * b)",
        "-a * b",
        "-1 * -a",
        "b + (-1 * (2 * a))",
        "2 / a",
        "-1 / a",
        "a / 2",
        "a / 30",
        "0.1 * a",
        "1e-05 * a",
        "a - (-b * c)",
        "a * -b",
        "maximum(a, 0) - leaky_relu(b, 0.2)",
        "sqrt(a)",
        "power(a, 2)",
        "reciprocal(3) * a",
        "sum((u - v)**2) / 2",
        "sum(u) * sum(v)",
        "u / sum(u)",
        "max(u * v)",
        "softmax(u / 3)",
        "logsumexp(u) - a",
        "huber(a, 2.5)",
    ],
)
def test_text_is_what_a_person_would_write(text):
    graph = Graph()
    names = {name: graph.symbol(name) for name in "abc"}
    names |= {name: graph.symbol(name, (J,)) for name in "uv"}
    assert to_text(parse(text, graph, names)) == text


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"where"}))
def test_every_function_of_the_table_can_be_written(name):
    record = FUNCTIONS[name]
    graph = Graph()
    names = {operand: graph.symbol(operand) for operand in record.operands}
    node = graph.map(record, *names.values())
    assert parse(to_text(node), graph, names) is node
    other = record.with_parameters(**dict.fromkeys(record.parameters, 0.375))
    node = graph.map(other, *names.values())
    assert parse(to_text(node), graph, names) is node


def test_flat_products_and_sums():
    _, names = sample_graph()
    z, w, u, v = (names[k] for k in "zwuv")
    flat = tidy(-2 * z * (w * (z * 3)))
    assert to_text(flat) == "-6 * z * w * z"
    assert to_text(tidy(z + (w - (z + w * 2)) - (w + z))) == "z + w - (z + 2 * w) - (w + z)"
    assert to_text(tidy(total(u * v * 2) - total(u) * total(u))) == (
        "2 * sum(u * v) - sum(u) * sum(u)"
    )
    assert to_text(mean(u)) == "sum(u) / 3"


def test_what_text_cannot_say_is_refused_by_name():
    graph, names = sample_graph()
    u, M = names["u"], names["M"]
    other = Axis("i", 3)
    small = graph.symbol("s", (Axis("i", 3),))
    refused = {
        "a sum over some of the axes": dot(M, u, over=J),
        "renamed": rename(u, {J: other}),
        "reordered": graph.contract(1, graph.multiply(2, (M,)).factors, (K, J)),
        "repeated": graph.contract(2, (), (J,)),
        "logsumexp over some": softmax(M, K),
        "sigmoid_prime": graph.map(prime(FUNCTIONS["sigmoid"]), u),
        "one index for the axes": graph.contract(1, (Factor(u, (J,)), Factor(small, (J,))), ()),
        "one axis under two": tidy(dot(M, rename(M, {J: other}), over=(J, K, other))),
        "selectors": graph.one_hot(names["z"], J),
    }
    for what, formula in refused.items():
        with pytest.raises(FormulaError, match=what) as caught:
            to_text(formula)
        assert "\n" not in str(caught.value)


def test_formulas_that_are_too_long_are_refused():
    _, names = sample_graph()
    u = names["z"]
    for _ in range(60):
        u = u * u
    with pytest.raises(FormulaError, match=f"longer than {LONGEST}"):
        to_text(u)
    v = names["z"]
    for _ in range(300):
        v = v + names["w"]
    with pytest.raises(FormulaError, match="nested over"):
        to_text(v)


def test_the_text_of_parts_that_explode_is_not_written_whole(monkeypatch):
    """Each part is short enough; all of them together would fill the memory."""
    written = 0
    write = Writer.write

    def counting(self, node):
        nonlocal written
        made = write(self, node)
        written += len(made.text)
        return made

    monkeypatch.setattr(Writer, "write", counting)
    graph = Graph()
    z = graph.symbol("z")
    long = graph.add([graph.apply("sin", z + k) for k in range(600)])
    parts = [graph.apply("exp", long * k) for k in range(2, 500)]
    with pytest.raises(FormulaError, match=f"longer than {LONGEST}"):
        to_text(graph.add(parts))
    assert written < LONGEST * (DEEPEST + 2)
