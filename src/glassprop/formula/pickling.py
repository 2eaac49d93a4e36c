"""Nodes as a flat list, as graphs are pickled and copied: formulas may be deeper than any stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from glassprop.formula.nodes import Factor, Node

Row = tuple[type[Node], tuple[object, ...], Any, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A node by its place in the list."""

    uid: int


def rows(nodes: Mapping[tuple[object, ...], Node]) -> list[Row]:
    """For each node its kind, key, axes and what else it has, with places in the place of nodes."""
    return [
        (type(node), key, node.axes, {name: _placed(getattr(node, name)) for name in _own(node)})
        for key, node in nodes.items()
    ]


def fill(node: Node, own: Mapping[str, Any], earlier: Sequence[Node]) -> None:
    """Give a node what a row says, from the nodes before it."""
    for name, value in own.items():
        setattr(node, name, _found(value, earlier))


def _own(node: Node) -> tuple[str, ...]:
    return type(node).__slots__  # type: ignore[return-value]


def _placed(value: Any) -> Any:
    if isinstance(value, Node):
        return Place(value.uid)
    if isinstance(value, Factor):
        return Factor(Place(value.node.uid), value.labels)  # type: ignore[arg-type]
    if isinstance(value, tuple):
        return tuple(map(_placed, cast(tuple[Any, ...], value)))
    return value


def _found(value: Any, earlier: Sequence[Node]) -> Any:
    if isinstance(value, Place):
        return earlier[value.uid]
    if isinstance(value, Factor):
        return Factor(_found(value.node, earlier), value.labels)
    if isinstance(value, tuple):
        return tuple(_found(part, earlier) for part in cast(tuple[Any, ...], value))
    return value
