"""OpenBLAS's kernels: which this processor could run, and the choice that doctor remembers.

OpenBLAS picks its kernels by the processor's model, when it is loaded; a version that is older than
the processor may pick a lower one than it can. OPENBLAS_CORETYPE names another. `glassprop doctor`
measures whether that is faster and remembers it for this processor and NumPy; the commands that
compute set it before NumPy is loaded. What users have set themselves stays as it is.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from glassprop.cli.doctor.processor import AVX2, AVX512, Cpu, cpu
from glassprop.compile.native.cache_folder import FOLDER, Folder, user_folder

VARIABLE = "OPENBLAS_CORETYPE"
WORTH = 1.15
"""How many times as fast another kernel must be to be recommended: more than measurements vary."""
NEEDS = {"SkylakeX": AVX512, "Haswell": AVX2}
"""The kernels to try, best first, and the flags of the processors that can run them. They are in
every build for x86; builds for few processors, such as NumPy's, have no others of their kind."""
FILE = "doctor.json"
LARGEST = 10_000
"""Bytes that a choice takes at most."""
WITH_AVX512 = ("skylakex", "cooperlake", "sapphirerapids")
WITH_AVX2 = ("haswell", "zen", "excavator")


def better(architecture: str, processor: Cpu) -> str | None:
    """The kernels to try, if those that OpenBLAS has picked are below what there could be."""
    picked = architecture.lower()
    for name, same in (("SkylakeX", WITH_AVX512), ("Haswell", WITH_AVX2)):
        if picked in same:
            return None
        if runs(name, processor):
            return name
    return None


def runs(name: str, processor: Cpu) -> bool:
    """Whether a processor has what some kernels need; others would end the process."""
    return name in NEEDS and (processor.flags or frozenset()) >= NEEDS[name]


def memory(make: bool = False) -> Folder:
    """The folder that doctor remembers its choice in.

    Args:
        make: whether to make it if it does not exist.

    Raises:
        OSError: if the user has none, or it is open to others.
    """
    named = os.environ.get(FOLDER)
    return Folder(Path(named) if named else user_folder(), make)


def remember(choice: dict[str, Any] | None) -> None:
    """Keep a choice for later processes; None removes an earlier one.

    Raises:
        OSError: if that can't be written.
    """
    if choice is not None:
        with memory(make=True) as folder:
            folder.write(FILE, json.dumps(choice, indent=1).encode())
        return
    with contextlib.suppress(FileNotFoundError), memory() as folder:
        folder.remove(FILE)


def remembered(numpy: str, processor: Cpu) -> str | None:
    """The kernels that doctor has found faster on this processor with this NumPy."""
    try:
        found = json.loads(_remembered())
        name = found["kernel"]
        same = (found["cpu"], found["numpy"]) == (processor.name, numpy)
        faster = float(found["faster"]) >= WORTH
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return name if same and faster and runs(str(name), processor) else None


def _remembered() -> bytes:
    """What is in the file; nothing where there is none, or none of the user's own."""
    try:
        with memory() as folder:
            return folder.read(FILE, LARGEST)
    except OSError:
        return b""


def apply() -> None:
    """Have NumPy, which is not loaded yet, use the kernels that doctor has found faster."""
    if "numpy" in sys.modules or any(name.startswith("OPENBLAS_") for name in os.environ):
        return
    if not _remembered():
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = remembered(version("numpy"), cpu())
    except PackageNotFoundError:
        return
    if found:
        os.environ[VARIABLE] = found
