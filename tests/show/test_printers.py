"""Properties of printed formulas."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, largest, logsumexp, rename, total
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import prime
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import RECORDS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Step
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.printer import TooLong
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.outline.code_lines import Lines
from glassprop.show.save import FORMATS
from glassprop.show.writers.latex_document import escape
from show.derivations import ALL

PRINTERS = (TextPrinter(), LatexPrinter())
TEXT, LATEX = PRINTERS
i, j, k = Axis("i", 2), Axis("j", 3), Axis("k", 4)


def braces_match(text: str) -> bool:
    depth = 0
    for sign in re.sub(r"\\[{}]", "", text):
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0 and text.count(r"\left") == text.count(r"\right")


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_every_function_of_the_table_is_printed(record, printer):
    g = Graph()
    operands = [g.symbol(name, (j,)) for name in record.operands]
    node = g.map(record, *operands)
    text = printer.formula(node)
    assert printer.formula(operands[0]) in text
    if record.named_prime:
        slope = printer.formula(g.map(prime(record), *operands))
        assert slope != text
        assert "′" in slope or "'" in slope
    assert braces_match(text)


def test_parameters_are_part_of_what_is_printed():
    g = Graph()
    z = g.symbol("z", (j,))
    record = next(r for r in RECORDS if r.name == "leaky_relu")
    assert TEXT.formula(g.map(record, z)) == "leaky_relu(zⱼ; 0.01)"
    assert TEXT.formula(g.map(record.with_parameters(slope=0.2), z)) == "leaky_relu(zⱼ; 0.2)"


@pytest.mark.parametrize("printer", PRINTERS)
def test_what_is_not_known_is_an_error(printer):
    g = Graph()
    z = g.symbol("z", (j,))
    unknown = ScalarFunction("mystery", "mystery(z)", ("1",))
    with pytest.raises(FormulaError, match="no notation for the function 'mystery'"):
        printer.formula(g.map(unknown, z))

    class Strange(Node):
        pass

    strange = Strange()
    strange.graph, strange.uid, strange.axes = g, 10**6, ()
    with pytest.raises(FormulaError, match="no notation for a Strange"):
        printer.formula(strange)


def test_a_function_that_a_user_defined_is_printed_by_its_name():
    g = Graph()
    mish = ScalarFunction("mish", "z * tanh(softplus(z))", ())
    assert TEXT.formula(g.map(mish, g.symbol("z", (j,)))) == "mish(zⱼ)"


@pytest.mark.parametrize(
    ("build", "text", "latex"),
    [
        (lambda a, b: a - (b - a), "a − (b − a)", "a - (b - a)"),
        (lambda a, b: -(a + b), "−(a + b)", "-(a + b)"),
        (lambda a, b: a * (b + 1), "a (b + 1)", r"a \, (b + 1)"),
        (lambda a, b: a / (2 * b), "a / (2 b)", r"\frac{a}{2 b}"),
        (lambda a, b: (a * b) ** 2, "(a · b)²", r"(a \cdot b)^{2}"),
        (lambda a, b: (a**2) ** 2, "(a²)²", "(a^{2})^{2}"),
        (lambda a, b: a**-3, "a⁻³", "a^{-3}"),
        (lambda a, b: a**1.5, "a^(1.5)", "a^{1.5}"),
        (lambda a, b: abs(abs(a) + b), "abs(|a| + b)", r"\left|\left|a\right| + b\right|"),
        (lambda a, b: 0.1 * a + 1e-5, "0.1 a + 1e-05", "0.1 a + 10^{-5}"),
        (lambda a, b: a / 3, "⅓ a", r"\frac{1}{3} a"),
        (lambda a, b: a / 7, "a / 7", r"\frac{1}{7} a"),
        (lambda a, b: 1 / (1 + a), "1 / (1 + a)", r"\frac{1}{1 + a}"),
    ],
)
def test_arithmetic_of_numbers(build, text, latex):
    g = Graph()
    root = build(g.symbol("a", (), "variable"), g.symbol("b", (), "variable"))
    assert TEXT.formula(root) == text
    assert LATEX.formula(root) == latex


def test_indices_are_letters_and_sums_take_fresh_ones():
    g = Graph()
    i0, j1, i3 = Axis("i0", 2), Axis("j1", 3), Axis("i3", 2)
    W, a = g.symbol("W1", (j1, i0), "parameter"), g.symbol("x", (i0,))
    assert TEXT.formula(dot(W, a, over=i0)) == "Σᵢ W¹ⱼᵢ xᵢ"
    assert LATEX.formula(dot(W, a, over=i0)) == r"\sum_{i} W^{1}_{ji} \, x_{i}"
    both = dot(a, g.symbol("y", (i3,)))
    assert TEXT.formula(both) == "xᵢ yⱼ"
    assert TEXT.formula(a - logsumexp(a)) == "xᵢ − ln Σⱼ exp(xⱼ)"
    assert TEXT.formula(dot(total(a), a)) in ("(Σⱼ xⱼ) xᵢ", "Σⱼ xⱼ xᵢ")
    assert TEXT.formula(largest(g.symbol("m", (Axis("w", 2),)))) == "max_{w} m_{w}"


def test_an_index_is_never_called_like_a_number_in_the_formula():
    g = Graph()
    number, x = g.symbol("i", (), "hyper"), g.symbol("x", (i,))
    assert TEXT.formula(x * number) == "xⱼ i"


def test_layers_and_powers_are_told_apart():
    g = Graph()
    tensor, scalar = g.symbol("x2", (j,)), g.symbol("y2", (), "variable")
    x, y = g.symbol("x", (j,)), g.symbol("y", (), "variable")
    assert TEXT.formula(tensor) == "x²ⱼ"
    assert TEXT.formula(x**2) == "(xⱼ)²"
    assert TEXT.formula(scalar) == "y₂"
    assert TEXT.formula(y**2) == "y²"
    assert LATEX.formula(tensor) == "x^{2}_{j}"
    assert LATEX.formula(x**2) == "(x_{j})^{2}"


def test_only_names_of_derivatives_are_read_as_derivatives():
    g = Graph()
    assert TEXT.formula(g.symbol("dropout_decay", (), "hyper")) == "dropout_decay"
    z = g.symbol("z1", (j,))
    g.symbol("C")
    step = g.symbol("dC_dz1", (j,), "step")
    assert TEXT.formula(step * z) == "∂C/∂z¹ⱼ · z¹ⱼ"
    assert LATEX.formula(step) == r"\frac{\partial C}{\partial z^{1}_{j}}"


def test_updates_are_written_with_an_arrow():
    g = Graph()
    w, gradient = g.symbol("w", (j,), "parameter"), g.symbol("g", (j,))
    step = Step(w, w - 0.1 * gradient, "update")
    assert TEXT.equation(step) == ("wⱼ", "←", "wⱼ − 0.1 gⱼ")


@pytest.mark.parametrize("name", ALL)
def test_latex_is_balanced_and_plain(name):
    for step in ALL[name]():
        text = " ".join(LATEX.equation(step))
        assert braces_match(text)
        assert text.isascii()
    document = FORMATS[".tex"](ALL[name](), Lines({}, {}))
    assert document.isascii()
    sentences = re.sub(r"\\\[.*?\\\]", "", document, flags=re.DOTALL)
    assert sentences.count("$") % 2 == 0
    assert "$$" not in sentences
    assert document.count(r"\begin{") == document.count(r"\end{")


@pytest.mark.parametrize("record", RECORDS, ids=str)
def test_what_records_say_can_be_set_in_latex(record):
    for text in (record.about, record.convention):
        assert escape(text).isascii()


def test_letters_that_latex_cannot_set_are_refused():
    g = Graph()
    assert LATEX.formula(g.symbol("größe", (j,))) == r"\textit{größe}_{j}"
    with pytest.raises(FormulaError, match="letters that LaTeX cannot set"):
        LATEX.formula(g.symbol("重み", (j,)))
    with pytest.raises(FormulaError, match="which LaTeX cannot set"):
        escape("重み")


def test_a_deep_formula_is_printed_and_a_huge_one_refused():
    g = Graph()
    u = g.symbol("u", (), "variable")
    for _ in range(3000):
        u = g.apply("sin", u)
    assert TEXT.formula(u).endswith("u" + ")" * 3000)
    v = g.symbol("v", (), "variable") + 1
    for _ in range(60):
        v = v * v + 1
    for printer in PRINTERS:
        with pytest.raises(TooLong, match="name some of its parts"):
            printer.formula(v)


def random_formula(g: Graph, draw: random.Random, depth: int) -> Node:
    a, b = g.symbol("a", (), "variable"), g.symbol("b", (), "variable")
    W, x, y = g.symbol("W1", (j, i), "parameter"), g.symbol("x", (i,)), g.symbol("y", (j,))
    if depth == 0 or draw.random() < 0.15:
        return draw.choice([a, b, x, y, dot(W, x, over=i), g.const(draw.choice([2, 0.5, -3]))])
    u = random_formula(g, draw, depth - 1)
    kind = draw.randrange(9)
    if kind < 4:
        v = random_formula(g, draw, depth - 1)
        if not (set(u.axes) <= set(v.axes) or set(v.axes) <= set(u.axes)):
            v = total(v)
        return [lambda: u + v, lambda: u - v, lambda: u * v, lambda: u / (v * v + 1)][kind]()
    if kind == 4:
        return -u
    if kind == 5:
        return draw.choice([u**2, u**3])
    if kind == 6:
        return g.apply(draw.choice(["sigmoid", "abs", "sin"]), u)
    if kind == 7:
        return total(u)
    return draw.choice([logsumexp, largest])(u)


@pytest.mark.parametrize("printer", PRINTERS)
def test_formulas_that_print_alike_are_equal(printer):
    draw = random.Random(0)
    g = Graph()
    seen: dict[str, Node] = {}
    alike: list[tuple[Node, Node]] = []
    for _ in range(3000):
        root = random_formula(g, draw, draw.randrange(1, 5))
        text = printer.formula(root)
        assert text.count("(") == text.count(")")
        other = seen.setdefault(text, root)
        if other is not root:
            alike.append((root, other))
    assert len(seen) > 1000
    rng = np.random.default_rng(0)
    values = {"a": 0.7, "b": -1.3, "W1": rng.normal(size=(3, 2))}
    values |= {"x": rng.normal(size=2), "y": rng.normal(size=3)}
    with np.errstate(all="ignore"):
        for u, v in alike:
            found = evaluate([u, v], values)
            np.testing.assert_allclose(found[u], found[v], rtol=1e-9)


def test_transposed_sums_keep_their_letters():
    g = Graph()
    s, t = Axis("s", 3), Axis("t", 3)
    Q, A = g.symbol("Q", (s,)), g.symbol("A", (s, t))
    assert TEXT.formula(dot(A, rename(Q, {s: t}), over=t)) == "Σₜ Aₛₜ Qₜ"
