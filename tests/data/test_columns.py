"""Tables as pandas writes them, and others: what is taken for what, and how the user settles it."""

import warnings
from typing import Any

import numpy as np
import pytest

from glassprop.data import load
from glassprop.errors import DataError

A, B, Y = [0.5, 1.5, -2.5, 3.0], [7, 3, 3, 9], [0, 1, 1, 0]


def as_pandas(columns: dict[str, list[Any]], index: object = False, header: bool = True) -> str:
    """What DataFrame.to_csv writes: index is True, a list, or False."""
    labels = list(range(len(next(iter(columns.values()))))) if index is True else index
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    lines = [[*columns], *rows] if header else rows
    if labels:
        names = ["", *labels] if header else labels
        lines = [[name, *line] for name, line in zip(names, lines, strict=True)]
    return "".join(",".join(map(str, line)) + "\n" for line in lines)


def read(tmp_path, text, **options):
    """Features, targets, and all that was said."""
    (tmp_path / "t.csv").write_text(text)
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        x, y = load(tmp_path / "t.csv", note=notes.append, **options)
    return x, y, notes, [str(one.message) for one in caught]


def refused(tmp_path, text, **options) -> str:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        load(tmp_path / "t.csv", **options)
    message = str(caught.value)
    assert len(message.splitlines()) == 1 and "t.csv" in message
    return message


INDICES = {
    "none": False,
    "counting": True,
    "shuffled": [3, 0, 2, 1],
    "of a part": [17, 5, 90, 33],
    "dates": ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"],
    "words": ["Ann", "Bob", '"Lee, C"', ""],
}


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("target", ["y", "label", "Class", " target "])
@pytest.mark.parametrize("first", [False, True])
def test_what_pandas_writes_is_read_as_meant(tmp_path, index, target, first):
    columns = {"a": A, "b": B}
    columns = {target: Y, **columns} if first else {**columns, target: Y}
    x, y, notes, caught = read(tmp_path, as_pandas(columns, INDICES[index]))
    np.testing.assert_array_equal(x, np.column_stack([A, B]))
    assert y.tolist() == Y and y.dtype == np.int64
    assert not caught and len(notes) == 1
    place = (1 if first else 3) + (index != "none")
    reason = "by its name" if first or target != "y" else "the last one"
    assert f"header: line 1; target: column {place}, {target!r} ({reason})" in notes[0]
    assert ("ignored: column 1, without a name" in notes[0]) == (index != "none")
    assert ("say --target b for the last column" in notes[0]) == first


