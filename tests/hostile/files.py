"""Hostile files, by what they pretend to be."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from safetensors.numpy import load_file, save, save_file

import glassprop as gp

Make = Callable[[Path], object]
"""Makes a file of this name."""
HUGE = 1 << 40


def prepare(folder: Path) -> None:
    """Put a model and data that are as they should be into a folder."""
    net = gp.Network([3, 4, 2], seed=0)
    net.save(folder / "good.safetensors")
    x = np.random.default_rng(0).standard_normal((40, 3))
    np.savez(folder / "good.npz", x=x, y=np.arange(40) % 2)


def _content(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


def _sparse(start: bytes, size: int = HUGE) -> Make:
    def make(path: Path) -> None:
        path.write_bytes(start)
        os.truncate(path, size)

    return make


def _header(header: object, tail: bytes = b"", length: int | None = None) -> Make:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return _content(struct.pack("<Q", len(text) if length is None else length) + text + tail)


def _described(**changes: Any) -> Make:
    """A model whose description is changed; arrays are as they were unless they are given."""

    def make(path: Path) -> None:
        good = path.with_name("good.safetensors")
        arrays = {**load_file(good), **changes.pop("arrays", {})}
        with good.open("rb") as file:
            head = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        text = json.loads(head["__metadata__"]["glassprop"]) | changes
        save_file(arrays, path, {"glassprop": json.dumps(text)})

    return make


def _activation(**said: Any) -> Make:
    layer = {"initial": "normal", "activation": said}
    return _described(layers=[{"units": 4, **layer}, {"units": 2, **layer}])


W1 = np.zeros((4, 3))
TENSOR = {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}
MODELS: dict[str, Make] = {
    "empty": _content(b""),
    "noise": _content(np.random.default_rng(1).bytes(5000)),
    "endless": _sparse(b""),
    "endless header": _sparse(struct.pack("<Q", HUGE - 8) + b"{"),
    "header of 2^64": _header(b"{}", length=2**64 - 1),
    "header too long": _header(b"{}", length=1000),
    "header of lists": _header(b"[" * 200_000),
    "header in another encoding": _header(b'{"\xff": 1}'),
    "header of metadata alone": _header({"__metadata__": {"glassprop": "{}"}}),
    "metadata nested": _header({"__metadata__": {"glassprop": "[" * 200_000}}),
    "metadata of numbers": _header({"__metadata__": {"glassprop": 7}}),
    "tensor beyond the end": _header({"W1": {**TENSOR, "data_offsets": [0, 1 << 40]}}),
    "tensor of no size": _header({"W1": {**TENSOR, "shape": [2**62, 2**62]}}, bytes(16)),
    "tensor of another type": _header({"W1": {**TENSOR, "dtype": "X1"}}, bytes(16)),
    "of another program": _content(save({"W1": W1})),
    "truncated": lambda p: p.write_bytes(p.with_name("good.safetensors").read_bytes()[:-50]),
    "more at the end": lambda p: p.write_bytes(
        p.with_name("good.safetensors").read_bytes() + b"more"
    ),
    "a million inputs": _described(inputs=10**6),
    "more inputs than there are": _described(inputs=10**30),
    "many layers": _described(
        layers=[{"units": 1, "activation": {"name": "tanh"}, "initial": "he"}] * 20_000
    ),
    "not a number": _described(arrays={"W1": W1 * np.nan}),
    "infinite": _described(arrays={"W1": W1 + np.inf}),
    "version true": _described(version=True),
    "l2 true": _described(l2=True),
    "scale 0": _described(scale=0),
    "name of a list": _activation(name=[1]),
    "name of nothing": _activation(name=None),
    "name with escape codes": _activation(name="\x1b[31m\x1b]0;x\x07", formula="z"),
    "name of lines": _activation(name="a\nb\nc", formula="z"),
    "name of a built-in": _activation(name="sigmoid", formula="2*z"),
    "formula of code": _activation(name="q", formula="__import__('os').system('touch hacked')"),
    "formula nested": _activation(name="q", formula="(" * 5000 + "z" + ")" * 5000),
    "formula of powers": _activation(name="q", formula="z**9**9**9**9"),
    "formula that is long": _activation(name="q", formula="+".join(["z"] * 20_000)),
    "formula without numbers": _activation(name="q", formula="log(0-1)+z"),
}


def _npy(array: Any, **named: Any) -> bytes:
    memory = io.BytesIO()
    np.save(memory, array, **named)
    return memory.getvalue()


def _npy_header(text: str) -> bytes:
    line = text.encode() + b" " * (-(len(text) + 11) % 64) + b"\n"
    return npy.MAGIC_PREFIX + b"\1\0" + struct.pack("<H", len(line)) + line


def _shape(shape: str, descr: str = "<f8") -> bytes:
    return _npy_header(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}")


def _archive(**members: bytes) -> Make:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, content in members.items():
                archive.writestr(f"{name}.npy", content)

    return make


def _bomb(path: Path) -> None:
    """An array of 2 GB, packed in 2 MB."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x.npy", "w", force_zip64=True) as file,
    ):
        file.write(_shape("(100000, 2500)"))
        for _ in range(125):
            file.write(bytes(16 << 20))


