"""The options of networks and of update rules, as several commands declare them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from glassprop.cli.arguments import number

NUMBER: dict[str, Any] = {"parser": number, "metavar": "<number>"}
NAMES = "sgd, momentum, nesterov, adam, adamw, sgdw, adagrad, rmsprop, nadam or rprop"

Activation = Annotated[
    str, typer.Option(help="Of the layers, such as sigmoid, tanh, relu, gelu or silu.")
]
Output = Annotated[
    str | None,
    typer.Option(
        "--output-activation", help="Of the last layer; else the one that the cost is made for."
    ),
]
CostName = Annotated[
    str,
    typer.Option(help="quadratic, absolute, huber, cross_entropy, binary_cross_entropy or hinge."),
]
Scale = Annotated[
    str, typer.Option(help="By which inputs are multiplied, as in 1/255 for pixels in bytes.")
]
L2 = Annotated[float, typer.Option("--l2", help="λ of the term λ/2 Σ W² in the cost.", **NUMBER)]
L1 = Annotated[
    float, typer.Option("--l1", help="λ of the term λ Σ |W| in the cost; not of biases.", **NUMBER)
]
RuleName = Annotated[
    str | None,
    typer.Option("--optimizer", help=f"{NAMES}; else that which trained a saved network, or sgd."),
]
TrainedBy = Annotated[
    str | None, typer.Option("--optimizer", help=f"{NAMES}; else sgd, or as --momentum.")
]
ScheduleText = Annotated[
    str | None,
    typer.Option(
        "--schedule",
        help="Learning rate by update: cosine, one_cycle, step_decay, exponential_decay or "
        "inverse_sqrt, with numbers as in cosine:warmup=500; or a formula in learning_rate, t, T "
        "(updates in all) and E (in an epoch), as in 'learning_rate / (1 + t / E)'.",
    ),
]
ClipValue = Annotated[
    float | None,
    typer.Option("--clip-value", help="The largest size of an entry of a gradient.", **NUMBER),
]
ClipNorm = Annotated[
    float | None,
    typer.Option("--clip-norm", help="The largest norm of all gradients together.", **NUMBER),
]
MaxNorm = Annotated[
    float | None,
    typer.Option(
        "--max-norm",
        help="The largest norm of each unit's incoming weights after an update; not of biases.",
        **NUMBER,
    ),
]