def test_without_a_listener_what_was_found_out_is_a_warning(tmp_path):
    (tmp_path / "t.csv").write_text(as_pandas({"label": Y, "a": A, "b": B}))
    with pytest.warns(UserWarning, match="target: column 1, 'label' .by its name."):
        load(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text(as_pandas({"a": A, "b": B, "y": Y}, True))
    with pytest.warns(UserWarning, match="ignored: column 1, without a name"):
        load(tmp_path / "t.csv")


@pytest.mark.parametrize("index", ["none", "counting", "words"])
@pytest.mark.parametrize("a", [A, B])
def test_a_header_of_numbers_is_no_example(tmp_path, index, a):
    x, y, _, caught = read(tmp_path, as_pandas({"0": a, "1": B, "2": Y}, INDICES[index]))
    np.testing.assert_array_equal(x, np.column_stack([a, B]))
    assert y.tolist() == Y
    assert len(caught) == 1 and "line 1 (0, 1, 2) is taken as a header" in caught[0]
    assert "--no-header" in caught[0]


def test_a_header_is_what_the_user_says(tmp_path):
    text = as_pandas({"0": B, "1": B, "2": Y})
    for header, count in ((True, 4), (False, 5)):
        x, _, notes, caught = read(tmp_path, text, header=header)
        assert len(x) == count and not caught
        assert ("no header" in notes[0]) == (not header)
    assert len(read(tmp_path, "1,2,0\n3,4,1\n", header=True)[0]) == 1
    assert "column 1: expected a finite number, found 'a'" in refused(
        tmp_path, "a,b\n1,2\n", header=False
    )


def test_an_index_without_a_header_is_asked_about(tmp_path):
    for index in (True, [5, 6, 7, 8]):
        text = as_pandas({"a": A, "b": B, "y": Y}, index, header=False)
        message = refused(tmp_path, text)
        assert "column 1 counts as an index does" in message
        assert "--ignore 1" in message and "--ignore ''" in message
        x, y, notes, caught = read(tmp_path, text, ignore=1)
        np.testing.assert_array_equal(x, np.column_stack([A, B]))
        assert y.tolist() == Y and not caught and "ignored: column 1" in notes[0]
        for none in ((), "", []):
            assert read(tmp_path, text, ignore=none)[0].shape == (4, 3)
        assert "counts as an index" in refused(tmp_path, text, features=2)
        assert read(tmp_path, text, features=4)[0].shape == (4, 4)
    shuffled = as_pandas({"a": 2 * A, "y": 2 * Y}, [3, 0, 2, 1, 7, 5, 4, 6], header=False)
    assert "counts as an index" in refused(tmp_path, shuffled)


@pytest.mark.parametrize("name", ["id", "Index", "Unnamed: 0", "level_0"])
def test_a_named_index(tmp_path, name):
    x, _, notes, caught = read(tmp_path, as_pandas({name: [4, 2, 9, 1], "a": A, "b": B, "y": Y}))
    if name == "level_0":  # nothing speaks for an index
        assert x.shape == (4, 3)
    elif name == "Unnamed: 0":
        assert x.shape == (4, 2) and not caught and "say --ignore ''" in notes[0]
    else:
        assert x.shape == (4, 3)  # too few rows to tell from a few of a kind
    x, _, _, caught = read(tmp_path, as_pandas({name: [4, 5, 6, 7], "a": A, "b": B, "y": Y}))
    assert x.shape == (4, 3 if name == "level_0" else 2)
    if name == "level_0":
        assert "counts as an index does (4, 5, 6, …): say --ignore level_0" in caught[0]
    kept = read(tmp_path, as_pandas({name: [4, 5, 6, 7], "a": A, "y": Y}), ignore=())
    assert kept[0].shape == (4, 2) and not kept[3]


def test_an_index_and_numbers_that_are_all_different_and_many(tmp_path):
    ids = [40, 12, 93, 7, 1, 66]
    columns = {"a": [*A, 1.0, 2.0], "PassengerId": ids, "id": ids, "y": [*Y, 1, 0]}
    x, _, notes, caught = read(tmp_path, as_pandas(columns))
    assert x.shape == (6, 2) and not notes and "column 3, 'id', is taken for an index" in caught[0]


def test_one_feature_that_counts_is_a_feature(tmp_path):
    x, y, _, caught = read(tmp_path, "0,5\n1,7\n2,9\n")
    assert x.ravel().tolist() == [0, 1, 2] and y.tolist() == [5, 7, 9] and not caught


TABLE = as_pandas({"a": A, "b": B, "c d": [4, 4, 5, 5], "y": Y})


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("b", B),
        (2, B),
        (-3, B),
        ("2", B),
        (np.int64(2), B),
        (["b"], B),
        (" b ", B),
        (["a", "b"], [list(map(float, row)) for row in zip(A, B, strict=True)]),
        ((), None),
        ("", None),
    ],
)
def test_the_target_is_what_the_user_says(tmp_path, target, found):
    x, y, notes, caught = read(tmp_path, TABLE, target=target)
    assert (None if y is None else y.tolist()) == found
    count = {None: 0}.get(found, 1) if not isinstance(found, list) else np.ndim(found)
    assert x.shape == (4, 4 - count)
    assert not caught and ("(as said)" in notes[0] or "no target" in notes[0])


def test_columns_are_ignored_by_name_and_number_and_need_not_be_numbers(tmp_path):
    words = as_pandas({"name": ["x", "y", "", "1_0"], "a": A, "b": B, "y": Y})
    for ignore in ("name", 1, ["name"], -4):
        x, y, notes, _ = read(tmp_path, words, ignore=ignore)
        np.testing.assert_array_equal(x, np.column_stack([A, B]))
        assert y.tolist() == Y and "ignored: column 1, 'name'" in notes[0]
    indexed = as_pandas({"name": A, "a": A, "b": B, "y": Y}, True)
    assert read(tmp_path, indexed, ignore="name")[0].shape == (4, 2)
    assert read(tmp_path, indexed, ignore=())[0].shape == (4, 4)
    short = words.replace(",0\n", "\n", 1)
    assert "line 2: expected 4 columns" in refused(tmp_path, short, ignore="name")


