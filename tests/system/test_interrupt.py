"""Signals are noted while something must be finished, and none of them is lost."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import glassprop as gp
from glassprop.system.interrupt import DEADLY, ENDING, Interrupt, finished

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs signals")


def interrupt():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def as_before():
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert ENDING.holder is None and ENDING.after is None


def test_the_first_is_noted_and_the_second_raised():
    with Interrupt() as noted:
        interrupt()
        assert noted.requested
        with pytest.raises(KeyboardInterrupt):
            interrupt()
    with pytest.raises(KeyboardInterrupt):
        noted.deliver()


def test_one_within_another_hands_over_what_it_noted():
    with Interrupt() as around:
        with finished():
            interrupt()
            interrupt()
            assert not around.requested
        assert around.requested
    with pytest.raises(KeyboardInterrupt):
        around.deliver()


def test_what_is_finished_is_finished_and_then_it_is_raised():
    done = []
    with pytest.raises(KeyboardInterrupt), finished():
        interrupt()
        done.append(True)
    assert done
    with pytest.raises(KeyboardInterrupt), finished():
        interrupt()
        raise OSError


def test_what_is_set_apart_is_ended_once_and_what_comes_after_is_noted():
    with Interrupt(patient=True) as late:
        with pytest.raises(KeyboardInterrupt), late.apart():
            interrupt()
        assert not late.requested
        interrupt()
        assert late.requested
    assert ENDING.holder is None


def test_training_within_what_is_set_apart():
    net = gp.Network([2, 1], seed=0)

    def at_an_epoch(epoch):
        interrupt()

    with Interrupt(patient=True) as late, pytest.raises(KeyboardInterrupt), late.apart():
        net.fit(np.eye(2), [0, 1], epochs=5, progress=at_an_epoch)
    assert len(net.history) == 1 and net.history.interrupted and not late.requested


def test_handlers_of_the_users_own_stay():
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with Interrupt() as noted:
            interrupt()
        assert seen == [signal.SIGINT] and not noted.requested
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_notes_nothing():
    found = []

    def work():
        with Interrupt() as noted:
            found.append((ENDING.holder, noted.requested))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(None, False)]


COMPILING = """
import numpy as np
import glassprop as gp
x, y = np.eye(3), [0, 1, 2]
net = gp.Network([3, 2, 3], engine="compiled", seed=0)
try:
    net.fit(x, y, epochs=1)
except KeyboardInterrupt:
    print(net.history.interrupted, len(net.history), net.optimizer)
net.fit(x, y, epochs=2, progress=False)
print(net.engine, len(net.history))
"""


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3])
def test_a_compilation_is_ended_at_once_and_can_be_begun_again(tmp_path, seconds):
    pytest.importorskip("numba")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    environment = {**os.environ, "GLASSPROP_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", COMPILING]
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stderr is not None
        while "compiling" not in process.stderr.readline():
            assert process.poll() is None
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=120)
    assert printed == "True 0 None\ncompiled 2\n", said


DYING = """
import signal
from glassprop.system.interrupt import DEADLY, Interrupt, finished
with Interrupt(more=DEADLY) as noted:
    with finished():
        signal.raise_signal(signal.{name})
    print(noted.requested, flush=True)
print(signal.getsignal(signal.{name}) is signal.SIG_DFL, flush=True)
noted.deliver()
print("it went on")
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_that_would_end_the_process_does_so_afterwards(name):
    script = DYING.format(name=name)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.returncode == -getattr(signal, name) and found.stdout == "True\nTrue\n"


def test_one_that_has_a_handler_or_is_ignored_keeps_it():
    seen = []
    signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Interrupt(more=DEADLY) as noted:
            signal.raise_signal(signal.SIGTERM), signal.raise_signal(signal.SIGHUP)
        noted.deliver()
        assert seen == [signal.SIGTERM] and not noted.requested
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL), signal.signal(signal.SIGHUP, signal.SIG_DFL)
