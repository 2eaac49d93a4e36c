"""How often a checkpoint is written: every so many updates, or after some time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from glassprop.errors import NetworkError

_TEXT = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)?")
_SECONDS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
LONG = 1 << 62
"""More updates than are made."""


@dataclass(frozen=True)
class Interval:
    """Every so many updates, if that is not 0, or else every so many seconds."""

    updates: int = 0
    seconds: float = 0.0

    def is_due(self, made: int, last: int, passed: float) -> bool:
        """Whether it is over.

        Args:
            made: how many updates have been made.
            last: how many there were when a checkpoint was last written.
            passed: the seconds since then.
        """
        if self.updates:
            return made // self.updates > last // self.updates
        return made > last and passed >= self.seconds

    def left(self, made: int) -> int:
        """How many updates may be made until it has to be asked again."""
        return self.updates - made % self.updates if self.updates else LONG


def interval(every: object) -> Interval:
    """An interval as it is given: 1000 or "1000" for updates, "30s", "5m" or "2h" for a time.

    Raises:
        NetworkError: for anything else.
    """
    text = every if isinstance(every, str) else "" if isinstance(every, bool) else f"{every!r}"
    found = _TEXT.fullmatch(text.strip())
    if found is not None:
        number, unit = float(found[1]), found[2]
        if unit is not None:
            return Interval(seconds=number * _SECONDS[unit])
        if number >= 1 and number == int(number) and number < LONG:
            return Interval(updates=int(number))
    raise NetworkError(
        "checkpoints: expected how often, a number of updates such as 1000, or a time such as "
        f"'30s', '5m' or '2h'; got {every!r:.40}"
    )
