import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formula.random_formulas import J, K, sample_graph, sample_values
from glassprop.errors import FormulaError
from glassprop.formula import evaluate as evaluate_module
from glassprop.formula.algebra import dot, largest, logsumexp, rename, softmax
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import apply, evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Factor

LETTERS = "ijklm"
AXES = {letter: Axis(letter, 2 + k) for k, letter in enumerate(LETTERS)}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.permutations(LETTERS).map(lambda p: p[:3]), min_size=1, max_size=4),
    st.permutations(LETTERS),
    st.integers(0, 3),
)
def test_contractions_are_einsum(operands, order, kept):
    graph = Graph()
    present = [letter for letter in order if any(letter in labels for labels in operands)]
    out = present[:kept]
    rng = np.random.default_rng(0)
    values = {
        f"u{k}": rng.normal(size=[AXES[a].size for a in labels])
        for k, labels in enumerate(operands)
    }
    factors = [
        Factor(u := graph.symbol(f"u{k}", [AXES[a] for a in labels]), u.axes)
        for k, labels in enumerate(operands)
    ]
    node = graph.contract(-1.5, factors, tuple(AXES[a] for a in out))
    spec = ",".join("".join(labels) for labels in operands) + "->" + "".join(out)
    expected = -1.5 * jnp.einsum(spec, *values.values())
    np.testing.assert_allclose(evaluate([node], values)[node], expected, rtol=1e-10, atol=1e-12)


def test_one_operand_under_two_labels():
    graph, names = sample_graph()
    M, other = names["M"], Axis("i", 3)
    values = sample_values()
    gram = dot(M, rename(M, {J: other}), over=K)
    np.testing.assert_allclose(
        evaluate([gram], values)[gram], jnp.einsum("jk,ik->ji", values["M"], values["M"])
    )
    diagonal = graph.contract(1, [Factor(gram, (J, J))], (J,))
    np.testing.assert_allclose(
        evaluate([diagonal], values)[diagonal], np.einsum("jk,jk->j", values["M"], values["M"])
    )


def test_reductions_agree_with_jax():
    _, names = sample_graph()
    M, values = names["M"], sample_values()
    values["M"] = values["M"] * 1e4
    for build, reference in (
        (largest, jnp.max),
        (logsumexp, jax.scipy.special.logsumexp),
        (softmax, jax.nn.softmax),
    ):
        for over, axis in ((None, (0, 1)), (J, 0), (K, 1)):
            node = build(M, over)
            expected = reference(values["M"], axis=axis)
            np.testing.assert_allclose(evaluate([node], values)[node], expected, rtol=1e-12)


def test_selectors_are_windows_and_choices():
    graph = Graph()
    h, i, p, k = Axis("h", 5), Axis("i", 3), Axis("p", 3), Axis("k", 4)
    select = graph.select(h, i, p, 2, 1, 1)
    x, w = graph.symbol("x", (h,)), graph.symbol("w", (p,))
    convolved = dot(select, x, w, over=(h, p))
    values = {"x": np.arange(5.0) + 1, "w": np.array([1.0, 10.0, 100.0])}
    expected = jax.lax.conv_general_dilated(
        values["x"][None, None], values["w"][None, None], (2,), [(1, 1)]
    )[0, 0]
    np.testing.assert_allclose(evaluate([convolved], values)[convolved], expected)
    table, index = graph.symbol("t", (k, p)), graph.symbol("v", (i,))
    chosen = dot(graph.one_hot(index, k), table, over=k)
    numbers = {"t": np.arange(12.0).reshape(4, 3), "v": np.array([3, 0, 3])}
    np.testing.assert_allclose(evaluate([chosen], numbers)[chosen], numbers["t"][[3, 0, 3]])


def test_named_steps_are_looked_up_and_may_be_given():
    graph, names = sample_graph()
    a = graph.let("a", names["z"] + 1)
    b = graph.let("b", a * a)
    steps = graph.steps.values()
    assert evaluate([b], {"z": 2.0}, steps)[b] == 9
    assert evaluate([b], {"a": 5.0}, steps)[b] == 25
    turned = graph.let("N", names["M"] * 2, axes=(K, J))
    values = sample_values()
    found = evaluate([turned], values, graph.steps.values())[turned]
    np.testing.assert_allclose(found, 2 * values["M"].T)


def test_a_symbolic_size_comes_from_the_arrays():
    graph = Graph()
    n = Axis("n", "n")
    x = graph.symbol("x", (n, J))
    mean = dot(x, over=n) / graph.size(n)
    found = evaluate([mean], {"x": np.arange(12.0).reshape(4, 3)})[mean]
    np.testing.assert_allclose(found, [4.5, 5.5, 6.5])
    y = graph.symbol("y", (n,))
    with pytest.raises(FormulaError, match="y: expected shape"):
        evaluate([dot(x, y, over=n)], {"x": np.zeros((4, 3)), "y": np.zeros(5)})


def test_missing_and_misshapen_values_are_named():
    _, names = sample_graph()
    u = names["u"]
    with pytest.raises(FormulaError, match="u has no value"):
        evaluate([u], {})
    with pytest.raises(FormulaError, match=r"u: expected an array of shape \(3,\), got \(3, 1\)"):
        evaluate([u], {"u": np.zeros((3, 1))})
    with pytest.raises(FormulaError, match=r"u: expected shape \(3,\), got \(4,\)"):
        evaluate([u], {"u": np.zeros(4)})


def test_products_of_many_factors():
    graph = Graph()
    symbols = [graph.symbol(f"s{k}") for k in range(80)]
    product = graph.contract(1, [Factor(s, ()) for s in symbols], ())
    values = {s.name: 1.01 for s in symbols}
    np.testing.assert_allclose(evaluate([product], values)[product], 1.01**80)


def test_functions_of_arrays():
    z = np.array([[-1.0, 0.0], [0.5, 3.0]])
    np.testing.assert_allclose(apply(FUNCTIONS["relu"], [z]), np.maximum(z, 0))
    np.testing.assert_allclose(
        apply(FUNCTIONS["power"].with_parameters(p=2), [z]), z**2, rtol=1e-15
    )


def test_each_node_of_a_long_chain_of_steps_is_computed_once(monkeypatch):
    graph = Graph()
    u = graph.symbol("b")
    for k in range(2000):
        u = graph.let(f"u{k}", graph.apply("sin", u) + u)
    inner = evaluate_module._Evaluation
    looked_at = []
    below = inner.below

    def counted(self, node):
        looked_at.append(node)
        return below(self, node)

    monkeypatch.setattr(inner, "below", counted)
    found = evaluate([u], {"b": 0.5}, graph.steps.values())
    assert np.isfinite(found[u]) and len(looked_at) < 4 * 2000 + 10
