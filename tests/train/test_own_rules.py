"""Update rules from a user's formulas: what they do, where they are shown, and what is refused."""

import copy
import json
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import glassprop as gp

pytestmark = pytest.mark.usefixtures("one_cache")

LION = {
    "theta": "theta - learning_rate * sign(beta1 * m + (1 - beta1) * gradient)",
    "m": "beta2 * m + (1 - beta2) * gradient",
}


def lion():
    return gp.update_rule("Lion", LION, learning_rate=0.0001, beta1=0.9, beta2=0.99)


def data(n=43):
    random = np.random.default_rng(0)
    return random.standard_normal((n, 4)), random.integers(0, 3, n)


def network(**settings):
    return gp.Network([4, 5, 3], activation="tanh", seed=5, **settings)


def fit(net, rule, epochs=2):
    x, y = data()
    net.fit(x, y, epochs=epochs, batch_size=8, optimizer=rule, progress=False)


def test_a_rule_of_ones_own_trains_by_its_formulas(engine):
    net, other, kept = network(engine=engine), network(), {}
    fit(net, lion()(0.01))
    x, y = data()
    for _ in range(2):
        order = other._random.permutation(len(x))
        for start in range(0, len(x), 8):
            rows = order[start : start + 8]
            for name, g in other.gradients(x[rows], y[rows]).items():
                m = kept.get(name, 0.0)
                other.parameters[name][...] -= 0.01 * np.sign(0.9 * m + (1 - 0.9) * g)
                kept[name] = 0.99 * m + (1 - 0.99) * g
    assert net.engine == engine
    for name, value in net.parameters.items():
        np.testing.assert_allclose(value, other.parameters[name], atol=1e-13)


def test_adam_stated_again_is_adam():
    mine = gp.update_rule(
        "Mine",
        dict(gp.Adam.formulas),
        shared={name: text for name, text, _ in gp.Adam.shared},
        learning_rate=0.001,
        beta1=0.9,
        beta2=0.999,
        epsilon=1e-8,
    )
    net, other = network(engine="numpy"), network(engine="numpy")
    fit(net, mine())
    fit(other, gp.Adam())
    assert all(np.array_equal(net.parameters[k], other.parameters[k]) for k in net.parameters)


@pytest.mark.parametrize("way", ["file", "pickle", "copy"])
def test_it_is_kept_and_goes_on(way, engine, tmp_path):
    once, twice = network(engine=engine), network(engine=engine)
    fit(once, lion()(0.01), 4)
    fit(twice, lion()(0.01))
    if way == "file":
        twice.save(tmp_path / "m.safetensors")
        twice = gp.load(tmp_path / "m.safetensors")
    else:
        twice = copy.copy(twice) if way == "copy" else pickle.loads(pickle.dumps(twice))
    assert twice.optimizer == lion()(0.01)
    fit(twice, lion()(0.01))  # stated again, it is the same rule
    assert twice._states.updates == 24
    assert all(np.array_equal(once.parameters[k], twice.parameters[k]) for k in once.parameters)


def test_it_is_shown_in_documents_and_sources():
    net, rule = network(), gp.update_rule("Lion", LION, reason="only the sign counts", **NUMBERS)
    told = " ".join(net.derivation.with_rule(rule()).explain().split())
    assert "Only the sign counts. For each entry θ" in told
    update = told[told.index("Only the sign") : told.index("Summary")]
    assert "θ ← θ − η sgn(β₁ · m + (1 − β₁) · ∂C/∂θ)" in update
    assert "m is 0 at first" in update
    assert "np.sign" in net.source(optimizer=rule())
    assert "beta2=0.99" in net.standalone("w.npz", rule())
    derivation = net.derivation.with_rule(rule(schedule=gp.cosine(total=9)))
    assert pickle.loads(pickle.dumps(derivation)).explain() == derivation.explain()


