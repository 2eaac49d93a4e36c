"""`glassprop diagnose` on the command line: hints, JSON, marks, pages, repaired files."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from glassprop.cli.declared_commands import app

GALLERY = Path(__file__).parent.parent / "handwritten" / "gallery"
WRONG = GALLERY / "faulty" / "f44_spiral.py"
RIGHT = GALLERY / "right" / "r07_xor.py"


def run(*given):
    return CliRunner().invoke(app, ["diagnose", *map(str, given)])


def test_exit_status_says_the_verdict(tmp_path):
    assert run(RIGHT).exit_code == 0
    assert run(WRONG, "--hint", 1).exit_code == 1
    other = tmp_path / "a.py"
    other.write_text("x = 1\n")
    found = run(other)
    assert found.exit_code == 2 and "--call" in found.output


def test_hints(tmp_path):
    told = [run(WRONG, "--hint", k).output for k in (1, 2, 3, 4)]
    assert all("delta1" in text for text in told)
    assert "missing" not in told[0] and "missing" in told[1]
    assert "line 62" not in told[1] and "line 62" in told[2]
    assert "fix" not in told[2] and "fix" in told[3]


def test_json_fix_and_gradescope(tmp_path):
    fixed, results = tmp_path / "fixed.py", tmp_path / "results.json"
    found = run(WRONG, "--json", "--fix", fixed, "--gradescope", results, "--weights", "dW1=3")
    told = json.loads(found.stdout)
    assert (told["verdict"], told["first_wrong"], told["line"]) == ("wrong", "delta1", 62)
    assert told["proved"] and told["cell"] is None and told["repair"]
    assert run(fixed).exit_code == 0
    marks = json.loads(results.read_text())
    assert marks["score"] == 2.0
    assert {test["name"]: test["max_score"] for test in marks["tests"]}["dW1"] == 3.0


def test_a_folder_gives_a_table_and_a_page(tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    for path in (WRONG, RIGHT):
        (folder / path.name).write_text(path.read_text())
    (folder / "broken.py").write_text("x = = 1\n")
    page, marks = tmp_path / "out.html", tmp_path / "marks.csv"
    found = run(folder, "--report", page, "--csv", marks)
    assert found.exit_code == 0 and "3 files: 1 right, 1 wrong, 1 unsure" in found.output
    rows = {Path(row["file"]).name: row for row in csv.DictReader(marks.read_text().splitlines())}
    assert rows["f44_spiral.py"]["mark"] == "0.500" and rows["r07_xor.py"]["mark"] == "1.000"
    assert rows["broken.py"]["verdict"] == "unsure" and rows["broken.py"]["mark"] == ""
    assert "f44_spiral.py" in page.read_text() and "(hidden_layer &gt; 0)" in page.read_text()


@pytest.mark.parametrize(
    "given, said",
    [
        (("--hint", 5), "expected 1, 2, 3 or 4"),
        (("--weights", "dW1"), "as in dW2=2"),
        (("--report", "out.txt"), ".html"),
    ],
)
def test_options_that_make_no_sense(given, said):
    found = run(RIGHT, *given)
    assert found.exit_code and said in f"{found.output}{found.exception}"


def test_the_readme_shows_what_comes_out(monkeypatch):
    root = GALLERY.parent.parent.parent
    monkeypatch.chdir(root)
    shown = run(WRONG.relative_to(root)).output.rstrip().split("\n")
    text = (root / "README.md").read_text(encoding="utf-8")
    assert "\n".join(f"    {line}".rstrip() for line in shown) in text
