import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formula.random_formulas import J, K, sample_graph
from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, tidy, total
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import derivative
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Const, Factor, symbols, walk


def test_equal_formulas_are_one_node():
    graph, names = sample_graph()
    z, w, u, M = (names[k] for k in "zwuM")
    assert (z + w) * 2 is (z + w) * 2
    assert z * w is not w * z
    assert graph.const(2) is graph.const(2.0) is graph.const(np.float64(2))
    assert dot(M, u, over=J) is dot(M, u, over=[J])
    minus = -z
    assert -minus is z and -(2 * z) is -2 * z and z - 2 * w is z + -2 * w
    assert graph.map(FUNCTIONS["leaky_relu"].with_parameters(slope=0.01), z) is graph.apply(
        "leaky_relu", z
    )
    assert graph.map(FUNCTIONS["leaky_relu"].with_parameters(slope=0.02), z) is not graph.apply(
        "leaky_relu", z
    )


def test_primes_of_bound_labels_do_not_matter():
    graph, names = sample_graph()
    u, twice = names["u"], Axis("j''", 3)
    assert graph.contract(1, [Factor(u, (twice,))], ()) is total(u)
    both = [Factor(u, (twice,)), Factor(u, (J,))]
    product = graph.contract(1, both, (J,))
    assert [axis.name for factor in product.factors for axis in factor.labels] == ["j'", "j"]
    assert tidy(total(u) * total(u)) is tidy(total(u) * tidy(total(u)))


def test_numbers_fold():
    graph, names = sample_graph()
    z = names["z"]
    assert (graph.const(3) ** 2).value == 9
    assert isinstance(graph.const(3) + 4, Const)
    assert z**1 is z and z * 1 is z and z + 0 is z
    assert z**2 is graph.apply("square", z)
    assert z**-1 is 1 / z is graph.apply("reciprocal", z)
    assert (0 * z) is graph.const(0)
    assert (z / 4).coefficient == 0.25
    assert repr((np.float64(0.1) * z).coefficient) == "0.1"


def test_numbers_of_numpy_are_numbers_on_both_sides():
    _, names = sample_graph()
    z = names["z"]
    for two in (np.float64(2), np.float32(2), np.int64(2), np.array(2.0)):
        assert two * z is z * two is 2 * z
        assert two + z is 2 + z and two - z is 2 - z and two / z is 2 / z
        assert z**two is z**2


@pytest.mark.parametrize(
    "attempt",
    [
        lambda z: np.array([1.0, 2.0]) * z,
        lambda z: z * np.array([1.0, 2.0]),
        lambda z: np.array([1.0, 2.0]) - z,
        lambda z: z * [1.0],
        lambda z: z + "1",
        lambda z: z * None,
        lambda z: z * True,
        lambda z: z + math.nan,
        lambda z: z * math.inf,
        lambda z: z * 10**400,
        lambda z: z * 1j,
        lambda z: z**z,
        lambda z: 2**z,
        lambda z: z ** "2",
        lambda z: z / 0,
        lambda z: np.exp(z),
        lambda z: np.add.reduce(z),
        lambda z: np.maximum(z, 0),
        lambda z: math.exp(z),
        lambda z: (z > 0) if z else 0,
        lambda z: 0 < z < 1,
        lambda z: 1 if z else 0,
        lambda z: max(z, 0),
    ],
)
def test_what_is_no_formula_is_refused_in_one_line(attempt):
    _, names = sample_graph()
    for name in "zu":
        with pytest.raises(FormulaError) as caught:
            attempt(names[name])
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_mixed_axes_are_refused():
    graph, names = sample_graph()
    u, k = names["u"], graph.symbol("c", (K,))
    with pytest.raises(FormulaError, match=r"a sum mixes axes: u\(j\) over \(j\) and c\(k\)"):
        u + k
    with pytest.raises(FormulaError, match="maximum mixes axes"):
        graph.apply("maximum", u, k)
    with pytest.raises(FormulaError, match="axis j has size 3 in one place and 5 in another"):
        u * graph.symbol("d", (Axis("j", 5),))
    assert (u * k).axes == (J, K)


def test_nodes_of_another_graph_are_refused_everywhere():
    graph, names = sample_graph()
    u, stranger = names["u"], Graph().symbol("s", (J,))
    for attempt in (
        lambda: u + stranger,
        lambda: dot(u, stranger, over=J),
        lambda: graph.apply("exp", stranger),
        lambda: graph.reduce("max", stranger, (J,)),
        lambda: graph.let("t", stranger),
        lambda: graph.one_hot(stranger, K),
        lambda: graph.add([u, stranger]),
    ):
        with pytest.raises(FormulaError, match="another graph"):
            attempt()


