"""Saved, pickled and copied networks show the rule that trained them, and go on with its bits."""

import copy
import json
import pickle
import warnings

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import glassprop as gp

RULES = {
    "none": None,
    "sgd": gp.SGD(0.2),
    "momentum": gp.Momentum(0.1, 0.8),
    "nesterov": gp.Nesterov(0.1, 0.8),
    "adam": gp.Adam(0.01, beta1=0.8, beta2=0.95, epsilon=1e-4),
    "adamw": gp.AdamW(0.01, weight_decay=0.5),
}


pytestmark = pytest.mark.usefixtures("one_cache")


def data(n=43):
    random = np.random.default_rng(0)
    return random.standard_normal((n, 4)), random.integers(0, 3, n)


def fit(net, rule, epochs=2, **settings):
    x, y = data()
    return net.fit(
        x, y, epochs=epochs, batch_size=8, optimizer=rule, **{"progress": False, **settings}
    )


def network(**settings):
    return gp.Network([4, 5, 3], activation="tanh", **{"seed": 5, **settings})


def saved(net, tmp_path):
    net.save(tmp_path / "m.safetensors")
    return gp.load(tmp_path / "m.safetensors")


WAYS = {
    "file": saved,
    "pickle": lambda net, tmp_path: pickle.loads(pickle.dumps(net)),
    "deepcopy": lambda net, tmp_path: copy.deepcopy(net),
    "copy": lambda net, tmp_path: copy.copy(net),
}


def same(net, other):
    return all(np.array_equal(net.parameters[k], other.parameters[k]) for k in net.parameters)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", RULES)
def test_going_on_gives_the_same_bits(name, dtype, engine, tmp_path):
    rule = RULES[name]
    if engine == "compiled" and (name, dtype) not in (("sgd", "float32"), ("adamw", "float64")):
        pytest.skip("one rule with states and one without are enough to compile for")
    net = network(engine=engine, dtype=dtype)
    if rule is not None:
        fit(net, rule)
    others = [way(net, tmp_path) for way in WAYS.values()]
    for one in (net, *others):
        fit(one, rule)
        assert same(net, one) and one.engine == engine
        assert one._states.updates == (12 if rule is None else 24)


def shown(net):
    return [net.source(), net.standalone("w.npz"), net.derivation.explain(), repr(net.optimizer)]


@pytest.mark.parametrize("name", RULES)
def test_what_is_shown_is_the_rule_that_trained(name, tmp_path):
    rule, net = RULES[name], network()
    if rule is not None:
        fit(net, rule, 1)
    wanted = shown(net)
    for other in (way(net, tmp_path) for way in WAYS.values()):
        assert net.optimizer == other.optimizer == rule
        assert shown(other) == wanted
    if name == "adam":
        assert "epsilon=0.0001" in other.standalone("w.npz")
        assert "beta1" in other.source() and "beta1" in other.source(engine="compiled")


def test_a_copy_trains_by_itself(engine):
    net = network(engine=engine)
    fit(net, gp.Adam())
    before = pickle.dumps([net.parameters, net._states.arrays, net._states.updates])
    for other in (copy.deepcopy(net), copy.copy(net)):
        fit(other, gp.Adam())
    assert pickle.dumps([net.parameters, net._states.arrays, net._states.updates]) == before


def test_a_pickle_keeps_the_epoch_that_ran():
    pytest.importorskip("numba")
    net = network(engine="compiled")
    fit(net, gp.Adam())
    other = pickle.loads(pickle.dumps(net))
    assert other.source(engine="compiled") == net.source(engine="compiled")


def test_a_file_from_a_callback_goes_on(engine, tmp_path):
    path, net = tmp_path / "m.safetensors", network(engine=engine)

    def keep(epoch):
        if epoch.number == 2:
            net.save(path)

    fit(net, gp.Adam(), 4, progress=keep)
    other = gp.load(path, engine=engine)
    fit(other, gp.Adam(), 2)
    assert same(net, other)


def test_a_seed_begins_another_order(tmp_path):
    net = network()
    fit(net, gp.Adam())
    net.save(tmp_path / "m.safetensors")
    found = [gp.load(tmp_path / "m.safetensors", seed=seed) for seed in (None, 1, 1)]
    for one in found:
        fit(one, gp.Adam())
    assert same(found[1], found[2]) and not same(found[0], found[1])


def test_another_rule_with_other_numbers_goes_on_with_the_states(tmp_path):
    net = network()
    fit(net, gp.Adam())
    other = saved(net, tmp_path)
    for one in (net, other):
        fit(one, gp.Adam(0.5))
    assert same(net, other) and other.optimizer == gp.Adam(0.5)


