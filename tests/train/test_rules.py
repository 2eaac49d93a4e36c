"""Update rules in training: against the papers and PyTorch, and their states over many fits."""

import math

import numpy as np
import pytest

import glassprop as gp

BETAS = {"learning_rate": 0.01, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4}
RULES = {
    "nesterov": gp.Nesterov(0.1, 0.8),
    "adam": gp.Adam(**BETAS),
    "adamw": gp.AdamW(**BETAS, weight_decay=0.5),
    "adam as it comes": gp.Adam(),
}


def network(**settings):
    return gp.Network([4, 5, 3], activation="tanh", seed=5, **settings)


def data(n=43):
    random = np.random.default_rng(0)
    return random.standard_normal((n, 4)), random.integers(0, 3, n)


def one_number(rule, theta, g, kept, t):
    """One update of one number, line by line as in the papers; `kept` holds what it remembers.

    Nesterov's rule is that of Sutskever et al. 2013, eqs. (3) and (4), where `ahead` is the place
    θ + μ v that the gradient is taken at: the network's parameter.
    """
    if isinstance(rule, gp.Nesterov):
        velocity = kept.get("velocity", 0.0)
        behind = theta - rule.momentum * velocity
        kept["velocity"] = rule.momentum * velocity - rule.learning_rate * g
        behind = behind + kept["velocity"]
        return behind + rule.momentum * kept["velocity"]
    kept["m"] = rule.beta1 * kept.get("m", 0.0) + (1 - rule.beta1) * g
    kept["v"] = rule.beta2 * kept.get("v", 0.0) + (1 - rule.beta2) * g**2
    m_hat = kept["m"] / (1 - rule.beta1**t)
    v_hat = kept["v"] / (1 - rule.beta2**t)
    step = m_hat / (math.sqrt(v_hat) + rule.epsilon)
    decay = rule.weight_decay * theta if isinstance(rule, gp.AdamW) else 0.0
    return theta - rule.learning_rate * (step + decay)


def by_hand(net, x, y, rule, batch_size, epochs):
    """Train by loops over the numbers of a network, its gradients and orders the network's own."""
    kept, t = {}, 0
    for _ in range(epochs):
        order = net._random.permutation(len(x))
        for start in range(0, len(x), batch_size):
            rows, t = order[start : start + batch_size], t + 1
            for name, gradient in net.gradients(x[rows], y[rows]).items():
                theta = net.parameters[name]
                for place in np.ndindex(theta.shape):
                    own = kept.setdefault((name, place), {})
                    number, g = float(theta[place]), float(gradient[place])
                    theta[place] = one_number(rule, number, g, own, t)
    return t


def assert_close(net, other, tolerance):
    for name, value in net.parameters.items():
        gap = np.abs(value - other.parameters[name]).max()
        assert gap <= tolerance * max(1.0, np.abs(value).max()), name


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_are_those_of_the_papers(rule, dtype, tolerance):
    x, y = data()
    net, other = network(dtype=dtype), network(dtype=dtype)
    net.fit(x, y, epochs=4, batch_size=8, optimizer=rule, progress=False)
    assert by_hand(other, x, y, rule, 8, 4) == net._states.updates == 24
    assert_close(net, other, tolerance)


def in_torch(torch, rule, parameters):
    if isinstance(rule, gp.Nesterov):
        rate, momentum = rule.learning_rate, rule.momentum
        return torch.optim.SGD(parameters, rate, momentum=momentum, nesterov=True)
    betas = rule.beta1, rule.beta2
    if isinstance(rule, gp.AdamW):
        decay = rule.weight_decay
        return torch.optim.AdamW(parameters, rule.learning_rate, betas, rule.epsilon, decay)
    return torch.optim.Adam(parameters, rule.learning_rate, betas, rule.epsilon)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_are_those_of_pytorch(rule):
    torch = pytest.importorskip("torch")
    x, y = data()
    net, other = network(), network()
    net.fit(x, y, epochs=4, batch_size=8, optimizer=rule, progress=False)
    parameters = {name: torch.from_numpy(value) for name, value in other.parameters.items()}
    optimizer = in_torch(torch, rule, list(parameters.values()))
    for _ in range(4):
        order = other._random.permutation(len(x))
        for start in range(0, len(x), 8):
            rows = order[start : start + 8]
            for name, gradient in other.gradients(x[rows], y[rows]).items():
                parameters[name].grad = torch.from_numpy(gradient)
            optimizer.step()
    assert_close(net, other, 1e-12)


@pytest.fixture(params=["numpy", "compiled"])
def engine(request, tmp_path_factory, monkeypatch):
    if request.param == "compiled":
        pytest.importorskip("numba")
        folder = tmp_path_factory.getbasetemp() / "rules"  # one compilation for all tests
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("GLASSPROP_CACHE", str(folder))
    return request.param


def test_going_on_is_the_same_as_training_at_once(engine):
    x, y = data()
    once, twice = network(engine=engine), network(engine=engine)
    rule = gp.AdamW(**BETAS)
    once.fit(x, y, epochs=2, batch_size=8, optimizer=rule, progress=False)
    for count in (6, 12):
        twice.fit(x, y, epochs=1, batch_size=8, optimizer=rule, progress=False)
        assert twice._states.updates == count and twice.engine == engine
    for name, value in once.parameters.items():
        assert np.array_equal(value, twice.parameters[name])


