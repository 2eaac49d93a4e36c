"""Programs that are kept: no damage changes a bit, none of others' code runs, room is limited."""

import contextlib
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import glassprop as gp
from compile.engines import data
from glassprop.compile.native import numba_loader, program_cache
from glassprop.compile.native.cache_folder import Folder

pytest.importorskip("numba")
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs links, pipes and locks of files")
NOBODY = 65534
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("GLASSPROP_CACHE", str(folder))
    monkeypatch.delenv(program_cache.LIMIT, raising=False)
    monkeypatch.setattr(numba_loader, "MOST", 0)  # each time it is loaded as by another process
    return folder


SOURCE = "from numba import njit\n\n@njit\ndef epoch(x):\n    return x + {number}\n"
"""A module whose function is compiled in a moment."""


def load(number=1, x=1.0):
    module = numba_loader.Module(SOURCE.format(number=number), "epoch")
    return module.load(lambda: [x]), module.cached


def file_of(cache):
    (path,) = cache.glob("*.code")
    return path


# -- what is kept


def test_a_program_is_one_file_and_is_found_again(cache):
    function, cached = load()
    assert not cached and function(2.0) == 3.0
    path = file_of(cache)
    assert os.listdir(cache) == [path.name]
    function, cached = load()
    assert cached and function(2.0) == 3.0
    function, cached = load(x=1)  # other types are another program
    assert not cached and function(2) == 3 and len(os.listdir(cache)) == 2
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600


def test_numba_keeps_nothing_elsewhere(cache, tmp_path, monkeypatch):
    """A folder that Numba is told to use is not looked at, and may be open to others."""
    import numba

    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "numbas"))
    monkeypatch.chdir(tmp_path)
    load()
    assert os.listdir(tmp_path) == ["cache"] and file_of(cache)
    assert "cache" not in gp.Network([2, 1]).source(engine="compiled")


@POSIX
def test_what_holds_addresses_is_not_kept(cache):
    of_c = "ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(('fabs', ctypes.CDLL(None)))"
    source = f"import ctypes\n\nof_c = {of_c}\n{SOURCE.format(number='of_c(x)')}"
    assert numba_loader.Module(source, "epoch").load(lambda: [1.0])(-2.0) == 0.0
    assert not os.listdir(cache)


ELSEWHERE = """
import os, sys
for name in ("geteuid", "getuid", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "listxattr"):
    if hasattr(os, name):
        delattr(os, name)
os.supports_dir_fd = os.supports_fd = frozenset()
for name in ("fcntl", "grp", "pwd"):
    sys.modules[name] = None
from importlib import util
find = util.find_spec
util.find_spec = lambda name: None if name == "fcntl" else find(name)
sys.path.insert(0, "tests")
from compile.test_program_cache import load
from glassprop.cli.entry_point import run
from glassprop.compile.native import cache_folder as folder
assert not folder._IN_PLACE
assert not load()[1] and load()[1]
assert run(["doctor", "--clear-cache"]) == 0
"""


def test_a_system_without_owners_and_locks(cache):
    """Such as Windows, as far as that can be seen here."""
    code = [sys.executable, "-W", "error", "-c", ELSEWHERE]
    found = subprocess.run(code, capture_output=True, text=True)
    assert found.stdout.startswith("removed 1 programs") and found.stderr == "", found.stderr
    assert not os.listdir(cache)


# -- damage


