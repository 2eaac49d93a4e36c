"""Emitted source in a bare process with NumPy alone: the same bits as here."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import glassprop as gp
from compile.programs import HYPER, arguments, case_of, cast_to, updates
from glassprop.chainrule.reverse_sweep import derive
from glassprop.compile.numpy_source.standalone import standalone
from glassprop.compile.pipeline import build
from glassprop.compile.program import Program
from glassprop.errors import FormulaError, NetworkError
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph

CASES = ["sigmoid", "gelu", "softmax cross-entropy", "attention", "embedding", "recurrent"]

SCRIPT = """
import sys, warnings
import numpy as np
warnings.simplefilter("error")
sys.path.insert(0, {folder!r})
import {module} as emitted
with np.load({folder!r} + "/given.npz") as file:
    given = dict(file)
{body}
assert not any(name.startswith("glassprop") for name in sys.modules)
np.savez({folder!r} + "/found.npz", **found)
"""


def bare(folder: Path, source: str, given: dict[str, np.ndarray], body: str) -> dict:
    imports = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]
    (folder / "ejected.py").write_text(source)
    np.savez(folder / "given.npz", **given)
    script = SCRIPT.format(folder=str(folder), module="ejected", body=body)
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with np.load(folder / "found.npz") as file:
        return dict(file)


@pytest.mark.parametrize("name", CASES)
def test_the_source_gives_the_same_bits_in_a_bare_process(tmp_path, name):
    case = case_of(name, True)
    program = case.build(updates("momentum"), "float32")
    given = {f"a{k}": v for k, v in enumerate(arguments(program, "trace", case.values))}
    body = "found = emitted.trace(*given.values())"
    found = bare(tmp_path, program.source, given, body)
    for key, value in program.functions["trace"](*given.values()).items():
        np.testing.assert_array_equal(found[key], value)


STEPS = """
found = {}
batches = [slice(0, 4), slice(4, 8), slice(8, 10)]
data = [given[name] for name in %r]
for k, rows in enumerate(batches):
    emitted.train_step(*(d[rows] for d in data), %s)
    found |= {f"{name} {k}": value.copy() for name, value in emitted.parameters.items()}
