"""Checkpoints: a run that goes on from any of them has the bits of one that was never stopped."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import warnings

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from safetensors.numpy import save as to_bytes

import glassprop as gp
from glassprop.train import checksum
from glassprop.train.checkpoints.data_digest import digest
from glassprop.train.checkpoints.folder import listed, read

pytestmark = pytest.mark.usefixtures("one_cache")


def data(n=150, zeros=0.8):
    random = np.random.default_rng(0)
    x = random.standard_normal((n, 4)) * (random.random((n, 4)) > zeros)
    return x, random.integers(0, 3, n)


X, Y = data()
SETTINGS = {"batch_size": 8, "optimizer": gp.SGD(0.1), "progress": False, "validation": 0.2}


def network(engine="numpy", **settings):
    given = {"activation": "tanh", "seed": 5, "engine": engine, "l2": 0.01, **settings}
    return gp.Network([4, 5, 3], **given)


def other(engine="numpy", **settings):
    return network(engine, **{"seed": 99, **settings})


def fit(net, epochs=4, x=X, **settings):
    return net.fit(x, Y, epochs=epochs, **{**SETTINGS, **settings})


def state(net):
    named = {**net.parameters, **net._states.named}
    return {name: array.tobytes() for name, array in named.items()}, (
        net._states.updates, net.optimizer, net._random.bit_generator.state,
    )  # fmt: skip


def measured(history):
    return [epoch[:3] for epoch in history]


RULES = {
    "sgd": gp.SGD(0.1),
    "adam": gp.Adam(0.01),
    "nesterov": gp.Nesterov(0.05),
}
CASES = [
    ("sgd", "float64", "numpy"),
    ("adam", "float32", "numpy"),
    ("nesterov", "float64", "numpy"),
    ("sgd", "float64", "compiled"),
    ("adam", "float32", "compiled"),
]


@pytest.mark.parametrize(("rule", "dtype", "engine"), CASES)
def test_from_every_place_the_bits_are_the_same(rule, dtype, engine, tmp_path):
    """Every 4 updates of 15 in an epoch: at its beginning, its middle and its end."""
    if engine == "compiled":
        pytest.importorskip("numba")
    given = {"optimizer": RULES[rule]}
    straight, kept = network(engine, dtype=dtype), network(engine, dtype=dtype)
    wanted = fit(straight, **given)
    checkpoint = gp.Checkpoint(tmp_path / "c", every=4, keep=100)
    fit(kept, **given, callbacks=[checkpoint])
    assert state(kept) == state(straight)  # to write them changes nothing
    found = [path for _, path in listed(tmp_path / "c")]
    places = {read(path)[1].done for path in found}
    assert len(found) == 15 and {0, 32, 64} <= places
    if (rule, engine) == ("sgd", "compiled"):
        assert any("weights" in read(path)[0].more for path in found)  # a number times an array
    for path in [*found, tmp_path / "c" / "best.safetensors"]:
        net = other(engine, dtype=dtype)
        history = fit(net, **given, resume=path)
        assert state(net) == state(straight) and measured(history) == measured(wanted)
        loaded = gp.load(path)
        assert loaded.optimizer == RULES[rule] and loaded._wanted == engine
        assert np.isfinite(loaded.evaluate(X, Y).cost)


def test_in_another_process_too(tmp_path):
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    straight = network()
    fit(straight, 3)
    straight.save(tmp_path / "straight.safetensors")
    fit(network(), 2, callbacks=[gp.Checkpoint(tmp_path / "c", every=5, keep=100)])
    path = next(path for _, path in listed(tmp_path / "c") if read(path)[1].done)
    script = (
        "import numpy as np, glassprop as gp\nd = np.load('d.npz')\n"
        "net = gp.Network([4, 5, 3], activation='tanh', l2=0.01)\n"
        f"net.fit(d['x'], d['y'], epochs=3, batch_size=8, validation=0.2, resume={str(path)!r})\n"
        "net._wanted = 'numpy'\nnet.save('resumed.safetensors')\n"
    )
    paths = os.pathsep.join(map(os.path.abspath, sys.path))
    subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    found, wanted = (gp.load(tmp_path / f"{name}.safetensors") for name in ("resumed", "straight"))
    assert state(found) == state(wanted)


def test_a_loop_of_ones_own_goes_on_with_what_was_changed_on_the_way(engine, tmp_path):
    def train(net, stop=None, **settings):
        loop = net.training(X, Y, epochs=5, **{**SETTINGS, **settings})
        for epoch in loop:
            if epoch.number == 2:
                loop.learning_rate = 0.05
                loop.batch_size = 16
                net.parameters["W1"] = net.parameters["W1"] * 0.5
            if epoch.number == stop:
                break
        return loop.history

    straight = network(engine)
    wanted = train(straight)
    keeping = gp.Checkpoint(tmp_path / "c", every=3, keep=100)
    train(network(engine), 4, callbacks=[keeping])
    for updates, path in listed(tmp_path / "c"):
        net = other(engine)
        assert measured(train(net, resume=path)) == measured(wanted), updates
        assert state(net) == state(straight)


@pytest.mark.parametrize("patience", [2, 4])
def test_early_stopping_goes_on_and_restores_what_was_best(patience, tmp_path):
    settings = {"epochs": 40, "optimizer": gp.SGD(2.0)}
    straight = network()
    wanted = fit(straight, **settings, callbacks=[gp.EarlyStopping(patience)])
    keeping = gp.Checkpoint(tmp_path / "c", every=10, keep=100)
    fit(network(), **settings, callbacks=[keeping, gp.EarlyStopping(patience)])
    assert wanted.stopped
    for _, path in listed(tmp_path / "c"):
        net = other()
        history = fit(net, **settings, resume=path, callbacks=[gp.EarlyStopping(patience)])
        assert state(net)[0] == state(straight)[0] and measured(history) == measured(wanted)


def test_the_log_has_the_epochs_before(tmp_path):
    log, folder = tmp_path / "l.csv", tmp_path / "c"
    fit(network(), 2, callbacks=[gp.Checkpoint(folder, every=10, keep=9), gp.CSVLog(log)])
    net = other()
    history = fit(net, 4, resume=listed(folder)[-1][1], callbacks=[gp.CSVLog(log)])
    rows = [row.split(",") for row in log.read_text().splitlines()[1:]]
    assert [int(row[0]) for row in rows] == [1, 2, 3, 4]
    assert [float(row[1]) for row in rows] == history.cost


# -- which are kept


def test_the_last_few_and_the_best_are_kept(tmp_path):
    folder, given = tmp_path / "c", {"optimizer": gp.SGD(2.0), "epochs": 12}
    history = fit(network(), **given, callbacks=[gp.Checkpoint(folder, every=4, keep=2)])
    assert [updates for updates, _ in listed(folder)] == [180, 176]
    assert len(list(folder.iterdir())) == 3
    costs = history.validation_cost
    best = costs.index(min(costs)) + 1
    saved, record = read(folder / "best.safetensors")
    assert len(record.epochs) == best and record.done == 0 and saved.states.updates == 15 * best
    straight = network()
    fit(straight, best, optimizer=gp.SGD(2.0))
    assert state(gp.load(folder / "best.safetensors"))[0] == state(straight)[0]
    fit(network(), callbacks=[gp.Checkpoint(tmp_path / "none", best=False)])
    assert [path.name for path in (tmp_path / "none").iterdir()] == ["update-000000060.safetensors"]


def test_a_folder_of_another_run_is_left_alone(tmp_path):
    folder = tmp_path / "c"
    fit(network(), 2, callbacks=[gp.Checkpoint(folder, every=10)])
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    fit(network(), 1, callbacks=[gp.Checkpoint(tmp_path / "d", every=5)])
    elsewhere = listed(tmp_path / "d")[0][1]
    for resume in (None, elsewhere):
        with pytest.raises(gp.ModelFileError, match="has checkpoints of a run already"):
            fit(network(), resume=resume, callbacks=[gp.Checkpoint(folder)])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_going_on_from_an_earlier_one_sets_the_later_ones_aside(tmp_path):
    folder = tmp_path / "c"
    fit(network(), 2, callbacks=[gp.Checkpoint(folder, every=10, keep=9)])
    last, first = listed(folder)[0][1], listed(folder)[-1][1]
    content = last.read_bytes()
    fit(other(), 1, resume=first, callbacks=[gp.Checkpoint(folder, every=10, keep=9)])
    assert last.with_name(f"{last.name}.set-aside").read_bytes() == content
    assert listed(folder)[0][0] == 15


def test_a_folder_that_is_empty_still_begins_a_run(tmp_path):
    net, straight = network(), network()
    fit(straight)
    fit(net, resume=tmp_path / "c", callbacks=[gp.Checkpoint(tmp_path / "c")])
    assert state(net) == state(straight)
    again = fit(other(), resume=tmp_path / "c", callbacks=[gp.Checkpoint(tmp_path / "c")])
    assert len(again) == 4  # all is done already
    for nothing in (tmp_path, tmp_path / "none"):
        with pytest.raises(gp.ModelFileError, match="there are no checkpoints"):
            fit(network(), resume=nothing)


# -- what is refused


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with checkpoints of two epochs."""
    folder = tmp_path_factory.mktemp("kept") / "c"
    fit(network(), 2, callbacks=[gp.Checkpoint(folder, every=10)])
    return folder


