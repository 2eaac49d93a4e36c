"""glassprop: backpropagation as a glass box; the derivation is the implementation.

Public names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "glassprop.network": ("Network", "load"),
    "glassprop.models.layers": ("Dense",),
    "glassprop.models.activations": ("activation",),
    "glassprop.models.costs": ("cost",),
    "glassprop.models.updates": ("SGD", "Momentum"),
    "glassprop.derivation": ("Derivation", "derive"),
    "glassprop.derive.scalars": ("scalars",),
    "glassprop.train.history": ("Epoch", "Evaluation", "History"),
    "glassprop.errors": (
        "DataError",
        "FormulaError",
        "GlasspropError",
        "ModelFileError",
        "NetworkError",
    ),
}
_NAMES = {name: home for home, names in _HOMES.items() for name in names}
_MODULES = ("data", "nielsen")

__all__ = ["__version__", *_NAMES, *_MODULES]

if TYPE_CHECKING:
    from glassprop import data as data
    from glassprop.derivation import Derivation as Derivation
    from glassprop.derivation import derive as derive
    from glassprop.derive.scalars import scalars as scalars
    from glassprop.errors import DataError as DataError
    from glassprop.errors import FormulaError as FormulaError
    from glassprop.errors import GlasspropError as GlasspropError
    from glassprop.errors import ModelFileError as ModelFileError
    from glassprop.errors import NetworkError as NetworkError
    from glassprop.models.activations import activation as activation
    from glassprop.models.costs import cost as cost
    from glassprop.models.layers import Dense as Dense
    from glassprop.models.updates import SGD as SGD
    from glassprop.models.updates import Momentum as Momentum
    from glassprop.network import Network as Network
    from glassprop.network import load as load
    from glassprop.train.history import Epoch as Epoch
    from glassprop.train.history import Evaluation as Evaluation
    from glassprop.train.history import History as History


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"glassprop.{name}")
    raise AttributeError(f"module 'glassprop' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
