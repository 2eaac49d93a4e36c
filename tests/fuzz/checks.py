"""What a case is compared with, one check after the other, on the NumPy engine."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import glassprop as gp
from glassprop.errors import FormulaError, NetworkError
from glassprop.formula.user import language

from . import cases
from .cases import Case, Data, Values

BOUND = {"float64": 1e-7, "float32": 2e-3}
"""Of a difference, relative to the largest entry of the same array."""
FLOOR = {"float64": 1e-3, "float32": 1e-2}
"""What the largest entry counts as at least: terms of size 1 may cancel to nothing."""
TERMS = {"float64": 2e-13, "float32": 1e-4}
"""The same, relative to the terms of the sum."""
ROUNDING = {"float64": 1e-13, "float32": 1e-6}
"""By how much data are shaken to see how much of a result is rounding."""
EPSILONS = float(np.finfo("f8").eps / np.finfo("f4").eps)


@dataclass(frozen=True)
class Failure:
    """What is wrong with a case: the check, both values, and the name of what checked."""

    check: str
    wanted: Any
    found: Any
    by: str = ""

    def like(self, other: Failure) -> bool:
        """Whether two failures are of one kind: the same check, or the same exception."""
        return self.by == other.by and self.error == other.error

    @property
    def error(self) -> str:
        """The exception that came in place of a result."""
        return self.found.split(":")[0] if isinstance(self.found, str) else ""

    def __str__(self) -> str:
        return f"{self.check}\n  right {_short(self.wanted)}\n  got   {_short(self.found)}"


class RefusedError(Exception):
    """glassprop says that it does not take a formula."""


def _short(value: Any) -> str:
    if isinstance(value, str):
        return value
    text = np.array2string(np.asarray(value), precision=8, threshold=12, edgeitems=3)
    return " ".join(text.split())


class Checked:
    """A case with its network and what it is compared with."""

    def __init__(self, case: Case, data: Data, engine: str = "numpy") -> None:
        self.case, self.data, self.engine = case, data, engine
        self.net = self.network()

    def network(self) -> Any:
        """The network as glassprop has it; RefusedError where it says no."""
        spaces: dict[str, Any] = {"gp": gp, "language": language}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(self.case.written(), spaces)
                net = spaces["net"]
                net._program()
        except (FormulaError, NetworkError) as error:
            raise RefusedError(f"{type(error).__name__}: {error}") from error
        self.fresh(net)
        net._wanted = net.engine = self.engine
        net.threads = 1
        return net

    def fresh(self, net: Any) -> None:
        """The drawn parameters put into the network."""
        dtype = self.case.dtype
        net.parameters = {k: v.astype(dtype) for k, v in self.data.parameters.items()}

    @cached_property
    def right(self) -> Values:
        return cases.gradients(self.case, self.data)

    @cached_property
    def terms(self) -> float:
        """About how large the terms of a gradient are."""
        found = cases.error_at_outputs(self.case, self.data)
        return found if np.isfinite(found) else 0.0

    @cached_property
    def shaken(self) -> list[Data]:
        """The data with a little noise."""
        noise = np.random.default_rng(0)
        size = ROUNDING[self.case.dtype]

        def shake(value: np.ndarray) -> np.ndarray:
            return value * (1 + size * noise.standard_normal(value.shape))

        return [
            Data(
                {name: shake(value) for name, value in self.data.parameters.items()},
                shake(self.data.x),
                shake(self.data.y),
            )
            for _ in range(3)
        ]

    def same(
        self,
        wanted: Any,
        found: Any,
        again: Callable[[Data], Any],
        bound: float = 0.0,
        terms: float = 0.0,
    ) -> bool:
        """Whether two arrays agree, as far as rounding in the formula itself allows.

        `again` gives what is wanted for other data; `terms` is the size of the terms that they are
        sums of, which may cancel, as where a softmax is moved along (1, …, 1).
        """
        wanted, found = np.asarray(wanted), np.asarray(found)
        if wanted.shape != found.shape or not np.isfinite(found).all():
            return False
        far = np.abs(wanted - found).max(initial=0)
        bound = bound or BOUND[self.case.dtype]
        scale = bound * (np.abs(wanted).max(initial=0) + FLOOR[self.case.dtype])
        scale += TERMS[self.case.dtype] * terms
        if far <= scale:
            return True
        noise = max(np.abs(again(data) - wanted).max(initial=0) for data in self.shaken)
        rounded = np.abs(again(self.data.rounded()) - wanted).max(initial=0)
        share = 1.0 if self.case.dtype == "float32" else EPSILONS
        return bool(far <= 100 * noise + 50 * share * rounded)

    def gradients_differ(
        self,
        name: str,
        found: Values,
        wanted: Values | None = None,
        bound: float = 0.0,
        again: Callable[[Case, Data], Values] = cases.gradients,
    ) -> Failure | None:
        """The first gradient that is not right."""
        wanted = self.right if wanted is None else wanted
        for key, value in wanted.items():

            def once_more(data: Data, key: str = key) -> Any:
                return again(self.case, data)[key]

            if not self.same(value, found[key], once_more, bound, self.terms):
                return Failure(f"{name}: {key}", value, found[key])
        return None

    def stepped(self, train: Callable[[float], Values]) -> Values:
        """The gradients that a step of gradient descent shows."""
        largest = max(np.abs(value).max(initial=0) for value in self.right.values())
        rate = 0.1 / max(largest, 1.0) if self.case.dtype == "float64" else 1.0 / max(largest, 1.0)
        after = train(rate)
        return {name: (self.data.parameters[name] - after[name]) / rate for name in after}


def reference(checked: Checked) -> Failure | None:
    """The reference itself: complex steps, differences and PyTorch agree."""
    case, data = checked.case, checked.data
    random_numbers = np.random.default_rng(case.seed)
    direction = {k: random_numbers.standard_normal(v.shape) for k, v in data.parameters.items()}
    slope, doubt = cases.difference(case, data, direction)
    wanted = sum(float((checked.right[k] * v).sum()) for k, v in direction.items())
    largest = max(np.abs(value).max(initial=0) for value in checked.right.values())
    noise = 1e-10 * (1 + abs(cases.cost_value(case, data))) / 1e-5
    if doubt < 1e-3 * largest and abs(slope - wanted) > 1e-4 * largest + noise + 10 * doubt:
        return Failure("the reference: complex steps and differences", slope, wanted)
    if has_torch():
        found = cases.torch_gradients(case, data)
        if any(np.isnan(value).any() for value in found.values()):
            return None  # PyTorch differentiates the branch that is not taken, too
        name, others = "the reference: complex steps and PyTorch", cases.torch_gradients
        return checked.gradients_differ(name, found) and checked.gradients_differ(
            name,
            checked.right,
            found,
            again=others,  # either may be the one that is rounded more
        )
    return None


@lru_cache
def has_torch() -> bool:
    """Whether PyTorch can be imported."""
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def predict(checked: Checked) -> Failure | None:
    """The outputs."""
    return outputs_differ(checked, "predict", checked.net.predict(checked.data.x))


def outputs_differ(checked: Checked, name: str, found: Any) -> Failure | None:
    """The outputs, if they are not right."""
    case = checked.case

    def right(data: Data) -> Any:
        with np.errstate(all="ignore"):
            return cases.outputs(case, data.parameters, data.x, cases.NumPy())

    wanted = right(checked.data)
    return None if checked.same(wanted, found, right) else Failure(name, wanted, found)


def cost(checked: Checked) -> Failure | None:
    """The mean cost."""
    found = checked.net.evaluate(checked.data.x, checked.data.y).cost
    return cost_differs(checked, "the cost", found)


def cost_differs(checked: Checked, name: str, found: float) -> Failure | None:
    """The mean cost, if it is not right."""

    def right(data: Data) -> float:
        return cases.cost_value(checked.case, data)

    wanted = right(checked.data)
    return None if checked.same(wanted, found, right) else Failure(name, wanted, found)


def one_by_one(checked: Checked) -> Failure | None:
    """The mean of the gradients of each example alone."""
    x, y = checked.data.x, checked.data.y
    each = [checked.net.gradients(x[k : k + 1], y[k : k + 1]) for k in range(len(x))]
    found = {key: np.mean([one[key] for one in each], 0) for key in each[0]}
    return checked.gradients_differ("the mean of one-example gradients", found)


def mini_batch(checked: Checked) -> Failure | None:
    """The gradients of the mini-batch."""
    found = checked.net.gradients(checked.data.x, checked.data.y)
    return checked.gradients_differ("the gradient of a mini-batch", found)


def trained(checked: Checked) -> Failure | None:
    """A step of gradient descent moves each parameter by the rate times its gradient."""
    return checked.gradients_differ("a training step", checked.stepped(fitted(checked)))


def fitted(checked: Checked) -> Callable[[float], Values]:
    """One step of `fit` on all examples."""

    def train(rate: float) -> Values:
        net, data = checked.net, checked.data
        checked.fresh(net)
        given = {"epochs": 1, "batch_size": len(data.x), "progress": False, "measure": 0}
        try:
            net.fit(data.x, data.y, optimizer=gp.SGD(rate), **given)
        except NetworkError as error:
            last = checked.right[f"b{len(net.architecture.layers)}"]
            if (
                "the gradient is 0 for any parameters" not in str(error)
                or np.abs(last).max() > 1e-12
            ):
                raise
            return {k: data.parameters[k] - rate * v for k, v in checked.right.items()}
        after = {k: v.copy() for k, v in net.parameters.items()}
        checked.fresh(net)
        return after

    return train


def taken_away(checked: Checked) -> Failure | None:
    """The file that needs NumPy only."""
    data = checked.data
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "parameters.npz", **checked.net.parameters)
        space: dict[str, Any] = {"__file__": f"{folder}/taken.py", "__name__": "taken"}
        text = checked.net.standalone("parameters.npz")
        exec(compile(text, "taken.py", "exec"), space)

    def train(rate: float) -> Values:
        space["train_step"](data.x, data.y, rate)
        return space["parameters"]

    name = "the taken-away file"
    return (
        outputs_differ(checked, f"{name}, predict", space["predict"](data.x))
        or cost_differs(checked, f"{name}, cost", space["cost"](data.x, data.y))
        or checked.gradients_differ(f"{name}, gradients", space["gradients"](data.x, data.y))
        or checked.gradients_differ(f"{name}, train_step", checked.stepped(train))
    )


Check = Callable[[Checked], Failure | None]
CHECKS: dict[str, tuple[Check, ...]] = {
    "numpy": (reference, predict, cost, mini_batch, one_by_one, trained, taken_away)
}


def failures(
    case: Case, data: Data, engine: str = "numpy", only: str | None = None
) -> Iterator[Failure]:
    """What is wrong, by all checks or by one.

    Raises RefusedError where glassprop does not take a formula.
    """
    try:
        checked = Checked(case, data, engine)
    except RefusedError:
        raise
    except Exception as error:
        yield Failure("the network", "a network, or a clear refusal", _said(error), "network")
        return
    for check in CHECKS[engine]:
        if only not in (None, check.__name__):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a NaN is found in the result
                found = check(checked)
        except Exception as error:
            found = Failure(check.__name__, "a result", _said(error))
        if found is not None:
            yield replace(found, by=check.__name__)


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
