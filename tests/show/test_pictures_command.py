"""`glassprop graph`: what it prints and draws, and what it refuses."""

import pytest

from glassprop.cli.entry_point import run


def call(capsys, *arguments):
    status = run(["graph", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_draws(folder, capsys):
    status, out, err = call(capsys, "(a+b)*(b+1)", "--wrt", "b", "--at", "a=2,b=1", "-o", "e.svg")
    assert (status, out, err) == (0, "", "wrote e.svg\n")
    assert "∂e/∂b = 2 + 3 = 5" in (folder / "e.svg").read_text()


def test_it_prints_where_no_file_is_named(capsys):
    status, out, _ = call(capsys, "(a+b)*(b+1)", "--wrt", "b", "--at", " a = 2 , b = 1 ")
    assert status == 0 and "b → c → e: 1 · 2 = 2" in out and "sum over all paths: 5" in out


def test_all_names_are_taken_where_none_is_named(capsys):
    status, out, _ = call(capsys, "a*self + exp(γ)", "--at", "a=2,self=-1,γ=0")
    assert status == 0 and out.count("paths from") == 3


def test_names_that_fall_out_of_the_formula_may_have_values(capsys):
    status, out, _ = call(capsys, "a + b*0", "--wrt", "a", "--at", "a=2,b=1")
    assert status == 0 and "sum over all paths: 1" in out


def test_help_has_an_example(capsys):
    status, out, _ = call(capsys, "--help")
    assert status == 0 and "Example: glassprop graph" in out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["(a+b", "--at", "a=1,b=2"], "cannot read the formula"),
        (["a + sigmod(b)", "--at", "a=1,b=2"], "did you mean 'sigmoid'?"),
        (["a + exp", "--at", "a=1"], "write exp(...)"),
        (["a.b", "--at", "a=1"], "is not arithmetic"),
        (["__import__('os').getcwd()"], "is not arithmetic"),
        (["[a for a in b]", "--at", "a=1"], "is not arithmetic"),
        (["2 + 3"], "has no names"),
        (["a + max(b)", "--at", "a=1,b=2"], "maximum(a, b)"),
        (["a + b", "--wrt", "beta", "--at", "a=1,b=2"], "--wrt: the formula has no 'beta'"),
        (["alpha + b", "--wrt", "alhpa", "--at", "alpha=1,b=2"], "did you mean 'alpha'?"),
        (["a + b", "--wrt", "", "--at", "a=1,b=2"], "--wrt: the formula has no ''"),
        (["a + b", "--at", "a=1"], "b has no value"),
        (["a + b"], "a has no value"),
        (["a + b", "--at", "a=1,b=2,c=3"], "--at: the formula has no 'c'"),
        (["a + b", "--at", "a=1,b=two"], "expected a name and a number"),
        (["a + b", "--at", "a=1,b=nan"], "expected a name and a number"),
        (["a + b", "--at", "a=1,,b=2"], "expected a name and a number"),
        (["a + b", "--at", "a=1,a=2,b=1"], "a is given twice"),
        (["a / (b - 1)", "--at", "a=1,b=1"], "d = a / c has no value at this point"),
        (["log(a - 3)", "--at", "a=1"], "the logarithm of b = -2, which is not positive"),
        (["exp(a)", "--at", "a=1000"], "exp(a) is not a finite number at a = 1000"),
        (["a ** b", "--at", "a=1,b=2"], "to the power b"),
    ],
)  # fmt: skip
def test_what_it_refuses(folder, capsys, arguments, message):
    status, out, err = call(capsys, *arguments, "-o", "e.svg")
    assert (status, out) == (2, "") and message in err
    assert err.startswith("error: ") and err.count("\n") == 1
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "path, message",
    [
        ("e.png", "the suffix '.png' names no format of pictures"),
        ("e", "a suffix has to name the format"),
        ("no/e.svg", "the folder no does not exist"),
    ],
)
def test_where_it_cannot_write(folder, capsys, path, message):
    status, _, err = call(capsys, "a*a", "--at", "a=1", "-o", path)
    assert status == 2 and message in err and err.count("\n") == 1
    assert not list(folder.iterdir())


def test_a_formula_too_large_to_draw_is_still_printed(folder, capsys):
    formula = "sin(" * 45 + "a" + ")" * 45
    status, _, err = call(capsys, formula, "--at", "a=1", "-o", "e.svg")
    assert status == 2 and "at most 40" in err and not list(folder.iterdir())
    status, out, _ = call(capsys, formula, "--at", "a=1")
    assert status == 0 and "sum over all paths" in out
