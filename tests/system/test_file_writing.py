"""Files are replaced whole; mode, owner and links stay; nothing else is replaced."""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

import glassprop as gp
from glassprop.data import write_idx
from glassprop.errors import DataError, GlasspropError
from glassprop.show.document.files import DocumentError
from glassprop.system.file_writing import (
    check_writable,
    place,
    replace_together,
    replace_whole,
    replacing,
)

NET = gp.Network([2, 1], seed=0)
SAVES = {
    "model": (NET.save, "a.safetensors"),
    "document": (NET.derivation.save, "a.txt"),
    "comparison": (gp.diff(NET, NET).save, "a.md"),
    "idx": (lambda path: write_idx(path, np.zeros(3)), "a.idx"),
}
REFUSALS = (gp.ModelFileError, DocumentError, DataError)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=SAVES)
def save(request, tmp_path):
    """Something that writes a file, and the path that it writes."""
    write, name = SAVES[request.param]
    return lambda path=tmp_path / name: write(path), tmp_path / name


def refused(write, *arguments):
    with pytest.raises(REFUSALS) as caught:
        write(*arguments)
    text = str(caught.value)
    assert len(text.splitlines()) == 1 and text.isprintable()
    return text


def test_a_file_is_replaced_whole_and_leaves_nothing_else(save, tmp_path):
    write, path = save
    path.write_bytes(b"old")
    write()
    assert len(path.read_bytes()) > 3 and names(tmp_path) == [path.name]


def test_a_file_stays_where_the_disk_is_full(save, tmp_path, monkeypatch):
    write, path = save
    path.write_bytes(b"old")

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert "No space left" in refused(write)
    assert path.read_bytes() == b"old" and names(tmp_path) == [path.name]


LIMITED = """
import resource, sys
import glassprop as gp
net = gp.Network([2, 1], seed=0)
resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
for write, name in ((net.save, "a.safetensors"), (net.derivation.save, "a.txt")):
    try:
        write(f"{sys.argv[1]}/{name}")
    except gp.GlasspropError as error:
        print(error)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs limits")
def test_what_is_too_large_to_be_written(tmp_path):
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert found.stdout.count("cannot be written: File too large\n") == 2 and not found.stderr
    assert not names(tmp_path)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_of_a_file_stays(mode, save):
    write, path = save
    path.touch()
    path.chmod(mode)
    write()
    assert stat.S_IMODE(path.stat().st_mode) == mode and path.stat().st_size


def test_a_new_file_has_the_mode_that_is_usual(save):
    write, path = save
    before = os.umask(0o027)
    try:
        write()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_of_a_file_stays(save):
    write, path = save
    path.touch()
    os.chown(path, 1234, 2345)
    write()
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


@pytest.mark.skipif(os.name == "nt", reason="owners are of POSIX")
def test_a_group_that_cannot_be_given_gets_no_more_than_all_have(tmp_path, monkeypatch):
    def refuses(*arguments):
        raise PermissionError(1, "Operation not permitted")

    path = tmp_path / "a"
    path.touch()
    path.chmod(0o664)
    real = os.stat

    def other_group(file, **named):
        found = real(file, **named)
        if os.fspath(file) != os.fspath(path):
            return found
        return os.stat_result((*found[:5], found.st_gid + 1, *found[6:]))

    monkeypatch.setattr("os.chown", refuses)
    monkeypatch.setattr("os.stat", other_group)
    replace_whole(path, b"new", DataError)
    monkeypatch.undo()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_while_it_is_written_nobody_else_reads_what_takes_a_secret_place(tmp_path):
    path = tmp_path / "a"
    path.touch()
    path.chmod(0o600)
    with replacing(path, DataError) as file:
        (part,) = [one for one in tmp_path.iterdir() if one != path]
        file.write(b"new")
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("mode", [0o444, 0o400, 0o555])
def test_a_file_that_is_read_only_is_not_replaced(mode, save):
    write, path = save
    path.write_bytes(b"old")
    path.chmod(mode)
    assert "is read-only; make it writable (chmod u+w)" in refused(write)
    assert path.read_bytes() == b"old"


def test_a_link_stays_and_what_it_leads_to_is_written(save, tmp_path):
    write, path = save
    (tmp_path / "far").mkdir()
    target = tmp_path / "far" / f"b{path.suffix}"
    path.symlink_to(target)
    for _ in range(2):  # to nothing, and to a file
        write()
        assert path.is_symlink() and target.stat().st_size and not target.is_symlink()
    assert names(tmp_path / "far") == [target.name]


def test_a_link_in_a_circle(save, tmp_path):
    write, path = save
    path.symlink_to(path)
    assert "leads in a circle" in refused(write)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs a second user")
def test_a_link_that_another_user_has_put_into_a_folder_of_all(save, tmp_path):
    write, path = save
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    target = tmp_path / "precious"
    target.write_bytes(b"old")
    link = shared / path.name
    link.symlink_to(target)
    os.lchown(link, 65534, 65534)
    assert "is a link that another user has put there" in refused(write, link)
    assert target.read_bytes() == b"old"
    os.lchown(link, os.geteuid(), -1)
    write(link)
    assert target.read_bytes() != b"old"


HOSTILE = {
    "long": "n" * 300,
    "long folder": f"{'n' * 300}/a",
    "long path": "a/" * 3000 + "a",
    "null": "a\0b",
    "surrogate": "a\udcffb",
    "no folder": "none/a",
    "file as a folder": "file/a",
    "newline": "none\n/a",
    "escape": "none\x1b[31m/a",
    "folder": "folder",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_no_file_can_have(name, save, tmp_path):
    write, path = save
    (tmp_path / "file").touch()
    (tmp_path / f"folder{path.suffix}").mkdir()
    before = names(tmp_path)
    refused(write, f"{tmp_path}/{HOSTILE[name]}{path.suffix}")
    assert names(tmp_path) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_cannot_be_loaded(name, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "folder.safetensors").mkdir()
    refused(gp.load, f"{tmp_path}/{HOSTILE[name]}.safetensors")
    for suffix in ("csv", "npy", "npz", "idx", ""):
        refused(gp.data.load, f"{tmp_path}/{HOSTILE[name]}.{suffix}")


def test_a_long_name_that_a_file_can_have(save, tmp_path):
    write, path = save
    longest = tmp_path / ("n" * (255 - len(path.suffix)) + path.suffix)
    write(longest)
    assert names(tmp_path) == [longest.name]


LOCKED = """
import os, sys
import numpy as np
import glassprop as gp
folder = sys.argv[1]
net, x = gp.Network([2, 1], seed=0), np.arange(6.0).reshape(3, 2)
def write_all(to):
    net.save(f"{to}/a.safetensors")
    net.derivation.save(f"{to}/a.txt")
    np.savez(f"{to}/a.npz", x=x)
    np.savetxt(f"{to}/a.csv", x, delimiter=",")
    np.save(f"{to}/x.npy", x)
    gp.data.write_idx(f"{to}/a-idx3-ubyte", x)
