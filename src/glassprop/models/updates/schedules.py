"""Schedules: the learning rate of each update, as a formula of its number t.

Formulas are in `learning_rate`, which is the rule's η, the number t of the update, 1 for the first,
the number T of updates in all and the number E of updates in an epoch, `pi`, and numbers of their
own. A rule with a schedule takes what the formula gives, the rate, wherever it says η.

Sources: cosine: Loshchilov & Hutter 2017, eq. (5), without restarts, with the linear warm-up of
Goyal et al. 2017; one cycle: Smith & Topin 2018, in the form of `torch.optim.lr_scheduler`;
inverse square root: Vaswani et al. 2017, section 5.3. PyTorch's schedulers count from 0 what is
counted from 1 here, and step when they are told to, here always after an update: `LambdaLR` with
the factor f(s) is the formula `learning_rate * f(t - 1)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from glassprop.errors import FormulaError, NetworkError, clipped
from glassprop.formula.graph import Graph
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Node, symbols
from glassprop.formula.parse import names_in, parse
from glassprop.formula.user.statement import of
from glassprop.models.checked_numbers import finite, not_negative, positive, share

RATE = "rate"
"""The name of what a schedule gives."""
OF_RUN = ("T", "E")
"""The numbers that a run of training has: updates in all, and in an epoch."""
GIVEN = ("learning_rate", "t", *OF_RUN, "pi")


@dataclass(frozen=True)
class Schedule:
    """The learning rate as a formula of the number of the update; `schedule` and others make them.

    Attributes:
        formula: the learning rate of the update t, as text.
        numbers: the numbers of its own that the formula has, by name.
        name: by which the command line and messages know it.
        total: T, the number of updates in all; None until a run says.
        in_epoch: E, the number of updates in an epoch; None until a run says.
        least: what T has to be above.
    """

    formula: str
    numbers: tuple[tuple[str, float], ...] = ()
    name: str = "schedule"
    total: float | None = None
    in_epoch: float | None = None
    least: float = 0.0

    def __post_init__(self) -> None:
        for name in ("total", "in_epoch"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, positive(value, f"{self.name}: {name}"))
        if self.total is not None and self.total <= self.least:
            raise NetworkError(
                f"{self.name}: expected more than {self.least:g} updates in all, so that its "
                f"warm-up ends before they do, got {self.total:g}"
            )

    def __repr__(self) -> str:
        given = [f"{name}={value:g}" for name, value in self.numbers]
        given += [f"total={self.total:g}"] if self.total is not None else []
        first = [repr(self.formula)] if self.name == "schedule" else []
        return f"{self.name}({', '.join([*first, *given])})"

    @property
    def of_run(self) -> dict[str, float | None]:
        """T and E, where the formula has them; None where they are not known yet."""
        both = dict(zip(OF_RUN, (self.total, self.in_epoch), strict=True))
        used = names_in(self.formula)
        return {name: value for name, value in both.items() if name in used}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all numbers that the formula has beside the learning rate and t."""
        return (*(name for name, _ in self.numbers), *self.of_run)

    @property
    def hyper(self) -> dict[str, float]:
        """Its numbers by name, T and E among them.

        Raises:
            NetworkError: if it needs T or E, and no run has said yet what they are.
        """
        found = dict(self.numbers)
        for name, value in self.of_run.items():
            if value is None:
                what = "updates in all" if name == "T" else "updates in an epoch"
                raise NetworkError(
                    f"{self.name}: the number {name} of {what} is not known before training; give "
                    f"{'total' if name == 'T' else 'in_epoch'}"
                )
            found[name] = value
        return found

    def in_run(self, total: int, in_epoch: int) -> Schedule:
        """The same with T and E where they were not given.

        Raises:
            NetworkError: if T is not above the updates of the warm-up.
        """
        wanted = self.of_run
        if "T" in wanted and self.total is None:
            self = replace(self, total=float(total))
        if "E" in wanted and self.in_epoch is None:
            self = replace(self, in_epoch=float(in_epoch))
        return self

    def rate(self, learning_rate: float, t: int) -> float:
        """The learning rate of an update.

        Args:
            learning_rate: η, above 0.
            t: the number of the update, 1 for the first.

        Raises:
            NetworkError: if it needs T or E, and no run has said yet what they are.
        """
        from glassprop.formula.evaluate import evaluate

        graph = Graph()
        names = given_names(graph, self.names)
        root = parse(self.formula, graph, names)
        values = {**self.hyper, "learning_rate": learning_rate, "t": t}
        return float(evaluate([root], {s.name: values[s.name] for s in symbols(root)})[root])


def given_names(graph: AnyGraph, numbers: tuple[str, ...]) -> dict[str, Node]:
    """What a schedule's formula may name, as symbols of a graph."""
    names: dict[str, Node] = {name: graph.symbol(name, (), "hyper") for name in numbers}
    names["learning_rate"] = graph.symbol("learning_rate", (), "hyper")
    names["t"] = graph.symbol("t", (), "counter")
    return {**names, "pi": graph.const(math.pi)}


