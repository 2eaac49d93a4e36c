import pytest

from glassprop.data.tables.headers import decide
from glassprop.errors import DataError

NAMES, NUMBERS, ASKED = "a header", "an example", "asked"
CASES = [
    ("a,b,c", "1,2,3", NAMES, ""),
    ("a,b,c", None, NAMES, ""),
    ("", "1", NAMES, ""),
    (",a,b", "0,1,2", NAMES, ""),
    ("0.5,1,2", "1,2,3", NUMBERS, ""),
    ("1,2,0", "3,4,1", NUMBERS, ""),
    ("0,1,2", "0.5,1,2", NAMES, NAMES),  # pandas writes a column of fractions with points
    ("0,1,2", "5,1,cat", NAMES, NAMES),
    ("0,1,2", "5,,1", NAMES, NAMES),
    ("0,1,2", "5,1,2", NAMES, NAMES),
    ("0,1,2", "3,4,5", NUMBERS, NUMBERS),  # a range of numbers goes on
    ("0.0,1.0,2.0", "5,1,2", NUMBERS, NUMBERS),
    ("0,2,3", "5,1,2", NUMBERS, NUMBERS),
    ("3,2,1,0", "5,1,2,4", NUMBERS, NUMBERS),
    ("4,2,9", "5,1,2", NUMBERS, ""),
    ("00,1,2", "5,1,2", NAMES, NAMES),
    ("2019,2020,2021", "0.1,4,5", NAMES, NAMES),
    ("2019,2020,2021", "1,4,5", ASKED, ""),
    ("0,1", "0.5,1", NAMES, NAMES),
    ("0,1", "5,1", ASKED, ""),
    ("1,2", "5,1", NUMBERS, ""),
    ("1,2", "0.5,1", NUMBERS, ""),
    ("0", "5", ASKED, ""),
    ("0", "0.5", NAMES, NAMES),
    ("0", "1", NUMBERS, NUMBERS),
    ("0", None, NUMBERS, ""),
    (",0,1,2", "0,5,1,2", NAMES, NAMES),
    (",0", "0,5", NAMES, NAMES),
    (",5,9", "0,5,1", NUMBERS, ""),
    ("label,0,1", "5,1,2", NAMES, NAMES),
    ("label,0,1", "cat,1,2", NUMBERS, ""),
    ("1,b", "2,3", NUMBERS, ""),
    ("5,6,cat", "7,3,dog", NUMBERS, ""),
    ("1,2,", "3,4,", NUMBERS, ""),
    ("nan,nan", "1,2", NUMBERS, ""),
    ("9" * 5000 + ",1", "1,2", NUMBERS, ""),
    ("0,1,2", "9" * 5000 + ",1,2", NAMES, NAMES),
]


@pytest.mark.parametrize(("first", "second", "found", "doubt"), CASES)
def test_what_the_first_line_is(first, second, found, doubt):
    below = None if second is None else second.split(",")

    def decided(said=None):
        return decide(first.split(","), below, said, "t.csv, line 3")

    if found == ASKED:
        with pytest.raises(DataError, match=r"t\.csv, line 3: .* say --header .* --no-header"):
            decided()
    else:
        header = decided()
        assert header.found == (found == NAMES)
        assert (doubt or "") in header.doubt and bool(header.doubt) == bool(doubt)
        assert not doubt or header.doubt.startswith("line 3 (")
        option = "--no-header" if found == NAMES else "--header"
        assert not doubt or f"say {option} if" in header.doubt
    assert decided(True) == (True, "") and decided(False) == (False, "")