def use(use, path):
    try:
        use(path)
    except gp.GlasspropError as error:
        print(*str(error).split())
def use_all(of):
    for path in ("others.safetensors", "b/a.safetensors", "a.safetensors"):
        use(net.save, f"{of}/{path}")
    use(net.derivation.save, f"{of}/a.txt")
    use(gp.load, f"{of}/a.safetensors")
    for name in ("a.npz", "a.csv", "x.npy", "a-idx3-ubyte"):
        use(gp.data.load, f"{of}/{name}")
write_all(f"{folder}/closed")
os.mkdir(f"{folder}/closed/b")
use_all(f"{folder}/closed")  # what is loaded later may not be there for another user
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
print("locked")
use_all(f"{folder}/closed")
use(net.save, f"{folder}/seen/a.safetensors")
use(net.save, f"{folder}/open/others.safetensors")
"""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="needs a second user")
def test_folders_that_may_not_be_entered():
    with tempfile.TemporaryDirectory() as place:  # those of pytest are for one user
        folder = Path(place)
        folder.chmod(0o755)
        for name, mode in (("closed", 0o700), ("seen", 0o755), ("open", 0o777)):
            (folder / name).mkdir()
            (folder / name).chmod(mode)
        (folder / "open" / "others.safetensors").touch(mode=0o644)
        command = [sys.executable, "-c", LOCKED, place]
        found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    before, _, after = found.stdout.partition("locked\n")
    *denied, read_only = after.splitlines()
    assert not found.stderr and not before and len(denied) == 10, found
    assert "read-only" in read_only
    assert [line for line in denied if "ermission denied" not in line] == []


def _device(path):
    """Another /dev/null: the one of the system is not to be put at risk."""
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only an administrator makes devices")


def _socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # whose names are short


@pytest.mark.skipif(os.name == "nt", reason="such files are of POSIX")
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("make", [os.mkfifo, _device, _socket])
def test_devices_pipes_and_sockets_stay(make, linked, save, tmp_path, monkeypatch):
    write, path = save
    monkeypatch.chdir(tmp_path)
    special = tmp_path / "special" if linked else path
    make(special)
    if linked:
        path.symlink_to(special)
    kind = os.lstat(special).st_mode
    assert "is a device, a pipe or the like" in refused(write)
    assert os.lstat(special).st_mode == kind and path.is_symlink() == linked


STREAMS = """
import os, sys
from pathlib import Path
from glassprop.errors import DataError
from glassprop.system.file_writing import replace_whole
print("earlier", flush=True)
for name in sys.argv[1:]:
    try:
        replace_whole(Path(name), b"new", DataError)
    except DataError as error:
        print(error, flush=True)
