"""Learning rates by formulas of the update: beside PyTorch's schedulers, in training, in files."""

import math
import pickle
import warnings

import numpy as np
import pytest

import glassprop as gp

pytestmark = pytest.mark.usefixtures("one_cache")

T, ETA = 204, 0.1
MADE = {
    "step": gp.step_decay(50, 0.5),
    "exponential": gp.exponential_decay(0.99),
    "cosine": gp.cosine(total=T),
    "cosine with warm-up": gp.cosine(20, 0.001, total=T),
    "one cycle": gp.one_cycle(total=T),
    "inverse square root": gp.inverse_sqrt(10),
    "own": gp.schedule("learning_rate * where(t > E, 1 / (1 + d * (t - E)), 1)", in_epoch=6, d=0.1),
}


def wave(start, end, share):
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def one_cycle(s):
    top = 0.3 * T - 1
    if s <= top:
        return wave(0.04 * ETA, ETA, s / top)
    return wave(ETA, 4e-6 * ETA, (s - top) / (T - 1 - top))


BY_HAND = {
    "step": lambda s: ETA * 0.5 ** (s // 50),
    "exponential": lambda s: ETA * 0.99**s,
    "cosine": lambda s: wave(ETA, 0.0, s / T),
    "cosine with warm-up": lambda s: (
        ETA * (s + 1) / 20 if s < 20 else wave(ETA, 0.001, (s - 20) / (T - 20))
    ),
    "one cycle": one_cycle,
    "inverse square root": lambda s: ETA * min((s + 1) / 10, math.sqrt(10 / (s + 1))),
    "own": lambda s: ETA / (1 + 0.1 * max(s + 1 - 6, 0)),
}
"""By s, the number of updates before."""


@pytest.mark.parametrize("name", MADE)
def test_rates_are_those_of_the_papers(name):
    found = [MADE[name].rate(ETA, t) for t in range(1, T + 1)]
    np.testing.assert_allclose(found, [BY_HAND[name](s) for s in range(T)], rtol=1e-10)


@pytest.mark.parametrize("name", MADE)
def test_rates_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    made = torch.optim.lr_scheduler
    optimizer = torch.optim.SGD([torch.zeros(1)], ETA)
    scheduler = {
        "step": lambda o: made.StepLR(o, 50, 0.5),
        "exponential": lambda o: made.ExponentialLR(o, 0.99),
        "cosine": lambda o: made.CosineAnnealingLR(o, T),
        "cosine with warm-up": lambda o: made.SequentialLR(
            o,
            [
                made.LinearLR(o, 1 / 20, total_iters=19),
                made.CosineAnnealingLR(o, T - 20, 0.001),
            ],
            [20],
        ),
        "one cycle": lambda o: made.OneCycleLR(o, ETA, T, cycle_momentum=False),
    }.get(name, lambda o: made.LambdaLR(o, lambda s: BY_HAND[name](s) / ETA))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR gives an argument that is going away
        scheduler = scheduler(optimizer)
        for t in range(1, T + 1):
            rate = optimizer.param_groups[0]["lr"]
            assert MADE[name].rate(ETA, t) == pytest.approx(rate, rel=1e-10), t
            optimizer.step()
            if t < T:
                scheduler.step()


def data(n=43):
    random = np.random.default_rng(0)
    return random.standard_normal((n, 4)), random.integers(0, 3, n)


def network(**settings):
    return gp.Network([4, 5, 3], activation="tanh", seed=5, **settings)


@pytest.mark.parametrize("name", MADE)
def test_training_takes_the_rate_of_each_update(name, engine):
    if engine == "compiled" and name not in ("step", "cosine with warm-up", "own"):
        pytest.skip("the formulas of these three have what those of others have")
    x, y = data()
    net, other = network(engine=engine), network()
    rule = gp.SGD(ETA, schedule=MADE[name])
    net.fit(x, y, epochs=4, batch_size=8, optimizer=rule, progress=False)
    assert net.engine == engine
    t = 0
    for _ in range(4):
        order = other._random.permutation(len(x))
        for start in range(0, len(x), 8):
            rows = order[start : start + 8]
            rate = BY_HAND[name](t)
            t += 1
            for key, gradient in other.gradients(x[rows], y[rows]).items():
                other.parameters[key][...] -= rate * gradient
    for key, value in net.parameters.items():
        np.testing.assert_allclose(value, other.parameters[key], rtol=1e-10, atol=1e-12)


def test_float32_networks_have_rates_in_full_precision():
    net = network(dtype="float32", engine="numpy")
    x, y = data()
    net.fit(x, y, optimizer=gp.SGD(ETA, schedule=gp.cosine()), epochs=1, progress=False)
    assert all(value.dtype == "float32" for value in net.parameters.values())
    assert "float(np.cos(" in net.source()


def test_a_run_says_how_many_updates_there_are():
    x, y = data()
    net = network()
    net.fit(x, y, epochs=3, batch_size=8, optimizer=gp.SGD(schedule=gp.cosine()), progress=False)
    assert net.optimizer.schedule.total == 18
    net.fit(x, y, epochs=2, batch_size=8, optimizer=gp.SGD(schedule=gp.cosine()), progress=False)
    assert net.optimizer.schedule.total == 30 and net._states.updates == 30
    per_epoch = gp.SGD(0.1, schedule=gp.schedule("learning_rate / (1 + t / E)"))
    net.fit(x, y, epochs=1, batch_size=10, optimizer=per_epoch, progress=False)
    assert net.optimizer.schedule.in_epoch == 5 and net.optimizer.schedule.total is None


@pytest.mark.parametrize("way", ["file", "pickle"])
def test_a_saved_network_goes_on_with_its_schedule(way, engine, tmp_path):
    x, y = data()
    once, twice = network(engine=engine), network(engine=engine)
    rule = gp.Adam(0.01, schedule=gp.cosine(5, total=24), clip_norm=0.2, max_norm=1.0)
    once.fit(x, y, epochs=4, batch_size=8, optimizer=rule, progress=False)
    twice.fit(x, y, epochs=2, batch_size=8, optimizer=rule, progress=False)
    if way == "file":
        twice.save(tmp_path / "m.safetensors")
        twice = gp.load(tmp_path / "m.safetensors")
    else:
        twice = pickle.loads(pickle.dumps(twice))
    assert twice.optimizer == rule
    twice.fit(x, y, epochs=2, batch_size=8, optimizer=twice.optimizer, progress=False)
    assert all(np.array_equal(once.parameters[k], twice.parameters[k]) for k in once.parameters)
    assert twice.derivation.explain() == once.derivation.explain()


def test_a_file_of_its_own_has_the_schedule(tmp_path):
    x, y = data()
    net, other = network(engine="numpy"), network()
    rule = gp.Momentum(0.1, schedule=gp.one_cycle(total=12), clip_norm=0.2)
    net.fit(x, y, epochs=2, batch_size=8, optimizer=rule, progress=False)
    np.savez(tmp_path / "w.npz", **other.parameters)
    space = {"__file__": str(tmp_path / "file.py")}
    exec(compile(net.standalone("w.npz"), space["__file__"], "exec"), space)
    for _ in range(2):
        order = other._random.permutation(len(x))
        for start in range(0, len(x), 8):
            rows = order[start : start + 8]
            space["train_step"](x[rows], y[rows])
    for name, value in net.parameters.items():
        assert np.array_equal(value, space["parameters"][name])


BAD = {
    "text": (lambda: gp.schedule("learning_rate / q"), gp.FormulaError, "unknown name 'q'"),
    "no text": (lambda: gp.schedule(0.1), gp.FormulaError, "expected a formula as text"),
    "unused": (lambda: gp.schedule("learning_rate", d=1), gp.NetworkError, "does not use d"),
    "taken": (lambda: gp.schedule("t", t=1), gp.NetworkError, "'t' has a meaning already"),
    "nan": (lambda: gp.schedule("d", d=math.nan), gp.NetworkError, "d: expected a finite"),
    "warm-up": (lambda: gp.cosine(10, total=10), gp.NetworkError, "more than 10 updates in all"),
    "below 0": (lambda: gp.cosine(-1), gp.NetworkError, "warmup: expected 0 or a positive"),
    "share": (lambda: gp.one_cycle(1.0), gp.NetworkError, "peak: expected a number above 0 and be"),
    "factor": (lambda: gp.step_decay(10, 2), gp.NetworkError, "factor: expected a number above 0"),
    "no run": (lambda: gp.cosine().rate(0.1, 1), gp.NetworkError, "T of updates in all is not"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_schedule_is_refused(name):
    make, error, message = BAD[name]
    with pytest.raises(error, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_too_short_a_run_for_a_warm_up_is_refused_before_training():
    x, y = data()
    net = network()
    with pytest.raises(gp.NetworkError, match="more than 100 updates in all"):
        net.fit(x, y, epochs=1, optimizer=gp.SGD(schedule=gp.cosine(100)), progress=False)
    assert net.optimizer is None
