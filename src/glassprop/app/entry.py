"""Where `glassprop` starts: runs a command, and says in one line what went wrong."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence

import click

from glassprop.errors import GlasspropError

USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 if all went well, 2 for bad input, 130 after Ctrl-C."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    from glassprop.app.commands import app

    warnings.showwarning = _show_warning
    try:
        result = app(args=arguments, prog_name="glassprop", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return USAGE_ERROR
    except click.ClickException as error:
        return _refuse(error.format_message())
    except GlasspropError as error:
        return _refuse(str(error))
    except BrokenPipeError:  # the reader of a pipe went away
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("interrupted", err=True)
        return INTERRUPTED


def _refuse(message: str) -> int:
    click.echo("error: " + " ".join(message.split()), err=True)
    return USAGE_ERROR


def _show_warning(message: object, *rest: object) -> None:
    click.echo(f"warning: {message}", err=True)
