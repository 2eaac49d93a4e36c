"""Data for networks: MNIST inside the package, IDX files, tables.

Everything here gives features x of shape (n, features), one example a row, and targets y.
"""

from glassprop.data.digits import Mnist, mnist
from glassprop.data.examples import Examples
from glassprop.data.idx import read_idx, write_idx
from glassprop.data.loading import load

__all__ = ["mnist", "Mnist", "Examples", "load", "read_idx", "write_idx"]
