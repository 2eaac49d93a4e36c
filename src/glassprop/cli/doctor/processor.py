"""What the machine is: its processor and the vector instructions that it has."""

from __future__ import annotations

import platform
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from glassprop.system.threads import ROOT

VECTORS = {
    "avx": "AVX",
    "avx2": "AVX2",
    "fma": "FMA",
    "avx512f": "AVX-512",
    "avx512_bf16": "AVX-512 BF16",
    "amx_tile": "AMX",
    "asimd": "NEON",
    "sve": "SVE",
    "sve2": "SVE2",
}
"""The vector extensions that matter for matrix products, by their flag in /proc/cpuinfo."""
AVX512 = frozenset({"avx512f", "avx512dq", "avx512bw", "avx512vl"})
"""What OpenBLAS's kernels with AVX-512 need."""
AVX2 = frozenset({"avx2", "fma"})


@dataclass(frozen=True)
class Cpu:
    """A processor: its name and its flags; None where they are not known."""

    name: str | None
    flags: frozenset[str] | None

    @property
    def vectors(self) -> list[str] | None:
        """Its vector extensions, by their names."""
        if self.flags is None:
            return None
        return [name for flag, name in VECTORS.items() if flag in self.flags]


def cpu(root: Path = ROOT) -> Cpu:
    """The processor, as the system describes it; `root` is where its files are."""
    try:
        text = (root / "proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return Cpu(_named() or None, None)
    return Cpu(_name(text) or platform.processor() or None, _flags(text))


def _name(text: str) -> str:
    """The processor's name; a virtual one is told from others by its family and model."""
    name = _field(text, "model name")
    family, model = _field(text, "cpu family"), _field(text, "model")
    return f"{name} (family {family}, model {model})" if name and family and model else name


def _flags(text: str) -> frozenset[str] | None:
    found = _field(text, "flags") or _field(text, "Features")
    return frozenset(found.split()) or None


def _field(text: str, name: str) -> str:
    found = re.search(rf"^{name}[ \t]*:[ \t]*(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _named() -> str:
    """The name where there is no /proc: macOS, Windows."""
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            found = subprocess.run(command, capture_output=True, text=True, timeout=5)
        except (OSError, subprocess.SubprocessError):
            return platform.processor()
        return found.stdout.strip() or platform.processor()
    return platform.processor()
