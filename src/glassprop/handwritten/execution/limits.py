"""What a file that runs here may do, and what it has tried to do beside that.

On Linux the process takes namespaces of its own, where the system allows it: no network, no other
processes to be seen or killed. Everywhere the limits of the system are set (memory, processor time,
size of files), and Python's audit hooks (PEP 578) refuse to start processes, to open sockets, and
to change or read files outside of a private folder.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import Any

tried: list[str] = []
"""What was refused, in words, each once."""

NAMESPACES = {"user": 0x10000000, "network": 0x40000000, "IPC": 0x08000000, "processes": 0x20000000}
MOST_FILES = 40
STARTS = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty",
    "subprocess.Popen", "pty.spawn", "os.startfile",
)  # fmt: skip
SENDS = ("os.kill", "os.killpg", "signal.pthread_kill")
CHANGES = (
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.chown",
    "os.link", "os.symlink", "os.utime", "os.setxattr", "os.removexattr", "shutil.rmtree",
    "shutil.move", "shutil.copyfile",
)  # fmt: skip
FORBIDDEN = {
    "ctypes.dlopen": "loads a library of machine code",
    "ctypes.dlsym": "calls machine code",
    "ctypes.cdata": "reads memory by its address",
    "webbrowser.open": "opens a browser",
    "gc.get_objects": "looks through the process's objects",
    "sys.addaudithook": "adds an audit hook",
    "resource.setrlimit": "changes the limits of its process",
}


def confine(folder: str, limits: dict[str, Any]) -> list[str]:
    """Confine this process and all that it starts; what could be enforced, in words."""
    said: list[str] = []
    os.chdir(folder)
    if sys.platform == "linux" and _own_namespaces():
        said.append("own network, processes and users")
    with contextlib.suppress(ImportError):
        said += _limits(limits)
    return said


def _limits(limits: dict[str, Any]) -> list[str]:
    import resource

    wanted = {
        resource.RLIMIT_AS: int(limits["megabytes"] * 1e6),
        resource.RLIMIT_FSIZE: 10_000_000,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 128,
    }
    for which, most in wanted.items():
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, (most, most))
    return ["memory", "size of files"]


def _own_namespaces() -> bool:
    """Namespaces in which this process is the first; False where the system refuses them."""
    import ctypes

    try:
        libc = ctypes.CDLL(None, use_errno=True)
        user, group = os.getuid(), os.getgid()
        every = 0
        for flag in NAMESPACES.values():
            every |= flag
        if libc.unshare(every) != 0:
            return False
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):  # fmt: skip
            with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    except (OSError, AttributeError):
        return False
    first = os.fork()
    if first:
        _wait_for(first)
    libc.prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG: it ends with the process that waits for it
    return True


def _wait_for(first: int) -> None:
    import signal

    signal.signal(signal.SIGTERM, lambda *_: os.kill(first, signal.SIGKILL))
    with contextlib.suppress(ChildProcessError, KeyboardInterrupt):
        os.waitpid(first, 0)
    os._exit(0)


def close_doors(folder: str) -> None:
    """Refuse from now on, in this process, what a network has no need of."""
    own = os.path.realpath(folder)
    known = (own, sys.prefix, sys.base_prefix, *sys.path)
    allowed = {os.path.realpath(one) for one in known if one}
    opened: set[str] = set()

    def refuse(what: str) -> None:
        if what not in tried:
            tried.append(what)
        raise PermissionError(f"refused: it {what}")

    def inside(path: Any, folders: Sequence[str]) -> bool:
        if isinstance(path, int):
            return True
        real = os.path.realpath(os.fsdecode(path))
        return any(real == one or real.startswith(one + os.sep) for one in folders)

    def hook(event: str, given: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = given
            if path is None or isinstance(path, int):
                return
            writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
            changing = os.O_WRONLY | os.O_RDWR | os.O_CREAT
            writes = writes or (isinstance(flags, int) and flags & changing != 0)
            if writes:
                if not inside(path, [own]):
                    refuse(f"writes the file {str(path)[:80]!r}")
                opened.add(os.fsdecode(path))
                if len(opened) > MOST_FILES:
                    refuse("writes many files")
            elif not inside(path, list(allowed)):
                raise FileNotFoundError(2, "not to be read from here", str(path)[:200])
        elif event.startswith(STARTS):
            refuse("starts another process")
        elif event.startswith(SENDS):
            refuse("sends a signal to a process")
        elif event.startswith("socket.") and event != "socket.gethostname":
            refuse("opens a network connection")
        elif event in CHANGES and not inside(given[0], [own]):
            refuse(f"changes or deletes {str(given[0])[:80]!r}")
        elif event in FORBIDDEN:
            refuse(FORBIDDEN[event])

    sys.addaudithook(hook)