def schedule(
    formula: str, *, total: float | None = None, in_epoch: float | None = None, **numbers: float
) -> Schedule:
    """A schedule of one's own: `gp.schedule("learning_rate / (1 + decay * t)", decay=0.01)`.

    Args:
        formula: the learning rate of the update t, as text, in `learning_rate`, `t`, `T`, `E`,
            `pi` and the numbers that are given.
        total: T, the number of updates in all; by default what `fit` is asked for, with the updates
            that were made before.
        in_epoch: E, the number of updates in an epoch; by default that of the data.
        numbers: values of the other names in the formula.

    Raises:
        FormulaError: for text that is not a formula, or a name in it that is not known.
        NetworkError: for a number that is not finite, or that the formula does not use.
    """
    whose = f"schedule {clipped(formula) if isinstance(formula, str) else ''}".rstrip()
    if not isinstance(formula, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(
            "schedule: expected a formula as text, such as 'learning_rate / t', got "
            f"{formula!r:.60}"
        )
    for name in numbers:
        if name in (*GIVEN, RATE):
            raise NetworkError(f"{whose}: {name!r} has a meaning already; choose another name")
    with of(whose):
        used = names_in(formula)
        graph = Graph()
        parse(formula, graph, given_names(graph, (*numbers, *OF_RUN)))
    for name in numbers:
        if name not in used:
            raise NetworkError(f"{whose}: the formula does not use {name}")
    checked = tuple((name, finite(value, f"{whose}: {name}")) for name, value in numbers.items())
    return Schedule(formula, checked, "schedule", total, in_epoch)


def step_decay(every: float, factor: float = 0.1) -> Schedule:
    """The learning rate times `factor` after each `every` updates: `StepLR` of PyTorch.

    Args:
        every: after how many updates, above 0.
        factor: above 0 and up to 1.

    Raises:
        NetworkError: for numbers out of range.
    """
    numbers = ("every", positive(every, "every")), ("factor", share(factor, "factor"))
    return Schedule("learning_rate * factor**floor((t - 1) / every)", numbers, "step_decay")


def exponential_decay(factor: float, every: float = 1.0) -> Schedule:
    """The learning rate times `factor` over `every` updates, evenly: `ExponentialLR` of PyTorch.

    Args:
        factor: above 0 and up to 1.
        every: over how many updates, above 0.

    Raises:
        NetworkError: for numbers out of range.
    """
    numbers = ("factor", share(factor, "factor")), ("every", positive(every, "every"))
    return Schedule("learning_rate * factor**((t - 1) / every)", numbers, "exponential_decay")


def cosine(warmup: float = 0.0, lowest: float = 0.0, total: float | None = None) -> Schedule:
    """Half a wave of the cosine from the learning rate down to `lowest`, after a linear warm-up.

    The warm-up goes in equal steps from 1/w of the learning rate to all of it. With PyTorch it is
    `LinearLR(start_factor=1/w, total_iters=w-1)`, then `CosineAnnealingLR(T_max=T-w)`.

    Args:
        warmup: the number w of updates of the warm-up, 0 for none.
        lowest: the learning rate at the end, and after it.
        total: T, the number of updates in all; by default what `fit` is asked for, with the updates
            that were made before.

    Raises:
        NetworkError: for numbers out of range.
    """
    warm, low = not_negative(warmup, "warmup"), not_negative(lowest, "lowest")
    before = " - warmup" if warm else ""
    passed = f"maximum(t - 1{before}, 0)" if warm else "(t - 1)"
    left = f"(T{before})" if warm else "T"
    wave = f"(1 + cos(pi * minimum({passed} / {left}, 1))) / 2"
    formula = f"lowest + (learning_rate - lowest) * {wave}" if low else f"learning_rate * {wave}"
    if warm:
        formula = (
            f"minimum(t / warmup, 1) * ({formula})"
            if low
            else (f"minimum(t / warmup, 1) * {formula}")
        )
    numbers = (("warmup", warm),) * bool(warm) + (("lowest", low),) * bool(low)
    return Schedule(formula, numbers, "cosine", total, least=warm)


def one_cycle(
    peak: float = 0.3, initial: float = 0.04, final: float = 4e-6, total: float | None = None
) -> Schedule:
    """Up to the learning rate and down again, each by half a wave of the cosine.

    As `torch.optim.lr_scheduler.OneCycleLR`, whose pct_start is `peak`, div_factor 1/`initial` and
    final_div_factor `initial`/`final`. The momentum stays as it is (cycle_momentum=False).

    Args:
        peak: the share of the updates that go up, above 0 and below 1.
        initial: the learning rate at first, as a share of the largest.
        final: that at the end, as a share of the largest.
        total: T, the number of updates in all, as for `cosine`.

    Raises:
        NetworkError: for numbers out of range.
    """
    numbers = (
        ("peak", share(peak, "peak", below=True)),
        ("initial", share(initial, "initial")),
        ("final", share(final, "final")),
    )
    rise = "minimum((t - 1) / (peak * T - 1), 1)"
    fall = "minimum(maximum(t - peak * T, 0) / (T - peak * T), 1)"
    formula = (
        f"learning_rate * (1 - (1 - initial) * (1 + cos(pi * {rise})) / 2)"
        f" * (final + (1 - final) * (1 + cos(pi * {fall})) / 2)"
    )
    return Schedule(formula, numbers, "one_cycle", total, least=1 / numbers[0][1])


def inverse_sqrt(warmup: float = 1.0) -> Schedule:
    """Up to the learning rate in `warmup` equal steps, then as 1/√t: η min(t/w, √(w/t)).

    Args:
        warmup: the number w of updates of the warm-up, at least 1, which is none.

    Raises:
        NetworkError: for a number below 1.
    """
    warm = positive(warmup, "warmup")
    if warm < 1:
        raise NetworkError(f"warmup: expected a number of at least 1, got {warmup!r}")
    if warm == 1:
        return Schedule("learning_rate / sqrt(t)", (), "inverse_sqrt")
    formula = "learning_rate * minimum(t / warmup, sqrt(warmup / t))"
    return Schedule(formula, (("warmup", warm),), "inverse_sqrt")


SCHEDULES: Mapping[str, Callable[..., Schedule]] = {
    made.__name__: made for made in (step_decay, exponential_decay, cosine, one_cycle, inverse_sqrt)
}
"""The schedules by name."""
