"""The command line."""

from glassprop.app.entry import main

__all__ = ["main"]