def test_a_run_without_an_update_leaves_the_rule_that_trained(engine):
    net, straight = (
        gp.Network([4, 3], activation="identity", seed=5, engine=engine) for _ in range(2)
    )
    for one in (net, straight):
        fit(one, gp.Adam())
    x, y = data()
    for rule in (gp.SGD(1e300), gp.Adam(1e308)):
        with np.errstate(all="ignore"), pytest.raises(gp.NetworkError):
            net.fit(x * 1e200, y, batch_size=8, optimizer=rule, progress=False)
        assert net.optimizer == gp.Adam() and net._states.updates == 12
    net._random = copy.deepcopy(straight._random)
    for one in (net, straight):
        fit(one, gp.Adam())
    assert same(net, straight)


def test_an_ejected_program_goes_on(tmp_path):
    from glassprop.cli import actions

    x, y = data()
    net = network()
    fit(net, gp.Adam(0.01))
    net.save(tmp_path / "m.safetensors")
    actions.source(tmp_path / "m.safetensors", tmp_path / "ejected.py")
    space = {"__file__": str(tmp_path / "ejected.py")}
    exec(compile((tmp_path / "ejected.py").read_text(), space["__file__"], "exec"), space)
    order = copy.deepcopy(net._random).permutation(len(x))
    for start in range(0, len(x), 8):
        rows = order[start : start + 8]
        space["train_step"](x[rows], y[rows])
    fit(net, gp.Adam(0.01), 1)
    assert space["updates"] == {"done": 18}
    for name, value in net.parameters.items():
        assert np.array_equal(value, space["parameters"][name])


