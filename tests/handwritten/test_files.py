"""What a file can be: empty, broken, of another time, without end, or hostile."""

import json
import os
import textwrap

import numpy as np
import pytest

from glassprop import DataError, diagnose_file

XOR = """
import numpy as np
np.random.seed(3)
X = np.array([[0.1, 1.2], [-0.3, 0.4], [0.9, -0.8], [1.1, 0.6]])
Y = np.array([[0.0], [1.0], [1.0], [0.0]])
W1, b1 = np.random.randn(2, 3), np.zeros((1, 3))
W2, b2 = np.random.randn(3, 1), np.zeros((1, 1))
for step in range(200):
    A1 = np.tanh(X @ W1 + b1)
    A2 = 1 / (1 + np.exp(-(A1 @ W2 + b2)))
    loss = np.sum((A2 - Y) ** 2) / 2
    D2 = (A2 - Y) * A2 * (1 - A2)
    D1 = D2 @ W2.T * (1 - A1 ** 2)
    W2 -= 0.3 * A1.T @ D2
    b2 -= 0.3 * D2.sum(axis=0, keepdims=True)
    W1 -= 0.3 * X.T @ D1
    b1 -= 0.3 * D1.sum(axis=0, keepdims=True)
"""


@pytest.fixture
def file(tmp_path):
    def write(text, name="net.py"):
        path = tmp_path / name
        data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
        path.write_bytes(data)
        return path

    return write


def diagnosed(path, **settings):
    return diagnose_file(path, executors=1, **settings)


def test_a_right_program_is_right(file):
    found = diagnosed(file(XOR))
    assert found.verdict == "right"
    assert found.network == "2 inputs, 3 tanh, 1 sigmoid; the squared error"


MISTAKES = [
    ("D1 = D2 @ W2.T * (1 - A1 ** 2)", "D1 = D2 @ W2.T", "delta1", 13),
    ("* A2 * (1 - A2)", "", "delta2", 12),
    ("(1 - A1 ** 2)", "(1 - A1)", "delta1", 13),
    ("(1 - A1 ** 2)", "A1 * (1 - A1)", "delta1", 13),
    ("W1 -= 0.3 * X.T @ D1", "W1 -= 0.3 * X.T @ D1 / 4", "dW1", 16),
    ("b1 -= 0.3 * D1.sum(axis=0, keepdims=True)", "b1 -= 0.3 * D1.sum()", "db1", 17),
    ("W2 -= 0.3 * A1.T @ D2", "W2 += 0.3 * A1.T @ D2", "update", 14),
]


@pytest.mark.parametrize("was, becomes, name, line", MISTAKES)
def test_a_planted_mistake_is_named_and_mended(file, was, becomes, name, line):
    assert was in XOR
    found = diagnosed(file(XOR.replace(was, becomes)), seconds=30)
    assert found.verdict == "wrong"
    assert name in (found.first_wrong, *found.also), str(found)
    assert found.line == line, str(found)
    assert found.proved
    assert "line" in str(found) and found.patch.startswith("--- a/net.py")


def test_hints_tell_so_much_and_no_more(file):
    found = diagnosed(file(XOR.replace(" * (1 - A1 ** 2)", "")), seconds=30)
    assert "line" not in found.record(2) and found.record(3)["line"] == 13
    assert "repair" not in found.record(3) and found.record(4)["repair"]
    assert "kind" not in found.record(1) and found.record(1)["first_wrong"] == "delta1"


def test_weights_that_are_changed_too_early_are_seen(file):
    lines = XOR.strip().split("\n")
    early = lines.index("    W2 -= 0.3 * A1.T @ D2")
    lines.insert(early - 1, lines.pop(early))
    found = diagnosed(file("\n".join(lines)), seconds=30)
    assert found.verdict == "wrong" and found.proved
    assert {found.first_wrong, *found.also} & {"dA1", "delta1", "update"}


def test_definitions_that_nothing_calls_are_called(file):
    body = XOR.strip().split("\n")
    net = [
        "import numpy as np", "class Net:", "    def __init__(self, sizes):",
        "        self.W = [np.random.randn(m, n) for n, m in zip(sizes, sizes[1:])]",
        "        self.b = [np.random.randn(m, 1) for m in sizes[1:]]",
        "    def backprop(self, x, y):", "        a, acts = x, [x]",
        "        for w, b in zip(self.W, self.b):", "            a = np.tanh(w @ a + b)",
        "            acts.append(a)", "        delta = (a - y) * (1 - a**2)",
        "        gw = [None] * len(self.W)", "        gb = [None] * len(self.W)",
        "        for k in range(len(self.W) - 1, -1, -1):", "            gb[k] = delta",
        "            gw[k] = delta @ acts[k].T", "            if k:",
        "                delta = self.W[k].T @ delta * (1 - acts[k]**2)",
        "        return gb, gw",
    ]  # fmt: skip
    assert body
    found = diagnosed(file("\n".join(net)))
    assert found.verdict == "right", str(found)
    wrong = [line.replace(" * (1 - acts[k]**2)", "") for line in net]
    wrong += ["if __name__ == '__main__':", "    print('nothing is lost')"]
    found = diagnosed(file("\n".join(wrong)), seconds=30)
    assert found.verdict == "wrong" and found.proved, str(found)
    kept = found.repaired.split("\n")
    assert len(kept) == len(wrong)
    assert [k for k, line in enumerate(wrong, 1) if kept[k - 1] != line] == [found.line]


