"""Classes that have names: texts as targets of a table, kept with the network, and printed."""

import copy
import json
import pickle

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run
from glassprop.cli.train_action import count_outputs
from glassprop.data.tables.class_columns import MOST

KINDS = ["virginica", "setosa", "versicolor"]


def table(names, head="a,b,kind\n"):
    random = np.random.default_rng(0)
    rows = [
        f"{3 * (k % len(names)) + random.normal(0, 0.2):.3f},{random.normal():.3f},{name}\n"
        for k, name in enumerate(names * 20)
    ]
    return head + "".join(rows)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(table(KINDS))
    return tmp_path


def call(capsys, *arguments):
    status = run(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


def test_texts_are_numbered_in_the_order_of_the_alphabet():
    said = []
    examples = gp.data.load("t.csv", note=said.append)
    assert examples.classes == ("setosa", "versicolor", "virginica")
    assert examples.y.dtype == np.int64 and examples.y[:3].tolist() == [2, 0, 1]
    assert said[0].endswith("classes: setosa 0, versicolor 1, virginica 2")
    x, _ = examples
    assert x.shape == (60, 2) and gp.data.load("t.csv", names=KINDS).y[:3].tolist() == [0, 1, 2]
    assert pickle.loads(pickle.dumps(examples)).classes == examples.classes
    assert gp.data.mnist().test.classes == ()


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (table(KINDS, ""), None),
        (table(["yes", "no"]).replace("a,b,kind", '"a","b","kind"'), "kind"),
        ("label,a,b\n" + "cat,1,2\ndog,2,1\n" * 5, None),
        ('a,b,kind\n1,2,"x, y"\n2,1, z \n', None),
        ("a,y\n1,True\n2,False\n", None),
        ("\ufeffa,b,kind\n1,2,ä\n2,1,b\n", None),
    ],
)
def test_texts_in_any_table(text, target, folder):
    (folder / "u.csv").write_text(text)
    examples = gp.data.load("u.csv", target=target, note=str)
    assert len(examples.classes) == len(set(examples.y.tolist())) > 1
    known = {*KINDS, "yes", "no", "cat", "dog", "x, y", "z", "ä", "b", "True", "False"}
    assert set(examples.classes) <= known


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind,a,y\ncat,1,2\ndog,2,1\n", "line 2, column 1: expected a finite number, found 'cat'"),
        ("a,b,kind\n1,2,cat\n1,2,\n", "line 3, column 3: expected a class .* an empty cell"),
        ("a,b,kind\n1,2,cat\n1,2,7\n", "line 3, column 3: expected a class .* found '7'"),
        ("a,b,kind\n1,2,7\n1,2,cat\n", "line 3, column 3: expected a finite number"),
        ("a,b,kind\n1,2,cat\n1,2,\x1b[31m\n", r"found '\\x1b\[31m'"),
        ("a,b,kind\n1,2,cat\n1,2," + "q" * 101 + "\n", "found 'q*…'"),
        ("a,b,kind\n1,x,cat\n1,2,dog\n", "column 2: expected a finite number, found 'x'"),
        ("a,k\n" + "".join(f"1,n{k}\n" for k in range(MOST + 1)), f"line {MOST + 2}, column 2"),
    ],
)
def test_what_is_no_class_is_refused_at_its_place(text, message, folder):
    (folder / "u.csv").write_text(text)
    with pytest.raises(gp.DataError, match=message) as caught:
        gp.data.load("u.csv", note=str)
    assert len(str(caught.value)) < 300


