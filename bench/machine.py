"""What the numbers were measured on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "jax", "jaxlib", "torch", "scikit-learn")
VARIABLES = ("OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def describe() -> dict[str, Any]:
    """CPU, cores, memory, libraries of linear algebra with their kernels, and versions."""
    import numpy  # noqa: F401  its BLAS has to be loaded to be seen
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    pools = [
        {
            "library": pool["prefix"],
            "version": pool["version"],
            "kernel": pool.get("architecture", ""),
            "threads": pool["num_threads"],
            "of": Path(pool["filepath"]).parent.name,
        }
        for pool in threadpool_info()
    ]
    return {
        "cpu": cpu(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory": memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": pools,
        "versions": {name: found for name in PACKAGES if (found := installed(name))},
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def cpu() -> str:
    """The name of the processor, with the widest vectors that it has."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {key.strip(): value.strip() for key, _, value in (x.partition(":") for x in lines)}
    flags = facts.get("flags", "").split()
    vectors = next((name for name in ("avx512f", "avx2", "avx") if name in flags), "")
    model = f"family {facts.get('cpu family')}, model {facts.get('model')}"
    known = facts.get("model name", platform.machine())
    return ", ".join(part for part in (known, model, vectors) if part)


def memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (AttributeError, ValueError, OSError):
        return ""
