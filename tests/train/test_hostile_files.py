"""Model files that others have written: what means nothing is refused in one printable line."""

import json
import struct

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run

CONTROL = {
    "red": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;mine\x07",
    "C1": "\x9b31m",
    "lines": "a\nb\r\nc",
    "separator": "a\u2028b",
    "reversed": "\u202eevil",
    "NUL": "a\0b",
    "backspace": "safe\x08\x08\x08\x08",
    "surrogate": "\udc80",
    "invisible": "re\u200blu",
}
NO_NAMES = [None, [], ["relu"], {}, True, 1, 1.5, "", " ", "relu ", "Relu ", "a" * 5000, "a-b"]
NO_NUMBERS = [True, False, None, "1", [1], {}, -1, 1e999, 10**400]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A function that writes a model file with one entry of its description changed."""
    path = tmp_path_factory.mktemp("hostile") / "m.safetensors"
    net = gp.Network(3, gp.Dense(4, "tanh"), gp.Dense(2), seed=0, l2=0.1, scale=0.5)
    x, y = np.random.default_rng(0).standard_normal((20, 3)), [0, 1] * 10
    net.fit(x, y, epochs=1, progress=False, optimizer=gp.Adam())
    net.save(path)
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    head, body = json.loads(content[8 : 8 + length]), content[8 + length :]
    description = head["__metadata__"]["glassprop"]

    def write(*place, value):
        described = json.loads(description)
        entry = described
        for key in place[:-1]:
            entry = entry[key]
        entry[place[-1]] = value
        head["__metadata__"]["glassprop"] = json.dumps(described)
        header = json.dumps(head).encode()
        header += b" " * (-len(header) % 8)
        path.write_bytes(struct.pack("<Q", len(header)) + header + body)
        return path

    return write


TEXTS = [
    ("layers", 0, "activation", "name"),
    ("layers", 0, "activation"),
    ("layers", 0, "initial"),
    ("layers", 0),
    ("layers",),
    ("cost", "name"),
    ("cost",),
    ("dtype",),
    ("format",),
    ("training", "rule"),
    ("training", "engine"),
    ("training", "hyper"),
    ("training", "random"),
    ("training", "random", "name"),
    ("training",),
]
NUMBERS = [
    ("version",),
    ("inputs",),
    ("l2",),
    ("scale",),
    ("layers", 0, "units"),
    ("training", "version"),
    ("training", "updates"),
    ("training", "hyper", "learning_rate"),
    ("training", "hyper", "beta1"),
    ("training", "random", "state"),
    ("training", "random", "has_uint32"),
]


def refusal(path):
    with pytest.raises(gp.ModelFileError) as caught:
        gp.load(path)
    text = str(caught.value)
    assert text.isprintable() and len(text) < 1300 and text.startswith(str(path))
    return text


@pytest.mark.parametrize("place", TEXTS, ids=lambda place: "-".join(map(str, place)))
def test_what_should_be_text_or_more(written, place):
    for value in [*CONTROL.values(), *NO_NAMES]:
        if place == ("training",) and value is None:
            assert "neither a parameter" in refusal(written(*place, value=value))
        refusal(written(*place, value=value))


@pytest.mark.parametrize("place", NUMBERS, ids=lambda place: "-".join(map(str, place)))
def test_what_should_be_a_number(written, place):
    for value in [*CONTROL.values(), *NO_NUMBERS]:
        refusal(written(*place, value=value))


@pytest.mark.parametrize("place", [("version",), ("training", "version"), ("inputs",)])
def test_a_fraction_is_no_whole_number(written, place):
    for value in (1.0, 3.0, 1.5):
        refusal(written(*place, value=value))


@pytest.mark.parametrize("name", ["sigmoid", "softmax", "relu", "exp", "step", "sum", "where"])
def test_own_activations_cannot_have_the_name_of_a_function(written, name):
    own = {"name": name, "formula": "2 * z"}
    assert f"'{name}' is built in" in refusal(written("layers", 0, "activation", value=own))


@pytest.mark.parametrize("name", ["quadratic", "hinge", "cross_entropy"])
def test_own_costs_cannot_have_the_name_of_a_cost(written, name):
    own = {"name": name, "formula": "sum((a - y)**4)"}
    assert f"'{name}' is built in" in refusal(written("cost", value=own))


@pytest.mark.parametrize("control", CONTROL)
def test_formulas_with_control_characters(written, control):
    for formula in (CONTROL[control], f"z + {CONTROL[control]}", f"'{CONTROL[control]}'"):
        refusal(written("layers", 0, "activation", value={"name": "own", "formula": formula}))
        refusal(written("cost", value={"name": "own", "formula": formula}))


@pytest.mark.parametrize("control", CONTROL)
def test_a_terminal_gets_no_control_characters(written, control, capsys):
    """Whatever command reads the file."""
    path = str(written("layers", 0, "activation", value=CONTROL[control]))
    for command in ("evaluate", "predict", "derive", "source"):
        data = ["mnist"] if command in ("evaluate", "predict") else []
        assert run([command, path, *data]) == 2
    assert run(["diff", path, "2,3"]) == 2
    out, err = capsys.readouterr()
    assert not out and err.replace("\n", "").isprintable() and "damaged" in err


@pytest.mark.parametrize("control", ["red", "C1", "lines", "reversed"])
def test_names_of_files_and_columns_come_as_escapes(control, tmp_path, capsys):
    name = CONTROL[control]
    table = tmp_path / f"{name}.csv"
    rows = "".join(f"{k % 7},{k % 5},{k % 2}\n" for k in range(20))
    column = "".join(name.splitlines())
    table.write_text(f'"{column}",b,"{column} y"\n{rows}', newline="")
    model = tmp_path / f"{name}.safetensors"
    options = ["--epochs", "1", "--seed", "0"]
    assert run(["train", str(table), "--out", str(model), *options]) == 0
    for command in (
        ["evaluate", str(model), str(table)],
        ["evaluate", str(model), str(table), "--target", "none"],
        ["train", str(table), "--target", column, *options],
        ["train", str(table), "--target", "c", *options],
        ["train", str(table), "--ignore", f"{column},b", *options],
        ["train", str(table) + "x", *options],
        ["diff", str(model), "2,30,1"],
        ["derive", str(model)],
        ["source", str(model)],
        ["source", str(model), "-o", str(tmp_path / f"{name}.py")],
        ["predict", str(model), str(table), "-o", str(tmp_path / name / "no.csv")],
        ["evaluate", str(table), str(table)],
    ):
        run(command)
    out, err = capsys.readouterr()
    for text in (out, err):
        assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["W2", "v_W1"])
def test_arrays_that_are_no_numbers_are_refused(value, name, tmp_path):
    net = gp.Network(3, gp.Dense(4, "tanh"), gp.Dense(2), seed=0)
    x = np.random.default_rng(0).standard_normal((20, 3))
    net.fit(x, [0, 1] * 10, epochs=1, progress=False, optimizer=gp.Adam())
    array = {**net.parameters, **net._states.named}[name]
    array[1, 2] = 123.0
    path = tmp_path / "m.safetensors"
    net.save(path)
    content = path.read_bytes()
    assert content.count(np.float64(123).tobytes()) == 1
    path.write_bytes(content.replace(np.float64(123).tobytes(), np.float64(value).tobytes()))
    assert f"{name}: entry (1, 2) is {value}; expected finite numbers" in refusal(path)
    array[1, 2] = value
    before = path.read_bytes()
    with pytest.raises(gp.NetworkError, match=rf"{name}: entry \(1, 2\) is {value}"):
        net.save(path)
    assert path.read_bytes() == before
