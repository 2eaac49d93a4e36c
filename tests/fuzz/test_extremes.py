"""Formulas of the stated class, far from zero and near it: some of what the command draws."""

import random

import pytest

from .draw import extreme, extreme_cost
from .extremes import Account, examine
from .probes import probe
from .stated_class import belongs
from .written import read

DTYPES = ("float64", "float32")
WRONG = 2


@pytest.mark.parametrize(("draw", "count"), [(extreme, 50), (extreme_cost, 6)])
def test_none_is_wrong(draw, count):
    account = Account()
    for number in range(count):
        examine(draw(random.Random(f"in class/{number}")), account, DTYPES, 0, WRONG)
    assert account.formulas == count
    assert account.faults == {}, str(account)


def test_one_that_is_wrong_is_found(monkeypatch):
    account = Account()
    for rewriting in ("without_overflow", "stabilised"):
        name = f"glassprop.formula.user.custom_functions.{rewriting}"
        monkeypatch.setattr(name, lambda root: root)
    examine(read("z * exp(-z) / (1 + exp(-z))"), account, DTYPES, 0, WRONG)
    assert account.kinds


def _belongs(text, x, dtype="float64", digits=True):
    made = probe(read(text), dtype)
    return belongs(made.root, made.exact(x), made.names(x), dtype, digits)


def test_what_belongs_to_the_class():
    assert _belongs("z / (1 + exp(-z))", -800.0)
    assert not _belongs("exp(-exp(z))", 800.0)  # an exponent that is infinite
    assert not _belongs("z / (exp(z) - 1)", 1e-8)  # a sum that cancels
    assert not _belongs("exp(1 - z) / (1 + exp(-z))", 1e6, "float32")  # exponents without digits
    assert not _belongs("sigmoid(z) + z**4", 1e10, "float32")  # a part that is too large
    assert not _belongs("tanh(log(z))", 1e-8) and _belongs("tanh(log(z))", 1e-8, digits=False)
