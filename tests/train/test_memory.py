"""Data beside which a training run needs next to no memory: measured in processes of their own."""

import os
import subprocess
import sys

import numpy as np
import pytest

MEGABYTES, WIDTH = 200, 784
FORMS = {"bytes": ("uint8", "idx"), "float64": ("float64", "npy")}
MEASURE = """
import sys, tracemalloc
import numpy as np, glassprop as gp
path, engine = sys.argv[1:]
if path.endswith("idx"):
    x = gp.data.read_idx(path, mmap=True)
else:
    x = np.load(path, mmap_mode="r")
y = (np.arange(len(x)) % 10).astype("uint8")
data = x.nbytes + y.nbytes

def made():
    return gp.Network([x.shape[1], 4, 10], dtype="float32", scale=1 / 255, seed=0, engine=engine)

settings = {"epochs": 1, "batch_size": 200, "progress": False}
made().fit(x[:400], y[:400], **settings)  # what is compiled stays in memory
net = made()
parameters = sum(value.nbytes for value in net.parameters.values())
batch = 200 * (x.shape[1] + 10) * 4
tracemalloc.start()
net.fit(x, y, **settings)
net.gradients(x, y)
_, peak = tracemalloc.get_traced_memory()
assert net.engine == engine
print((data + peak) / (data + parameters + batch))
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module", params=FORMS)
def mapped(request, tmp_path_factory):
    kind, suffix = FORMS[request.param]
    path = tmp_path_factory.mktemp("data") / f"x.{suffix}"
    n = MEGABYTES * 10**6 // (WIDTH * np.dtype(kind).itemsize)
    if suffix == "npy":
        np.lib.format.open_memmap(path, "w+", kind, (n, WIDTH))  # zeros that are not stored
    else:
        random = np.random.default_rng(0)
        head = b"\0\0\x08\x02" + n.to_bytes(4, "big") + WIDTH.to_bytes(4, "big")
        path.write_bytes(head + random.bytes(n * WIDTH))
    yield path
    path.unlink()


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_memory_is_that_of_data_parameters_and_a_mini_batch(mapped, cache, engine):
    if engine == "compiled":
        pytest.importorskip("numba")
    command = [sys.executable, "-c", MEASURE, str(mapped), engine]
    one = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    found = subprocess.run(command, check=True, capture_output=True, text=True, env=one)
    assert float(found.stdout) <= 1.2
