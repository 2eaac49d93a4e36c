"""What takes part in a comparison."""

from __future__ import annotations

import numpy as np


class UnavailableError(Exception):
    """Says why an implementation cannot do a job here."""


class Trainer:
    """One implementation of a training job, ready to go through an epoch.

    Attributes:
        remark: what a reader should know about it.
        checked: whether it does the same work, and so has to arrive at the same weights.
        compiles_by_length: whether an order of another length is compiled for anew, so that what it
            took to be ready for a whole epoch is all in its first one.
        share: the part of an epoch that it goes through; its time is divided by that.
    """

    remark = ""
    checked = True
    compiles_by_length = False
    share = 1.0

    def tune(self, order: np.ndarray) -> None:
        """Choose what can be chosen, such as threads, by trials on a few mini-batches; not timed.

        Args:
            order: the order of these mini-batches.
        """

    def reset(self) -> None:
        """Go back to the initial weights and states; not timed."""
        raise NotImplementedError

    def arrange(self, order: np.ndarray) -> None:
        """Take the order of the next epochs, in whatever form suits; not timed."""
        self.order = order

    def epoch(self) -> None:
        """Go through the mini-batches in order; timed. Nothing is left undone when it returns."""
        raise NotImplementedError

    def weights(self) -> list[np.ndarray]:
        """W1, b1, W2, b2 and so on, W of shape (outputs, inputs)."""
        raise NotImplementedError
