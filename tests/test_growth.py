"""Programs that come and go leave next to nothing behind: measured in processes of their own."""

import subprocess
import sys

import pytest

MEASURE = """
import gc, linecache, re, sys
import numpy as np, glassprop as gp

x, y = np.random.default_rng(0).normal(size=(40, 6)), np.arange(40) % 3
net = gp.Network([6, 5, 3], seed=0)

def fit(engine):
    made = gp.Network([6, 5, 3], seed=0, engine=engine)
    made.fit(x, y, epochs=1, progress=False)
    assert made.engine == engine

uses = {
    "predict": lambda: gp.Network([6, 5, 3], seed=0).predict(x),
    "fit": lambda: fit("numpy"),
    "compile": lambda: net.compile()(x),
    "compiled fit": lambda: fit("compiled"),
    "load another": lambda: gp.Network([6, next(sizes), 3], seed=0).compile()(x),
}
use, times = uses[sys.argv[1]], int(sys.argv[2])
sizes = iter(range(2, 99))

def resident():
    gc.collect()
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\\s+(\\d+)", status.read())[1])

for _ in range(int(sys.argv[3])):
    use()
before, sources, modules = resident(), len(linecache.cache), len(sys.modules)
for _ in range(times):
    use()
after = resident()
assert len(sys.modules) == modules
print(len(linecache.cache) - sources, (after - before) / times)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a process is read as Linux has it")
@pytest.mark.parametrize("use", ["predict", "fit", "compile", "compiled fit"])
def test_uses_of_a_network_leave_nothing_behind(use, tmp_path, monkeypatch):
    if "compile" in use:
        pytest.importorskip("numba")
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path))
    command = [sys.executable, "-c", MEASURE, use, "100", "20"]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    sources, resident = map(float, found.stdout.split())
    assert sources == 0  # of programs; each has some 16 kB
    assert resident < 40  # kB for each; loading a compiled program again takes some 300


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a process is read as Linux has it")
def test_of_a_program_that_is_loaded_its_code_stays_and_no_form_of_it_besides(
    tmp_path, monkeypatch
):
    """LLVM does not give code back: it stays for as long as the process lives."""
    pytest.importorskip("numba")
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path))
    command = [sys.executable, "-c", MEASURE, "load another", "3", "2"]
    for _ in range(2):  # the first compiles
        found = subprocess.run(command, check=True, capture_output=True, text=True)
    assert float(found.stdout.split()[1]) < 700  # kB for each; with the form for linking, 1400