@pytest.mark.parametrize("name", ["", "2a", "a b", "lambda", "_a", "np", "a'", "ϕ", "µ", "start"])
def test_what_cannot_be_a_name_is_refused(name):
    with pytest.raises(FormulaError):
        Graph().symbol(name)


def test_taken_names():
    graph = Graph()
    a = graph.symbol("a", (J,), "parameter")
    assert graph.symbol("a", (J,), "parameter") is a is graph.find("a")
    for axes, role in (((), "parameter"), ((J,), "input"), ((J,), "step")):
        with pytest.raises(FormulaError, match="the name 'a' is taken by a parameter"):
            graph.symbol("a", axes, role)
    with pytest.raises(FormulaError, match="taken"):
        graph.let("a", a + 1)
    graph.let("b", a + 1)
    with pytest.raises(FormulaError, match="taken"):
        graph.let("b", a + 1)
    with pytest.raises(FormulaError, match="axis twice"):
        graph.symbol("c", (J, J))
    assert graph.fresh("a") == "a_1" and graph.fresh("new") == "new"
    assert graph.fresh("rows") != "rows"


def test_a_size_is_not_taken_for_a_quantity_of_the_same_name():
    graph = Graph()
    n = Axis("n", "n")
    assert graph.size(n) is graph.size(n) and graph.size(n).role == "size"
    other = Graph()
    other.symbol("n", (), "parameter")
    with pytest.raises(FormulaError, match="taken by a parameter"):
        other.size(n)


def test_let_checks_axes_and_may_order_them():
    graph, names = sample_graph()
    M = names["M"]
    assert graph.let("N", M * 2, axes=(K, J)).axes == (K, J)
    with pytest.raises(FormulaError, match="declared over"):
        graph.let("P", M * 2, axes=(K,))


def test_selectors_and_their_limits():
    graph, names = sample_graph()
    h, i, p = Axis("h", 5), Axis("i", 3), Axis("p", 3)
    assert graph.select(h, i, p) is graph.select(h, i, p, 1, 1, 0)
    for stride, dilation, pad in ((0, 1, 0), (1, 0, 0), (1, 1, -1)):
        with pytest.raises(FormulaError, match="select"):
            graph.select(h, i, p, stride, dilation, pad)
    assert graph.one_hot(names["u"], K).axes == (J, K)


def test_a_deep_formula_needs_no_deep_stack():
    graph, names = sample_graph()
    z, w = names["z"], names["w"]
    u = z
    for _ in range(5000):
        u = graph.apply("sin", u + w)
    assert sum(1 for _ in walk([u])) == 10002
    assert symbols(u) == [z, w]
    assert len(repr(u)) < 200
    assert np.isfinite(evaluate([u], {"z": 0.3, "w": 0.1})[u])
    assert tidy(u) is u
    s = z
    for _ in range(5000):
        s = s + w
    assert evaluate([s], {"z": 1.0, "w": 0.5})[s] == 2501
    assert tidy(s) is z + 5000 * w
    assert derivative(s, w) is graph.const(5000)


def test_messages_about_large_formulas_are_short():
    graph, names = sample_graph()
    u = names["u"]
    for _ in range(200):
        u = u * u + u
    with pytest.raises(FormulaError) as caught:
        u + graph.symbol("c", (K,))
    assert len(str(caught.value)) < 300


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 5), max_size=30))
def test_walk_gives_parts_before_wholes_once(choices):
    _, names = sample_graph()
    made = [names["z"], names["w"]]
    for choice in choices:
        a, b = made[choice % len(made)], made[-1]
        made.append([a + b, a * b, -a, a - b, total(a), a / (b * b + 1)][choice])
    seen = set()
    for node in walk(made):
        assert node not in seen and all(part in seen for part in node.parts)
        seen.add(node)


def test_what_is_the_same_in_both_cases_is_no_case():
    graph, names = sample_graph()
    z, u = names["z"], names["u"]
    above = graph.apply("step", u)
    assert graph.apply("where", above, u, u) is u
    assert graph.apply("where", above, graph.const(0), graph.const(0)) is 0 * u
    assert graph.apply("where", above, z, z).operands[1:] == (z, z)  # z would lack an axis