found["predict"] = emitted.predict(*data[:%d])
found["cost"] = emitted.cost(*data)
found |= {f"gradient {name}": value for name, value in emitted.gradients(*data).items()}
"""


def many(program: Program, values: dict, n: int) -> dict:
    rng = np.random.default_rng(3)
    data = {}
    for symbol in program.routines["gradients"].arguments:
        value = cast_to(program.dtype, values[symbol.name])
        if symbol.role in ("input", "target"):
            value = value[rng.integers(0, len(value), n)]
        data[symbol.name] = value
    return data


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_a_standalone_file_trains_to_the_same_bits(tmp_path, name, dtype):
    case = case_of(name, True)
    program = case.build(updates("momentum"), dtype)
    given = many(program, case.values, 10)
    symbols = program.routines["train_step"].arguments
    data = [s.name for s in symbols if s.role in ("input", "target")]
    inputs = [s for s in program.routines["predict"].arguments if s.name in data]
    parameters = {s.name: given[s.name].copy() for s in symbols if s.role == "parameter"}
    np.savez(tmp_path / "weights.npz", **parameters)
    source = standalone(program, "A network.", "weights.npz", labels=None)
    hyper = ", ".join(str(HYPER[s.name]) for s in symbols if s.role == "hyper")
    body = STEPS % (data, hyper, len(inputs))
    found = bare(tmp_path, source, given, body)

    state = {s.name: np.zeros_like(parameters[s.name[9:]]) for s in symbols if s.role == "state"}
    functions, known = program.functions, {**given, **parameters, **state, **HYPER}
    work = functions["workspace"](4)
    for k, rows in enumerate([slice(0, 4), slice(4, 8), slice(8, 10)]):
        batch = [known[s.name][rows] if s.name in data else known[s.name] for s in symbols]
        n = len(batch[0])
        functions["train_step"](*batch, functions["narrow"](work, n))
        for key, value in parameters.items():
            np.testing.assert_array_equal(found[f"{key} {k}"], value)
    for routine in ("predict", "cost"):
        asked = [known[s.name] for s in program.routines[routine].arguments]
        np.testing.assert_array_equal(found[routine], functions[routine](*asked))
    asked = [known[s.name] for s in program.routines["gradients"].arguments]
    for key, value in zip(
        program.after("reuse").gradients, functions["gradients"](*asked), strict=True
    ):
        np.testing.assert_array_equal(found[f"gradient {key.name}"], value)


def ejected(tmp_path: Path, labels: str | None, name: str = "softmax cross-entropy") -> dict:
    case = case_of(name, True)
    program = case.build(updates("descent"))
    symbols = program.routines["train_step"].arguments
    np.savez(
        tmp_path / "p.npz",
        **{s.name: case.values[s.name] for s in symbols if s.role == "parameter"},
    )
    path = tmp_path / "ejected.py"
    namespace = {"__file__": str(path)}
    exec(compile(standalone(program, "A.", "p.npz", labels), str(path), "exec"), namespace)
    return namespace


@pytest.mark.parametrize("labels", ["one-hot", "signs"])
def test_labels_become_rows(tmp_path, labels):
    module, x = ejected(tmp_path, labels), case_of("softmax cross-entropy", True).values["x"]
    rows = np.eye(5)[[2, 0, 4]]
    rows = rows if labels == "one-hot" else 2 * rows - 1
    assert module["cost"](x, [2, 0, 4]) == module["cost"](x, rows)
    module["train_step"](x.tolist(), [2, 0, 4], 0.1)
    with pytest.raises(ValueError, match="y: expected labels from 0 to 4"):
        module["cost"](x, [2, 5, 1])


@pytest.mark.parametrize("outputs", [1, 2])
def test_an_ejected_hinge_takes_the_targets_that_a_network_takes(tmp_path, outputs):
    random = np.random.default_rng(0)
    x, y = random.standard_normal((6, 3)), np.array([0, 1, 1, 0, 1, 0])
    net = gp.Network([3, outputs], cost="hinge", seed=0)
    np.savez(tmp_path / "p.npz", **net.parameters)
    module = {"__file__": str(tmp_path / "e.py")}
    exec(compile(net.standalone("p.npz"), "e.py", "exec"), module)
    rows = y[:, None] if outputs == 1 else np.eye(2, dtype=int)[y]
    for given in (y, rows, rows * 1.0, rows.astype(bool), 2 * rows - 1):
        assert module["cost"](x, given) == net.evaluate(x, given).cost
    assert module["cost"](x, rows) == net.evaluate(x, y).cost
    for odd in (rows / 2, 2 * rows, rows - 1.5):
        with pytest.raises(gp.DataError):
            net.evaluate(x, odd)
        with pytest.raises(ValueError, match="y: expected -1 and 1 for two classes, or 0 and 1"):
            module["cost"](x, odd)
    for odd in (rows[:5], rows.reshape(outputs, 6), rows[..., None]):
        if odd.shape != rows.shape:
            with pytest.raises(ValueError, match="y: expected numbers of shape"):
                module["cost"](x, odd)


def test_wrong_shapes_are_refused_in_one_line(tmp_path):
    module, x = ejected(tmp_path, None), case_of("softmax cross-entropy", True).values["x"]
    with pytest.raises(ValueError, match=r"^x: expected numbers of shape \(n, 3\), got \(3, 2\)$"):
        module["predict"](x[:, :2])
    with pytest.raises(ValueError, match=r"^y: expected numbers of shape \(3, 5\), got \(2, 5\)$"):
        module["gradients"](x, np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"^y: expected numbers of shape \(3, 5\), got \(3,\)$"):
        module["gradients"](x, [1, 2, 3])


def test_a_file_elsewhere_and_names_of_the_module_are_refused():
    program = case_of("softmax cross-entropy", True).build()
    with pytest.raises(NetworkError, match="beside the module"):
        standalone(program, "A.", "../p.npz")

    g = Graph()
    state = g.symbol("state", (Axis("k", 2),), "parameter")
    program = build(derive(g.let("C", total(state * state)), [state]))
    with pytest.raises(FormulaError, match="'state' is used by the standalone file"):
        standalone(program, "A.")


def test_a_deep_network_has_no_long_line():
    from compile.test_pipeline import deep

    text = standalone(deep(40), "Deep.")
    assert max(map(len, text.splitlines())) <= 100