REFUSED = {
    "another network": ({"net": gp.Network([4, 3], seed=0)}, "another network: 4 inputs, 5 tanh"),
    "another type": ({"net": network(dtype="float32")}, "another network"),
    "another rule": ({"optimizer": gp.Adam()}, r"another update rule: SGD\(learning_rate=0.1\)"),
    "another rate": ({"optimizer": gp.SGD(0.2)}, "another update rule"),
    "another batch size": ({"batch_size": 9}, "another batch size: 8, now 9"),
    "another share": ({"validation": 0.1}, "another share held back: 0.2, now 0.1"),
    "a pair": ({"validation": (X, Y)}, "other validation data"),
    "other data": ({"x": X + 1e-12}, "other training data"),
    "another order": ({"x": X[::-1]}, "other training data"),
    "another number": ({"x": X.astype("float32")}, "other training data"),
    "fewer epochs": ({"epochs": 1}, "is from epoch 2, and 1 epochs are asked for"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_differs_is_refused_and_changes_nothing(case, kept):
    given, message = dict(REFUSED[case][0]), REFUSED[case][1]
    net = given.pop("net", None) or other()
    before = state(net)
    with pytest.raises(gp.GlasspropError, match=message) as caught:
        fit(net, resume=kept, **given)
    assert state(net) == before and not net.history.epochs
    assert str(caught.value).startswith(str(kept)) and "\n" not in str(caught.value)


def test_the_rule_of_the_checkpoint_is_taken_where_none_is_given(kept):
    net, straight = other(), network()
    fit(straight)
    fit(net, resume=kept, optimizer=None)
    assert state(net) == state(straight)


def test_a_network_is_no_checkpoint(tmp_path):
    network().save(tmp_path / "m.safetensors")
    with pytest.raises(gp.ModelFileError, match="is a network, and no checkpoint"):
        fit(network(), resume=tmp_path / "m.safetensors")


@pytest.mark.parametrize("every", [0, -3, 1.5, "5x", "", True, None, "m", [1], "1e3"])
def test_other_intervals_are_refused(every, tmp_path):
    with pytest.raises(gp.NetworkError, match="expected how often"):
        gp.Checkpoint(tmp_path, every=every)


# -- torn and damaged ones


def test_a_truncated_one_is_never_whole(kept, tmp_path):
    content = listed(kept)[0][1].read_bytes()
    torn = tmp_path / "update-000000030.safetensors"
    places = {*range(64), *range(len(content) - 64, len(content))}
    places |= set(np.random.default_rng(0).integers(0, len(content), 200).tolist())
    for place in places:
        torn.write_bytes(content[:place])
        with pytest.raises(gp.ModelFileError):
            gp.load(torn)
    torn.write_bytes(content)
    gp.load(torn)


def test_a_bit_that_is_another_one_is_seen_wherever_it_is(kept, tmp_path):
    content = bytearray(listed(kept)[0][1].read_bytes())
    damaged, random = tmp_path / "update-000000030.safetensors", np.random.default_rng(1)
    for place in random.integers(0, len(content), 300).tolist():
        content[place] ^= (bit := 1 << int(random.integers(8)))
        damaged.write_bytes(content)
        with pytest.raises(gp.ModelFileError):
            gp.load(damaged)
        content[place] ^= bit
    for more in (b"\0", bytes(4096)):
        damaged.write_bytes(bytes(content) + more)
        with pytest.raises(gp.ModelFileError):
            gp.load(damaged)


def test_a_checksum_in_the_texts_of_a_file_is_none():
    with pytest.raises(gp.ModelFileError, match="torn or damaged"):
        checksum.require(b"\x20" + bytes(7) + b'{"a":"\\"checksum\\":\\"' + b"0" * 64 + b'"}')


@pytest.mark.parametrize("damage", ["torn", "changed", "empty"])
def test_the_one_before_is_taken_and_that_is_said(damage, kept, tmp_path):
    folder, straight = tmp_path / "c", network()
    shutil.copytree(kept, folder)
    fit(straight)
    last, before = (path for _, path in listed(folder)[:2])
    content = last.read_bytes()
    changed = {
        "torn": content[:-100],
        "changed": content[:-1] + bytes([content[-1] ^ 1]),
        "empty": b"",
    }
    last.write_bytes(changed[damage])
    net = other()
    with pytest.warns(RuntimeWarning, match=f"{before.name} is taken instead") as caught:
        fit(net, resume=folder, callbacks=[gp.Checkpoint(folder, every=10)])
    assert len(caught) == 1 and state(net) == state(straight)
    for path in folder.iterdir():
        path.write_bytes(b"")
    with warnings.catch_warnings(), pytest.raises(gp.ModelFileError, match=r"truncated|torn"):
        warnings.simplefilter("ignore")
        fit(other(), resume=folder)


# -- what prevents one


def test_a_full_disk_ends_nothing_and_leaves_the_ones_before(tmp_path, monkeypatch):
    net, straight, folder = network(), network(), tmp_path / "c"
    fit(straight)
    before, fsync = {}, os.fsync

    def full(descriptor):
        if listed(folder):
            before.setdefault("files", {p.name: p.read_bytes() for _, p in listed(folder)})
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", full)
    keeping = gp.Checkpoint(folder, every=10, best=False)
    with pytest.warns(RuntimeWarning, match="is not written, and training goes on: .*No space"):
        fit(net, callbacks=[keeping])
    assert state(net) == state(straight)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before["files"]
    monkeypatch.undo()
    net = other()
    fit(net, resume=folder)
    assert state(net) == state(straight)


LIMITED = """
import resource, warnings
import numpy as np, glassprop as gp
d = np.load("d.npz")
def limit(loop):
    if loop.history[-1].number == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
net = gp.Network([4, 5, 3], activation="tanh", l2=0.01, seed=5, engine="numpy")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    net.fit(d["x"], d["y"], epochs=4, batch_size=8, validation=0.2, progress=False,
            optimizer=gp.SGD(0.1), callbacks=[gp.Checkpoint("c", every=10, best=False), limit])
print(len(net.history), len(caught), caught[0].message)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs limits")
def test_a_file_that_may_not_grow_is_as_a_full_disk(tmp_path):
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    found = subprocess.run(
        [sys.executable, "-c", LIMITED], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert re.match(r"4 \d+ a checkpoint is not written.*File too large\n", found.stdout), found
    straight, net = network(), other()
    fit(straight)
    assert listed(tmp_path / "c")[0][0] == 20
    fit(net, resume=tmp_path / "c")
    assert state(net) == state(straight)


def test_a_folder_that_cannot_be_is_refused_at_the_beginning(tmp_path):
    (tmp_path / "file").touch()
    for folder, message in (("file", "is a file"), ("none/c", "does not exist; create it")):
        net = network()
        with pytest.raises(gp.ModelFileError, match=message):
            fit(net, callbacks=[gp.Checkpoint(tmp_path / folder)])
        assert net.optimizer is None


def test_a_run_that_diverges_keeps_the_checkpoint_before(tmp_path):
    def wild(loop):
        if loop.history[-1].number == 2:
            loop.learning_rate = 1e300

    net = network(activation="identity")
    keeping = gp.Checkpoint(tmp_path / "c", every=5)
    with np.errstate(all="ignore"), pytest.raises(gp.NetworkError, match="diverged in epoch 3"):
        fit(net, callbacks=[wild, keeping])
    assert all(np.isfinite(gp.load(path).evaluate(X, Y).cost) for _, path in listed(tmp_path / "c"))
    assert listed(tmp_path / "c")[0][0] >= 30


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("epoch", [1, 3])
def test_ctrl_c_keeps_the_place(epoch, engine, tmp_path, monkeypatch):
    """Within an epoch: the signal comes from where the mini-batches are looked after."""
    net, straight = network(engine), network(engine)
    wanted = fit(straight)
    keeping = gp.Checkpoint(tmp_path / "c", every=100)
    look = keeping.look

    def send(training, done=0, seconds=0.0, ends=False):
        if training.updates >= 15 * (epoch - 1) + 3 and done and not keeping.written:
            os.kill(os.getpid(), signal.SIGINT)
            ends = True
        look(training, done, seconds, ends)

    keeping.keep_best = False
    monkeypatch.setattr(keeping, "look", send)
    monkeypatch.setattr(keeping, "left", lambda updates: 3)
    with pytest.raises(KeyboardInterrupt):
        fit(net, callbacks=[keeping])
    record = read(listed(tmp_path / "c")[0][1])[1]
    assert len(record.epochs) == epoch - 1 and record.done
    net = other(engine)
    assert measured(fit(net, resume=tmp_path / "c")) == measured(wanted)
    assert state(net) == state(straight)


TERMINATED = """
import os, signal
import numpy as np, glassprop as gp
d = np.load("d.npz")
net = gp.Network([4, 5, 3], activation="tanh", l2=0.01, seed=5, engine="numpy")
keeping = gp.Checkpoint("c", every=100, best=False)
keeping.left = lambda updates: os.kill(os.getpid(), signal.SIGTERM) if updates == 20 else 100
given = dict(epochs=4, batch_size=8, validation=0.2, optimizer=gp.SGD(0.1), callbacks=[keeping])
{}
print("it went on")
"""
LOOPS = {
    "fit": 'net.fit(d["x"], d["y"], progress=False, **given)',
    "loop": 'for epoch in net.training(d["x"], d["y"], **given): pass',
}


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
@pytest.mark.parametrize("way", LOOPS)
def test_sigterm_in_a_program_of_ones_own_keeps_the_place_and_ends_it(way, tmp_path):
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    script = TERMINATED.format(LOOPS[way])
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert found.returncode == -signal.SIGTERM and not found.stdout, found
    (updates, path), *_ = listed(tmp_path / "c")
    assert updates == 21 and read(path)[1].done == 48
    net, straight = other(), network()
    fit(straight), fit(net, resume=path)
    assert state(net) == state(straight)


# -- the digest of the data


def test_equal_data_have_one_digest_and_others_another():
    net = network()
    forms = [X, np.asfortranarray(X), X[:, ::-1][:, ::-1]]
    assert len({digest(net._examples(x, Y)) for x in forms}) == 1
    labels = [Y, Y.astype("int8"), Y.astype(float), Y.tolist()]
    assert len({digest(net._examples(X, y)) for y in labels}) == 1
    others = [(X, Y), (X[::-1], Y), (X, Y[::-1]), (X, np.eye(3)[Y]), (X[:9], Y[:9]), (X * 2, Y)]
    assert len({digest(net._examples(*pair)) for pair in others}) == len(others)


@pytest.mark.parametrize("kind", [">f8", "f2", "longdouble", ">i4", "?", "sparse", "none", "map"])
def test_data_of_any_kind_have_one(kind, tmp_path):
    net = network()
    if kind in ("sparse", "none"):
        x = pytest.importorskip("scipy.sparse").csr_array(X * (kind == "sparse"))
    elif kind == "map":
        np.save(tmp_path / "x.npy", X)
        x = np.load(tmp_path / "x.npy", mmap_mode="r")
        assert digest(net._examples(x, Y)) == digest(net._examples(X, Y))
    else:
        x = X.astype(kind)
    found = digest(net._examples(x, Y))
    assert found == digest(net._examples(x.copy(), Y)) and len(found) == 32


def test_large_data_have_a_digest_by_a_part_of_them(monkeypatch):
    monkeypatch.setattr("glassprop.train.checkpoints.data_digest.ALL", 4096)
    net = network()
    x, y = data(20_000)
    found = digest(net._examples(x, y))
    assert found == digest(net._examples(np.asfortranarray(x), y))
    for place in (0, -1):
        x[place, 0] += 1
        assert digest(net._examples(x, y)) != found
        x[place, 0] -= 1


# -- records that somebody has written


def rewritten(path, to, change):
    """A checkpoint with another record of the run, and a checksum that is right."""
    with safe_open(path, "numpy") as file:
        metadata = dict(file.metadata())
    found = json.loads(metadata["checkpoint"])
    change(found)
    metadata |= {"checkpoint": json.dumps(found), checksum.KEY: checksum.NONE}
    to.write_bytes(checksum.put_into(to_bytes(load_file(path), metadata)))
    return to


RECORDS = {
    "version": (lambda r: r.update(version=9), "checkpoint of version 9.*upgrade"),
    "nothing": (lambda r: r.clear(), "damaged: no 'version'"),
    "done": (lambda r: r.update(done=7), "its place in the epoch is none"),
    "far": (lambda r: r.update(done=8000), "its place in the epoch is none"),
    "negative": (lambda r: r.update(done=-8), "damaged: done is -8"),
    "size": (lambda r: r.update(batch_size="8"), "damaged: batch_size is '8'"),
    "engine": (lambda r: r.update(engine="__import__"), "damaged: unknown"),
    "no engine": (lambda r: r.update(engine=[1]), "damaged"),
    "rule": (lambda r: r["began"].update(rule="Adamant"), "unknown update rule"),
    "no rule": (lambda r: r["began"].update(rule=None), "no update rule"),
    "epochs": (lambda r: r.update(epochs=[[1, 2]]), "damaged"),
    "cost": (lambda r: r["epochs"][0][1].__setitem__(0, "low"), "cost is 'low'"),
    "data": (lambda r: r.update(data="x"), "damaged"),
    "factor": (lambda r: r.update(factor="2"), "factor is '2'"),
    "callbacks": (lambda r: r.update(callbacks=[7]), "damaged"),
    "stopping": (
        lambda r: r.update(callbacks=[{"kind": "EarlyStopping", "numbers": {"best": "x"}}]),
        "what it has of EarlyStopping is damaged",
    ),
    "arrays": (
        lambda r: r["callbacks"][0].update(arrays="../c"),
        "what it has of EarlyStopping is damaged",
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_a_damaged_record_gets_one_line_and_changes_nothing(name, tmp_path):
    change, message = RECORDS[name]
    given = {"callbacks": [gp.EarlyStopping(9), gp.Checkpoint(tmp_path / "c", every=10)]}
    fit(network(), 2, **given)
    path = rewritten(listed(tmp_path / "c")[0][1], tmp_path / "m.safetensors", change)
    net = other()
    before = state(net)
    with pytest.raises(gp.ModelFileError, match=message) as caught:
        fit(net, resume=path, callbacks=[gp.EarlyStopping(9)])
    text = str(caught.value)
    assert "\n" not in text and text.startswith(str(path)) and len(text) < 400
    assert state(net) == before
