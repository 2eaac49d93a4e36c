"""Parameters in one array, in the order in which compiled prediction reads them.

One array is unpacked faster in a call than many. A matrix that rows are multiplied with is cut into
panels, a few whole vectors wide, one after the other in memory; so a product reads straight on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.loops.storage import VECTOR, whole_vectors
from glassprop.compile.numpy_source.expressions import tuple_text
from glassprop.compile.program import LacksError
from glassprop.formula.nodes import Symbol

Numbers = npt.NDArray[Any]
ALIGNED = 64
"""Bytes of a whole vector, at a multiple of which the array begins."""


def panel_width(width: int, dtype: str) -> int:
    """How wide the panels of a matrix with so many columns are: two vectors, or one if few fit."""
    lanes = VECTOR[dtype]
    vectors = whole_vectors(str(width), dtype) // lanes
    return lanes * (1 if vectors % 2 and vectors < 9 else 2)


@dataclass(frozen=True)
class Packed:
    """A parameter's place in the packed array.

    Attributes:
        name: the parameter.
        variable: its name in the emitted source.
        transposed: whether it is packed transposed.
        shape: as it is packed; (panels, rows, width of a panel) for a matrix of a product.
        start: where it begins.
    """

    name: str
    variable: str
    transposed: bool
    shape: tuple[int, ...]
    start: int

    @property
    def stop(self) -> int:
        """Where it ends."""
        return self.start + int(np.prod(self.shape))

    def line(self) -> str:
        """The line of source that takes it out."""
        whole = f"parameters[{self.start}:{self.stop}]"
        shape = self.shape[1:] if len(self.shape) == 3 and self.shape[0] == 1 else self.shape
        if len(shape) > 1:
            whole += f".reshape({tuple_text([str(size) for size in shape])})"
        return f"{self.variable} = {whole}"

    def put(self, value: Numbers, whole: Numbers) -> None:
        """Copy it to its place; the padding is left as it is."""
        value = value.T if self.transposed else value
        place = whole[self.start : self.stop].reshape(self.shape)
        if len(self.shape) < 3:
            place[..., : value.shape[-1]] = value
            return
        width = self.shape[2]
        for number, panel in enumerate(place):
            columns = value[:, number * width : (number + 1) * width]
            panel[:, : columns.shape[1]] = columns


def packing(
    parameters: Sequence[Symbol], products: Mapping[str, bool], dtype: str
) -> tuple[Packed, ...]:
    """Where each parameter goes.

    Args:
        parameters: in order.
        products: the parameters that rows are multiplied with, and whether transposed.
        dtype: "float64" or "float32".

    Raises:
        LacksError: for a parameter that is a single number.
    """
    made: list[Packed] = []
    start = 0
    for symbol in parameters:
        sizes = [int(axis.size) for axis in symbol.axes]
        if not sizes:
            raise LacksError(f"a parameter without axes: {symbol.name}")
        turned, variable = products.get(symbol.name, False), symbol.name
        if symbol.name in products:
            rows, columns = reversed(sizes) if turned else sizes
            width = panel_width(columns, dtype)
            shape = (-(-columns // width), rows, width)
            variable += "_T" if turned else ""
        else:
            shape = (*sizes[:-1], whole_vectors(str(sizes[-1]), dtype))
        made.append(Packed(symbol.name, variable, turned, shape, start))
        start = made[-1].stop
    return tuple(made)


def pack(places: Sequence[Packed], values: Mapping[str, Numbers], dtype: str) -> Numbers:
    """The packed array; padding is 0."""
    count, size = places[-1].stop, np.dtype(dtype).itemsize
    room = np.zeros(count + ALIGNED // size, dtype)
    start = -room.ctypes.data % ALIGNED // size
    whole = room[start : start + count]
    for place in places:
        place.put(values[place.name], whole)
    return whole
