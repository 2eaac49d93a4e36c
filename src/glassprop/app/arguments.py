"""Arguments as they are typed: numbers, and formulas that begin with a minus."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand

from glassprop.errors import GlasspropError, shortened

WORD = re.compile(r"--[A-Za-z][\w-]*(=.*)?", re.DOTALL)
"""What a long option looks like, known or not."""
NUMBER = re.compile(r"-[\d.]")
FILE = re.compile(r".*\.[A-Za-z]\w*")
"""What a file name looks like, and no formula."""


def require_text(arguments: Sequence[str]) -> None:
    """Refuse arguments that cannot be printed, such as names of files in another encoding.

    Raises:
        GlasspropError: naming the argument.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise GlasspropError(
                f"argument {argument!r}: expected text in UTF-8; rename the file"
            ) from None


def whole(text: Any) -> int:
    """A whole number, such as 30.

    Raises:
        BadParameter: for anything else.
    """
    try:
        return int(text)
    except ValueError:
        raise typer.BadParameter(
            shortened(f"expected a whole number such as 30, got {text!r}")
        ) from None


def number(text: Any) -> float:
    """A number, such as 0.1.

    Raises:
        BadParameter: for anything else.
    """
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(
            shortened(f"expected a number such as 0.1, got {text!r}")
        ) from None


class Positional(TyperCommand):
    """A command whose arguments may begin with a minus: numbers, as in -2,3."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Hand over what is no option after `--`, where a minus has no other meaning."""
        return super().parse_args(ctx, self._apart(ctx, args))

    def _apart(self, ctx: Any, args: list[str]) -> list[str]:
        flags, valued = set(self.get_help_option_names(ctx)), set[str]()
        for parameter in self.get_params(ctx):
            if parameter.param_type_name == "option":
                names = {*parameter.opts, *parameter.secondary_opts}
                (flags if getattr(parameter, "is_flag", False) else valued).update(names)
        options, positional = list[str](), list[str]()
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                positional += rest
            elif arg in valued:
                options += [arg, *itertools.islice(rest, 1)]
            elif arg in flags or not self._is_positional(arg, valued):
                options.append(arg)
            else:
                positional.append(arg)
        return [*options, "--", *positional] if positional else options

    def _is_positional(self, arg: str, valued: set[str]) -> bool:
        if not arg.startswith("-") or len(arg) == 1:
            return True
        return bool(NUMBER.match(arg))


class Formula(Positional):
    """A command whose argument is a formula, such as -a**2 or -log(b)."""

    def _is_positional(self, arg: str, valued: set[str]) -> bool:
        attached = arg[:2] in valued and FILE.fullmatch(arg[2:])  # as in -oe.svg
        return not (WORD.fullmatch(arg) or attached)
