"""The commands. Each imports what it needs when it runs, so that help is there at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glassprop.cli.arguments import WHOLE, Commands, Formula, Positional
from glassprop.cli.diagnosis.command import diagnose
from glassprop.cli.options.declared_options import (
    L1,
    L2,
    NUMBER,
    Activation,
    ClipNorm,
    ClipValue,
    CostName,
    MaxNorm,
    Output,
    RuleName,
    Scale,
    ScheduleText,
    TrainedBy,
)
from glassprop.models.defaults import BATCH_SIZE, EPOCHS, SAID

app = typer.Typer(
    cls=Commands,
    help="Backpropagation as a glass box: derive it, read it, train with it.",
    epilog="Exit status: 0 if all went well; 2 with a sentence for what is refused; 130, 143 or "
    "129 if Ctrl-C, SIGTERM or SIGHUP ended it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[
    str,
    typer.Argument(help="mnist, or a file: .csv .tsv .npz .npy or IDX; - for standard input."),
]
Target = Annotated[
    str | None,
    typer.Option(help="The target's column in a table: name, or number from 1; '' for none."),
]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help="Whether the first line of a table holds names."),
]
Ignore = Annotated[
    str | None,
    typer.Option(help="Columns of a table that are left out, as in id,3; '' for none."),
]
Large = Annotated[
    bool, typer.Option("--large", help="Data or a network out of proportion are meant.")
]
Classes = Annotated[
    bool | None,
    typer.Option(
        "--classes/--no-classes",
        help="Whether whole-number targets are classes, or numbers to approach.",
    ),
]
Model = Annotated[Path, typer.Argument(help="A network saved by glassprop.")]
Dtype = Annotated[str, typer.Option(help="float64 or float32.")]


@app.command(epilog="Example: glassprop train mnist --layers 784,30,10 --lr 3 --out d.safetensors")
def train(
    data: Data,
    layers: Annotated[
        str | None, typer.Option(help="Sizes of all layers, as in 784,30,10; else 30 hidden.")
    ] = None,
    activation: Activation = "sigmoid",
    output_activation: Output = None,
    cost: CostName = "quadratic",
    epochs: Annotated[
        int, typer.Option(help="How often to go through all examples.", **WHOLE)
    ] = EPOCHS,
    batch_size: Annotated[
        int, typer.Option(help="Examples in a mini-batch.", **WHOLE)
    ] = BATCH_SIZE,
    lr: Annotated[
        float | None,
        typer.Option(help=f"Learning rate; by default {SAID}.", **NUMBER),
    ] = None,
    l2: L2 = 0.0,
    l1: L1 = 0.0,
    scale: Scale = "1",
    optimizer: TrainedBy = None,
    momentum: Annotated[
        float | None,
        typer.Option(
            help="From 0 to below 1, else 0.9; without --optimizer, 0 is plain SGD.", **NUMBER
        ),
    ] = None,
    schedule: ScheduleText = None,
    clip_value: ClipValue = None,
    clip_norm: ClipNorm = None,
    max_norm: MaxNorm = None,
    validation: Annotated[
        str | None,
        typer.Option(help="A file to measure on after each epoch, or a share to hold back: 0.1."),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            help="End after so many epochs whose validation cost is no better than the best, and "
            "put the parameters of the best back.",
            **WHOLE,
        ),
    ] = None,
    log: Annotated[Path | None, typer.Option(help="A .csv file with a line an epoch.")] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="A folder to keep the run in while it goes on, for --resume."),
    ] = None,
    checkpoint_every: Annotated[
        str, typer.Option(help="How often: 30s, 5m, 2h, or a number of updates such as 1000.")
    ] = "5m",
    resume: Annotated[
        Path | None,
        typer.Option(
            help="A --checkpoint folder, or a file in it, to go on from, with the other options as "
            "they were; --epochs counts those before, too."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Makes the run repeatable.", **WHOLE)] = None,
    dtype: Dtype = "float64",
    out: Annotated[Path | None, typer.Option(help="Where to save it, as .safetensors.")] = None,
    engine: Annotated[
        str, typer.Option(help="auto, compiled or numpy; each rounds differently.")
    ] = "auto",
    threads: Annotated[
        int | None, typer.Option(help="How many cores may be used; else those there are.", **WHOLE)
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Say what is not well in a layer; a table at the end.")
    ] = False,
    target: Target = None,
    header: Header = None,
    ignore: Ignore = None,
    large: Large = False,
    classes: Classes = None,
) -> None:
    """Train a network on MNIST or on a file and save it."""
    from glassprop.cli import data_options, train_action
    from glassprop.cli.option_values import read_scale
    from glassprop.cli.options.update_rule_options import RuleOptions
    from glassprop.cli.training import run_options

    train_action.train(
        train_action.TrainingOptions(
            data, layers, activation, output_activation, cost, epochs, batch_size, l2, l1,
            validation, seed, dtype, out, engine, threads, read_scale(scale), watch,
            data_options.TableOptions(target, header, ignore, large, classes),
            RuleOptions(optimizer, momentum, lr, schedule, clip_value, clip_norm, max_norm),
            run_options.RunOptions(patience, log, checkpoint, checkpoint_every, resume),
        )
    )  # fmt: skip


@app.command(epilog="Example: glassprop evaluate digits.safetensors mnist")
def evaluate(
    model: Model,
    data: Data,
    target: Target = None,
    header: Header = None,
    ignore: Ignore = None,
    large: Large = False,
) -> None:
    """Print the cost and the accuracy of a network on examples.

    For mnist these are the 10,000 test digits.
    """
    from glassprop.cli import actions, data_options

    actions.evaluate(model, data, data_options.TableOptions(target, header, ignore, large))


@app.command(
    epilog="Example: glassprop check digits.safetensors mnist. Exit status: 0 if the gradients are "
    "right, 1 if one is wrong, 2 if that cannot be judged."
)
def check(
    model: Model,
    data: Data,
    examples: Annotated[
        int, typer.Option(help="On how many of the examples the cost is the mean.", **WHOLE)
    ] = 50,
    entries: Annotated[
        int, typer.Option(help="How many entries of a large parameter are looked at.", **WHOLE)
    ] = 60,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .html or .txt file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    target: Target = None,
    header: Header = None,
    ignore: Ignore = None,
    large: Large = False,
) -> None:
    """Check the gradients of a network against measured derivatives.

    By a complex step, by central differences that know their error, and by the second reader. It
    tells a mistake from a kink and from a lack of precision.
    """
    from glassprop.cli import actions, data_options

    read = data_options.TableOptions(target, header, ignore, large)
    actions.check(model, data, (examples, entries), output, as_json, read)


app.command(
    epilog="Example: glassprop diagnose homework.py. Exit status: 0 if it is right, 1 if it is "
    "wrong, 2 if that cannot be judged; of a folder, 0 once all files are done."
)(diagnose)


@app.command(epilog="Example: glassprop predict digits.safetensors digits.csv -o labels.csv")
def predict(
    model: Model,
    data: Data,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .csv, .txt or .npy file.")
    ] = None,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="The outputs of the network, not the classes.")
    ] = False,
    target: Target = None,
    header: Header = None,
    ignore: Ignore = None,
    large: Large = False,
) -> None:
    """Print the class of each example.

    Where the network does not classify, these are its outputs.
    """
    from glassprop.cli import actions, data_options

    read = data_options.TableOptions(target, header, ignore, large)
    actions.predict(model, data, output, outputs, read)


@app.command(
    cls=Positional,
    epilog="Example: glassprop derive 784,30,10 --cost cross_entropy -o backprop.pdf",
)
def derive(
    network: Annotated[str, typer.Argument(help="Sizes of all layers, or a saved network.")],
    activation: Activation = "sigmoid",
    output_activation: Output = None,
    cost: CostName = "quadratic",
    l2: L2 = 0.0,
    l1: L1 = 0.0,
    scale: Scale = "1",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A .txt, .md, .tex, .typ, .pdf or .html file."),
    ] = None,
    notation: Annotated[
        str, typer.Option(help="nielsen, ng, cs231n or goodfellow: whose letters and order.")
    ] = "nielsen",
    optimizer: RuleName = None,
) -> None:
    """Derive the backpropagation of a network, step by step."""
    from glassprop.cli import actions
    from glassprop.cli.option_values import read_scale

    factor = read_scale(scale)
    settings = (activation, output_activation, cost, l2, l1, factor)
    actions.derive(network, *settings, output, notation, optimizer)


@app.command(
    cls=Formula, epilog='Example: glassprop graph "(a+b)*(b+1)" --wrt b --at a=2,b=1 -o e.svg'
)
def graph(
    formula: Annotated[
        str, typer.Argument(help="Names, numbers, + - * / ** and functions such as exp or sigmoid.")
    ],
    wrt: Annotated[
        str | None,
        typer.Option(help="With respect to what to differentiate, as in a,b; else all names."),
    ] = None,
    at: Annotated[str, typer.Option(help="The value of each name, as in a=2,b=1.")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A .svg file.")] = None,
) -> None:
    """Evaluate, differentiate and draw a formula of numbers.

    It prints values, local derivatives, paths, and both modes of the chain rule, forward and
    reverse. A formula may begin with a minus.
    """
    from glassprop.cli import formula_arguments

    formula_arguments.graph(formula, wrt, at, output)


@app.command(
    cls=Positional, epilog="Example: glassprop diff 2,3,1 2,3,1:cost=binary_cross_entropy -o d.html"
)
def diff(
    a: Annotated[
        str,
        typer.Argument(
            help="Sizes of all layers, with settings after a colon: "
            "784,30,10:activation=relu,output=softmax,cost=cross_entropy,l2=0.1; "
            "or a saved network."
        ),
    ],
    b: Annotated[str, typer.Argument(help="The same for the network to compare it with.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .html, .md or .txt file.")
    ] = None,
) -> None:
    """Compare the derivations of two networks, step by step.

    It says which steps stay, change, come or go, and why.
    """
    from glassprop.cli import comparison_arguments

    comparison_arguments.compare(a, b, output)


@app.command(epilog="Example: glassprop source digits.safetensors -o digits.py")
def source(
    model: Model,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A .py file; the weights go beside it.")
    ] = None,
    optimizer: RuleName = None,
    target: Annotated[
        str, typer.Option(help="numpy, or compiled to look at the loops for Numba.")
    ] = "numpy",
) -> None:
    """Eject a network as Python that needs NumPy only.

    Its weights are written beside it as .npz.
    """
    from glassprop.cli import actions

    actions.source(model, output, optimizer, target)


@app.command(epilog="Example: glassprop doctor")
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    clear_cache: Annotated[
        bool, typer.Option("--clear-cache", help="Only remove the compiled code that is kept.")
    ] = False,
    tune: Annotated[
        bool,
        typer.Option(
            "--tune", help="Measure anew by what the compiled engine chooses its kernels."
        ),
    ] = False,
) -> None:
    """Measure what the machine has for training, and advise."""
    from glassprop.cli.doctor import doctor

    if clear_cache:
        doctor.clear_cache(as_json)
    else:
        doctor.doctor(as_json, tune)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
) -> None:
    """Derive, read and run backpropagation."""
    if show:
        from glassprop import __version__

        typer.echo(f"glassprop {__version__}")
        raise typer.Exit
