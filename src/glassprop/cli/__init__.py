"""The command line. What it needs is imported once signals are taken care of."""

from __future__ import annotations

import sys

from glassprop.cli import signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    The status is 0 if all went well, 2 for bad input and training that diverged, and 128 + the
    number of a signal that asked for an end: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """
    try:
        signals.take(main.__code__)
        from glassprop.cli.entry_point import run

        status = run(arguments)
        signals.let_go()
    except KeyboardInterrupt:
        signals.let_go()
        status = signals.status()
        signals.say()
    sys.exit(status)


__all__ = ["main"]
