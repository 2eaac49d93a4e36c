import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassprop.chainrule.little_graph.forward_and_reverse import MOST_EDGES, MOST_PATHS
from glassprop.chainrule.little_graph.paths import Evaluation, evaluate
from glassprop.chainrule.little_graph.scalars import derive_apart, scalars
from glassprop.chainrule.reverse_sweep import derive
from glassprop.chainrule.verify import verify
from glassprop.errors import FormulaError
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph


def at(e, wrt, **values) -> Evaluation:
    return evaluate(derive_apart(e, wrt), wrt, values)


def example():
    a, b = scalars("a b")
    return a, b, (a + b) * (b + 1)


def test_the_little_graph():
    _, b, e = example()
    found = at(e, b, a=2, b=1)
    forward = {name: found.values[name] for name in "abcde"}
    assert forward == {"a": 2, "b": 1, "c": 3, "d": 2, "e": 6}
    edges = {(edge.source, edge.target): edge for edge in found.edges}
    assert {key: edge.value for key, edge in edges.items()} == {
        ("a", "c"): 1,
        ("b", "c"): 1,
        ("b", "d"): 1,
        ("c", "e"): 2,
        ("d", "e"): 3,
    }
    assert str(edges["c", "e"]) == "∂e/∂c = d = 2"
    assert [(path.nodes, path.product) for path in found.paths["b"]] == [
        (("b", "c", "e"), 2),
        (("b", "d", "e"), 3),
    ]
    assert found.path_counts == {"b": 2}
    assert found.derivatives == {"b": 5}
    forward_mode = found.forward["b"]
    assert dict(forward_mode.derivatives) == {"a": 0, "b": 1, "c": 1, "d": 1, "e": 5}
    assert (forward_mode.multiplications, forward_mode.additions) == (4, 1)
    assert dict(found.reverse.derivatives) == {"e": 1, "d": 3, "c": 2, "b": 5, "a": 2}
    assert list(found.reverse.derivatives) == ["e", "d", "c", "b", "a"]
    assert (found.reverse.multiplications, found.reverse.additions) == (5, 1)


def test_the_text_form():
    _, b, e = example()
    assert str(at(e, b, a=2, b=1)) == (
        "values\n"
        "  a = 2\n"
        "  b = 1\n"
        "  c = a + b = 3\n"
        "  d = b + 1 = 2\n"
        "  e = c * d = 6\n"
        "local derivatives\n"
        "  ∂c/∂a = 1\n"
        "  ∂c/∂b = 1\n"
        "  ∂d/∂b = 1\n"
        "  ∂e/∂c = d = 2\n"
        "  ∂e/∂d = c = 3\n"
        "paths from b to e: 2\n"
        "  b → c → e: 1 · 2 = 2\n"
        "  b → d → e: 1 · 3 = 3\n"
        "  sum over all paths: 5\n"
        "forward mode, derivatives with respect to b: 4 multiplications, 1 addition\n"
        "  da/db = 0\n"
        "  db/db = 1\n"
        "  dc/db = 1\n"
        "  dd/db = 1\n"
        "  de/db = 5\n"
        "reverse mode, derivatives of e: 5 multiplications, 1 addition\n"
        "  de/de = 1\n"
        "  de/dd = 3\n"
        "  de/dc = 2\n"
        "  de/db = 5\n"
        "  de/da = 2"
    )


def test_by_several_symbols_reverse_mode_is_cheaper():
    a, b, e = example()
    found = at(e, [a, b], a=2, b=1)
    assert found.derivatives == {"a": 2, "b": 5}
    assert sum(mode.multiplications for mode in found.forward.values()) == 6
    assert found.reverse.multiplications == 5


def test_deriving_twice_gives_the_same_names():
    a, b, e = example()
    names = ["c", "d", "e", "de_dd", "de_dc", "de_db"]
    for _ in range(2):
        assert [step.name for step in derive_apart(e, b)] == names
    assert [step.name for step in derive_apart(e, [a, b])] == [*names, "de_da"]
    assert not e.graph.steps