# -- files


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The content of a model file."""
    path, net = tmp_path_factory.mktemp("trained") / "m.safetensors", network()
    fit(net, gp.Adam())
    net.save(path)
    return path.read_bytes()


def rewritten(tmp_path, trained, change, arrays=lambda found: found):
    """A file with another record of the training."""
    path = tmp_path / "m.safetensors"
    path.write_bytes(trained)
    with safe_open(path, "numpy") as file:
        metadata = dict(file.metadata())
    found = json.loads(metadata["glassprop"])
    change(found["training"])
    metadata["glassprop"] = json.dumps(found)
    save_file(arrays(load_file(path)), path, metadata)
    return path


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_files_of_older_versions_are_loaded(tmp_path, scale):
    path, net = tmp_path / "m.safetensors", network(scale=scale)
    described = net.architecture.to_json("float64")
    assert json.loads(described)["version"] == (1 if scale == 1 else 2)
    save_file(net.parameters, path, {"glassprop": described})
    other = gp.load(path, seed=2)
    assert same(net, other) and other.optimizer is None
    fit(other, gp.Adam())
    other.save(path)
    assert gp.load(path).architecture.scale == scale


def test_only_files_with_states_need_a_new_reader(tmp_path):
    path = tmp_path / "m.safetensors"
    for rule, version in ((gp.SGD(0.1), 1), (gp.Momentum(0.1), 3)):
        net = network()
        fit(net, rule)
        net.save(path)
        with safe_open(path, "numpy") as file:
            assert json.loads(file.metadata()["glassprop"])["version"] == version


DAMAGE = {
    "version": (lambda r: r.update(version=9), "version 9.*upgrade"),
    "no version": (lambda r: r.pop("version"), "damaged: no 'version'"),
    "a list": (lambda r: r.update(rule=["Adam"]), "unknown update rule"),
    "another rule": (lambda r: r.update(rule="Adamant"), "unknown update rule 'Adamant'"),
    "code": (lambda r: r.update(rule="__import__('os')"), "unknown update rule"),
    "another hyper": (lambda r: r["hyper"].pop("beta1"), "expected learning_rate, beta1"),
    "more hyper": (lambda r: r["hyper"].update(x=1), "expected learning_rate, beta1"),
    "no hyper": (lambda r: r.update(hyper=None), "expected learning_rate"),
    "a rate": (lambda r: r["hyper"].update(learning_rate=-1), "learning rate: expected"),
    "NaN": (lambda r: r["hyper"].update(learning_rate=float("nan")), "damaged"),
    "text": (lambda r: r["hyper"].update(beta1="0.9"), "beta1: expected"),
    "updates": (lambda r: r.update(updates=-1), "updates is -1"),
    "half updates": (lambda r: r.update(updates=1.5), "updates is 1.5"),
    "many updates": (lambda r: r.update(updates=10**30), "updates is 1000"),
    "no rule": (lambda r: r.update(rule=None, hyper={}), "12 updates without a rule"),
    "states without a rule": (lambda r: r.update(rule=None, hyper={}, updates=0), "m_W1|v_W1|m_b"),
    "random": (lambda r: r.update(random=7), "damaged"),
    "generator": (lambda r: r["random"].update(name="MT19937"), "unknown random numbers"),
    "state": (lambda r: r["random"].update(state=1 << 128), "state is"),
    "uinteger": (lambda r: r["random"].update(uinteger="1"), "uinteger is '1'"),
    "another rule's states": (
        lambda r: r.update(rule="Momentum", hyper={"learning_rate": 1, "momentum": 0}),
        "velocity_W1 is missing",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_record_gets_one_line(name, tmp_path, trained):
    change, message = DAMAGE[name]
    path = rewritten(tmp_path, trained, change)
    with pytest.raises(gp.ModelFileError, match=message) as caught:
        gp.load(path)
    text = str(caught.value)
    assert "\n" not in text and text.startswith(str(path)) and len(text) < 400


def test_damaged_states_get_one_line(tmp_path, trained):
    changes = {
        "m_W1 is missing": lambda found: {k: v for k, v in found.items() if k != "m_W1"},
        "m_W1 has shape": lambda found: found | {"m_W1": np.zeros(3)},
        "v_b2 has type float32": lambda found: found | {"v_b2": found["v_b2"].astype("float32")},
        "'other' is neither": lambda found: found | {"other": np.zeros(3)},
    }
    for message, arrays in changes.items():
        path = rewritten(tmp_path, trained, lambda r: None, arrays)
        with pytest.raises(gp.ModelFileError, match=message):
            gp.load(path)


@pytest.mark.parametrize("found", ["", [], 7, False, {}, "x" * 100_000, [[[[]]]]])
def test_what_is_no_record_gets_one_line(found, tmp_path):
    path, net = tmp_path / "m.safetensors", network()
    save_file(net.parameters, path, {"glassprop": net.architecture.to_json("float64", found)})
    with pytest.raises(gp.ModelFileError, match="record of the training is damaged") as caught:
        gp.load(path)
    assert len(str(caught.value)) < 400


def test_the_same_network_gives_the_same_file(tmp_path):
    net = network()
    fit(net, gp.Adam())
    found = set()
    for _ in range(8):
        net.save(tmp_path / "m.safetensors")
        found.add((tmp_path / "m.safetensors").read_bytes())
    assert len(found) == 1


def test_a_rule_of_ones_own_is_said_to_be_left_out(tmp_path):
    class Mine(gp.Adam):
        pass

    net = network()
    fit(net, Mine())
    with pytest.warns(UserWarning, match="Mine is not one of glassprop's"):
        net.save(tmp_path / "m.safetensors")
    other = gp.load(tmp_path / "m.safetensors")
    assert other.optimizer is None and same(net, other)
    assert copy.deepcopy(net).optimizer == Mine()


# -- commands


def test_derive_and_source_take_a_rule(tmp_path, capsys):
    from glassprop.cli.entry_point import run

    def out(*arguments):
        assert run([*map(str, arguments)]) == 0
        return capsys.readouterr().out

    model, md = tmp_path / "m.safetensors", tmp_path / "d.md"
    net = network()
    fit(net, gp.Momentum(0.1))
    net.save(model)
    assert "velocity" in out("source", model) and "beta1" not in out("source", model)
    assert "beta1" in out("source", model, "--optimizer", "adam")
    assert "velocity" not in out("source", model, "--optimizer", "sgd")
    for arguments, letters in (
        ((model,), "mu"),
        ((model, "--optimizer", "adamw"), "beta"),
        (("4,5,3", "--optimizer", "adam"), "beta"),
        (("4,5,3",), "eta"),
    ):
        out("derive", *arguments, "-o", md)
        assert f"\\{letters}" in md.read_text(), arguments
    table = out("derive", "4,5,3")
    assert "update by" not in table
    assert out("derive", "4,5,3", "--optimizer", "adam").startswith(f"{table}\nupdate by Adam(")
    found = out("derive", model, "--notation", "cs231n")
    assert "update by Momentum(learning_rate=0.1, momentum=0.9)" in found and "v ← μ" in found
    found = out("derive", model, "--optimizer", "adam")
    assert "update by Adam(" in found and "m ← β₁ · m" in found and "v ← μ" not in found
    for name, wanted in (("adam", "beta1=0.9, beta2=0.999"), ("momentum", "momentum=0.9")):
        out("source", model, "-o", tmp_path / "e.py", "--optimizer", name)
        assert wanted in (tmp_path / "e.py").read_text()
        kept = set(np.load(tmp_path / "e.npz").files) - set(net.parameters)
        assert ("velocity_W1" in kept and "updates" in kept) == (name == "momentum")
    for command in (("derive", "4,5,3"), ("source", str(model))):
        assert run([*command, "--optimizer", "adm"]) == 2
        assert "did you mean 'adam'" in capsys.readouterr().err


def test_loading_says_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pickle.loads(pickle.dumps(network())).optimizer is None


def test_the_engine_line_says_that_engines_round_differently(tmp_path, capsys):
    from glassprop.cli.entry_point import run

    x, y = data()
    np.savez(tmp_path / "d.npz", x=x, y=y)
    assert run(["train", str(tmp_path / "d.npz"), "--epochs", "1", "--seed", "0"]) == 0
    err = capsys.readouterr().err
    assert "trained by the numpy engine" in err and "round differently" in err
    assert "--engine numpy" in err
