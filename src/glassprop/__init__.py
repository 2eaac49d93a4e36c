"""glassprop: backpropagation as a glass box; the derivation is the implementation.

Public names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # typing would be a third of what is loaded before signals are taken care of

__version__ = "0.1.0"

_HOMES = {
    "glassprop.loading": ("load",),
    "glassprop.network": ("Network",),
    "glassprop.models.layers": ("Dense",),
    "glassprop.models.activations": ("activation",),
    "glassprop.models.costs": ("cost",),
    "glassprop.models.update_rules": ("SGD", "Momentum", "Nesterov", "Adam", "AdamW"),
    "glassprop.derivation": ("Derivation", "derive", "diff"),
    "glassprop.chainrule.little_graph.scalars": ("scalars",),
    "glassprop.show.notation.notation": ("NOTATIONS", "Notation"),
    "glassprop.formula.user.language": (
        "dot",
        "sum",
        "mean",
        "size",
        "maximum",
        "logsumexp",
        "softmax",
        "where",
        "rename",
        "sigmoid",
        "tanh",
        "relu",
        "leaky_relu",
        "elu",
        "softplus",
        "silu",
        "gelu",
        "Phi",
        "phi",
        "exp",
        "log",
        "square",
        "abs",
        "max",
        "huber",
        "clip",
        "step",
        "sign",
        "equal",
        "sqrt",
        "power",
        "sin",
        "cos",
    ),
    "glassprop.train.progress.history": ("Epoch", "Evaluation", "History"),
    "glassprop.train.predictor": ("Predictor",),
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
    from typing import Any

    from glassprop import data as data
    from glassprop.chainrule.little_graph.scalars import scalars as scalars
    from glassprop.derivation import Derivation as Derivation
    from glassprop.derivation import derive as derive
    from glassprop.derivation import diff as diff
    from glassprop.errors import DataError as DataError
    from glassprop.errors import FormulaError as FormulaError
    from glassprop.errors import GlasspropError as GlasspropError
    from glassprop.errors import ModelFileError as ModelFileError
    from glassprop.errors import NetworkError as NetworkError
    from glassprop.formula.user.language import Phi as Phi
    from glassprop.formula.user.language import abs as abs
    from glassprop.formula.user.language import clip as clip
    from glassprop.formula.user.language import cos as cos
    from glassprop.formula.user.language import dot as dot
    from glassprop.formula.user.language import elu as elu
    from glassprop.formula.user.language import equal as equal
    from glassprop.formula.user.language import exp as exp
    from glassprop.formula.user.language import gelu as gelu
    from glassprop.formula.user.language import huber as huber
    from glassprop.formula.user.language import leaky_relu as leaky_relu
    from glassprop.formula.user.language import log as log
    from glassprop.formula.user.language import logsumexp as logsumexp
    from glassprop.formula.user.language import max as max
    from glassprop.formula.user.language import maximum as maximum
    from glassprop.formula.user.language import mean as mean
    from glassprop.formula.user.language import phi as phi
    from glassprop.formula.user.language import power as power
    from glassprop.formula.user.language import relu as relu
    from glassprop.formula.user.language import rename as rename
    from glassprop.formula.user.language import sigmoid as sigmoid
    from glassprop.formula.user.language import sign as sign
    from glassprop.formula.user.language import silu as silu
    from glassprop.formula.user.language import sin as sin
    from glassprop.formula.user.language import size as size
    from glassprop.formula.user.language import softmax as softmax
    from glassprop.formula.user.language import softplus as softplus
    from glassprop.formula.user.language import sqrt as sqrt
    from glassprop.formula.user.language import square as square
    from glassprop.formula.user.language import step as step
    from glassprop.formula.user.language import sum as sum
    from glassprop.formula.user.language import tanh as tanh
    from glassprop.formula.user.language import where as where
    from glassprop.loading import load as load
    from glassprop.models.activations import activation as activation
    from glassprop.models.costs import cost as cost
    from glassprop.models.layers import Dense as Dense
    from glassprop.models.update_rules import SGD as SGD
    from glassprop.models.update_rules import Adam as Adam
    from glassprop.models.update_rules import AdamW as AdamW
    from glassprop.models.update_rules import Momentum as Momentum
    from glassprop.models.update_rules import Nesterov as Nesterov
    from glassprop.network import Network as Network
    from glassprop.show.notation.notation import NOTATIONS as NOTATIONS
    from glassprop.show.notation.notation import Notation as Notation
    from glassprop.train.predictor import Predictor as Predictor
    from glassprop.train.progress.history import Epoch as Epoch
    from glassprop.train.progress.history import Evaluation as Evaluation
    from glassprop.train.progress.history import History as History


def __getattr__(name: str) -> Any:
    if name in _NAMES:
        return getattr(importlib.import_module(_NAMES[name]), name)
    if name in _MODULES:
        return importlib.import_module(f"glassprop.{name}")
    raise AttributeError(f"module 'glassprop' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