def truncated(path, content):
    path.write_bytes(content[: len(content) // 2])


def without_its_end(path, content):
    path.write_bytes(content[:-1])


def flipped(path, content):
    where = np.random.default_rng(len(content)).integers(len(content), size=20)
    damaged = bytearray(content)
    for at in where:
        damaged[at] ^= 0x55
    path.write_bytes(damaged)


def first_byte(path, content):
    path.write_bytes(b"G" + content[1:])


def last_byte(path, content):
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def longer(path, content):
    path.write_bytes(content + b"\0")


def empty(path, content):
    path.write_bytes(b"")


def zeros(path, content):
    path.write_bytes(bytes(len(content)))


def endless(path, content):
    with path.open("wb") as file:
        file.truncate(1 << 40)


def another_programs(path, content):
    load(2)
    (other,) = set(path.parent.glob("*.code")) - {path}
    path.write_bytes(other.read_bytes())


def a_pipe(path, content):
    path.unlink()
    os.mkfifo(path)


def a_link(path, content):
    other = path.parent.parent / "elsewhere"
    other.write_bytes(content)
    path.unlink()
    path.symlink_to(other)


def a_link_to_a_device(path, content):
    path.unlink()
    path.symlink_to("/dev/zero")


def a_link_to_nothing(path, content):
    path.unlink()
    path.symlink_to("nothing")


def a_socket(path, content):
    import socket

    path.unlink()
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def open_to_others(path, content):
    path.chmod(0o666)


def of_another_user(path, content):
    if not ROOT:
        pytest.skip("only root can give a file to another user")
    os.chown(path, NOBODY, NOBODY)


DAMAGES = [truncated, without_its_end, flipped, first_byte, last_byte, longer, empty, zeros,
           endless, another_programs]  # fmt: skip
STRANGE = [a_pipe, a_link, a_link_to_a_device, a_link_to_nothing, a_socket, open_to_others,
           of_another_user]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES + [pytest.param(each, marks=POSIX) for each in STRANGE])
def test_damage_is_said_and_mended(cache, damage):
    load()
    path = file_of(cache)
    damage(path, path.read_bytes())
    with pytest.warns(RuntimeWarning, match="damaged, compiling again: .*epoch_") as warned:
        function, cached = load()
    assert len(warned) == 1 and not cached and function(2.0) == 3.0
    assert path.is_file() and not path.is_symlink() and path.stat().st_size < 1_000_000
    function, cached = load()
    assert cached and function(2.0) == 3.0


def test_a_folder_in_the_place_of_a_program(cache):
    load()
    path = file_of(cache)
    path.unlink()
    path.mkdir()
    with pytest.warns(RuntimeWarning) as warned:
        function, cached = load()
    told = [str(each.message) for each in warned]
    assert function(2.0) == 3.0 and not cached and len(told) == 2
    assert "damaged" in told[0] and "not kept: " in told[1] and all(str(path) in t for t in told)
    assert os.listdir(cache) == [path.name]


def test_code_that_numba_cannot_read_is_compiled_again(cache):
    """A digest that is right, on something that Numba of this version did not write."""
    load()
    name = file_of(cache).stem
    with program_cache.programs() as programs:
        programs.keep(name, pickle.dumps(("something", "else")))
    with pytest.warns(RuntimeWarning, match="damaged, compiling again: TypeError"):
        function, cached = load()
    assert function(2.0) == 3.0 and not cached and load()[1]


def fit():
    net = gp.Network([3, 4, 2], seed=0, engine="compiled")
    net.fit(*data(3, 2), epochs=2, batch_size=4, progress=False)
    assert net.engine == "compiled"
    return net.parameters["W1"].tobytes()


def test_no_damage_changes_a_bit(cache):
    before = fit()
    assert fit() == before
    path = file_of(cache)
    flipped(path, path.read_bytes())
    with pytest.warns(RuntimeWarning, match="damaged"):
        assert fit() == before
    assert fit() == before


# -- folders that cannot be used


@POSIX
def test_a_disk_that_is_read_only_or_full_is_one_warning(cache, monkeypatch):
    def refuse(self, name, content):
        raise OSError(30, "Read-only file system", name)

    monkeypatch.setattr(Folder, "write", refuse)
    with pytest.warns(RuntimeWarning, match="not kept: .*Read-only file system") as warned:
        assert load()[0](2.0) == 3.0
    assert len(warned) == 1 and not os.listdir(cache)


def test_a_failed_write_leaves_nothing(cache, monkeypatch):
    def interrupt(*arguments, **settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        load()
    assert not os.listdir(cache)


# -- code of others


class Ran:
    """Unpickled, it leaves a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.open, (str(self.path), os.O_CREAT | os.O_WRONLY)


def exploit(folder, name, path):
    """A folder in which what has the name of a program is code of another's choice."""
    folder.mkdir(mode=0o755)
    code = pickle.dumps(Ran(path))
    (folder / f"{name}.code").write_bytes(program_cache._head(name, code) + b"\n" + code)


def test_the_exploit_is_one(cache, tmp_path):
    """In a folder that is accepted, its code runs: the tests below test something."""
    load()
    name = file_of(cache).stem
    file_of(cache).unlink()
    cache.rmdir()
    exploit(cache, name, tmp_path / "ran")
    with pytest.warns(RuntimeWarning, match="damaged"):
        load()
    assert (tmp_path / "ran").exists()


@contextlib.contextmanager
def lock_of(cache, name):
    """The lock of a program, held as another process would."""
    import fcntl

    with (cache / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@POSIX
def test_a_folder_that_is_swapped_while_the_lock_is_waited_for(cache, tmp_path, monkeypatch):
    """What was looked at is what is used."""
    load()
    name = file_of(cache).stem
    file_of(cache).unlink()
    exploit(tmp_path / "evil", name, tmp_path / "ran")
    waiting = threading.Event()
    held = program_cache._held

    def watched(*arguments):
        waiting.set()
        return held(*arguments)

    monkeypatch.setattr(program_cache, "_held", watched)
    found = []
    with lock_of(cache, name):
        victim = threading.Thread(target=lambda: found.append(load()))
        victim.start()
        assert waiting.wait(60)
        cache.rename(tmp_path / "old")
        (tmp_path / "evil").rename(cache)
    victim.join()
    ((function, cached),) = found
    assert function(2.0) == 3.0 and not cached and not (tmp_path / "ran").exists()
    assert os.listdir(tmp_path / "old") == [f"{name}.code"]


@POSIX
@pytest.mark.skipif(not ROOT, reason="only root has a second user to try it with")
def test_the_owner_of_the_folder_above_runs_no_code(tmp_path, monkeypatch):
    """Root's own folder below one of another user, who puts another in its place."""
    parent, ran = tmp_path / "parent", tmp_path / "ran"
    parent.mkdir()
    cache = parent / "cache"
    monkeypatch.setenv("GLASSPROP_CACHE", str(cache))
    load()
    name = file_of(cache).stem
    exploit(parent / "evil", name, ran)
    for path in (parent, *(parent / "evil").iterdir(), parent / "evil"):
        os.chown(path, NOBODY, NOBODY)
    waiting = []
    held = program_cache._held
    monkeypatch.setattr(program_cache, "_held", lambda *rest: waiting.append(True) or held(*rest))
    with lock_of(cache, name), pytest.warns(RuntimeWarning, match="not kept: .*another user"):
        function, cached = load()
    assert function(2.0) == 3.0 and not cached and not waiting
    attack = ["/bin/sh", "-c", "mv cache old && mv evil cache"]
    subprocess.run(attack, check=True, cwd=parent, user=NOBODY, group=NOBODY, extra_groups=[])
    assert (parent / "old").exists()
    with pytest.warns(RuntimeWarning, match="not kept: .*another user"):
        function, cached = load()
    assert function(2.0) == 3.0 and not cached and not ran.exists()
    os.chown(parent, 0, 0)  # and what was left there still belongs to another
    with pytest.warns(RuntimeWarning, match="not kept: .*another user"):
        load()
    os.chown(cache, 0, 0)
    with pytest.warns(RuntimeWarning, match=r"damaged.*\.code belongs to another user"):
        function, cached = load()
    assert function(2.0) == 3.0 and not cached and not ran.exists()


# -- the lock


@POSIX
def test_a_lock_is_waited_for_and_then_not(cache, monkeypatch):
    load()
    name = file_of(cache).stem
    file_of(cache).unlink()
    monkeypatch.setattr(program_cache, "WAIT", 0.2)
    with (
        lock_of(cache, name),
        pytest.warns(RuntimeWarning, match=r"waited .* for another process .*\.lock"),
    ):
        function, cached = load()
    assert function(2.0) == 3.0 and not cached
    assert sorted(os.listdir(cache)) == [f"{name}.code", f"{name}.lock"]  # it is another's
    with lock_of(cache, name):  # which does not matter where the code is there
        assert load()[1]


@POSIX
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_stands_in_a_locks_place_is_neither_followed_nor_waited_for(cache, tmp_path, kind):
    load()
    name = file_of(cache).stem
    file_of(cache).unlink()
    lock, precious = cache / f"{name}.lock", tmp_path / "precious"
    precious.write_text("text")
    {
        "link": lambda: lock.symlink_to(precious),
        "pipe": lambda: os.mkfifo(lock),
        "folder": lock.mkdir,
    }[kind]()
    function, cached = load()
    assert function(2.0) == 3.0 and not cached and load()[1]
    assert precious.read_text() == "text"


# -- room


def sized(cache, number, age):
    """A program of 40 kB that was last used so many seconds ago."""
    path = cache / f"epoch_{number:032x}.code"
    path.write_bytes(bytes(40_000))
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_what_was_used_longest_ago_is_dropped(cache, monkeypatch):
    monkeypatch.setenv(program_cache.LIMIT, "1")
    load(1), load(2)
    first = {path.name for path in cache.iterdir()}
    old = [sized(cache, number, 100 + number) for number in range(40)]
    for path in cache.iterdir():
        if path.name in first:
            os.utime(path, (time.time() - 1000,) * 2)
    load(1)  # is used again
    load(3)
    left = {path.name for path in cache.iterdir()}
    assert len(left & first) == 1 and load(1)[1] and load(3)[1] and not load(2)[1]
    size = sum(path.stat().st_size for path in cache.iterdir())
    assert 900_000 < size <= 1_000_000
    assert [path.exists() for path in old] == sorted((path.exists() for path in old), reverse=True)


def test_no_room_keeps_nothing(cache, monkeypatch):
    monkeypatch.setenv(program_cache.LIMIT, "0")
    assert load()[0](2.0) == 3.0 and not cache.exists()


@pytest.mark.parametrize("text", ["many", "-1", "1e3", "1.5", "²", "9" * 30])
def test_a_limit_that_is_no_number_is_one_warning(cache, monkeypatch, text):
    monkeypatch.setenv(program_cache.LIMIT, text)
    with pytest.warns(
        RuntimeWarning, match=f"not kept: {program_cache.LIMIT}: expected a number"
    ) as warned:
        assert load()[0](2.0) == 3.0
    assert len(warned) == 1


def test_the_largest_programs_are_not_kept(cache, monkeypatch):
    monkeypatch.setattr(program_cache, "LARGEST", 100)
    assert load()[0](2.0) == 3.0 and not os.listdir(cache)


def test_what_ended_processes_and_earlier_versions_left_is_removed(cache):
    load(1)
    key = "0" * 32
    gone = [cache / f"epoch_{key}.{end}" for end in
            (f"code.{'a' * 16}.new", "lock", "py", "json", "12.new")]  # fmt: skip
    within = cache / "__pycache__"
    within.mkdir(mode=0o700)
    gone += [within / f"predict_{key}.predict-17.py311.{end}" for end in ("nbi", "1.nbc")]
    stays = [within / "other.nbc", cache / "doctor.json", cache / f"epoch_{'1' * 32}.lock"]
    for path in gone + stays:
        path.write_text("text")
        os.utime(path, (time.time() - 2 * program_cache.LEFT,) * 2)
    os.utime(stays[-1])  # is being used
    load(2)
    assert not any(path.exists() for path in gone) and all(path.exists() for path in stays)
    with Folder(cache) as folder:
        assert program_cache.kept(folder).programs == 2 and program_cache.kept(folder).files == 3


def _filled(number, start):
    program_cache.limit = lambda: 30_000  # a program has about 14,000 bytes
    start.wait()
    for turn in range(10):
        load(1 + (number + turn) % 4)


@POSIX
def test_many_processes_with_little_room(cache):
    """They drop each other's programs and leave nothing that is not whole."""
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    workers = [context.Process(target=_filled, args=(number, start)) for number in range(2)]
    for worker in workers:
        worker.start()
    start.set()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    left = list(cache.iterdir())
    assert {path.suffix for path in left} == {".code"} and len(left) < 4
