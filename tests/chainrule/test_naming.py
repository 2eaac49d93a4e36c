import pytest

from glassprop.chainrule.naming import adjoint_name, name_all, temporary_name
from glassprop.cli.formula_arguments import evaluated
from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph


def named(graph: Graph) -> list[str]:
    return [symbol.name for symbol in graph.steps]


@pytest.mark.parametrize(
    ("cost", "of", "name"),
    [
        ("C", "z2", "delta2"),
        ("C", "z", "delta"),
        ("C", "z12", "delta12"),
        ("C", "W1", "dC_dW1"),
        ("C", "zeta", "dC_dzeta"),
        ("e", "z1", "de_dz1"),
    ],
)
def test_adjoints_have_the_names_of_the_field(cost, of, name):
    g = Graph()
    assert adjoint_name(g, g.symbol(cost), g.symbol(of)) == name


def test_a_name_that_is_taken_gets_a_number():
    g = Graph()
    C, z = g.symbol("C"), g.symbol("z1")
    g.symbol("delta1")
    assert adjoint_name(g, C, z) == "delta1_1"
    g.symbol("delta1_1")
    assert adjoint_name(g, C, z) == "delta1_2"


def test_temporaries_are_numbered():
    g = Graph()
    assert temporary_name(g) == "t1"
    g.symbol("t1")
    g.symbol("t2")
    assert temporary_name(g) == "t3"


def test_letters_go_on_after_the_last_one():
    g = Graph()
    a, b = g.symbol("a"), g.symbol("b")
    e = name_all((a + b) * (b + 1))
    assert named(g) == ["c", "d", "e"] and e.name == "e"


def test_letters_that_are_taken_are_skipped():
    g = Graph()
    a = g.symbol("a")
    g.symbol("b")
    g.symbol("d")
    name_all(g.apply("exp", g.apply("sin", a)) + a)
    assert named(g) == ["c", "e", "f"]


def test_other_names_are_followed_by_numbered_ones():
    g = Graph()
    x1, x2 = g.symbol("x1"), g.symbol("x2")
    name_all(g.apply("sin", x1 * x2))
    assert named(g) == ["v1", "v2"]


def test_after_z_come_numbered_names():
    g = Graph()
    u = g.symbol("y")
    for _ in range(4):
        u = g.apply("sin", u)
    name_all(u)
    assert named(g) == ["z", "v1", "v2", "v3"]


def test_signs_and_numbers_and_divisions_belong_to_the_operation():
    g = Graph()
    a, b = g.symbol("a"), g.symbol("b")
    name_all((a - b) / (2 * a + 3))
    assert named(g) == ["c", "d", "e"]
    assert g.steps[g.find("d")].formula is 2 * a + 3


@pytest.mark.parametrize("what", ["symbol", "number", "negative"])
def test_the_smallest_formulas_become_steps(what):
    g = Graph()
    a = g.symbol("a")
    root = {"symbol": a, "number": g.const(5), "negative": -a}[what]
    step = g.steps[name_all(root)]
    assert step.formula is root


def test_selectors_stay_in_their_products():
    g = Graph()
    k = Axis("k", 3)
    u, v = g.symbol("u", (k,)), g.symbol("v")
    name_all(total(dot(g.one_hot(v, k), g.apply("exp", u), over=k)))
    assert len(named(g)) == 2


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        (["γ"], ["v1", "v2"]),
        (["γ", "δ"], ["v1", "v2"]),
        (["a", "γ"], ["b", "c"]),
        (["é", "b"], ["c", "d"]),
        (["ы"], ["v1", "v2"]),
        (["größe", "a"], ["v1", "v2"]),
    ],
)
def test_letters_that_are_not_of_the_latin_alphabet(given, steps):
    g = Graph()
    root = g.const(3)
    for name in given:
        root = root * g.symbol(name)
    name_all(g.apply("sin", root) + g.find(given[0]))
    assert named(g)[:2] == steps


def test_names_are_those_that_python_reads():
    """The sign µ of some keyboards is the letter μ."""
    assert evaluated("3 * \u00b5", "\u00b5", "\u00b5=2").derivatives == {"\u03bc": 3}
    with pytest.raises(FormulaError, match="Python reads it as '\u03bc'"):
        Graph().symbol("\u00b5")
