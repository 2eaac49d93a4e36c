"""Processes with limits, as ulimit sets them."""

import os
import subprocess
import sys

import pytest

TIMEOUT = 120
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits are the system's own")


def limited(address_space, stack=None):
    """What stands before a command that has limits, in bytes.

    The shell sets them: code that Python calls between fork and exec is not safe beside threads.
    """
    limits = [f"ulimit -v {address_space // 1024}"]
    if stack is not None:
        limits.append(f"ulimit -S -s {stack // 1024}")
    return ["sh", "-c", " && ".join([*limits, 'exec "$@"']), "sh"]


def run(command, limit, **variables):
    """The status and the output of a process with limits; a hang fails."""
    return subprocess.run(
        [*limit, sys.executable, *command],
        timeout=TIMEOUT,
        capture_output=True,
        text=True,
        env=os.environ | variables,
    )
