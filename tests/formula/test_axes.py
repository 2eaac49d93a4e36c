import pytest

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axis, spell, union


def test_axes_are_equal_by_name_and_size():
    assert Axis("j", 3) == Axis("j", 3) != Axis("j", 4)
    assert Axis("n", "n") == Axis("n", "n")
    assert str(Axis("j'", 3)) == "j'"


@pytest.mark.parametrize(
    ("name", "size"), [("", 3), ("2", 3), ("a b", 3), ("j", 0), ("j", -1), ("j", "2n"), ("j", 2.0)]
)
def test_what_cannot_be_an_axis_is_refused(name, size):
    with pytest.raises(FormulaError):
        Axis(name, size)


def test_primed_takes_the_first_free_name():
    j = Axis("j", 3)
    assert j.primed(set()) is j
    assert j.primed({"j"}) == Axis("j'", 3)
    assert j.primed({"j", "j'"}) == Axis("j''", 3)
    assert Axis("j'", 3).primed(set()) == j


def test_union_keeps_the_order_of_appearance_and_refuses_two_sizes():
    i, j, k = Axis("i", 2), Axis("j", 3), Axis("k", 4)
    assert union([(j, i), (i, k)], "here") == (j, i, k)
    assert spell((j, i)) == "(j, i)" and spell(()) == "no axes"
    with pytest.raises(FormulaError, match="here: axis j has size 3 in one place and 5"):
        union([(j,), (Axis("j", 5),)], "here")
