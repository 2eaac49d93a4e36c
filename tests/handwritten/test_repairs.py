"""Mistakes are found by what their repairs would give, in files that are written here."""

import ast

import pytest

from glassprop import diagnose_file
from glassprop.handwritten.repair.effects import Effects

SCRIPT = """
import numpy as np
def sigmoid(x): return 1 / (1 + np.exp(-x))
def fprime(y): return {slope}
rng = np.random.RandomState(2); {seed}
W1 = rng.uniform(-1, 1, (3, 5)); b1 = rng.uniform(-1, 1, 5)
W2 = rng.uniform(-1, 1, (5, 2)); b2 = rng.uniform(-1, 1, 2)
X = np.random.uniform(-1, 1, (8, 3)); Y = np.random.uniform(0, 1, (8, 2))
for i in range(40):
    h = np.tanh(X @ W1 + b1)
    out = h @ W2 + b2
    err = out - Y
    cost = 0.5 * np.sum(err ** 2) / 8; mean_error = np.mean(np.abs(Y - out))
    gW2 = h.T @ err / 8
    gb2 = {bias}
    d = (err @ W2.T) * fprime(h)
    gW1 = X.T @ d / 8
    gb1 = d.sum(axis=0) / 8
    W1 -= 0.1 * gW1; b1 -= 0.1 * {moved}
    W2 -= 0.1 * gW2; b2 -= 0.1 * gb2
"""
RIGHT = {
    "slope": "1 - y**2",
    "bias": "err.sum(axis=0) / 8",
    "moved": "gb1",
    "seed": "np.random.seed(4)",
}


def diagnosed(tmp_path, text):
    path = tmp_path / "net.py"
    path.write_text(text, encoding="utf-8")
    return diagnose_file(path, seconds=20, executors=1)


def line_of(text, part):
    return next(k for k, line in enumerate(text.split("\n"), 1) if part in line)


def test_the_script_is_right(tmp_path):
    assert diagnosed(tmp_path, SCRIPT.format(**RIGHT)).verdict == "right"


@pytest.mark.parametrize(
    ("change", "first", "part"),
    [
        ({"slope": "1 - y"}, "delta1", "def fprime"),
        ({"slope": "y * (1 - y)"}, "delta1", "def fprime"),
        ({"bias": "err.mean(axis=0) / 8"}, "db2", "gb2 ="),
        ({"moved": "d.sum(axis=0)"}, "db1", "W1 -="),
        ({"slope": "1 - y", "bias": "err.sum(axis=0)"}, "db2", "gb2 ="),
    ],
)
def test_a_mistake_is_named_with_its_line_and_its_repair(tmp_path, change, first, part):
    text = SCRIPT.format(**{**RIGHT, **change})
    found = diagnosed(tmp_path, text)
    assert (found.verdict, found.proved) == ("wrong", True), str(found)
    assert first in (found.first_wrong, *found.also), str(found)
    assert found.line == line_of(text, part), str(found)


MOMENTUM = """
import numpy as np
rng = np.random.RandomState(2)
W1, b1 = rng.uniform(-1, 1, (3, 5)), rng.uniform(-1, 1, 5)
W2, b2 = rng.uniform(-1, 1, (5, 2)), rng.uniform(-1, 1, 2)
P = [W1, b1, W2, b2]
V = [0 * p for p in P]
X, Y = rng.uniform(-1, 1, (20, 3)), rng.uniform(0, 1, (20, 2))
for epoch in range(20):
    for at in (0, 8, 16):  # the last mini-batch is smaller
        x, y = X[at : at + 8], Y[at : at + 8]
        h = np.tanh(x @ W1 + b1)
        err = h @ W2 + b2 - y
        n = len(x)
        cost = 0.5 * np.sum(err ** 2) / n + 0.3 / (2 * n) * (np.sum(W1 ** 2) + np.sum(W2 ** 2))
        d = (err @ W2.T) * (1 - h ** 2)
        G = [(x.T @ d + 0.3 * W1) / n, d.sum(0) / n, (h.T @ err + 0.3 * W2) / n, err.sum(0) / n]
        for k in range(4):
            V[k] = 0.9 * V[k] + 0.1 * G[k]
            P[k] {update}
"""


@pytest.mark.parametrize(
    ("update", "verdict"), [("-= 0.05 * V[k]", "right"), ("-= 0.05 * np.cbrt(V[k])", "unsure")]
)
def test_rules_with_a_memory_are_right_or_unknown_and_never_wrong(tmp_path, update, verdict):
    found = diagnosed(tmp_path, MOMENTUM.format(update=update))
    assert found.verdict == verdict, str(found)


ADAM = """
import numpy as np
rng = np.random.RandomState(2)
W1, b1 = rng.uniform(-1, 1, (3, 5)), rng.uniform(-1, 1, 5)
W2, b2 = rng.uniform(-1, 1, (5, 2)), rng.uniform(-1, 1, 2)
P = [W1, b1, W2, b2]
m, v = [0 * p for p in P], [0 * p for p in P]
X, Y = rng.uniform(-1, 1, (8, 3)), rng.uniform(0, 1, (8, 2))
G = [0 * p for p in P]
for t in range(1, 40):
    {zero}
    h = np.tanh(X @ W1 + b1)
    err = h @ W2 + b2 - Y
    cost = 0.5 * np.sum(err ** 2) / 8
    d = (err @ W2.T) * (1 - h ** 2)
    for k, g in enumerate([X.T @ d, d.sum(0), h.T @ err, err.sum(0)]):
        G[k] += g / 8
    for k in range(4):
        m[k] = 0.9 * m[k] + 0.1 * G[k]
        v[k] = 0.99 * v[k] + 0.01 * G[k] ** 2
        P[k] -= 0.01 * (m[k] / (1 - 0.9 ** t)) / (np.sqrt(v[k] / (1 - 0.99 ** t)) + 1e-8)
"""


@pytest.mark.parametrize(
    ("zero", "verdict"), [("G = [0 * p for p in P]", "right"), ("pass", "wrong")]
)
def test_gradients_that_are_never_zeroed_are_seen_behind_adam(tmp_path, zero, verdict):
    found = diagnosed(tmp_path, ADAM.format(zero=zero))
    assert found.verdict == verdict, str(found)


def test_what_changes_something_is_not_evaluated_beside_the_file():
    effects = Effects(
        ast.parse(
            "class Net:\n"
            "    def forward(self, x):\n        self.x = x\n        return x\n"
            "    def __call__(self, x): return self.forward(x)\n"
            "def slope(y): return 1 - y**2\n"
            "def relu_(z):\n    z[z < 0] = 0\n    return z\n"
        )
    )
    harmless = {
        text: effects.harmless(ast.parse(text, mode="eval"))
        for text in (
            "slope(y) * d", "np.dot(a, b.T)", "net.forward(x)", "net(x)", "relu_(z)", "a.pop()",
            "np.random.rand(3)", "np.add(a, b, out=c)", "len(a) + max(b)", "Net()",
        )
    }  # fmt: skip
    assert [text for text, one in harmless.items() if one] == [
        "slope(y) * d",
        "np.dot(a, b.T)",
        "len(a) + max(b)",
    ]
