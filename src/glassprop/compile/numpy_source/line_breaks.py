"""Long lines of source, broken where a reader would break them."""

from __future__ import annotations

from collections.abc import Sequence

WIDEST = 99
INDENT = "    "
BREAKS = ((" + ", " - "), (" * ", " / ", " @ "))
"""Operators at which an expression is broken, loosest first; the operator begins the new line."""


def assignment(target: str, text: str, indent: str = INDENT, equals: str = "=") -> list[str]:
    """The lines of `target = text`, each within the width."""
    line = f"{indent}{target} {equals} {text}"
    if len(line) <= WIDEST:
        return [line]
    opened = _opened(f"{target} {equals} ", text, indent)
    return opened or [f"{indent}{target} {equals} (", *_filled(text, indent + INDENT), f"{indent})"]


def sequence(head: str, items: Sequence[str], tail: str, indent: str) -> list[str]:
    """The lines of head + items with commas between + tail, such as a call, tuple or signature."""
    line = f"{indent}{head}{', '.join(items)}{tail}"
    if len(line) <= WIDEST:
        return [line]
    lines, inner = [f"{indent}{head}"], indent + INDENT
    current = inner
    for item in items:
        if len(current) + len(item) + 1 > WIDEST and current.strip():
            lines.append(current.rstrip())
            current = inner
        current += f"{item}, "
    return [*lines, current.rstrip(), f"{indent}{tail.lstrip()}"]


def call(text: str, indent: str) -> list[str]:
    """The lines of a call that is a statement, each within the width."""
    head, _, rest = text.partition("(")
    return sequence(f"{head}(", _arguments(rest[:-1]), ")", indent)


def _filled(text: str, indent: str) -> list[str]:
    """An expression over several lines, as much in each as goes."""
    if len(indent) + len(text) <= WIDEST:
        return [indent + text]
    for operators in BREAKS:
        pieces = _pieces(text, operators)
        if len(pieces) > 1:
            break
    else:
        return _opened("", text, indent) or [indent + text]
    lines: list[str] = []
    current = ""
    for piece in pieces:
        if current and len(indent) + len(current) + len(piece) + 1 <= WIDEST:
            current += f" {piece}"
            continue
        lines += _filled_piece(current, indent)
        current = piece
    return lines + _filled_piece(current, indent)


def _filled_piece(text: str, indent: str) -> list[str]:
    if len(indent) + len(text) <= WIDEST:
        return [indent + text] if text else []
    sign = text[:2] if text[:2] in ("+ ", "- ", "* ", "/ ", "@ ") else ""
    if not sign:
        return _filled(text, indent)
    rest = text[len(sign) :]
    opened = _opened(sign, rest, indent)
    if opened:
        return opened
    first, *others = _filled(rest, indent)
    return [f"{indent}{sign}{first.strip()}", *others]


def _pieces(text: str, operators: Sequence[str]) -> list[str]:
    """The text split before operators that stand in no bracket."""
    depth, start = 0, 0
    pieces: list[str] = []
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == " " and not depth and text[place : place + 3] in operators:
            pieces.append(text[start:place])
            start = place + 1
    return [*pieces, text[start:]]


def _opened(head: str, text: str, indent: str) -> list[str]:
    """The text with its widest bracket opened over several lines, or nothing if it has none."""
    if any(len(_pieces(text, operators)) > 1 for operators in BREAKS):
        return []
    start, end = _widest_bracket(text)
    if end - start < 20:
        return []
    inner, indented = text[start + 1 : end], indent + INDENT
    arguments = _arguments(inner)
    if len(arguments) > 1:
        body = [line for a in arguments for line in _with_comma(_filled(a, indented))]
    else:
        body = _filled(inner, indented)
    closing = f"{indent}{text[end:]}"
    return [f"{indent}{head}{text[: start + 1]}", *body, closing]


def _with_comma(lines: list[str]) -> list[str]:
    return [*lines[:-1], f"{lines[-1]},"]


def _widest_bracket(text: str) -> tuple[int, int]:
    best, depth, start = (0, 0), 0, 0
    for place, sign in enumerate(text):
        if sign in "([{":
            start = place if depth == 0 else start
            depth += 1
        elif sign in ")]}":
            depth -= 1
            if depth == 0 and place - start > best[1] - best[0]:
                best = (start, place)
    return best


def _arguments(text: str) -> list[str]:
    depth, start = 0, 0
    found: list[str] = []
    for place, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and not depth:
            found.append(text[start:place])
            start = place + 2
    return [*found, text[start:]]
