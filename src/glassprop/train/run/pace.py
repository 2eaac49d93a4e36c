"""How long the pieces of an epoch are, and whether all threads or one work on them.

No bit may depend on either. What goes on from one piece to the next is in parameters, states and
arguments, and each entry is computed by one thread in one order, however many there are; tests go
through epochs at other paces and with other crews.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PIECE = 0.1
"""Seconds between looks at Ctrl-C and at the progress bar."""
FIRST, AGAIN = 0.3, 3.0
"""Seconds of work after which the other way is tried, first and from then on."""
SHARE = 4
"""Part of a piece that is gone through for that: 1 to 3 % of the time are spent on trials."""
GAIN = 0.93
"""What the other way may take at most to be taken; less is noise."""


class Pace:
    """Where an epoch is interrupted: after about a tenth of a second.

    Attributes:
        batches: how many mini-batches the next piece has.
    """

    def __init__(self) -> None:
        self.batches = 1

    def took(self, seconds: float, batches: float) -> None:
        """Make the next piece about as long as wanted, at most eight times as long as this one."""
        more = min(8.0, PIECE / max(seconds, 1e-9))
        self.batches = max(1, int(batches * more))


@dataclass
class Crew:
    """Whether several threads share the mini-batches, or one does better alone.

    Where two “cores” are one, or other programs hold the rest, threads that wait for each other
    bring nothing. So now and then a part of a piece is gone through the other way, and the way that
    took less for a mini-batch goes on.

    Attributes:
        alone: whether one thread works alone.
        seconds: what a mini-batch took lately, together and alone.
        since: seconds of work since the other way was tried.
        trying: whether the piece under way tries the other way.
    """

    alone: bool = False
    seconds: dict[bool, float] = field(default_factory=dict[bool, float])
    since: float = 0.0
    trying: bool = False

    def next(self, batches: int) -> tuple[bool, int]:
        """Whether one thread is to work alone on the next piece, and its mini-batches."""
        self.trying = self.since > (FIRST if len(self.seconds) < 2 else AGAIN)
        if not self.trying:
            return self.alone, batches
        return not self.alone, max(1, batches // SHARE)

    def took(self, seconds: float, batches: float) -> None:
        """What the piece took."""
        way = self.alone != self.trying
        each, before = seconds / batches, self.seconds.get(way)
        self.seconds[way] = each if before is None else (before + each) / 2
        self.since = 0.0 if self.trying else self.since + seconds
        other = self.seconds.get(not self.alone)
        if other is not None and other < GAIN * self.seconds[self.alone]:
            self.alone = not self.alone
