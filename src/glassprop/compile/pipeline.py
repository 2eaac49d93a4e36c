"""The whole road from a derivation to functions that run, in order, on one screen.

    derive → lift → reuse → prune → inline → unfold → share → (plan buffers) layout → emit → load

`derive` and `lift` are rooms of their own; the passes are in `passes`, layout in `layout`, writing
in `emit` (expressions) and `inplace` (planned buffers). Every pass gives a derivation that has been
verified and can be looked at: `Program.after("lift")`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from glassprop.compile.emit import expression_function, in_place_functions, module
from glassprop.compile.load import load
from glassprop.compile.passes import inline, prune, reuse, share, unfold
from glassprop.compile.program import Program, Routine
from glassprop.derive.derivation import Derivation
from glassprop.derive.lift import lift
from glassprop.derive.verify import verify
from glassprop.formula.nodes import Step, Symbol, symbols

Pass = Callable[[Derivation, tuple[Symbol, ...]], Derivation]

Updates = Callable[[Derivation], Sequence[Step]]

PASSES: tuple[tuple[str, Pass], ...] = (
    ("prune", prune),
    ("inline", inline),
    ("unfold", lambda steps, results: unfold(steps)),
    ("share", lambda steps, results: share(steps)),
)

ABOUT = {
    "predict": "The outputs of the network for the examples in x.",
    "cost": "The mean cost over the examples.",
    "evaluate": "The outputs, and the mean cost over the examples.",
    "gradients": "The gradient of the mean cost by each parameter.",
    "trace": "Every named quantity, forwards and backwards.",
    "train_step": "One step of gradient descent: gradients, then updates, in place.",
}


def build(
    derivation: Derivation,
    updates: Updates | None = None,
    dtype: str = "float64",
    title: str = "program",
) -> Program:
    """Compile a derivation for one example, and an update rule, to NumPy functions.

    Args:
        derivation: what `derive` gave.
        updates: gives the steps of kind "update" for the lifted derivation, see `train_step`.
        dtype: "float64" or "float32".
        title: what the program is for, shown in its header and in tracebacks.
    """
    stages = {"derive": verify(derivation, "derive")}
    stages["lift"] = verify(lift(derivation), "lift")
    return finish(stages, updates(stages["lift"]) if updates else (), dtype, title)


def finish(
    stages: dict[str, Derivation], updates: Sequence[Step], dtype: str, title: str
) -> Program:
    """Compile what the last stage left."""
    lifted = list(stages.values())[-1]
    stages["reuse"] = verify(reuse(lifted), "reuse")
    routines = {routine.name: _pass(routine, stages) for routine in _routines(stages["reuse"], lifted)}
    parts = [expression_function(routine, dtype) for routine in routines.values()]
    if updates:
        routines["train_step"] = train_step(routines["gradients"], updates)
        parts.append(in_place_functions(routines["train_step"], dtype))
    source = module(parts, f"{title}: derived and written by glassprop; needs NumPy only.")
    return Program(dtype, stages, routines, source, load(source, title))


def _routines(steps: Derivation, lifted: Derivation) -> list[Routine]:
    """The functions that every program has, before the passes."""
    gradients = tuple(steps.gradients.values())
    everything = tuple(step.symbol for step in steps.steps)
    wanted = {
        "predict": steps.outputs,
        "cost": (steps.cost,),
        "evaluate": (*steps.outputs, steps.cost),
        "gradients": gradients,
        "trace": everything,
    }
    return [
        Routine(name, ABOUT[name], steps, results, lifted.givens)
        for name, results in wanted.items()
        if results
    ]


def _pass(routine: Routine, stages: dict[str, Derivation]) -> Routine:
    steps = routine.steps
    for name, change in PASSES:
        steps = verify(change(steps, routine.results), f"{routine.name}, {name}", routine.results)
        if routine.name == "gradients":
            stages[name] = steps
    used = set(symbols(*(step.formula for step in steps))) | set(steps.gradients)
    wanted = ("input", "target", "variable") if routine.name != "predict" else ("input", "variable")
    arguments = [
        symbol
        for role in (wanted, ("parameter",), ("hyper",))
        for symbol in routine.arguments
        if symbol.role in role and (symbol in used or symbol.role != "hyper")
    ]
    return Routine(routine.name, routine.about, steps, routine.results, tuple(arguments))


def train_step(gradients: Routine, updates: Sequence[Step]) -> Routine:
    """The routine that computes the gradients and then updates parameters and states in place."""
    steps = gradients.steps.with_steps([*gradients.steps.steps, *updates])
    used = symbols(*(step.formula for step in updates))
    extra = [
        s
        for role in ("state", "hyper")
        for s in used
        if s.role == role and s not in gradients.arguments
    ]
    return Routine(
        "train_step", ABOUT["train_step"], steps, (), (*gradients.arguments, *extra)
    )
