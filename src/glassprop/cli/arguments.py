"""Arguments as they are typed: numbers, and formulas that begin with a minus."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from glassprop.errors import GlasspropError, shortened

WORD = re.compile(r"--[A-Za-z][\w-]*(=.*)?", re.DOTALL)
"""What a long option looks like, known or not."""
NEGATIVE = re.compile(r"-[\d.]")
FILE = re.compile(r".*\.[A-Za-z]\w*")
"""What a file name looks like, and no formula."""


def require_text(arguments: Sequence[str]) -> None:
    """Refuse arguments of which Python could read bytes only.

    Raises:
        GlasspropError: naming the argument, and whether it or the locale is of another encoding.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise GlasspropError(_unread(argument)) from None


def _unread(argument: str) -> str:
    try:
        text = argument.encode(errors="surrogateescape").decode()
    except UnicodeError:
        return (
            f"argument {argument!r}: expected text in UTF-8; write it so, or, if it is the name "
            "of a file, rename the file"
        )
    return (
        f"argument {text!r}: it is UTF-8, but this locale has Python read it as "
        f"{sys.getfilesystemencoding()}; set PYTHONUTF8=1, or a locale such as LC_ALL=C.UTF-8"
    )


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


WHOLE: dict[str, Any] = {"parser": whole, "metavar": "<number>"}
NUMBER: dict[str, Any] = {"parser": number, "metavar": "<number>"}
"""How options with numbers are read."""


class Commands(TyperGroup):
    """Commands whose descriptions are whole in the help, over several lines where it is narrow."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands; what has a short help of its own is not cut."""
        for command in self.commands.values():
            command.short_help = (command.help or "").partition("\n\n")[0]
        super().format_commands(ctx, formatter)


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
        options, positional, unknown = list[str](), list[str](), list[str]()
        rest = iter(args)
        for arg in rest:
            if arg == "--":
                positional += rest
            elif arg in valued:
                options += [arg, *itertools.islice(rest, 1)]
            elif arg in flags or arg.partition("=")[0] in valued:
                options.append(arg)
            elif self._is_positional(arg, valued):
                positional.append(arg)
            else:
                (unknown if self._may_be_positional(arg) else options).append(arg)
        if not positional and len(unknown) == 1:
            positional, unknown = unknown, []
        return [*options, *unknown, *(["--", *positional] if positional else ())]

    def _is_positional(self, arg: str, valued: set[str]) -> bool:
        if not arg.startswith("-") or len(arg) == 1:
            return True
        return bool(NEGATIVE.match(arg))

    def _may_be_positional(self, arg: str) -> bool:
        """Whether it is one where nothing else is, though it looks like an option."""
        return False


class Formula(Positional):
    """A command whose argument is a formula, such as -a**2 or -log(b)."""

    def _is_positional(self, arg: str, valued: set[str]) -> bool:
        attached = arg[:2] in valued and FILE.fullmatch(arg[2:])  # as in -oe.svg
        return not (WORD.fullmatch(arg) or attached)

    def _may_be_positional(self, arg: str) -> bool:
        return arg.removeprefix("--").isidentifier()  # --a is a, with two signs before it
