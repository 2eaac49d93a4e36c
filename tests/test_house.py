"""The rules of the house: arrows between rooms, style, types, light imports."""

import ast
import re
import shutil
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("bench", "src", "tests")


def run(*command):
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def tool(name):
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_imports_point_one_way():
    assert "0 broken" in run(tool("lint-imports"), "--no-cache")


def imports():
    """Which file imports which, wherever in it, for types only or not."""
    source = ROOT / "src"
    files = {
        ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__"): path
        for path in source.rglob("*.py")
    }
    found = {}
    for name, path in files.items():
        found[name] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found[name].update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                whole = [f"{node.module}.{alias.name}" for alias in node.names]
                found[name].update(full if full in files else node.module for full in whole)
        found[name] = (found[name] & set(files)) - {name, "glassprop"}
    return found


def test_no_imports_go_round_in_a_circle():
    TopologicalSorter(imports()).prepare()  # raises CycleError, naming one


def test_measurements_reach_only_what_is_there():
    run(sys.executable, "-c", "import bench.ours")


def test_rooms_are_small_and_say_what_belongs_in_them():
    for door in (ROOT / "src").rglob("__init__.py"):
        files = sorted(path.name for path in door.parent.glob("*.py"))
        assert len(files) <= 15, f"{door.parent} has {len(files)} files"
        assert ast.get_docstring(ast.parse(door.read_text(encoding="utf-8"))), door


def test_style():
    """Of the code of the house, and not of what the README's commands have left beside it."""
    run(tool("ruff"), "check", "--no-cache", *FOLDERS)
    run(tool("ruff"), "format", "--check", "--no-cache", *FOLDERS)


def test_types():
    run(tool("pyright"), "--pythonpath", sys.executable)


@pytest.mark.parametrize("heavy", ["rich", "typer", "numba", "safetensors", "scipy"])
def test_importing_a_network_loads_nothing_heavy(heavy):
    code = f"import sys, glassprop; glassprop.Network; assert {heavy!r} not in sys.modules"
    run(sys.executable, "-c", code)


def test_importing_glassprop_does_not_even_load_numpy():
    run(sys.executable, "-c", "import sys, glassprop; assert 'numpy' not in sys.modules")


def test_help_does_not_load_numpy():
    code = (
        "import sys; from glassprop.cli.entry_point import run; run(['train', '--help']); "
        "assert 'numpy' not in sys.modules"
    )
    assert "Example:" in run(sys.executable, "-c", code)


def test_the_core_does_without_what_only_tests_need():
    for path in (ROOT / "src").rglob("*.py"):
        assert not re.search(r"^ *(import|from) (sympy|mpmath|jax)\b", path.read_text(), re.M), path


def test_only_one_file_opens_a_console_of_rich():
    """What Rich prints is text only if the console is told so."""
    wanted = re.compile(r"^( *)from rich(\.console)? import .*|^ *import rich\b", re.MULTILINE)
    found = {
        path.name
        for path in (ROOT / "src").rglob("*.py")
        for match in wanted.finditer(
            re.sub(r"if TYPE_CHECKING:\n(    .*\n|\n)+", "", path.read_text())
        )
    }
    assert found == {"terminal.py"}


def test_every_file_is_one_idea():
    long = [p.name for p in (ROOT / "src").rglob("*.py") if len(p.read_text().splitlines()) > 400]
    assert not long


@pytest.mark.parametrize("page", ["architecture.md", "measured_choices.md", "../CONTRIBUTING.md"])
def test_files_that_are_named_are_there(page):
    """By their paths within a room, the package or the repository, or by their names alone."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    package = ROOT / "src" / "glassprop"
    places = (ROOT, package, *(path for path in package.iterdir() if path.is_dir()))
    names = {path.name for path in package.rglob("*.py")}
    for name in re.findall(r"`([a-z_0-9]+(?:/[a-z_0-9]+)*(?:/|\.py|\.md))`", text):
        assert name in names or any((at / name).exists() for at in places), name