def test_another_rule_begins_again(engine):
    x, y = data()
    net = network(engine=engine)
    net.fit(x, y, epochs=3, batch_size=8, optimizer=gp.AdamW(), progress=False)
    net.fit(x, y, epochs=1, optimizer=gp.SGD(), batch_size=43, progress=False)
    assert net._states.updates == 1 and not net._states.arrays
    other = network(engine=engine)
    other.parameters = {name: value.copy() for name, value in net.parameters.items()}
    other._random = np.random.default_rng(1)
    net._random = np.random.default_rng(1)
    for one in (net, other):
        one.fit(x, y, epochs=1, batch_size=8, optimizer=gp.AdamW(), progress=False)
        assert one._states.updates == 6
    for name, value in net.parameters.items():
        assert np.array_equal(value, other.parameters[name])


def test_divergence_puts_states_and_count_back(engine):
    x, y = data()
    net = network(engine=engine)
    net.fit(x, y, epochs=1, batch_size=8, optimizer=gp.AdamW(), progress=False)
    kept = [value.copy() for value in (*net.parameters.values(), *net._states.arrays)]
    assert all(value.any() for value in net._states.arrays)
    with np.errstate(all="ignore"), pytest.raises(gp.NetworkError, match="diverged in epoch 1"):
        net.fit(x * 1e200, y, epochs=2, batch_size=8, optimizer=gp.AdamW(1e308), progress=False)
    assert net._states.updates == 6
    now = (*net.parameters.values(), *net._states.arrays)
    assert all(np.array_equal(*pair) for pair in zip(kept, now, strict=True))


def test_the_source_is_that_of_the_rule_that_trained():
    x, y = data()
    net = network(engine="numpy")
    assert "beta1" not in net.source()
    net.fit(x, y, epochs=1, optimizer=gp.Adam(), progress=False)
    source = net.source()
    assert source == net.program().source
    assert source.count("correction1 = 1 - beta1 ** t") == 1
    assert "np.multiply(1 - beta1, dC_dW1, out=" in source


def test_a_file_of_its_own_counts_its_updates(tmp_path):
    x, y = data()
    net, other = network(), network()
    net.fit(x, y, epochs=1, batch_size=8, optimizer=gp.Adam(), progress=False)
    np.savez(tmp_path / "w.npz", **other.parameters)
    space = {"__file__": str(tmp_path / "file.py")}
    exec(compile(net.standalone("w.npz"), space["__file__"], "exec"), space)
    order = other._random.permutation(len(x))
    for start in range(0, len(x), 8):
        rows = order[start : start + 8]
        space["train_step"](x[rows], y[rows], 0.001, 0.9, 0.999, 1e-8)
    assert space["updates"] == {"done": 6}
    for name, value in net.parameters.items():
        assert np.array_equal(value, space["parameters"][name])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_corrections_keep_their_digits_and_end(dtype):
    program = network(dtype=dtype)._program(gp.Adam)
    symbols = program.routines["train_step"].arguments
    hyper = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    x, y = data(5)
    for t in (1, 10**9):
        shapes = {s.name: [int(axis.size) for axis in s.axes] for s in symbols[2:] if s.axes}
        given = {name: np.zeros(shape, dtype) for name, shape in shapes.items()}
        rows = x.astype(dtype), np.eye(3, dtype=dtype)[y]
        numbers = [hyper[s.name] for s in symbols if s.role == "hyper"]
        program.functions["train_step"](
            *rows, *given.values(), *numbers, t, program.functions["workspace"](5)
        )
        g = given["m_b2"] / 0.1
        share = 1.0 if t > 1 else 0.001
        want = -1e-3 * (0.1 if t > 1 else 1.0) * g / (np.sqrt(0.001 / share * g * g) + 1e-8)
        assert given["b2"].dtype == dtype
        np.testing.assert_allclose(given["b2"], want, rtol=1e-5 if dtype == "float32" else 1e-12)


BAD = {
    "nesterov": (lambda: gp.Nesterov(0), "learning rate: expected a positive number, got 0"),
    "nesterov's momentum": (lambda: gp.Nesterov(momentum=1), "momentum: expected a number from 0"),
    "rate": (lambda: gp.Adam("0.1"), "learning rate: expected a positive number, got '0.1'"),
    "beta1": (lambda: gp.Adam(beta1=1.0), "beta1: expected a number from 0 to below 1, got 1.0"),
    "beta2": (lambda: gp.AdamW(beta2=-0.1), "beta2: expected a number from 0 to below 1"),
    "a share": (lambda: gp.Adam(beta1=True), "beta1"),
    "nothing": (lambda: gp.Momentum(0.1, None), "momentum"),  # type: ignore[arg-type]
    "epsilon": (lambda: gp.Adam(epsilon=0), "epsilon: expected a positive number, got 0"),
    "epsilon of AdamW": (lambda: gp.AdamW(epsilon=math.nan), "epsilon"),
    "decay": (lambda: gp.AdamW(weight_decay=-1), "weight decay: expected 0 or a positive"),
    "endless decay": (lambda: gp.AdamW(weight_decay=math.inf), "weight decay"),
}


@pytest.mark.parametrize("name", BAD)
def test_hyper_parameters_out_of_range(name):
    make, message = BAD[name]
    with pytest.raises(gp.NetworkError, match=message):
        make()


def test_values_at_the_ends_of_ranges_are_taken():
    assert gp.Adam(beta1=0, beta2=0).beta1 == 0.0
    assert gp.AdamW(weight_decay=0).weight_decay == 0.0
    assert gp.Momentum(momentum=0).hyper == {"learning_rate": 0.1, "momentum": 0.0}
    assert list(gp.AdamW().hyper.values()) == [0.001, 0.9, 0.999, 1e-8, 0.01]


def test_a_quantity_with_a_name_that_a_rule_needs_is_refused():
    a, t = gp.scalars("a t")
    with pytest.raises(gp.FormulaError, match="'t' is taken"):
        gp.Adam.steps(gp.derive(a * t, wrt=a).inner)
