"""Names that users give to functions and quantities, in every format."""

import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest
import typst

import glassprop as gp
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import prime
from glassprop.formula.graph import Graph
from glassprop.formula.user.custom_functions import scalar_function_from
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.mathml import MathmlPrinter
from glassprop.show.formulas.mathml_alternative import plain
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.formulas.typst import TypstPrinter

FUNCTIONS = {
    "hard_swish_2": r"\operatorname{hard\_swish\_2}",
    "f2": r"\operatorname{f2}",
    "x_prime": r"\operatorname{x\_prime}",
    "γ_1": r"\operatorname{{\gamma}\_1}",
    "größe": r"\operatorname{\text{größe}}",
    "Schärfe_2": r"\operatorname{\text{Schärfe\_2}}",
    "a_b_c_": r"\operatorname{a\_b\_c\_}",
}
QUANTITIES = {
    "hard_swish_2": r"\mathit{hard\_swish\_2}",
    "γ": r"\gamma",
    "gamma_x": r"\mathit{gamma\_x}",
    "γ_x": r"{{\gamma}\mathit{\_x}}",
    "γγ": r"{\gamma}{\gamma}",
    "größe_1": r"\textit{größe\_1}",
    "x_1_2": r"\mathit{x\_1\_2}",
    "Α": r"\mathrm{A}",
    "ς": r"{\varsigma}",
    "é": r"\textit{é}",
}


def called(name):
    """A function of this name, and its derivative, of z."""
    function = scalar_function_from(name, lambda z: z**3 + z)
    z = Graph().symbol("z", (), "variable")
    return z.graph.map(function, z), z.graph.map(prime(function), z)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_derivative_is_written_as_its_function_is(name):
    value, slope = called(name)
    latex = FUNCTIONS[name]
    assert LatexPrinter().formula(value) == f"{latex}(z)"
    assert LatexPrinter().formula(slope) == f"{latex}'(z)"
    assert TextPrinter().formula(slope) == f"{name}′(z)"
    for node in (value, slope):
        written = TypstPrinter().formula(node)
        typst.compile(f"$ {written} $".encode())
        assert plain(MathmlPrinter().formula(node)) == TextPrinter().formula(node)
        ElementTree.fromstring(f"<math>{MathmlPrinter().formula(node)}</math>")


@pytest.mark.parametrize("name", QUANTITIES)
def test_a_quantity_of_any_name_can_be_set(name):
    for axes, indices in (((), ""), ((Axis("j", 2),), "_{j}")):
        symbol = Graph().symbol(name, axes, "parameter")
        text = TextPrinter().formula(symbol)
        latex = LatexPrinter().formula(symbol)
        if axes and name[-1].isdigit() and "_" not in name:
            continue  # the number of a layer
        assert latex == QUANTITIES[name] + indices
        typst.compile(f"$ {TypstPrinter().formula(symbol)} $".encode())
        assert plain(MathmlPrinter().formula(symbol)).replace(" ", "") == text.replace(" ", "")


def test_no_format_has_a_bare_underscore_of_a_name(tmp_path):
    first = gp.activation("hard_swish_2", lambda z: z * gp.exp(-z * z))
    second = gp.activation("γ_kühn_2", lambda z: z * gp.tanh(z * z))
    derivation = gp.Network(2, gp.Dense(3, first), gp.Dense(2, second)).derivation
    for suffix in (".tex", ".md"):
        path = tmp_path / f"names{suffix}"
        derivation.save(path)
        text = re.sub(
            r"```python.*?```|\\begin\{verbatim\}.*?\\end\{verbatim\}",
            "",
            path.read_text(),
            flags=re.DOTALL,
        )
        assert "swish" in text and not re.search(r"(?<!\\)_(swish|2[^_]|kühn)", text)
    derivation.save(tmp_path / "names.typ")
    typst.compile(str(tmp_path / "names.typ"))
    derivation.save(tmp_path / "names.html")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="LaTeX is not installed")
def test_latex_compiles_them(tmp_path):
    rows = [rf"\[ {LatexPrinter().formula(node)} \]" for name in FUNCTIONS for node in called(name)]
    rows += [rf"\[ {latex}_{{j}} \]" for latex in QUANTITIES.values()]
    head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{amsmath,amssymb}"
    text = "\n".join([head, r"\begin{document}", *rows, r"\end{document}"])
    (tmp_path / "x.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "x.tex"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
