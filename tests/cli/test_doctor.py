import builtins
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glassprop.cli.doctor import doctor, libraries, openblas, speed
from glassprop.cli.doctor.advice import findings
from glassprop.cli.doctor.processor import AVX2, AVX512, Cpu, cpu
from glassprop.cli.doctor.report import text
from glassprop.cli.entry_point import run
from glassprop.compile.native import cache_folder, numba_loader
from glassprop.system import blas, threads

FAST = Cpu("Some CPU (family 1, model 2)", AVX512 | AVX2)
KEY, OTHER = "0" * 31 + "a", "f" * 32


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("GLASSPROP_CACHE", str(folder))
    for name in [name for name in os.environ if name.startswith("OPENBLAS_")]:
        monkeypatch.delenv(name)
    for name in (threads.VARIABLE, *threads.BLAS_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(speed, "SECONDS", 0.0)
    monkeypatch.setattr(speed, "MEGABYTES", 1)
    monkeypatch.setattr(speed.products, "__defaults__", (0.0,))


# -- the machine


def test_cpuinfo_of_x86(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text(
        "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\ncpu family\t: 25\n"
        "flags\t\t: fpu avx avx2 fma avx512f\n\nprocessor\t: 1\nmodel name\t: other\n"
    )
    found = cpu(tmp_path)
    assert found.name == "AMD EPYC (family 25, model 17)"
    assert found.vectors == ["AVX", "AVX2", "FMA", "AVX-512"]


def test_cpuinfo_of_arm(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("processor\t: 0\nFeatures\t: fp asimd sve\n")
    assert cpu(tmp_path).vectors == ["NEON", "SVE"]


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe nothing", b"model name\n"])
def test_a_machine_that_says_nothing(tmp_path, content):
    if content is not None:
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc/cpuinfo").write_bytes(content)
    found = cpu(tmp_path)
    assert found.vectors is None and found.name != ""


# -- the report


def test_it_runs_fits_in_80_columns_and_says_what_it_found(quick, capsys):
    assert run(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for part in ("machine", "NumPy's", "GFLOP/s", "compiled code", "extras", "what to do"):
        assert part in out
    commands = [line for line in out.splitlines() if line.startswith("       ")]
    assert all(len(line) <= 80 or "/" in line for line in set(out.splitlines()) - set(commands))


def test_json(quick, capsys):
    assert run(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cores"]["usable"] == threads.available()
    assert found["gflops"]["float32"]["1"] > 0 and found["copy_gb_per_second"] > 0
    assert found["cache"]["unusable"] == "" and isinstance(found["to_do"], list)
    assert found["blas"]["numpy"]["name"]


def test_whatever_cannot_be_read_is_unknown(monkeypatch, capsys):
    def broken(*arguments, **settings):
        raise RuntimeError("broken")

    for module, name in [
        (doctor, "cpu"), (doctor, "default_folder"), (doctor, "Folder"),
        (libraries, "numpy_blas"), (libraries, "scipy_blas"), (libraries, "loaded"),
        (speed, "products"), (speed, "copying"), (numba_loader, "unavailable"),
    ]:  # fmt: skip
        monkeypatch.setattr(module, name, broken)
    assert run(["doctor"]) == 0
    out, err = capsys.readouterr()
    assert out.count("unknown") >= 6 and err == ""
    assert run(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["gflops"] is None


def test_without_the_extras(monkeypatch, quick, capsys):
    monkeypatch.setattr(libraries, "installed", lambda name: None if name != "numpy" else "2.0")
    for module in (numba_loader, libraries, blas):
        monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert run(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "numba and llvmlite not installed" in out
    assert "pip install 'glassprop[fast]'" in out and "pip install 'glassprop[pdf]'" in out
    assert "kernels unknown" in out and "with 1 thread" not in out


def test_a_numba_that_cannot_be_loaded(monkeypatch):
    pytest.importorskip("numba")
    real = builtins.__import__

    def loading(name, *rest):
        if name == "numba":
            raise ImportError("Numba needs NumPy 1.0 or less")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", loading)
    assert "NumPy 1.0 or less" in doctor._engine()["fails"]


REPORT = {
    "glassprop": "1", "python": "3", "numpy": "2", "cpu": {"name": "A", "vectors": ["AVX2"]},
    "cores": threads.Cores(4, {"x": 4}), "copy_gb_per_second": 10.0, "trial": None,
    "blas": {
        "numpy": {"name": "OpenBLAS", "version": "0.3", "file": "/a", "kernel": "Haswell",
                  "threads": 4, "layer": "pthreads"},
        "scipy": None, "openmp": [],
    },
    "gflops": {"float32": {1: 100.0, 4: 300.0}, "float64": {1: 50.0, 4: 150.0}},
    "cache": {"folder": "/c", "programs": 2, "bytes": 10**6, "limit": 10**8, "unusable": ""},
    "engine": {"packages": {"numba": "1"}, "fails": ""},
    "packing": None,
    "extras": {"fast": {"numba": "1"}, "pdf": {"typst": None}},
}  # fmt: skip
TRIAL = {
    "set": None, "picked": "Haswell", "tried": "SkylakeX", "faster": 1.5, "remembered": True,
    "before": {"float32": 100.0, "float64": 50.0}, "after": {"float32": 150.0, "float64": 80.0},
}  # fmt: skip
GNU = {"name": "libgomp", "file": "/g"}
MKL = {"name": "MKL", "version": None, "file": "/m", "kernel": None, "threads": 1, "layer": None}
CHANGES = {
    "missing": ({"engine": {"packages": {"numba": None}, "fails": ""}},
                "numba not installed", "pip install 'glassprop[fast]'"),
    "broken": ({"engine": {"packages": {"numba": "1"}, "fails": "Numba needs NumPy 2.3 or less"}},
               "NumPy 2.3", "pip install --upgrade"),
    "others write": ({"cache": {"unusable": "others can write to /c"}}, "not kept",
                     "chmod go-w /c"),
    "no folder": ({"cache": {"unusable": "/c is a file"}}, "/c is a file", "GLASSPROP_CACHE"),
    "limit": ({"cache": {"unusable": "GLASSPROP_CACHE_MB: expected a number"}}, "a number",
              "unset GLASSPROP_CACHE_MB"),
    "kernel": ({"trial": TRIAL}, "float32 100 → 150, float64 50 → 80. This is remembered",
               "export OPENBLAS_CORETYPE=SkylakeX"),
    "set": ({"trial": {**TRIAL, "set": "Haswell"}}, "OPENBLAS_CORETYPE=Haswell makes", "unset"),
    "busy": ({"gflops": {"float32": {1: 100.0, 4: 20.0}}}, "other programs use the cores",
             "GLASSPROP_THREADS=1"),
    "openmp": ({"blas": {**REPORT["blas"], "openmp": [GNU, GNU]}}, "2 OpenMP runtimes", ""),
    "two kinds": ({"blas": {**REPORT["blas"], "scipy": MKL}},
                  "MKL and OpenBLAS", ""),
    "quota": ({"cores": threads.Cores(8, {"the CPU quota of the control group": 2})},
              "the CPU quota pays for 2", "export OMP_NUM_THREADS=2"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_findings(name):
    change, said, command = CHANGES[name]
    report = {**REPORT, **change}
    (found,) = findings(report)
    assert said in found.text and command in found.command
    assert bool(found.command) == bool(command)
    printed = text({**report, "cache": {**REPORT["cache"], **report["cache"]}}, [found])
    assert found.command in printed and max(map(len, printed.splitlines())) <= 80


def test_nothing_to_do():
    assert findings(REPORT) == []
    assert findings({**REPORT, "trial": {**TRIAL, "faster": 1.1}}) == []
    assert "nothing: all is as it should be" in text(REPORT, [])


@pytest.mark.parametrize("name", ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GLASSPROP_THREADS"])
def test_variables_that_limit_threads(monkeypatch, name):
    monkeypatch.setattr(threads, "processors", lambda: 4)
    monkeypatch.setenv(name, "2")
    (found,) = findings(REPORT)
    assert f"{name}=2" in found.text and found.command == f"unset {name}"
    monkeypatch.setenv(name, "4")
    assert findings(REPORT) == []


def test_a_variable_that_is_no_number(monkeypatch):
    monkeypatch.setenv("GLASSPROP_THREADS", "many")
    (found,) = findings(REPORT)
    assert "GLASSPROP_THREADS" in found.text and doctor._wished(REPORT["cores"]) == 4


# -- OpenBLAS's kernels


@pytest.mark.parametrize(
    ("picked", "flags", "expected"),
    [("SkylakeX", AVX512 | AVX2, None), ("Cooperlake", AVX512 | AVX2, None),
     ("Haswell", AVX512 | AVX2, "SkylakeX"), ("Zen", AVX512 | AVX2, "SkylakeX"),
     ("Zen", AVX512 - {"avx512vl"} | AVX2, None), ("Haswell", AVX2, None),
     ("Prescott", AVX2, "Haswell"), ("Sandybridge", frozenset({"avx"}), None),
     ("neoversen1", frozenset({"asimd"}), None), ("Haswell", None, None)],
)  # fmt: skip
def test_better_kernels(picked, flags, expected):
    assert openblas.better(picked, Cpu("A", flags)) == expected


def trial(monkeypatch, before, after, picked="Haswell", processor=FAST):
    """Doctor's trial where measurements give some speeds, float32 and float64 alike."""

    def elsewhere(variables):
        name, value = ("SkylakeX", after) if variables else (picked, before)
        return {"kernel": name, "speeds": {"float32": value, "float64": value / 2}}

    monkeypatch.setattr(speed, "elsewhere", elsewhere)
    return doctor._trial(processor, {"name": "OpenBLAS", "kernel": picked})


def test_a_faster_kernel_is_remembered_and_a_slower_forgotten(monkeypatch):
    numpy = libraries.installed("numpy")
    found = trial(monkeypatch, 100.0, 150.0)
    assert found["faster"] == 1.5 and found["remembered"]
    assert openblas.remembered(numpy, FAST) == "SkylakeX"
    assert openblas.remembered("0.1", FAST) is None
    assert openblas.remembered(numpy, Cpu("another", FAST.flags)) is None
    assert openblas.remembered(numpy, Cpu(FAST.name, AVX2)) is None  # it would end the process
    assert not trial(monkeypatch, 100.0, 110.0)["remembered"]
    assert openblas.remembered(numpy, FAST) is None
    trial(monkeypatch, 100.0, 150.0)
    assert trial(monkeypatch, 1.0, 2.0, picked="SkylakeX") is None
    assert not memory().exists()


def test_what_the_user_has_set_is_measured_and_never_remembered(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    found = trial(monkeypatch, 100.0, 150.0)
    assert found["set"] == "Haswell" and not found["remembered"]
    assert not memory().exists()


def test_measurements_run_nothing_of_the_folder_that_one_is_in(monkeypatch, tmp_path):
    for name in ("glassprop", "numpy", "json", "platform", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.setattr(sys, "path", [part for part in sys.path if part])
    monkeypatch.chdir(tmp_path)
    assert speed.elsewhere({})["speeds"]["float32"] > 0
    assert not (tmp_path / "ran").exists()


def test_measurements_that_fail_are_no_trial(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert speed.elsewhere({}) is None
    assert doctor._trial(FAST, {"name": "OpenBLAS", "kernel": "Haswell"}) is None
    assert doctor._trial(FAST, {"name": "MKL", "kernel": None}) is None


def memory():
    return Path(os.environ["GLASSPROP_CACHE"]) / "doctor.json"


CHOICE = json.dumps({"kernel": "SkylakeX", "cpu": "A", "numpy": "2", "faster": 2})


@pytest.mark.parametrize(
    "content",
    ["", "[]", "null", "{}", "\x00", '{"kernel": 1, "cpu": 2, "numpy": 3, "faster": "x"}',
     '{"kernel": "; rm", "cpu": "A", "numpy": "2", "faster": 2}', "[" * 9_000,
     '{"a":' * 1_800, CHOICE.replace("2}", "1" * 5_000 + "}"),
     CHOICE.replace("2}", "1" * 400 + "}"),
     CHOICE.replace('"SkylakeX"', '{"SkylakeX": 1}'), CHOICE.replace('"SkylakeX"', '["SkylakeX"]'),
     CHOICE + " " * 10_000],
)  # fmt: skip
def test_a_damaged_memory_is_no_memory(cache, content):
    cache.mkdir(mode=0o700)
    memory().write_text(content)
    assert openblas.remembered("2", Cpu("A", AVX512)) is None


@pytest.mark.skipif(os.name == "nt", reason="needs links, pipes and modes of files")
@pytest.mark.parametrize("kind", ["pipe", "folder", "endless", "link", "open", "in the open"])
def test_a_memory_that_is_no_file_of_the_users_own_is_none(cache, tmp_path, kind):
    cache.mkdir(mode=0o700)
    memory().write_text(CHOICE)
    assert openblas.remembered("2", Cpu("A", AVX512)) == "SkylakeX"
    if kind == "open":
        memory().chmod(0o666)
    elif kind == "in the open":
        cache.chmod(0o777)
    else:
        memory().rename(tmp_path / "elsewhere")
        {
            "pipe": lambda: os.mkfifo(memory()),
            "folder": memory().mkdir,
            "endless": lambda: memory().symlink_to("/dev/zero"),
            "link": lambda: memory().symlink_to(tmp_path / "elsewhere"),
        }[kind]()
    assert openblas.remembered("2", Cpu("A", AVX512)) is None
    if kind not in ("folder", "in the open"):
        openblas.remember(json.loads(CHOICE))
        assert openblas.remembered("2", Cpu("A", AVX512)) == "SkylakeX"
    else:
        with pytest.raises(OSError, match=r"irectory|others can write"):
            openblas.remember(json.loads(CHOICE))


def starting(*variables):
    """What OPENBLAS_CORETYPE is when `glassprop evaluate` starts, with NumPy not yet loaded."""
    code = (
        "import os, sys; from glassprop.cli import entry_point\n"
        "from glassprop.cli.doctor import openblas, processor\n"
        "openblas.cpu = lambda: processor.Cpu('A', processor.AVX512)\n"
        "entry_point.run(['evaluate', '--help'])\n"
        "print(os.environ.get('OPENBLAS_CORETYPE')); assert 'numpy' not in sys.modules"
    )
    environment = {**os.environ, **dict(variables)}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return found.stdout.split()[-1]


def test_the_command_line_takes_what_doctor_remembers():
    assert starting() == "None"
    numpy = libraries.installed("numpy")
    openblas.remember({"kernel": "SkylakeX", "faster": 1.4, "cpu": "A", "numpy": numpy})
    assert starting() == "SkylakeX"
    assert starting(("OPENBLAS_CORETYPE", "Haswell")) == "Haswell"
    assert starting(("OPENBLAS_NUM_THREADS", "1")) == "None"


# -- the cache


def fill(cache):
    (cache / "__pycache__").mkdir(parents=True, mode=0o700)
    cache.chmod(0o700)
    own = [f"epoch_{KEY}.code", f"epoch_{KEY}.lock", f"epoch_{KEY}.code.{'a' * 16}.new",
           f"epoch_{KEY}.py", f"epoch_{KEY}.json", f"epoch_{KEY}.12.new",
           f"__pycache__/epoch_{KEY}.epoch-9.py311.nbi", f"__pycache__/epoch_{KEY}.epoch-9.1.nbc",
           f"predict_{OTHER}.code"]  # fmt: skip
    alien = ["notes.txt", "epoch_1.code", f"epoch_{KEY}.code.txt", f"my_epoch_{KEY}.code",
             "doctor.json", "__pycache__/mine.py311.nbi", f"__pycache__/epoch_{KEY}.txt",
             f"epoch_{KEY.upper()}.code"]  # fmt: skip
    for name in own + alien:
        (cache / name).write_text("x")
    (cache / f"epoch_{'1' * 32}.code").mkdir()
    return alien


def test_clearing_the_cache_takes_only_its_own_files(cache, capsys, tmp_path):
    alien = fill(cache)
    outside = tmp_path / "outside.py"
    outside.write_text("x")
    link = cache / f"epoch_{'2' * 32}.code"
    link.symlink_to(outside)
    found = doctor._cache()
    assert (found["programs"], found["bytes"], found["limit"]) == (2, 9, 100_000_000)
    assert run(["doctor", "--clear-cache"]) == 0
    assert capsys.readouterr().out == f"removed 2 programs (0.0 MB) from {cache}\n"
    left = {str(p.relative_to(cache)) for p in cache.rglob("*")}
    assert left == {*alien, link.name, f"epoch_{'1' * 32}.code", "__pycache__"}
    assert outside.exists()


def test_clearing_no_cache(cache, capsys):
    assert run(["doctor", "--clear-cache", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"folder": str(cache), "programs": 0, "files": 0, "bytes": 0}
    assert not cache.exists()


@pytest.mark.skipif(os.name == "nt", reason="needs modes of files")
def test_a_folder_of_others_is_not_cleared(cache, capsys):
    fill(cache)
    cache.chmod(0o777)
    assert run(["doctor", "--clear-cache"]) == 2
    assert "others can write" in capsys.readouterr().err
    assert (cache / f"epoch_{KEY}.code").exists()


def test_an_unusable_cache_is_found(cache, quick, capsys):
    cache.write_text("a file")
    assert run(["doctor"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "compiled code is not kept" in out and "not usable" in out


def test_a_user_without_a_home(monkeypatch, capsys):
    monkeypatch.delenv("GLASSPROP_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def homeless():
        raise RuntimeError("no home")

    monkeypatch.setattr(cache_folder.Path, "home", homeless)
    assert "no home" in doctor._cache()["unusable"]
    assert run(["doctor", "--clear-cache"]) == 2
    assert "no home" in capsys.readouterr().err


def test_tune_measures_anew_and_the_report_says_what_was_found(tmp_path, monkeypatch, capsys):
    machine_tuning = pytest.importorskip("glassprop.compile.machine_tuning")
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path))
    assert machine_tuning.remembered() is None
    measured = {65536: float("inf"), 262144: 60.0, 1048576: 20.5, 4194304: 16.0}
    monkeypatch.setattr(machine_tuning, "measure", lambda: measured)
    assert run(["doctor", "--tune"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "packed from 60 rows with 256 KB, 20 rows with 1,024 KB, 16 rows with 4,096" in shown
    assert run(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["packing"]
    assert found == {"65536": None, "262144": 60.0, "1048576": 20.5, "4194304": 16.0}
