import numpy as np
import pytest

from chainrule.comparison import results, same
from chainrule.samples import NETWORKS
from glassprop.chainrule.little_graph.scalars import derive_apart, scalars
from glassprop.errors import FormulaError
from glassprop.formula.graph import Graph


@pytest.mark.parametrize("text", ["a b c", "a, b, c", "a,b,c", "  a\tb ,c\n"])
def test_names_by_spaces_or_commas(text):
    made = scalars(text)
    assert [symbol.name for symbol in made] == ["a", "b", "c"]
    assert all(s.axes == () and s.graph is made[0].graph for s in made)
    assert made[0].graph is not scalars(text)[0].graph


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("", "at least one name"),
        (" , ", "at least one name"),
        ("a b a", "'a' is given twice"),
        ("a 2b", "'2b' cannot be a name"),
        ("a lambda", "'lambda' cannot be a name: it is a word of Python"),
        ("a " + "b" * 101, "at most 100 letters, got 101"),
        ("np", "np"),
        (["a", "b"], "names in one text"),
        (3, "names in one text"),
    ],
)
def test_names_that_cannot_be(names, message):
    with pytest.raises(FormulaError, match=message):
        scalars(names)


def test_what_cannot_be_derived():
    a, b = scalars("a b")
    e = a * b
    for wrt, message in (
        ([], "nothing to differentiate with"),
        ("b", "give the symbol itself"),
        (["b"], "give the symbol itself"),
        ([3], "cannot differentiate with respect to 3"),
        (e, "cannot differentiate with respect to"),
    ):
        with pytest.raises(FormulaError, match=message):
            derive_apart(e, wrt)
    (other,) = scalars("c")
    with pytest.raises(FormulaError, match="another graph"):
        derive_apart(e, other)
    with pytest.raises(FormulaError, match="another graph"):
        derive_apart(e, [a, other])
    with pytest.raises(FormulaError, match="expected a number"):
        derive_apart("a * b", a)
    named = a.graph.let("p", e)
    with pytest.raises(FormulaError, match="p is the cost itself"):
        derive_apart(named, named)


def test_a_symbol_twice_counts_once():
    a, b = scalars("a b")
    assert len(derive_apart(a * b, [b, b]).gradients) == 1


@pytest.mark.parametrize("name", ["convolution and max pooling", "attention", "embedding"])
def test_tensors_are_copied_as_they_stand(name):
    sample = NETWORKS[name]()
    before = dict(sample.cost.graph.steps)
    apart = derive_apart(sample.cost, sample.wrt)
    assert sample.cost.graph.steps == before
    assert apart.graph is not sample.cost.graph
    same(results(apart, sample.values), results(sample.derive(), sample.values), 1e-15)


def test_a_copy_keeps_nested_sums():
    a, b = scalars("a b")
    derivation = derive_apart((a + b) + (a + 1), a)
    assert [step.name for step in derivation.forward] == ["c", "d", "e"]


def test_a_long_chain_of_steps_is_copied():
    g = Graph()
    b = g.symbol("b", (), "variable")
    u = b
    for k in range(1000):
        u = g.let(f"u{k}", g.apply("sin", u))
    derivation = derive_apart(u, b)
    assert len(derivation.forward) == 1000
    assert np.isfinite(results(derivation, {"b": np.array(0.5)})["b"])
