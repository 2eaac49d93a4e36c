"""Formulas as Typst mathematics: what is printed is also read by Typst."""

from __future__ import annotations

import random

import pytest
import typst

from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, total
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import prime
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import RECORDS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node
from glassprop.show.formulas.printer import TooLong
from glassprop.show.formulas.typst import TypstPrinter, settable
from glassprop.show.formulas.typst_breaks import is_short, parts
from glassprop.show.notation.notation import NOTATIONS
from glassprop.show.notation.precedence import Level, Piece
from glassprop.show.notation.quantity_names import Name
from show.derivations import ALL
from show.test_printers import random_formula

TYPST = TypstPrinter()
i, j = Axis("i", 2), Axis("j", 3)


def compiles(formulas: list[str]) -> None:
    source = "\n".join(f"$ {formula} $" for formula in formulas)
    pdf, warnings = typst.compile_with_warnings(source.encode(), ignore_system_fonts=True)
    assert pdf.startswith(b"%PDF")
    assert not warnings


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda a, b: a - (b - a), "a - (b - a)"),
        (lambda a, b: -(a + b), "-(a + b)"),
        (lambda a, b: a * (b + 1), "a thin (b + 1)"),
        (lambda a, b: a / (2 * b), "a/(2 b)"),
        (lambda a, b: (a * b) ** 2, "(a ⋅ b)^2"),
        (lambda a, b: a**-3, "a^(-3)"),
        (lambda a, b: abs(abs(a) + b), "abs(abs(a) + b)"),
        (lambda a, b: 0.1 * a + 1e-5, "0.1 a + 10^(-5)"),
        (lambda a, b: a / 3, "1/3 a"),
        (lambda a, b: 1 / (1 + a), "1/(1 + a)"),
    ],
)
def test_arithmetic_of_numbers(build, text):
    g = Graph()
    assert (
        TYPST.formula(build(g.symbol("a", (), "variable"), g.symbol("b", (), "variable"))) == text
    )


def test_indices_layers_and_derivatives():
    g = Graph()
    W, x = g.symbol("W1", (j, i), "parameter"), g.symbol("x", (i,))
    g.symbol("z1", (j,)), g.symbol("C")
    step = g.symbol("dC_dz1", (j,), "step")
    assert TYPST.formula(dot(W, x, over=i)) == "∑_i W_(j i)^1 thin x_i"
    assert TYPST.formula(step) == "(∂C)/(∂z_j^1)"
    assert TYPST.formula(x**2) == "(x_i)^2"
    assert TYPST.formula(g.symbol("rate", (), "hyper")) == 'italic("rate")'


def test_every_function_of_the_table_is_printed_and_compiles():
    made: list[str] = []
    for record in RECORDS:
        g = Graph()
        operands = [g.symbol(name, (j,)) for name in record.operands]
        made.append(TYPST.formula(g.map(record, *operands)))
        if record.named_prime:
            made.append(TYPST.formula(g.map(prime(record), *operands)))
            assert "'" in made[-1]
    compiles(made)
    compiles(list(TYPST.phrases.values()))


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=str)
def test_every_kind_of_node_compiles_in_every_notation(notation):
    printer = TypstPrinter(notation)
    general = printer.relabelled({"1": "l", "2": "l+1", "0": "l−1"})
    for build in ALL.values():
        steps = list(build())
        compiles([" ".join(printer.equation(step)) for step in steps])
        compiles([" ".join(general.equation(step)) for step in steps])


def test_matrices():
    w, x = TYPST.marked(Name("W", "2"), ()), TYPST.marked(Name("x"), ())
    bracketed = TYPST.marked(Name("W", "2", style="brackets"), ())
    letters = TYPST.marked(Name("net", "2"), ())
    assert TYPST.transposed(w).text == "(W^2)^⊤"
    assert TYPST.transposed(x).text == "x^⊤"
    assert TYPST.transposed(bracketed).text == "W^([2] ⊤)"
    assert TYPST.transposed(letters).text == '(italic("net")^2)^⊤'
    assert TYPST.transposed(Piece("U + V", Level.SUM)).text == "(U + V)^⊤"
    product = TYPST.juxtaposed([TYPST.transposed(w), x])
    assert product.text == "(W^2)^⊤ thin x"
    assert TYPST.hadamard([product, x]).text == "(W^2)^⊤ thin x ⊙ x"
    share = TYPST.fraction(Piece("1", Level.ATOM), [Piece("2", Level.ATOM), Piece("n", Level.ATOM)])
    assert share.text == "1/(2 thin n)"
    compiles([product.text, share.text, TYPST.ones().text, TYPST.norm_squared(w).text])
    compiles([TYPST.marked(Name("W", "2", prefix="d"), ("j", "i′")).text])
    compiles([TYPST.aside("a = b"), TYPST.dots, TYPST.ellipsis, TYPST.share(), TYPST.becomes])