def test_a_name_goes_before_a_number(tmp_path):
    text = "2,0,1\n9,1,5\n8,0,5\n7,1,6\n"
    assert read(tmp_path, text, header=True, target="2")[1].tolist() == [9, 8, 7]
    assert read(tmp_path, text, header=True, target=2)[1].tolist() == [1, 0, 1]


BAD = {
    "unknown name": (TABLE, {"target": "bb"}, "target 'bb': no such column; did you mean 'b'?"),
    "zero": (TABLE, {"target": 0}, "target 0: no such column; expected a number from 1 to 4"),
    "beyond": (TABLE, {"target": 5}, "expected a number from 1 to 4"),
    "no header": ("1,2\n3,4\n", {"target": "b"}, "no header; give the number of a column, from 1"),
    "truth": (TABLE, {"target": True}, "expected the name of a column, or its number"),
    "float": (TABLE, {"ignore": 1.5}, "expected the name of a column, or its number"),
    "twice the name": ("a,b,a\n1,2,3\n", {"target": "a"}, "columns 1 and 3 have this name"),
    "both": (TABLE, {"target": "b", "ignore": "b"}, "the target and to be ignored"),
    "no features": (TABLE, {"ignore": [1, 2, 3]}, "found one column; add the target"),
    "all ignored": (TABLE, {"ignore": [1, 2, 3, 4]}, "leave features"),
    "two names": (
        "label,a,class\n1,2,3\n",
        {},
        "'label' and column 3, 'class': named as targets; say which",
    ),
    "words": ("y,a\ncat,1\ndog,2\n", {"target": 2}, "found 'cat'; put a number there (only the"),
    "truth values": ("y,a,label\nTrue,1,2\nFalse,2,3\n", {}, "found 'True'"),
    "several": ("label,a,b,c\n1,2,3,4\n", {"features": 2}, "say which column is the target"),
    "none": ("label,a\n1,2\n3,4\n", {"features": 2}, "--target '' for none"),
    "an example or names": ("0,1\n1,0\n", {}, "0, 1 may be names or an example; say --header"),
    "names or an example": ("5,6,7\n1,0,1\n", {}, "5, 6, 7 may be names or an example"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_told_is_asked(tmp_path, name):
    text, options, expected = BAD[name]
    assert expected in refused(tmp_path, text, **options)


def test_names_of_many_columns_do_not_flood_the_message(tmp_path):
    text = as_pandas({f"pixel{k}": A for k in range(500)})
    message = refused(tmp_path, text, target="pixle")
    assert len(message) < 200 + len(str(tmp_path)) and "'pixel0' to 'pixel499'" in message


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"label": Y, "pixel0": B}, ""),
        ({"a": B, "y": [1, 1, 1, 1]}, "the target is 1 in all examples"),
        ({"x": A, "y": B, "z": Y}, "column 2, 'y', is named as a target, too"),
        ({"t": [1, 2, 3, 4], "a": A, "y": Y}, "column 1, 't', counts as an index does (1, 2, 3"),
        ({"x": A, "y": Y}, ""),
    ],
)
def test_what_a_careful_person_asks_about_is_warned_of(tmp_path, columns, expected):
    text = as_pandas(columns)
    _, _, notes, caught = read(tmp_path, text)
    assert (len(notes), len(caught)) == ((0, 1) if expected else (1, 0))
    assert expected in (caught or notes)[0]
    settled = read(tmp_path, text, target=-1, ignore=(), header=True)
    assert not settled[3]


def test_options_for_tables_are_refused_elsewhere(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((3, 2)), y=np.arange(3))
    for options in ({"target": 1}, {"header": True}, {"ignore": ()}):
        for data in (tmp_path / "a.npz", "mnist"):
            with pytest.raises(DataError, match="are for tables"):
                load(data, **options)


def test_an_index_is_asked_about_where_other_columns_are_ignored(tmp_path):
    text = as_pandas(
        {
            "id": [0, 1, 2, 3, 4, 5],
            "a": [3, 1, 4, 1, 5, 9],
            "b": [2, 7, 1, 8, 2, 8],
            "y": [0, 1, 0, 1, 0, 1],
        }
    )
    x, _, _, caught = read(tmp_path, text, ignore="b")
    assert x.shape == (6, 2) and "counts as an index does" in caught[0]
