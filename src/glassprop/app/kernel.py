"""OpenBLAS's kernels: which this processor could run, and the choice that doctor remembers.

OpenBLAS picks its kernels by the processor's model, when it is loaded; a version that is older than
the processor may pick a lower one than it can. OPENBLAS_CORETYPE names another. `glassprop doctor`
measures whether that is faster and remembers it for this processor and NumPy; the commands that
compute set it before NumPy is loaded. What users have set themselves stays as it is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from glassprop.app.machine import AVX2, AVX512, Cpu, cpu
from glassprop.compile.folder import FOLDER, user_folder
from glassprop.errors import GlasspropError
from glassprop.writing import replace_whole

VARIABLE = "OPENBLAS_CORETYPE"
WORTH = 1.15
"""How many times as fast another kernel must be to be recommended: more than measurements vary."""
NEEDS = {"SkylakeX": AVX512, "Haswell": AVX2}
"""The kernels to try, best first, and the flags of the processors that can run them. They are in
every build for x86; builds for few processors, such as NumPy's, have no others of their kind."""
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


def memory() -> Path:
    """The file that doctor remembers its choice in.

    Raises:
        OSError: if the user has no folder for it.
    """
    named = os.environ.get(FOLDER)
    return (Path(named) if named else user_folder()) / "doctor.json"


def remember(choice: dict[str, Any] | None) -> None:
    """Keep a choice for later processes; None removes an earlier one.

    Raises:
        OSError: if that can't be written.
    """
    path = memory()
    if choice is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        replace_whole(path, json.dumps(choice, indent=1).encode(), GlasspropError)
    except GlasspropError as error:
        raise OSError(str(error)) from None


def remembered(numpy: str, processor: Cpu) -> str | None:
    """The kernels that doctor has found faster on this processor with this NumPy."""
    try:
        found = json.loads(memory().read_text())
        name = found["kernel"]
        same = (found["cpu"], found["numpy"]) == (processor.name, numpy)
        faster = float(found["faster"]) >= WORTH
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return name if same and faster and runs(str(name), processor) else None


def apply() -> None:
    """Have NumPy, which is not loaded yet, use the kernels that doctor has found faster."""
    if "numpy" in sys.modules or any(name.startswith("OPENBLAS_") for name in os.environ):
        return
    try:
        if not memory().exists():
            return
    except OSError:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = remembered(version("numpy"), cpu())
    except PackageNotFoundError:
        return
    if found:
        os.environ[VARIABLE] = found