def test_named_steps_come_along():
    a, b = scalars("a b")
    product = a.graph.let("p", a * b, "the product")
    e = a.graph.let("q", product * product + a)
    derivation = derive_apart(e, [a, product])
    assert [step.name for step in derivation] == ["p", "q", "dq_dp", "dq_da"]
    assert derivation["p"].meaning == "the product"
    found = evaluate(derivation, [a, product], {"a": 2, "b": 3})
    assert found.derivatives == {"a": 37, "p": 12}
    assert [path.nodes for path in found.paths["a"]] == [("a", "p", "q"), ("a", "q")]


def test_the_smallest_formulas():
    a, b = scalars("a b")
    assert at(b, b, b=3).derivatives == {"b": 1}
    assert at(5, b).derivatives == {"b": 0}
    assert at(5, b).path_counts == {"b": 0}
    assert at(a * a, b, a=3).derivatives == {"b": 0}
    assert at(a * a, b, a=3, b=1).values["b"] == 1
    assert at(b - b, b, b=3).derivatives == {"b": 0}
    assert at(b * b * b, b, b=2).derivatives == {"b": 12}


def test_a_local_derivative_by_the_output():
    (a,) = scalars("a")
    found = at(a.graph.apply("sigmoid", a), a, a=0.5)
    value = 1 / (1 + math.exp(-0.5))
    assert found.derivatives["a"] == pytest.approx(value * (1 - value), rel=1e-15)
    assert str(found.edges[0]).startswith("∂b/∂a = b * (1 - b) = ")


def ladder(rungs: int):
    """u ← sin(u) + u, which doubles the number of paths each time."""
    (b,) = scalars("b")
    u = b
    for _ in range(rungs):
        u = b.graph.apply("sin", u) + u
    return b, u


@pytest.mark.parametrize("rungs", [3, 12, 200])
def test_paths_are_counted_without_listing_them(rungs):
    b, u = ladder(rungs)
    found = at(u, b, b=0.1)
    assert found.path_counts["b"] == 2**rungs
    assert len(found.paths["b"]) == min(2**rungs, MOST_PATHS)
    assert len({path.nodes for path in found.paths["b"]}) == len(found.paths["b"])
    value, slope = 0.1, 1.0
    for _ in range(rungs):
        value, slope = math.sin(value) + value, (math.cos(value) + 1) * slope
    assert found.derivatives["b"] == pytest.approx(slope, rel=1e-12)
    if 2**rungs <= MOST_PATHS:
        assert math.fsum(p.product for p in found.paths["b"]) == pytest.approx(slope, rel=1e-12)
    else:
        assert f"{2**rungs}, of which 1000 are listed" in str(found)


def test_a_thousand_layers():
    (b,) = scalars("b")
    u = b
    for _ in range(1000):
        u = b.graph.apply("tanh", u)
    found = at(u, b, b=0.5)
    assert len(found.paths["b"][0].edges) == 1000
    assert found.forward["b"].multiplications == found.reverse.multiplications == 1000


OPERATIONS = ["+", "-", "*", "sin", "tanh", "exp", "sigmoid", "square"]
LINES = st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 9), st.integers(0, 9))


@settings(max_examples=40, deadline=None)
@given(st.lists(LINES, max_size=7))
def test_paths_both_modes_and_the_derivation_agree(program):
    a, b = scalars("a b")
    made = [a, b]
    for name, first, second in program:
        u, v = made[first % len(made)], made[second % len(made)]
        arithmetic = {"+": u + v, "-": u - v, "*": u * v}
        made.append(arithmetic[name] if name in arithmetic else u.graph.apply(name, u / 2))
    derivation = verify(derive_apart(made[-1] + a, [a, b]), "derive")
    found = evaluate(derivation, [a, b], {"a": 0.3, "b": -0.4})
    for symbol, gradient in derivation.gradients.items():
        name = symbol.name
        stated = found.values[gradient.name]
        close = pytest.approx(stated, rel=1e-9, abs=1e-12)
        assert found.derivatives[name] == close
        assert found.reverse.derivatives[name] == close
        assert len(found.paths[name]) == found.path_counts[name] or found.path_counts[name] > 1000
        if found.path_counts[name] <= MOST_PATHS:
            assert math.fsum(path.product for path in found.paths[name]) == close
    for path in (path for paths in found.paths.values() for path in paths):
        assert path.nodes[-1] == found.result and len(path.edges) == len(path.nodes) - 1
        assert path.product == pytest.approx(math.prod(e.value for e in path.edges), rel=1e-12)


