"""The errors that a user can meet: one line each, in the user's terms.

Every message names the thing, what was expected, what came, and what to do. Of what came it quotes
a line at most.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

QUOTED = 80
"""The longest quotation in a message."""
WORD = 300
"""The longest word: paths are words, and are worth saying in full."""
MESSAGE = 1200
_QUOTATION = re.compile(
    r"""(?<!\w)(?P<mark>['"])(?P<text>(?:(?!(?P=mark))[^\\]|\\.)*)(?P=mark)(?!\w)"""
)
_ITEM = r"""(?:[-+]?\d[\d.e+-]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_SEQUENCE = re.compile(rf"(?<![(\[{{])[(\[{{]+{_ITEM}(?:[)\]}}]*[,:\s]\s*[(\[{{]*{_ITEM})+[)\]}}]*")
"""What is written as Python writes numbers and texts in brackets, such as a shape."""
_WORD = re.compile(rf"\S{{{WORD + 1},}}")


class GlasspropError(ValueError):
    """Anything that glassprop refuses; the command line prints it and exits with status 2."""

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(shortened(message)))


class FormulaError(GlasspropError):
    """A formula that means nothing: mixed axes, a free index, an unknown name."""


class NetworkError(GlasspropError):
    """A network, layer, cost or training setting that cannot be built or used."""


class DataError(GlasspropError):
    """Data that a network, a reader or a training run cannot take."""


class GradientError(GlasspropError, AssertionError):
    """A gradient that is wrong, or cannot be judged; an AssertionError for tests."""

    def __init__(self, message: str = "") -> None:
        super(GlasspropError, self).__init__(printable(message, keep="\n"))


class ModelFileError(GlasspropError):
    """A file that is not a whole, readable glassprop model."""


def shown(path: object) -> str:
    """A path as it stands in a message; quoted and escaped where it would break the line."""
    text = str(path)
    return text if text.isprintable() and text.strip() else repr(text)


def printable(text: str, keep: str = "") -> str:
    """A text for people, in which what would steer a terminal stands as an escape.

    Names and texts out of files may hold such characters, and some that reverse what follows.

    Args:
        text: anything.
        keep: characters that stay as they are, such as the end of a line.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)


def shortened(message: str) -> str:
    """A message whose quotations, sequences and words are no longer than a person reads."""
    if len(message) <= QUOTED:
        return message

    def cut(found: re.Match[str]) -> str:
        return found[0] if len(found[0]) <= QUOTED else _middle_out(found[0], QUOTED)

    def quotation(found: re.Match[str]) -> str:
        mark, text = found["mark"], found["text"]
        return found[0] if len(text) <= QUOTED else mark + _middle_out(text, QUOTED) + mark

    message = _SEQUENCE.sub(cut, message)
    message = _QUOTATION.sub(quotation, message)
    message = _WORD.sub(cut, message)
    return message if len(message) <= MESSAGE else _middle_out(message, MESSAGE)


def _middle_out(text: str, length: int) -> str:
    """The beginning and the end of a text."""
    end = length // 4
    return f"{text[: length - end - 1]}…{text[-end:]}"


ELSEWHERE = {
    "mse": "quadratic",
    "mean_squared_error": "quadratic",
    "squared_error": "quadratic",
    "l2_loss": "quadratic",
    "mae": "absolute",
    "l1": "absolute",
    "l1_loss": "absolute",
    "mean_absolute_error": "absolute",
    "smooth_l1": "huber",
    "bce": "binary_cross_entropy",
    "log_loss": "binary_cross_entropy",
    "logloss": "binary_cross_entropy",
    "ce": "cross_entropy",
    "nll": "cross_entropy",
    "log_likelihood": "cross_entropy",
    "categorical_crossentropy": "cross_entropy",
    "sparse_categorical_crossentropy": "cross_entropy",
    "svm": "hinge",
    "logistic": "sigmoid",
    "swish": "silu",
    "linear": "identity",
    "none": "identity",
    "lrelu": "leaky_relu",
    "gd": "sgd",
    "gradient_descent": "sgd",
    "nag": "nesterov",
    "gaussian": "normal",
    "lecun": "fan_in",
}
"""Names of other libraries and books, and what is nearest to them here."""


def nearest(name: str, known: Iterable[str]) -> str:
    """End of a message about an unknown name: the nearest known name, or all of them."""
    names = list(known)
    plain = re.sub(r"[\s-]+", "_", str(name).strip().lower())
    elsewhere = ELSEWHERE.get(plain)
    if elsewhere in names:
        return f"did you mean {elsewhere!r}? Known: {_listed(names)}"
    folded = {other.lower(): other for other in reversed(names)}
    close = difflib.get_close_matches(plain[:QUOTED], folded, n=1, cutoff=0.5)
    if close:
        return f"did you mean {folded[close[0]]!r}? Known: {_listed(names)}"
    return f"known: {_listed(names)}"


def _listed(names: Sequence[str], most: int = 330) -> str:
    """Names with commas, and how many more there are where they would fill more than a message."""
    kept, length = 0, 0
    while kept < len(names) and length + len(names[kept]) + 2 <= most:
        length += len(names[kept]) + 2
        kept += 1
    more = len(names) - kept
    return ", ".join(names[:kept]) + (f" and {more} more" if more else "")


def clipped(text: str, most: int = 60) -> str:
    """A text on one line, cut where it is longer than a message should quote."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."
