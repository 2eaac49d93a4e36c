"""glassprop: backpropagation as a glass box; the derivation is the implementation.

Public names are loaded when first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # typing would be a third of what is loaded before signals are taken care of

__version__ = "0.1.0"

_HOMES = {
    "glassprop.loading": "load",
    "glassprop.network": "Network",
    "glassprop.models.layers": "Dense",
    "glassprop.models.activations": "activation",
    "glassprop.models.costs": "cost",
    "glassprop.models.update_rules": "SGD Momentum Nesterov Adam AdamW SGDW",
    "glassprop.models.updates.adaptive_rules": "AdaGrad RMSProp NAdam RProp",
    "glassprop.models.updates.own_rules": "update_rule",
    "glassprop.models.updates.schedules": (
        "Schedule schedule step_decay exponential_decay cosine one_cycle inverse_sqrt"
    ),
    "glassprop.derivation": "Derivation derive diff",
    "glassprop.chainrule.little_graph.scalars": "scalars",
    "glassprop.show.notation.notation": "NOTATIONS Notation",
    "glassprop.formula.user.language": (
        "dot sum mean size maximum logsumexp softmax where rename sigmoid tanh relu leaky_relu "
        "elu softplus silu gelu Phi phi exp log square abs max huber clip step sign equal sqrt "
        "power sin cos minimum floor"
    ),
    "glassprop.train.progress.history": "Epoch Evaluation History",
    "glassprop.train.callbacks.early_stopping": "EarlyStopping",
    "glassprop.train.callbacks.csv_log": "CSVLog",
    "glassprop.train.checkpoints.checkpoint": "Checkpoint",
    "glassprop.train.loop.training": "Training",
    "glassprop.train.predictor": "Predictor",
    "glassprop.check.gradients.check_gradient": "check_gradient",
    "glassprop.check.gradients.gradient_check": "GradientCheck",
    "glassprop.checking": "assert_gradients",
    "glassprop.handwritten.diagnosing": "diagnose_file",
    "glassprop.handwritten.file_diagnosis": "FileDiagnosis",
    "glassprop.errors": (
        "DataError FormulaError GlasspropError GradientError ModelFileError NetworkError"
    ),
}
_NAMES = {name: home for home, names in _HOMES.items() for name in names.split()}
_MODULES = ("data", "nielsen")

__all__ = ["__version__", *_NAMES, *_MODULES]

if TYPE_CHECKING:
    from typing import Any

    from glassprop import data as data
    from glassprop.chainrule.little_graph.scalars import scalars as scalars
    from glassprop.check.gradients.check_gradient import check_gradient as check_gradient
    from glassprop.check.gradients.gradient_check import GradientCheck as GradientCheck
    from glassprop.checking import assert_gradients as assert_gradients
    from glassprop.derivation import Derivation as Derivation
    from glassprop.derivation import derive as derive
    from glassprop.derivation import diff as diff
    from glassprop.errors import DataError as DataError
    from glassprop.errors import FormulaError as FormulaError
    from glassprop.errors import GlasspropError as GlasspropError
    from glassprop.errors import GradientError as GradientError
    from glassprop.errors import ModelFileError as ModelFileError
    from glassprop.errors import NetworkError as NetworkError
    from glassprop.formula.user.language import *  # noqa: F403
    from glassprop.handwritten.diagnosing import diagnose_file as diagnose_file
    from glassprop.handwritten.file_diagnosis import FileDiagnosis as FileDiagnosis
    from glassprop.loading import load as load
    from glassprop.models.activations import activation as activation
    from glassprop.models.costs import cost as cost
    from glassprop.models.layers import Dense as Dense
    from glassprop.models.update_rules import SGD as SGD
    from glassprop.models.update_rules import SGDW as SGDW
    from glassprop.models.update_rules import Adam as Adam
    from glassprop.models.update_rules import AdamW as AdamW
    from glassprop.models.update_rules import Momentum as Momentum
    from glassprop.models.update_rules import Nesterov as Nesterov
    from glassprop.models.updates.adaptive_rules import AdaGrad as AdaGrad
    from glassprop.models.updates.adaptive_rules import NAdam as NAdam
    from glassprop.models.updates.adaptive_rules import RMSProp as RMSProp
    from glassprop.models.updates.adaptive_rules import RProp as RProp
    from glassprop.models.updates.own_rules import update_rule as update_rule
    from glassprop.models.updates.schedules import Schedule as Schedule
    from glassprop.models.updates.schedules import cosine as cosine
    from glassprop.models.updates.schedules import exponential_decay as exponential_decay
    from glassprop.models.updates.schedules import inverse_sqrt as inverse_sqrt
    from glassprop.models.updates.schedules import one_cycle as one_cycle
    from glassprop.models.updates.schedules import schedule as schedule
    from glassprop.models.updates.schedules import step_decay as step_decay
    from glassprop.network import Network as Network
    from glassprop.show.notation.notation import NOTATIONS as NOTATIONS
    from glassprop.show.notation.notation import Notation as Notation
    from glassprop.train.callbacks.csv_log import CSVLog as CSVLog
    from glassprop.train.callbacks.early_stopping import EarlyStopping as EarlyStopping
    from glassprop.train.checkpoints.checkpoint import Checkpoint as Checkpoint
    from glassprop.train.loop.training import Training as Training
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