@pytest.mark.parametrize(
    ("build", "values", "message"),
    [
        (lambda a, b: a / b, {"a": 1, "b": 0}, "c = a / b has no value .* division by b = 0"),
        (lambda a, b: 1 / (a - b), {"a": 1, "b": 1}, "division by c = 0"),
        (lambda a, b: f("log", a - b), {"a": 1, "b": 2}, r"d = log\(c\).* of c = -1, .* not pos"),
        (lambda a, b: f("log", a * b), {"a": 1, "b": 0}, "the logarithm of c = 0"),
        (lambda a, b: f("sqrt", a * b), {"a": 1, "b": -4}, "square root of c = -4, .* negative"),
        (lambda a, b: f("exp", a) * b, {"a": 1000, "b": 1}, "not a finite number at a = 1000"),
        (lambda a, b: a**0.3 * b, {"a": -1, "b": 1}, "not a finite number at a = -1"),
        (lambda a, b: a * a * b, {"a": 1e200, "b": 1}, "too large"),
        (lambda a, b: a**-2 + b, {"a": 0, "b": 1}, "has no value"),
    ],
)
def test_points_where_nothing_is_defined(build, values, message):
    a, b = scalars("a b")
    with pytest.raises(FormulaError, match=message):
        at(build(a, b), [a, b], **values)


def f(name, u):
    return u.graph.apply(name, u)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": 2}, "b has no value; give one, as in b=2"),
        ({"a": 2, "b": 1, "bb": 1}, "the formula has no 'bb'; did you mean 'b'"),
        ({"a": 2, "b": 1, "c": 1}, "c is worked out from a, b"),
        ({"a": 2, "b": math.nan}, "b=nan: expected a finite number"),
        ({"a": -math.inf, "b": 1}, "a=-inf: expected a finite number"),
        ({"a": "2", "b": 1}, "a='2': expected a finite number"),
        ({"a": True, "b": 1}, "a=True: expected a finite number"),
        ({"a": 2, "b": 10**400}, "expected a finite number"),
        ({"a": None, "b": 1}, "a=None: expected a finite number"),
    ],
)
def test_values_that_cannot_be_used(values, message):
    _, b, e = example()
    with pytest.raises(FormulaError, match=message):
        at(e, b, **values)


def test_numbers_of_numpy_are_numbers():
    _, b, e = example()
    assert at(e, b, a=np.int64(2), b=np.float32(1)).derivatives == {"b": 5}


def test_unknown_starts_and_tensors_are_refused():
    _, b, e = example()
    derivation = derive_apart(e, b)
    with pytest.raises(FormulaError, match="the derivation has no 'x'"):
        evaluate(derivation, "x", {"a": 2, "b": 1})
    assert evaluate(derivation, ["c"], {"a": 2, "b": 1}).derivatives == {"c": 2}
    g = Graph()
    x = g.symbol("x", (Axis("i", 3),))
    w = g.symbol("w")
    tensors = derive(g.let("C", total(x * w)), [w])
    with pytest.raises(FormulaError, match="C is made of tensors"):
        evaluate(tensors, w, {"x": 1.0, "w": 2.0})


def test_a_derivative_that_is_not_asked_for_may_have_no_value():
    a, b = scalars("a b")
    power = a.graph.apply("raised", a, b)
    found = evaluate(derive_apart(power * b, a), "a", {"a": -2, "b": 3})
    assert found.derivatives == {"a": 36.0}
    assert "log" not in str(found)
    assert "b" not in found.reverse.derivatives and found.reverse.derivatives["a"] == 36.0
    with pytest.raises(FormulaError, match="logarithm of a = -2"):
        evaluate(derive_apart(power, [a, b]), ["a", "b"], {"a": -2, "b": 3})


def test_a_power_that_is_a_formula_is_refused_with_its_condition():
    a, b = scalars("a b")
    for make in (lambda: a**b, lambda: 2**b):
        with pytest.raises(FormulaError, match=r"to the power b is exp"):
            make()


def test_long_paths_are_listed_up_to_a_number_of_edges():
    b, u = ladder(700)
    found = at(u, b, b=1e-9)
    edges = sum(len(path.edges) for path in found.paths["b"])
    assert MOST_EDGES <= edges < MOST_EDGES + 1400 and len(found.paths["b"]) < MOST_PATHS
    assert f"of which {len(found.paths['b'])} are listed" in str(found)
