"""A place in a printed formula that moves from token to token."""

from __future__ import annotations

from glassprop.check.reader.tokens import Token, tokens
from glassprop.check.reader.tree import ReadingError


class Cursor:
    """Reads one text from left to right.

    Attributes:
        place: the number of the token that comes next.
        depth: how many sums are open.
        barred: whether the next bar closes |u|.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.place = 0
        self.depth = 0
        self.barred = False

    @property
    def now(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.place]

    @property
    def after(self) -> Token:
        """The token after it."""
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)]

    def next(self) -> Token:
        """Take a token, whatever it is."""
        token = self.now
        self.place = min(self.place + 1, len(self.tokens) - 1)
        return token

    def marked(self, kind: str) -> bool:
        """Whether a mark of some kind stands directly at what was read."""
        return self.now.kind == kind and not self.now.spaced

    def is_sign(self, *signs: str) -> bool:
        """Whether one of some signs comes next."""
        return self.now.kind == "sign" and self.now.text in signs

    def found(self, sign: str) -> bool:
        """Take a sign if it is there."""
        if not self.is_sign(sign):
            return False
        self.next()
        return True

    def take(self, *signs: str) -> Token:
        """Take one of some signs, which has to be there."""
        if not self.is_sign(*signs):
            raise self.wrong(f"expected {' or '.join(signs)}")
        return self.next()

    def wrong(self, what: str, back: int = 0) -> ReadingError:
        """The error at this place."""
        at = self.tokens[self.place + back].at
        return ReadingError(f"{what} at {self.text[at : at + 12]!r} in {self.text!r}")
