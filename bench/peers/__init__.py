"""Who takes part: each peer is a function (job, data) → Trainer in a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from bench.contender import Trainer, UnavailableError
from bench.data import Data
from bench.jobs import Job

PLACES = {
    "glassprop": ("bench.ours", "compiled"),
    "numpy-engine": ("bench.ours", "numpy_engine"),
    "jax": ("bench.peers.jax", "trainer"),
    "torch": ("bench.peers.torch", "eager"),
    "torch-dense": ("bench.peers.torch", "dense"),
    "torch-compiled": ("bench.peers.torch_compiled", "trainer"),
    "sklearn": ("bench.peers.sklearn", "trainer"),
    "numpy": ("bench.peers.numpy", "trainer"),
    "seed": ("bench.peers.seed", "trainer"),
    "products": ("bench.peers.products", "trainer"),
}
TITLES = {
    "glassprop": "glassprop",
    "numpy-engine": "glassprop, NumPy engine",
    "jax": "JAX, jit + scan",
    "torch": "PyTorch",
    "torch-dense": "PyTorch, dense Linear",
    "torch-compiled": "PyTorch, torch.compile",
    "sklearn": "scikit-learn",
    "numpy": "NumPy by hand",
    "seed": "the seed's code",
    "products": "its matrix products alone",
}
REFERENCE = "numpy"
"""Whose weights everyone's are compared with."""


def maker(name: str) -> Callable[[Job, Data], Trainer]:
    """What makes a peer ready for a job; it is imported by this.

    Raises:
        UnavailableError: if it is not installed.
    """
    module, function = PLACES[name]
    try:
        return getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        raise UnavailableError(f"{error.name} is not installed") from None
