"""Folders that others could put another in the place of are refused, whatever their own mode."""

import os
import stat
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from glassprop.compile.native import folder_ownership
from glassprop.compile.native.cache_folder import Folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs owners and modes of files")
NOBODY = 65534
ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
AS_ROOT = pytest.mark.skipif(not ROOT, reason="only root can give a folder to another user")


def refusal(path, make=True):
    with pytest.raises(OSError) as raised:
        Folder(path, make).close()
    return str(raised.value)


def accepted(path):
    with Folder(path) as folder:
        return folder.path


def test_all_that_is_made_is_closed_to_others(tmp_path):
    before = os.umask(0)
    try:
        assert accepted(tmp_path / "a/b/c") == tmp_path / "a/b/c"
    finally:
        os.umask(before)
    assert {stat.S_IMODE(os.stat(tmp_path / at).st_mode) for at in ("a", "a/b", "a/b/c")} == {0o700}


@pytest.mark.parametrize("at", ["a", "a/b", "a/b/c"])
@pytest.mark.parametrize("mode", [0o777, 0o702, 0o720])
def test_no_folder_on_the_way_may_be_open_to_others(tmp_path, monkeypatch, at, mode):
    monkeypatch.setattr(folder_ownership, "_alone", lambda path, group: False)
    accepted(tmp_path / "a/b/c")
    os.chmod(tmp_path / at, mode)
    assert refusal(tmp_path / "a/b/c") == f"others can write to {tmp_path / at}"
    os.chmod(tmp_path / at, mode | stat.S_ISVTX)  # as /tmp is: others cannot take ours away
    if at == "a/b/c":
        assert "others can write" in refusal(tmp_path / "a/b/c")
    else:
        accepted(tmp_path / "a/b/c")


@AS_ROOT
@pytest.mark.parametrize("at", ["a", "a/b", "a/b/c"])
@pytest.mark.parametrize("mode", [0o700, 0o755, 0o1777])
def test_no_folder_on_the_way_may_be_of_another_user(tmp_path, at, mode):
    accepted(tmp_path / "a/b/c")
    os.chmod(tmp_path / at, mode)
    os.chown(tmp_path / at, NOBODY, NOBODY)
    assert refusal(tmp_path / "a/b/c") == f"{tmp_path / at} belongs to another user"


def test_nothing_is_made_in_a_folder_that_is_open_to_others(tmp_path):
    (tmp_path / "open").mkdir()
    os.chmod(tmp_path / "open", 0o777)
    assert "others can write" in refusal(tmp_path / "open/a/b")
    assert not os.listdir(tmp_path / "open")


def test_links_on_the_way_are_followed_and_where_they_lead_is_looked_at(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "way").mkdir()
    (tmp_path / "way/here").symlink_to("../real")
    (tmp_path / "link").symlink_to(tmp_path / "way/here")
    real = tmp_path.resolve() / "real"
    assert accepted(tmp_path / "link/new") == accepted(tmp_path / "way/here/new") == real / "new"
    os.chmod(tmp_path / "way", 0o777)  # others can put another link there
    assert "others can write" in refusal(tmp_path / "link/new")
    os.chmod(tmp_path / "way", 0o755)
    os.chmod(tmp_path / "real", 0o777)
    assert "others can write" in refusal(tmp_path / "link/new")


def test_links_that_lead_nowhere_or_around(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "levels of symbolic links" in refusal(tmp_path / "a/within")
    (tmp_path / "gone").symlink_to("nothing/there")
    assert "No such file" in refusal(tmp_path / "gone/within", make=False)
    assert not (tmp_path / "nothing").exists()


def test_the_folder_itself_is_no_link(tmp_path):
    (tmp_path / "real").mkdir()
    for name, target in (("link", "real"), ("gone", "nothing"), ("around", "around")):
        (tmp_path / name).symlink_to(target)
        assert refusal(tmp_path / name) == (
            f"{tmp_path / name} is a link; give the folder that it leads to"
        )
    assert not (tmp_path / "nothing").exists()


@AS_ROOT
def test_a_link_of_another_user_is_not_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "sticky").mkdir()
    os.chmod(tmp_path / "sticky", 0o1777)
    (tmp_path / "sticky/link").symlink_to(tmp_path / "real")
    accepted(tmp_path / "sticky/link/within")
    os.chown(tmp_path / "sticky/link", NOBODY, NOBODY, follow_symlinks=False)
    assert refusal(tmp_path / "sticky/link/within").endswith("link belongs to another user")


def test_what_is_no_folder_is_refused_and_left(tmp_path):
    (tmp_path / "file").write_text("text")
    os.mkfifo(tmp_path / "pipe")
    for name in ("file", "pipe", "file/within", "pipe/within"):
        assert refusal(tmp_path / name).endswith("is not a folder")
    assert "File name too long" in refusal(tmp_path / ("a" * 300))
    assert "No such file" in refusal(tmp_path / "none", make=False)
    assert sorted(os.listdir(tmp_path)) == ["file", "pipe"]


def test_the_way_up_and_relative_paths(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert accepted(Path("../b")) == tmp_path.resolve() / "b"
    assert accepted(Path("c")) == tmp_path.resolve() / "a/c"


@pytest.mark.parametrize(
    ("name", "user", "group", "members", "alone"),
    [
        ("ann", 1000, 1000, [], True),
        ("ann", 1000, 1000, ["ann"], True),
        ("ann", 1000, 1000, ["bob"], False),
        ("staff", 1000, 1000, [], False),
        ("ann", 1000, 1001, [], False),
        ("ann", 0, 1000, [], False),
    ],
)
def test_a_group_that_has_nobody_but_the_user(
    tmp_path, monkeypatch, name, user, group, members, alone
):
    import grp
    import pwd

    entry = SimpleNamespace(pw_name="ann", pw_uid=user, pw_gid=1000)
    monkeypatch.setattr(pwd, "getpwuid", lambda number: entry)
    named = SimpleNamespace(gr_name=name, gr_mem=members)
    monkeypatch.setattr(grp, "getgrgid", lambda number: named)
    assert folder_ownership._alone(tmp_path, group) == alone
    if alone and sys.platform == "linux":
        monkeypatch.setattr(os, "listxattr", lambda path: [folder_ownership.ACCESS_LIST])
        assert not folder_ownership._alone(tmp_path, group)


def test_a_folder_stays_the_one_that_was_looked_at(tmp_path):
    (tmp_path / "a").mkdir()
    with Folder(tmp_path / "a") as folder:
        folder.write("name", b"ours")
        (tmp_path / "a").rename(tmp_path / "b")
        (tmp_path / "a").mkdir()
        (tmp_path / "a/name").write_text("theirs")
        assert folder.read("name", 10) == b"ours"
        folder.write("other", b"x")
        assert sorted(name for name, _ in folder.files()) == ["name", "other"]
        folder.remove("name")
    assert os.listdir(tmp_path / "a") == ["name"] and os.listdir(tmp_path / "b") == ["other"]