def test_the_command_line_keeps_and_prints_them(folder, capsys):
    made = ["train", "t.csv", "--epochs", "20", "--seed", "0", "--validation", "t.csv"]
    assert call(capsys, *made, "--out", "m.safetensors")[0] == 0
    assert gp.load("m.safetensors").classes == ("setosa", "versicolor", "virginica")
    status, out, _ = call(capsys, "evaluate", "m.safetensors", "t.csv")
    assert status == 0 and "100.00 %" in out
    assert "classes: 0 setosa, 1 versicolor, 2 virginica\n" in out
    assert call(capsys, "predict", "m.safetensors", "t.csv")[1].split() == KINDS * 20
    assert call(capsys, "predict", "m.safetensors", "t.csv", "-o", "o.csv")[0] == 0
    assert (folder / "o.csv").read_text().split() == KINDS * 20
    (folder / "u.csv").write_text("a,b,kind\n1,2,other\n1,2,setosa\n")
    status, _, err = call(capsys, "evaluate", "m.safetensors", "u.csv")
    assert status == 2 and "expected a class (setosa 0, " in err and "found 'other'" in err
    assert call(capsys, "predict", "m.safetensors", "u.csv")[0] == 0
    (folder / "v.csv").write_text(table(["2", "0", "1"]))  # numbers are theirs, in order
    assert "100.00 %" in call(capsys, "evaluate", "m.safetensors", "v.csv")[1]


def test_names_with_commas_are_quoted_cells(folder, capsys):
    (folder / "u.csv").write_text(table(['"a, b"', '"say ""c"""']))
    call(capsys, "train", "u.csv", "--epochs", "20", "--seed", "0", "--out", "m.safetensors")
    out = call(capsys, "predict", "m.safetensors", "u.csv")[1]
    assert out.splitlines()[:2] == ['"a, b"', '"say ""c"""']


def test_a_network_without_names_takes_no_texts(folder, capsys):
    gp.Network([2, 3], seed=0).save("m.safetensors")
    status, _, err = call(capsys, "evaluate", "m.safetensors", "t.csv")
    assert status == 2 and "knows its classes by their numbers only" in err
    status, _, err = call(capsys, "train", "t.csv", "--layers", "2,5")
    assert status == 2 and "classes: expected 5 names" in err
    status, _, err = call(capsys, "train", "t.csv", "--no-classes")
    assert status == 2 and "the targets are texts, which can be classes only" in err
    status, _, err = call(capsys, "train", "t.csv", "--epochs", "1", "--cost", "huber")
    assert status == 0 and ", 3 identity" in err


def test_names_in_python(folder):
    net = gp.Network([2, 3], seed=0)
    assert net.classes == ()
    before = net.source()
    net.classes = KINDS
    assert net.classes == tuple(KINDS) and net.source() == before
    net.fit(*gp.data.load("t.csv", names=KINDS, note=str), epochs=1, progress=False)
    net.save("m.safetensors")
    for other in (gp.load("m.safetensors"), copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert other.classes == tuple(KINDS)
    net.classes = ()
    assert net.classes == ()
    gp.Network([2, 1]).classes = ("no", "yes")


BAD = {
    "two": ["a", "b"], "twice": ["a", "a", "b"], "text": "abc", "number": [1, 2, 3],
    "empty": ["a", "b", ""], "long": ["a", "b", "c" * 101], "escape": ["a", "b", "\x1b[31m"],
    "line": ["a", "b", "c\nd"],
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_names_is_refused(name, folder):
    net = gp.Network([2, 3], seed=0)
    with pytest.raises(gp.NetworkError, match=r"^classes: expected "):
        net.classes = BAD[name]
    assert net.classes == ()
    net.classes = KINDS
    described = json.loads(net.architecture.to_json("float64")) | {"classes": BAD[name]}
    with pytest.raises(gp.ModelFileError, match="damaged: ") as caught:
        gp.models.architecture.from_json(json.dumps(described))
    assert str(caught.value).isprintable() and len(str(caught.value)) < 300


@pytest.mark.parametrize("cost", ["cross_entropy", "binary_cross_entropy", "hinge"])
def test_whole_floats_are_labels_for_costs_of_classes(cost, folder, capsys):
    x, y = gp.data.load("t.csv", note=str)
    np.savez("f.npz", x=x, y=y.astype(float))
    np.savez("i.npz", x=x, y=y)
    said = [call(capsys, "train", f"{k}.npz", "--cost", cost, "--epochs", "1") for k in "fi"]
    assert said[0][0] == said[1][0] == 0 and all(", 3 " in err for _, _, err in said)
    assert count_outputs(y.astype(float), "quadratic") == 1
    assert count_outputs(y + 0.5, cost) == count_outputs(y - 1.0, cost) == 1
