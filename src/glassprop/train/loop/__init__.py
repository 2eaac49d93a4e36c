"""Epoch after epoch, by `fit` or by a loop of one's own; imports callbacks, checkpoints, run."""
