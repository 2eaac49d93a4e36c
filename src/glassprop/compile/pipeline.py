"""The whole road from a derivation to functions that run, in order, on one screen.

    derive → lift → reuse → prune → inline → unfold → windows → divide → shift → share → decide →
    layout → emit → load

`derive` and `lift` are in `chainrule`; the passes are in `passes`, layout in `layout`, writing in
`numpy_source`: `emit` (expressions) and `in_place` (planned buffers). Every pass gives a derivation
that has been verified and can be looked at: `Program.after("lift")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.mini_batch import lift
from glassprop.chainrule.verify import verify
from glassprop.compile.numpy_source.emit import (
    Lines,
    called_in,
    expression_function,
    in_place_functions,
    module,
)
from glassprop.compile.numpy_source.load import load
from glassprop.compile.passes.conditions import decide
from glassprop.compile.passes.largest_first import shift
from glassprop.compile.passes.sharing import Names, share, share_each
from glassprop.compile.passes.standard import (
    divide,
    inline,
    prune,
    reuse,
    unfold,
    unfolded,
    windows,
)
from glassprop.compile.program import Program, Routine
from glassprop.errors import FormulaError
from glassprop.formula.nodes import Step, Symbol, symbols

Updates = Callable[[Derivation], Sequence[Step]]
"""From a derivation, lifted where it is, to its steps of kind "update"."""

ABOUT = {
    "predict": "The outputs of the network for the examples in x.",
    "cost": "The mean cost over the examples.",
    "evaluate": "The outputs, and the mean cost over the examples.",
    "gradients": "The gradient of the mean cost with respect to each parameter.",
    "trace": "Every named quantity, forwards and backwards.",
    "train_step": "One step of gradient descent: gradients, then updates, in place.",
}
ABOUT_ONE = {
    **ABOUT,
    "predict": "The outputs.",
    "cost": "The cost.",
    "evaluate": "The outputs, and the cost.",
    "gradients": "The gradient of the cost with respect to each parameter.",
}


def build(
    derivation: Derivation,
    updates: Updates | None = None,
    dtype: str = "float64",
    title: str = "program",
    mini_batch: bool = True,
) -> Program:
    """Compile a derivation, and an update rule, to NumPy functions.

    Args:
        derivation: what `derive` gave, or `lift`, or `derive_again`.
        updates: gives the steps of kind "update" for the lifted derivation, see `train_step`.
        dtype: "float64" or "float32".
        title: what the program is for, shown in its header and in tracebacks.
        mini_batch: whether to lift a derivation for one example to mini-batches; one that is
            lifted already stays as it is.
    """
    stages = {"derive": verify(derivation, "derive")}
    if derivation.batch is not None:
        stages = {"lift": derivation}
    elif mini_batch:
        stages["lift"] = verify(lift(derivation), "lift")
    last = list(stages.values())[-1]
    return finish(stages, updates(last) if updates else (), dtype, title)


def finish(
    stages: dict[str, Derivation],
    updates: Sequence[Step] = (),
    dtype: str = "float64",
    title: str = "program",
) -> Program:
    """Compile what the last stage left."""
    last = list(stages.values())[-1]
    stages["reuse"] = verify(reuse(last), "reuse")
    names: Names = {}
    routines = {
        routine.name: _passed(routine, stages, names)
        for routine in _routines(stages["reuse"], last)
    }
    if updates:
        routines["train_step"] = train_step(routines["gradients"], updates, names)
    lines = Lines([step for r in routines.values() for step in r.steps], dtype)
    parts: list[str] = []
    for routine in routines.values():
        if routine.name == "train_step":
            parts += in_place_functions(routine, lines)
        else:
            parts.append(expression_function(routine, lines))
    _require_free(called_in("\n".join(parts)), routines.values())
    source = module(parts, f"{title}: derived and written by glassprop; needs NumPy only.")
    return Program(dtype, stages, routines, source, load(source, title))


def _require_free(helpers: Sequence[str], routines: Iterable[Routine]) -> None:
    """Raises FormulaError if a quantity has the name of a function that the source calls."""
    for routine in routines:
        for symbol in (*routine.arguments, *(step.symbol for step in routine.steps)):
            if symbol.name in helpers:
                raise FormulaError(
                    f"the name {symbol.name!r} is used by the emitted source; choose another"
                )


def _routines(steps: Derivation, last: Derivation) -> list[Routine]:
    """The functions that every program has, before the passes."""
    wanted = {
        "predict": steps.outputs,
        "cost": (steps.cost,),
        "evaluate": (*steps.outputs, steps.cost),
        "gradients": tuple(steps.gradients.values()),
        "trace": tuple(step.symbol for step in steps.steps),
    }
    about = ABOUT_ONE if last.batch is None else ABOUT
    return [
        Routine(name, about[name], steps, tuple(dict.fromkeys(results)), last.givens)
        for name, results in wanted.items()
        if results
    ]


def _passed(routine: Routine, stages: dict[str, Derivation], names: Names) -> Routine:
    """The routine after all passes."""
    results = routine.results
    passes: tuple[tuple[str, Callable[[Derivation], Derivation]], ...] = (
        ("prune", lambda steps: steps),
        ("inline", lambda steps: inline(steps, results)),
        ("unfold", unfold),
        ("windows", windows),
        ("divide", divide),
        ("shift", lambda steps: shift(steps, results)),
        ("share", lambda steps: share(steps, names)),
        ("decide", decide),
    )
    steps = routine.steps
    for name, change in passes:
        # what a pass writes out can cancel, and then what it was made of is needed no more
        steps = verify(prune(change(steps), results), f"{routine.name}, {name}", results)
        if routine.name == "gradients":
            stages[name] = steps
    return Routine(routine.name, routine.about, steps, results, _arguments(routine, steps))


def _arguments(routine: Routine, steps: Derivation) -> tuple[Symbol, ...]:
    """What a routine is called with: data, parameters (all of them), then what else it uses."""
    used = set(symbols(*(step.formula for step in steps)))
    data = ("input", "variable") if routine.name == "predict" else ("input", "target", "variable")
    parameters = dict.fromkeys([*steps.gradients, *routine.arguments])
    groups = (
        [s for s in routine.arguments if s.role in data or (s.role == "target" and s in used)],
        [s for s in parameters if s.role == "parameter"],
        [s for s in routine.arguments if s.role in ("state", "hyper", "counter") and s in used],
    )
    return tuple(dict.fromkeys(symbol for group in groups for symbol in group))


def train_step(gradients: Routine, updates: Sequence[Step], names: Names | None = None) -> Routine:
    """The routine that computes the gradients and then updates parameters and states in place.

    The numbers that all updates share come first, so that an update can join the loop that
    computes its gradient. Hyper-parameters are taken in the order in which the rule names them.
    """
    steps = gradients.steps
    given = {} if names is None else names
    new = share_each([unfolded(step) for step in updates], steps.graph, given)
    numbers = [step for step in new if step.kind == "forward"]
    rest = [step for step in new if step.kind != "forward"]
    whole = steps.with_steps([*numbers, *steps.steps, *rest])
    verify(whole, "train_step", gradients.results)
    used = symbols(*(step.formula for step in new))
    targets = [step.symbol for step in new if step.kind == "update"]
    extra = [s for s in (*used, *targets) if s.role == "state"]
    for role in ("hyper", "counter"):
        extra += sorted((s for s in used if s.role == role), key=lambda s: s.uid)
    arguments = tuple(dict.fromkeys([*gradients.arguments, *extra]))
    return Routine("train_step", ABOUT["train_step"], whole, (), arguments)
