"""Long formulas of LaTeX over several lines."""

from __future__ import annotations

import pytest

from glassprop.show.formulas.latex_breaks import broken, pieces, width


def test_breaks_before_signs_outside_of_braces():
    text = r"a = b + \frac{c + d}{e} - \left(f + g\right) \cdot h"
    assert pieces(text) == ["a", "= b", r"+ \frac{c + d}{e}", r"- \left(f + g\right)", r"\cdot h"]
    assert " ".join(pieces(text)) == text
    assert pieces("-a + b") == ["-a", "+ b"]


@pytest.mark.parametrize("count", [1, 5, 60])
def test_lines_are_no_wider_than_they_may_be(count):
    text = "C = " + " + ".join(rf"W^{{{k}}}_{{ij}} \cdot 0.123" for k in range(count))
    lines = broken(text, 40.0)
    assert " ".join(lines) == text
    assert all(width(line) <= 40 for line in lines)
    assert (len(lines) == 1) == (count == 1)


def test_widths_are_about_right():
    assert width("abc") == 3
    assert width(r"\frac{a b c d}{e}") == 4
    assert width("x_{ijkl}") < width("xijkl")
    assert width(r"\sum_{i} a") > 2
