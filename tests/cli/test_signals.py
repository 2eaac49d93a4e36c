"""Signals that come where Python passes over what is raised, or makes another error of it."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs signals")

COMMAND = """
import os, signal, sys, time
from glassprop.cli import signals
from glassprop.system.interrupt import Interrupt

def main():
    try:
        signals.take(main.__code__)
        {}
        time.sleep(60)
        print("it went on")
    except KeyboardInterrupt:
        signals.let_go()
        print(signals.status(), "module" in sys.modules)

def main_around_an_import():
    import around

{}
"""
SEND = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nNone\n"
MODULES = {
    "where it becomes another error": f"""
class Field:
    def __set_name__(self, owner, name):
        exec({SEND!r})
class Record:
    field = Field()
""",
    "where it is passed over": f"""
import weakref
class Thing: pass
thing = Thing()
kept = weakref.ref(thing, lambda _: exec({SEND!r}))
del thing
""",
    "where it is caught": f"""
try:
    exec({SEND!r})
except BaseException:
    pass
""",
}


def printed(body, folder, call="main()"):
    script = COMMAND.format(body, call)
    paths = os.pathsep.join([str(folder), *map(os.path.abspath, sys.path)])
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=50,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert not found.stderr
    return found.stdout


@pytest.mark.parametrize("what", MODULES)
def test_within_an_import(what, tmp_path):
    (tmp_path / "module.py").write_text(MODULES[what])
    assert printed("import module", tmp_path) == "143 True\n"


def test_where_the_command_itself_is_called_within_an_import(tmp_path):
    (tmp_path / "around.py").write_text("import __main__\n__main__.main()\n")
    body = "os.kill(os.getpid(), signal.SIGINT)"
    assert printed(body, tmp_path, "main_around_an_import()") == "130 False\n"


DESTROYED = """
        class Thing:
            def __del__(self):
                os.kill(os.getpid(), signal.SIGHUP)
                None
        {}
"""


def test_within_a_destructor(tmp_path):
    assert printed(DESTROYED.format("Thing()"), tmp_path) == "129 False\n"


def test_within_a_destructor_while_others_note_signals(tmp_path):
    """It is raised where it was to be, and only what comes later is noted."""
    within = """
        with Interrupt(patient=True) as late:
            try:
                with late.apart():
                    Thing()
                    time.sleep(60)
            except KeyboardInterrupt:
                print("ended", late.requested)
        raise KeyboardInterrupt
"""
    assert printed(DESTROYED.format(within.strip()), tmp_path) == "ended False\n129 False\n"


HALF = """
        class Half:
            def __init__(self):
                os.kill(os.getpid(), signal.SIGTERM)
                self.whole = True
            def __del__(self):
                self.whole
        Half()
"""


def test_of_an_object_that_was_not_finished_nothing_is_said(tmp_path):
    assert printed(HALF, tmp_path) == "143 False\n"


LOADED = """
import sys
before = {*sys.modules}
import glassprop.cli
print(*sorted({name.partition(".")[0] for name in {*sys.modules} - before}))
"""


def test_next_to_nothing_is_loaded_before_signals_are_taken_care_of():
    """Until then Python itself answers them: about 20 ms, of which its own start takes 6."""
    found = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert {"typing", "re", "dataclasses", "typer", "numpy"}.isdisjoint(found.stdout.split())


TRAINED = """
import os, signal, sys
import glassprop as gp
save = gp.Network.save

def save_and_send(network, path):
    os.kill(os.getpid(), signal.SIGTERM)
    return save(network, path)

gp.Network.save = save_and_send
from glassprop.cli import main
main(["train", "data.csv", "--epochs", "1", "--layers", "1,2", "--out", "m.safetensors"])
"""


def test_one_that_comes_when_the_training_is_done(tmp_path):
    """The status says it, so a line does, too."""
    (tmp_path / "data.csv").write_text("".join(f"{i}.5,{i % 2}\n" for i in range(40)))
    found = subprocess.run(
        [sys.executable, "-c", TRAINED], capture_output=True, text=True, cwd=tmp_path, timeout=50,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
    )  # fmt: skip
    assert found.returncode == 143
    assert found.stdout.endswith("saved m.safetensors\n")
    assert found.stderr.endswith("interrupted by SIGTERM when the training was done\n")
