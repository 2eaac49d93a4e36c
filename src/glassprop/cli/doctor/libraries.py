"""The libraries that compute: NumPy's BLAS, SciPy's, OpenMP, and the packages of our extras."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

EXTRAS = {"fast": ("numba", "llvmlite"), "pdf": ("typst",)}
"""The packages that an extra of glassprop brings."""

Blas = dict[str, Any]
"""name, version, file, kernel, threads, layer; None for what is not known."""
KINDS = {"openblas": "OpenBLAS", "mkl": "MKL", "blis": "BLIS", "flexiblas": "FlexiBLAS"}


def installed(package: str) -> str | None:
    """The version of a package; None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def numpy_blas() -> Blas:
    """The BLAS that NumPy computes with, which is loaded for it."""
    import numpy

    found = loaded("blas")
    own = [one for one in found if "numpy" in (one["file"] or "")]
    return next(iter(own or found), None) or _configured(numpy)


def scipy_blas(of_numpy: Blas) -> Blas | None:
    """The BLAS that SciPy computes with, and so compiled code; None without SciPy."""
    if find_spec("scipy") is None:
        return None
    import scipy
    import scipy.linalg  # loads its BLAS

    found = loaded("blas")
    others = [one for one in found if one["file"] != of_numpy["file"]]
    own = [one for one in others if "scipy" in (one["file"] or "")]
    if found:
        return next(iter(own or others), of_numpy)
    return _configured(scipy)


def loaded(kind: str) -> list[Blas]:
    """The libraries of a kind, "blas" or "openmp", in this process, as threadpoolctl sees them."""
    if find_spec("threadpoolctl") is None:
        return []
    from threadpoolctl import threadpool_info

    return [
        {
            "name": KINDS.get(one["internal_api"], one["internal_api"]),
            "version": one.get("version"),
            "file": one.get("filepath"),
            "kernel": one.get("architecture"),
            "threads": one.get("num_threads"),
            "layer": one.get("threading_layer"),
        }
        for one in threadpool_info()
        if one["user_api"] == kind
    ]


def _configured(package: Any) -> Blas:
    """What a package was built with, where nothing tells what is loaded."""
    try:
        built = package.show_config(mode="dicts")["Build Dependencies"]["blas"]
    except (AttributeError, KeyError, TypeError):
        built = {}
    unknown = dict.fromkeys(("file", "kernel", "threads", "layer"))
    return {"name": built.get("name"), "version": built.get("version"), **unknown}
