"""Processes with limits, as ulimit sets them."""

import os
import subprocess
import sys

import pytest

TIMEOUT = 120
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits are the system's own")


def limited(address_space, stack=None):
    """What a process calls before it begins, so that it has limits."""

    def limit():
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
        if stack is not None:
            resource.setrlimit(resource.RLIMIT_STACK, (stack, resource.RLIM_INFINITY))

    return limit


def run(command, limit, **variables):
    """The status and the output of a process with limits; a hang fails."""
    return subprocess.run(
        [sys.executable, *command],
        preexec_fn=limit,
        timeout=TIMEOUT,
        capture_output=True,
        text=True,
        env=os.environ | variables,
    )
