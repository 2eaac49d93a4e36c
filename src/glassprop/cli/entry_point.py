"""Runs a command, and says in one line what went wrong."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence

import typer

from glassprop.cli import signals
from glassprop.cli.arguments import require_text
from glassprop.cli.streams import OutputError, standard, tell
from glassprop.errors import GlasspropError, shortened
from glassprop.system.memory import lack

UsageError, ClickError = typer.BadParameter.__mro__[1:3]  # wherever this Typer keeps them
USAGE_ERROR = 2
TYPERS = 130
"""What Typer, from some version on, makes of KeyboardInterrupt."""
COMPUTING = ("train", "check", "evaluate", "predict")
"""The commands in which the speed of matrix products counts."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    with standard():
        try:
            status = _run(sys.argv[1:] if arguments is None else list(arguments))
            sys.stdout.flush()
            return status
        except OutputError as error:
            if error.reader_gone:  # such as head, which has what it wanted
                return 0
            return _refuse(f"standard output cannot be written: {error}")


def _run(arguments: list[str]) -> int:
    from glassprop.cli.declared_commands import app

    warnings.showwarning = _show_warning
    try:
        require_text(arguments)
    except GlasspropError as error:
        return _refuse(str(error))
    if arguments and arguments[0] in COMPUTING:
        from glassprop.cli.doctor.openblas import apply

        apply()
    if arguments and not arguments[0].startswith("-"):
        from glassprop.cli.before_numpy import keep_to_startable

        keep_to_startable()
    try:
        status = app(args=arguments, prog_name="glassprop", standalone_mode=False)
        if status == TYPERS:
            raise KeyboardInterrupt
        return status if isinstance(status, int) else 0
    except signals.EndedError:
        return signals.status()
    except GlasspropError as error:
        return _refuse(str(error))
    except ClickError as error:  # pyright: ignore[reportGeneralTypeIssues]
        message = error.format_message()  # type: ignore[attr-defined]
        if "NoArgsIsHelp" in type(error).__name__:
            typer.echo(message)
            return USAGE_ERROR
        return _refuse(message)
    except (MemoryError, ImportError, OSError) as error:
        text = lack(error)
        if not text:
            raise
        return _refuse(f"{text}; allow this process more (ulimit -v), or give it less at once")
    except (KeyboardInterrupt, typer.Abort):
        tell(signals.words())
        return signals.status()


def _refuse(message: str) -> int:
    tell("error: " + " ".join(shortened(message).split()))
    return USAGE_ERROR


def _show_warning(message: object, *rest: object) -> None:
    tell(f"warning: {message}")
