"""LLVM code for rows of numbers in vector registers, which the kernels are written with.

A row's width is a constant: it is taken apart into vectors of 64 bytes and smaller ones at its
end; where the CPU's vectors are shorter, LLVM splits them.

No flag here lets LLVM reorder anything. `multiply_add` is one rounding or two by the CPU alone.
"""

# pyright: basic

import copy
import hashlib
from functools import cache

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils, config

BYTES = 64
IN_REGISTERS = 8
"""Vectors of sums at a time; a CPU with 16 or 32 registers has room for the operands beside."""

I64, I32 = ir.IntType(64), ir.IntType(32)


@cache
def widest():
    """The vectors that code is compiled for: "avx512", "avx", "sse" or "other"."""
    wanted = getattr(config, "CPU_FEATURES", None)
    if wanted:
        found = {name[1:] for name in wanted.split(",") if name.startswith("+")}
    else:
        found = {name for name, there in binding.get_host_cpu_features().items() if there}
    if "avx512f" in found:
        return "avx512"
    if "avx" in found:
        return "avx"
    return "sse" if "sse2" in found else "other"


def tiles(width, lanes, together=IN_REGISTERS):
    """The width as vectors (place, lanes), in groups of some that registers can hold."""
    pieces, place = [], 0
    while place < width:
        while lanes > width - place:
            lanes //= 2
        pieces.append((place, lanes))
        place += lanes
    return [pieces[k : k + together] for k in range(0, len(pieces), together)]


def prefetch_line(builder, pointer):
    """Ask the memory for the line of the cache that an address is in."""
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte, I32, I32, I32])
    function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
    options = [ir.Constant(I32, k) for k in (0, 3, 1)]  # for reading, into all caches, data
    builder.call(function, [builder.bitcast(pointer, byte), *options])


def multiply_add(builder, first, second, total):
    """Give total + first * second, of numbers or vectors, rounded once where the CPU can.

    Which of both it is depends on the CPU alone and not, as with the flag `contract`, on what is
    around it; so a value computed in two places has the same bits.
    """
    kind = total.type
    vector = isinstance(kind, ir.VectorType)
    lanes, number = (f"v{kind.count}", kind.element) if vector else ("", kind)
    name = f"llvm.fmuladd.{lanes}{number.intrinsic_name}"
    whole = ir.FunctionType(kind, [kind] * 3)
    function = cgutils.get_or_insert_function(builder.module, whole, name)
    return builder.call(function, [first, second, total])


class Address:
    """What a kernel of its own knows of an array.

    Attributes:
        data: the address of its first number.
    """

    def __init__(self, data):
        self.data = data


class Code:
    """Writes LLVM for arrays of one number type."""

    def __init__(self, context, builder, signature, arguments):
        self.context, self.builder = context, builder
        self.arrays = [
            context.make_array(kind)(context, builder, value)
            if isinstance(kind, types.Array)
            else value
            for kind, value in zip(signature.args, arguments, strict=True)
        ]
        self.type = signature.args[0].dtype
        self.number = context.get_value_type(self.type)
        self.bytes = 8 if signature.args[0].dtype == types.float64 else 4
        self.lanes = BYTES // self.bytes

    def apart(self, name, write):
        """Call a function of the module's own that has the code, written once for each name.

        LLVM takes more time for one long function than for some short ones, and a product that is
        called twice is compiled once. It has the addresses of arrays, and no strides.

        Args:
            name: for what the code is made; different for different code.
            write: writes the code with a `Code` whose arrays have `data` alone.
        """
        arrays = [hasattr(one, "data") for one in self.arrays]
        given = [one.data if has else one for one, has in zip(self.arrays, arrays, strict=True)]
        whole = ir.FunctionType(ir.VoidType(), [value.type for value in given])
        digest = hashlib.sha256(f"{name} {self.number}".encode()).hexdigest()[:16]
        function = cgutils.get_or_insert_function(
            self.builder.module, whole, f"glassprop_kernel_{digest}"
        )
        if function.is_declaration:
            function.linkage = "internal"
            function.attributes.add("noinline")
            own = copy.copy(self)
            own.builder = ir.IRBuilder(function.append_basic_block("entry"))
            own.arrays = [
                Address(value) if has else value
                for value, has in zip(function.args, arrays, strict=True)
            ]
            write(own)
            own.builder.ret_void()
        self.builder.call(function, given)
        return self.context.get_dummy_value()

    def pointer(self, array, row=None, place=0):
        """The address of a place in a row."""
        data = array.data
        if row is not None:
            stride = self.builder.extract_value(array.strides, 0)
            data = self.builder.gep(
                self.builder.bitcast(data, ir.IntType(8).as_pointer()),
                [self.builder.mul(row, stride)],
            )
            data = self.builder.bitcast(data, self.number.as_pointer())
        return self.builder.gep(data, [ir.Constant(I64, place)])

    def load(self, pointer, lanes):
        """A vector from neighbouring places."""
        kind = ir.VectorType(self.number, lanes)
        found = self.builder.load(self.builder.bitcast(pointer, kind.as_pointer()))
        found.align = self.bytes
        return found

    def store(self, value, pointer):
        """Put a vector into neighbouring places."""
        kind = value.type.as_pointer()
        self.builder.store(value, self.builder.bitcast(pointer, kind)).align = self.bytes

    def entry(self, array, place):
        """One number of a vector array whose entries need not be neighbours."""
        return self.builder.load(self.pointer(array, place))

    def repeated(self, value, lanes):
        """A vector of one number."""
        empty = ir.Constant(ir.VectorType(self.number, lanes), ir.Undefined)
        first = self.builder.insert_element(empty, value, ir.Constant(I32, 0))
        places = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
        return self.builder.shuffle_vector(first, empty, places)

    def zero(self, lanes):
        """Make a vector variable for a sum, which LLVM keeps in a register."""
        kind = ir.VectorType(self.number, lanes)
        place = cgutils.alloca_once(self.builder, kind)
        self.builder.store(ir.Constant(kind, [0.0] * lanes), place)
        return place

    def add_product(self, total, first, second):
        """Add the product of two vectors to a sum."""
        builder = self.builder
        builder.store(multiply_add(builder, first, second, builder.load(total)), total)

    def loop(self, start, stop):
        """Make a loop over whole numbers; gives its index."""
        return cgutils.for_range_slice(self.builder, start, stop, ir.Constant(I64, 1), intp=I64)

    def sparse_entry(self, columns, values, place):
        """The column and the value at a place of compressed rows, the value as a number."""
        column = self.builder.load(self.builder.gep(columns.data, [place]))
        if column.type != I64:
            column = self.builder.zext(column, I64)  # a column is never negative
        value = self.builder.load(self.builder.gep(values.data, [place]))
        return column, self.context.cast(self.builder, value, values._fe_type.dtype, self.type)