NUMBERS = {"learning_rate": 0.0001, "beta1": 0.9, "beta2": 0.99}
PLAIN = {"theta": "theta - learning_rate * gradient"}
BAD = {
    "unknown": ({"theta": "theta - learning_rate * grad"}, {}, "nothing gives 'grad'.*'gradient'"),
    "no state": (
        {"theta": "theta - learning_rate * velocity + gradient"},
        {},
        "formula of theta: nothing gives 'velocity'; expected .*what has a formula of its own",
    ),
    "no theta": ({"m": "m + gradient"}, {}, "no formula for theta"),
    "unread state": ({**PLAIN, "m": "m + gradient"}, {}, "'m' has a formula, and no other one"),
    "unused": (PLAIN, {"rho": 1.0}, "no formula uses 'rho'"),
    "a sum": ({"theta": "theta - learning_rate * sum(gradient)"}, {}, "it goes over all entries"),
    "one number": ({**PLAIN, "theta": "learning_rate"}, {}, "it is one number"),
    "no text": ({"theta": 7}, {}, "expected formulas as text by name"),
    "no formula": ({"theta": "theta -"}, {}, "formula of theta: cannot read"),
    "taken": ({**PLAIN, "t": "gradient"}, {}, "the name 't' is taken"),
    "no name": ({**PLAIN, "class": "gradient"}, {}, "'class' cannot be a name"),
    "no dict": ("theta", {}, "expected formulas as text by name"),
    "power": ({"theta": "theta - learning_rate * gradient ** theta"}, {}, "an exponent that is"),
}


@pytest.mark.parametrize("name", BAD)
def test_formulas_that_do_not_fit_are_refused(name):
    formulas, numbers, message = BAD[name]
    with pytest.raises(gp.FormulaError, match=message) as caught:
        gp.update_rule("Mine", formulas, learning_rate=0.1, **numbers)
    text = str(caught.value)
    assert text.startswith("update rule 'Mine'") and "\n" not in text and len(text) < 400


def test_numbers_out_of_range_are_refused():
    with pytest.raises(gp.NetworkError, match="beta1: expected a number from 0 to below 1, got 2"):
        lion()(beta1=2)
    formulas = {"theta": "theta - learning_rate * gradient * rho"}
    made = gp.update_rule("Mine", formulas, ranges={"rho": (0, 1)}, learning_rate=None, rho=0.5)
    assert made(rho=1).rho == 1.0 and made().learning_rate is None
    for bad in (1.5, -0.1, np.nan, "1"):
        with pytest.raises(gp.NetworkError, match="Mine: rho: expected a"):
            made(rho=bad)
    for given, message in (
        ({"rho": 2.0, "ranges": {"rho": (0, 1)}}, "from 0 to 1, got 2.0"),
        ({"rho": 0.5, "ranges": {"q": (0, 1)}}, "a range for 'q'"),
        ({"rho": 0.5, "ranges": {"rho": 3}}, "expected a smallest and a largest rho"),
        ({"rho": None}, "rho: expected a finite number"),
    ):
        with pytest.raises(gp.NetworkError, match=message):
            gp.update_rule("Mine", formulas, learning_rate=0.1, **given)
    with pytest.raises(gp.NetworkError, match="'Adam' is built in"):
        gp.update_rule("Adam", PLAIN, learning_rate=0.1)


def test_names_of_built_in_rules_are_taken():
    from glassprop.models.update_rules import RULES
    from glassprop.models.updates.own_rules import BUILT_IN

    assert set(BUILT_IN) == set(RULES)


DAMAGE = {
    "code": lambda r: r["definition"]["formulas"].append(["m2", "__import__('os')"]),
    "a list": lambda r: r.update(definition=[1]),
    "no pair": lambda r: r["definition"]["formulas"].append(["m"]),
    "numbers": lambda r: r["definition"].update(numbers={"x": "y"}),
    "ranges": lambda r: r["definition"].update(ranges={"beta1": 3}),
    "schedule": lambda r: r["schedule"].update(formula="exit()"),
    "schedule's numbers": lambda r: r["schedule"].update(numbers={"warmup": "7"}),
    "no schedule": lambda r: r.update(schedule=3),
    "total": lambda r: r["schedule"].update(total=-1),
    "limits": lambda r: r.update(limits={"clip_norm": -1}),
    "other limits": lambda r: r.update(limits={"x": 1}),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_record_gets_one_line(name, tmp_path):
    net, path = network(engine="numpy"), tmp_path / "m.safetensors"
    fit(net, lion()(schedule=gp.cosine(2), clip_norm=1.0), 1)
    net.save(path)
    with safe_open(path, "numpy") as file:
        found = json.loads(file.metadata()["glassprop"])
    assert found["training"]["version"] == 2
    DAMAGE[name](found["training"])
    save_file(load_file(path), path, {"glassprop": json.dumps(found)})
    with pytest.raises(gp.ModelFileError) as caught:
        gp.load(path)
    text = str(caught.value)
    assert text.startswith(str(path)) and "\n" not in text and len(text) < 600
