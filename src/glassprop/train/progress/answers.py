"""What a user's function says by what it returns: whether training is to end."""

from __future__ import annotations

import warnings

import numpy as np


class Answers:
    """Of the functions that are called after each epoch.

    Args:
        of: what they were given as, such as "progress".
    """

    def __init__(self, of: str) -> None:
        self.of, self.warned = of, False

    def stop(self, returned: object, depth: int) -> bool:
        """Whether an answer ends training; what means nothing is warned of once.

        Args:
            returned: by the function.
            depth: how many calls the user's own line is away.
        """
        if isinstance(returned, (bool, np.bool_)) or returned is None:
            return bool(returned)
        if isinstance(returned, str) and returned == "stop":
            return True
        if not self.warned:  # it may be by chance, as with a file's write, and must not end a run
            self.warned = True
            shown = f"{returned!r:.40}" if isinstance(returned, (str, int, float)) else ""
            warnings.warn(
                f"{self.of}: the function returned {shown or type(returned).__name__}, which is "
                "passed over; True or 'stop' ends training, None or False goes on",
                stacklevel=depth + 1,
            )
        return False