def test_what_is_not_known_is_an_error():
    g = Graph()
    unknown = ScalarFunction("mystery", "mystery(z)", ("1",))
    with pytest.raises(FormulaError, match="no notation for the function 'mystery'"):
        TYPST.formula(g.map(unknown, g.symbol("z", (j,))))

    class Strange(Node):
        pass

    strange = Strange()
    strange.graph, strange.uid, strange.axes = g, 10**6, ()
    with pytest.raises(FormulaError, match="no notation for a Strange"):
        TYPST.formula(strange)
    with pytest.raises(FormulaError, match="the reduction min"):
        TYPST.reduced("min", (), Piece("z", Level.ATOM))


def test_names_of_users_are_text_and_not_code():
    g = Graph()
    z = g.symbol("z", (j,))
    names = ["mish", 'quote"d', "back\\slash", "größe", "#let", "sin_", "e", "σ₂"]
    made = [TYPST.formula(g.map(ScalarFunction(name, "z * tanh(z)", ()), z)) for name in names]
    assert made[1] == 'op("quote\\"d") (z_j)'
    made += [TYPST.formula(g.symbol(name, (j,))) for name in ("größe", "alpha", "x_y")]
    compiles(made)
    with pytest.raises(FormulaError, match="fonts inside Typst do not have"):
        TYPST.formula(g.symbol("重み", (j,)))


def test_a_huge_or_deep_formula_is_refused():
    g = Graph()
    u = v = g.symbol("v", (), "variable") + 1
    for _ in range(60):
        u = u * u + 1
    with pytest.raises(TooLong, match="name some of its parts"):
        TYPST.formula(u)
    for _ in range(3000):
        v = g.apply("sin", v)
    with pytest.raises(TooLong, match="parentheses deep"):
        TYPST.formula(v)


def test_formulas_that_print_alike_in_text_do_so_in_typst():
    draw, g = random.Random(0), Graph()
    made: dict[str, Node] = {}
    for _ in range(1500):
        root = random_formula(g, draw, draw.randrange(1, 5))
        made[TYPST.formula(root)] = root
    assert len(made) > 500
    compiles(list(made))


def plain(text: str) -> str:
    """A formula without spaces and without the marks that breaking takes away or adds."""
    for mark in ("\\", " ", "(", ")", "sqrt", "√", "abs", "norm", "|", "‖"):
        text = text.replace(mark, "")
    return text


def test_parts_of_a_long_formula_compile_and_have_all_of_it():
    draw, g = random.Random(1), Graph()
    found: list[str] = []
    for _ in range(300):
        text = TYPST.formula(random_formula(g, draw, 7))
        if not is_short(text):
            cut = parts(text)
            assert plain("".join(cut)) == plain(text)
            found += cut
    assert len(found) > 500
    compiles(found)


def test_a_long_fraction_and_root_are_opened():
    a = Graph().symbol("a", (), "variable")
    g = a.graph
    long = g.apply("exp", a)
    for count in range(2, 16):
        long = long + g.apply("exp", count * a)
    for root in (a / long, g.apply("sqrt", long), abs(long), (long + a) ** 2 / 3 - long):
        cut = parts(TYPST.formula(root))
        assert all(len(part) < 90 for part in cut)
        compiles(cut)


def test_signs_that_fonts_have():
    assert all(map(settable, "aZ9ßłδΣσΩжЯ∂∑²−′⊙←"))
    assert not any(map(settable, "重み\n\x00"))


def test_total_of_a_product_keeps_its_sum_apart():
    g = Graph()
    x = g.symbol("x", (i,))
    assert TYPST.formula(total(x) ** 2) == "(∑_i x_i)^2"