FLOATS = _npy(np.ones((4, 3)))
TABLES: dict[str, Make] = {
    "empty.csv": _content(b""),
    "header.csv": _content(b"a,b,c,label\n"),
    "ragged.csv": _content(b"1,2,3,0\n1,2,0\n"),
    "quote.csv": _content(b'1,2,3,"0\n1,2,3,0\n'),
    "null.csv": _content(b"1,2,3,0\n1,\0,3,1\n"),
    "utf16.csv": _content("1,2,3,0\n".encode("utf-16") * 3),
    "latin1.csv": _content(b"a\xe4,b,c,label\n1,2,3,0\n"),
    "large.csv": _content(b"1,2,3,1e999\n1,2,3,0\n"),
    "integers.csv": _content(b"1,2,3,99999999999999999999\n1,2,3,0\n"),
    "labels.csv": _content(b"1,2,3,499999\n4,5,6,0\n7,8,9,3\n"),
    "escape.csv": _content(b"\x1b[31m,\x1b]0;t\x07,c,label\n1,2,3,x\x1b[31m\n"),
    "wide.csv": _content(b",".join([b"1"] * 400_000) + b"\n"),
    "one line.csv": _sparse(b"1,"),
    "returns.csv": _content(b"1,2,3,0\r4,5,6,1\r7,8,9,0\r"),
    "noise.csv": _content(np.random.default_rng(2).bytes(20_000)),
    "noise.npy": _content(np.random.default_rng(3).bytes(20_000)),
    "huge.npy": _content(_shape("(1000000000000, 3)")),
    "sparse.npy": _sparse(_shape("(40000000000, 3)")),
    "negative.npy": _content(_shape("(-1, 3)") + bytes(24)),
    "code.npy": _content(_shape("__import__('os').system('touch hacked')")),
    "nested.npy": _content(_npy_header("(" * 20_000)),
    "objects.npy": _content(_npy(np.array([[{}, []]], object), allow_pickle=True)),
    "texts.npy": _content(_npy(np.array([["a", "b", "c"]]))),
    "complex.npy": _content(_npy(np.ones((4, 3), complex))),
    "structured.npy": _content(_npy(np.zeros((4, 3), [("a", "f8")]))),
    "no rows.npy": _content(_npy(np.ones((0, 3)))),
    "scalar.npy": _content(_npy(np.ones(()))),
    "nan.npy": _content(_npy(np.full((4, 3), np.nan))),
    "noise.npz": _content(b"PK\3\4" + np.random.default_rng(4).bytes(20_000)),
    "no x.npz": _archive(z=FLOATS),
    "unequal.npz": _archive(x=FLOATS, y=_npy(np.arange(9))),
    "pickles.npz": _archive(x=_npy(np.array([[{}]], object), allow_pickle=True)),
    "bomb.npz": _bomb,
    "claims.npz": _archive(x=_shape("(1000000000, 1000)")),
    "labels.npz": _archive(x=FLOATS, y=_npy(np.array([0, 10**9, 1, 2]))),
    "not one-idx3-ubyte": _content(b"\1\2\3\4"),
    "claims-idx3-ubyte": _content(b"\0\0\x08\3" + b"\xff" * 12),
    "axes-idx3-ubyte": _content(b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"\1"),
    "bomb-idx3-ubyte.gz": _content(
        gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 1 << 16, 1 << 8, 64) + bytes(1 << 28), 1)
    ),
    "cut-idx3-ubyte.gz": _content(gzip.compress(b"\0\0\x08\3" + bytes(100))[:-9]),
}


def _socket(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:  # whose names are short
            made.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


PLACES: dict[str, Make] = {
    "missing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),
    "socket": _socket,
    "circle": lambda path: path.symlink_to(path.name),
    "dangling": lambda path: path.symlink_to("nowhere/at all"),
    "zeros": lambda path: path.symlink_to("/dev/zero"),
    "nothing": lambda path: path.symlink_to("/dev/null"),
    "noise": lambda path: path.symlink_to("/dev/urandom"),
    "memory": lambda path: path.symlink_to("/proc/self/mem"),
    "full": lambda path: path.symlink_to("/dev/full"),
    "read-only": lambda path: path.touch(0o444),
    "-option": lambda path: None,
    "n" * 300: lambda path: None,
    "none/" * 1000 + "a": lambda path: None,
    "good.npz/a": lambda path: None,
    "\udcff\udcfe": lambda path: path.touch(),
    "two\nlines": lambda path: path.touch(),
    "\x1b[31mred\x1b]0;t\x07": lambda path: path.touch(),
    " ": lambda path: path.touch(),
}
"""Names to which a suffix is added, of what is no file, or cannot be one."""