"""


@pytest.mark.skipif(not os.path.islink("/dev/stdout"), reason="the system has no such names")
def test_what_standard_output_goes_to_is_not_replaced(tmp_path):
    (tmp_path / "link").symlink_to("/dev/stdout")
    (tmp_path / "far").symlink_to("link")
    streams = [tmp_path / "far", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", STREAMS, *streams], stdout=out, check=True)
    first, *rest = (tmp_path / "out").read_text().splitlines()
    assert first == "earlier"
    assert len(rest) == 4 and all("where files are not kept" in line for line in rest)


@pytest.mark.skipif(not os.path.isdir("/proc/self/cwd"), reason="the system has no such names")
def test_a_folder_by_a_name_of_the_systems(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace_whole(Path("/proc/self/cwd/new"), b"new", DataError)
    assert (tmp_path / "new").read_bytes() == b"new"


def test_files_that_belong_together_are_replaced_together(tmp_path, monkeypatch):
    a, b = tmp_path / "a", tmp_path / "b"
    a.write_bytes(b"old a")
    b.write_bytes(b"old b")
    asked, real = [], os.fsync

    def full_the_second_time(file):
        asked.append(file)
        if len(asked) == 2:
            raise OSError(28, "No space left on device")
        real(file)

    monkeypatch.setattr("os.fsync", full_the_second_time)
    with pytest.raises(DataError, match=r"b: cannot be written: No space left"):
        replace_together({a: b"new", b: b"new"}, DataError)
    assert (a.read_bytes(), b.read_bytes()) == (b"old a", b"old b")
    assert names(tmp_path) == ["a", "b"]


def test_a_check_leaves_nothing_and_asks_for_all_that_writing_does(tmp_path):
    check_writable(tmp_path / "a", DataError)
    assert not names(tmp_path)
    (tmp_path / "a").touch(mode=0o444)
    with pytest.raises(DataError, match="read-only"):
        check_writable(tmp_path / "a", DataError)
    assert place(tmp_path / "a", GlasspropError) == (tmp_path / "a").resolve()


KILLED = """
import sys, time
from pathlib import Path
from glassprop.errors import DataError
from glassprop.system.file_writing import replacing
with replacing(Path(sys.argv[1]), DataError):
    print("writing", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_what_a_killed_process_left_is_removed_by_the_next_and_what_is_in_use_stays(tmp_path):
    path = tmp_path / "a"
    command = [sys.executable, "-c", KILLED, str(path)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as killed,
        subprocess.Popen(command, stdout=subprocess.PIPE) as alive,
    ):
        for process in (killed, alive):
            assert process.stdout is not None and process.stdout.readline()
        (tmp_path / ".glassprop-mine").touch()
        (tmp_path / ".glassprop-0123456789abcdef").mkdir()
        assert len(names(tmp_path)) == 4
        killed.kill()
        killed.wait()
        replace_whole(path, b"new", DataError)
        assert len(names(tmp_path)) == 4  # that of the one alive is still there
        alive.kill()
        alive.wait()
    check_writable(path, DataError)
    assert names(tmp_path) == [".glassprop-0123456789abcdef", ".glassprop-mine", "a"]


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("patience", [1, 2])
def test_ctrl_c_waits_until_a_file_is_whole(save, patience, monkeypatch):
    write, path = save
    path.write_bytes(b"old")
    real = os.fsync

    def interrupted(file):
        for _ in range(patience):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.01)
        real(file)

    monkeypatch.setattr("os.fsync", interrupted)
    if path.suffix == ".idx":  # which may be large, and takes its time
        with pytest.raises(KeyboardInterrupt):
            write()
        assert path.read_bytes() == b"old"
    else:
        with pytest.raises(KeyboardInterrupt):
            write()
        assert path.read_bytes() != b"old"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert names(path.parent) == [path.name]


@pytest.mark.skipif(shutil.which("setfacl") is None, reason="setfacl is not installed")
def test_an_access_list_stays(tmp_path):
    path = tmp_path / "a"
    path.touch()
    if subprocess.run(["setfacl", "-m", "u:1234:r", path], capture_output=True).returncode:
        pytest.skip("the file system has no access lists")
    replace_whole(path, b"new", DataError)
    found = subprocess.run(["getfacl", "-cn", path], capture_output=True, text=True).stdout
    assert "user:1234:r--" in found