def test_an_empty_file_is_refused(file):
    with pytest.raises(DataError, match="empty"):
        diagnosed(file("\n\n"))


def test_a_syntax_error_is_shown_with_its_line(file):
    with pytest.raises(DataError, match=r"line 3: Python cannot read this.*x = = 2"):
        diagnosed(file("a = 1\nb = 2\nx = = 2\n"))


def test_bytes_are_no_program(file):
    with pytest.raises(DataError, match="has bytes that no text has"):
        diagnosed(file(b"\x00\x01\x02\x00" * 40))


def test_a_damaged_notebook_is_refused(file):
    with pytest.raises(DataError, match="no notebook"):
        diagnosed(file("{'cells': [", "a.ipynb"))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        diagnosed(tmp_path / "nothing.py")


def test_a_notebook_says_cell_and_line(file):
    first, second = XOR.strip().split("for step", 1)
    cells = [
        {"cell_type": "markdown", "source": ["# XOR"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", first]},
        {"cell_type": "code", "source": ["for step" + second.replace(" * (1 - A1 ** 2)", "")]},
    ]
    found = diagnosed(file(json.dumps({"cells": cells}), "n.ipynb"), seconds=30)
    assert (found.verdict, found.cell, found.line) == ("wrong", 2, 6)
    assert any("magics" in note for note in found.notes)


def test_python_2_is_translated(file):
    found = diagnosed(file(XOR + "    print 'loss', loss\n" + "for k in xrange(2):\n    print k\n"))
    assert found.verdict == "right"
    assert any("Python 2" in note for note in found.notes)


def test_other_encodings_are_read(file):
    latin = "# -*- coding: latin-1 -*-\n# réseau\n" + XOR
    assert diagnosed(file(latin.encode("latin-1"))).verdict == "right"
    assert diagnosed(file(XOR.encode("utf-16"))).verdict == "right"


def test_a_missing_package_is_named(file):
    found = diagnosed(file("import a_package_that_is_not_there\n" + XOR))
    assert found.verdict == "unsure"
    assert "a_package_that_is_not_there" in found.words[0] and "line 1" in found.words[0]


def test_its_own_error_is_shown_with_its_line(file):
    found = diagnosed(file("import numpy as np\nA = np.ones((2, 3)) @ np.ones((2, 3))\n"))
    assert found.verdict == "unsure" and "line 2" in found.words[0] and "matmul" in found.words[0]


def test_input_plots_and_missing_data_are_stood_in_for(file):
    head = (
        "import matplotlib.pyplot as plt\nfrom tqdm import tqdm\nname = input('name? ')\n"
        "import numpy as np\ndata = np.loadtxt('data/train.csv', delimiter=',')\n"
        "fig, ax = plt.subplots()\nax.plot(data[:, 1])\nplt.show()\n"
    )
    found = diagnosed(file(head + XOR))
    assert found.verdict == "right"
    said = " ".join(found.notes)
    assert "train.csv" in said and "input" in said


HOSTILE = {
    "fork": ("import os\nfor k in range(10000):\n    os.fork()\n", "starts another process"),
    "shell": ("import os\nos.system('touch ../touched')\n", "starts another process"),
    "kill": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n", "sends a signal"),
    "delete": ("import os\nos.remove({target!r})\n", "deletes"),
    "tree": ("import shutil\nshutil.rmtree({folder!r})\n", "deletes"),
    "write": ("open({target!r}, 'w').write('x')\n", "writes the file"),
    "socket": ("import socket\ns = socket.socket()\ns.connect(('127.0.0.1', 9))\n", "network"),
    "library": ("import ctypes\nctypes.CDLL(None).abort()\n", "machine code"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_a_file_may_not_do_is_refused_and_said(file, tmp_path, what):
    target = tmp_path / "precious.txt"
    target.write_text("precious")
    text, said = HOSTILE[what]
    found = diagnosed(file(text.format(target=str(target), folder=str(tmp_path))))
    assert found.verdict == "unsure"
    assert any(said in one for one in found.refused), str(found)
    assert target.read_text() == "precious" and not (tmp_path / "touched").exists()


@pytest.mark.parametrize(
    "text, said",
    [
        ("while True:\n    pass\n", "end"),
        ("import numpy as np\na = np.ones(100_000_000_000)\n", "emory|llocate"),
        ("while True:\n    print('x' * 10000)\n", "end"),
        ("x = []\nwhile True:\n    x.append('y' * 10_000_000)\n", "emory|end"),
        ("import os\nos._exit(3)\n", "ended|crashed"),
        (
            "with open('big', 'wb') as f:\n    while True:\n        f.write(b'0' * 1000000)\n",
            "large",
        ),
    ],
)
def test_what_has_no_end_is_ended_and_said(file, text, said):
    found = diagnosed(file(text))
    assert found.verdict == "unsure"
    import re

    assert re.search(said, " ".join([*found.words, *found.notes])), str(found)


def test_what_ran_leaves_nothing_behind(file, tmp_path):
    before = set(os.listdir(tmp_path))
    path = file("open('left.txt', 'w').write('x')\n" + XOR)
    assert diagnosed(path).verdict == "right"
    assert set(os.listdir(tmp_path)) == before | {"net.py"}


def test_random_numbers_are_seeded(file):
    text = XOR.replace("np.random.seed(3)\n", "")
    first, second = (
        diagnosed(file(text.replace(" * (1 - A1 ** 2)", "")), seconds=30) for _ in "ab"
    )
    assert first.theirs == second.theirs and first.proved and second.proved
    assert np.isfinite(first.right).all()
