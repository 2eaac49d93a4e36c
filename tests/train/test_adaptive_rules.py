"""Rules with steps for each entry, clipping and max-norm, beside plain loops and PyTorch.

The loops are the algorithms of PyTorch's documentation, one number at a time.
"""

import math

import numpy as np
import pytest

import glassprop as gp

pytestmark = pytest.mark.usefixtures("one_cache")

EPOCHS, SIZE = 34, 8  # 204 updates
RULES = {
    "sgdw": gp.SGDW(0.1, 0.05),
    "adagrad": gp.AdaGrad(0.05),
    "rmsprop": gp.RMSProp(0.01),
    "rmsprop with momentum": gp.RMSProp(0.01, momentum=0.8),
    "rmsprop centred": gp.RMSProp(0.01, centred=True, epsilon=1e-4),
    "rmsprop centred with momentum": gp.RMSProp(0.01, 0.9, 1e-4, 0.8, True),
    "nadam": gp.NAdam(0.01, momentum_decay=0.01),
    "rprop": gp.RProp(0.02, largest=0.1),
    "clip_value": gp.SGD(0.3, clip_value=0.02),
    "clip_norm": gp.Momentum(0.1, 0.9, clip_norm=0.2),
    "both": gp.Adam(0.01, clip_value=0.03, clip_norm=0.2),
    "max_norm": gp.SGD(0.5, max_norm=1.0),
}


def network(**settings):
    return gp.Network([4, 5, 3], activation="tanh", seed=5, **settings)


def data(n=43):
    random = np.random.default_rng(0)
    return random.standard_normal((n, 4)), random.integers(0, 3, n)


def one_number(rule, theta, g, kept, t):
    """One update of one number; `kept` holds what it remembers."""
    name = type(rule).__name__
    eta = rule.learning_rate
    if name == "SGDW":
        return theta - eta * rule.weight_decay * theta - eta * g
    if name == "SGD":
        return theta - eta * g
    if name == "Momentum":
        kept["v"] = rule.momentum * kept.get("v", 0.0) - eta * g
        return theta + kept["v"]
    if name == "AdaGrad":
        kept["sum"] = kept.get("sum", 0.0) + g * g
        return theta - eta * g / (math.sqrt(kept["sum"]) + rule.epsilon)
    if name == "RMSProp":
        alpha = rule.alpha
        kept["v"] = alpha * kept.get("v", 0.0) + (1 - alpha) * g * g
        spread = kept["v"]
        if rule.centred:
            kept["g"] = alpha * kept.get("g", 0.0) + (1 - alpha) * g
            spread -= kept["g"] ** 2
        step = g / (math.sqrt(spread) + rule.epsilon)
        if rule.momentum:
            step = kept["b"] = rule.momentum * kept.get("b", 0.0) + step
        return theta - eta * step
    if name == "Adam" or name == "NAdam":
        kept["m"] = rule.beta1 * kept.get("m", 0.0) + (1 - rule.beta1) * g
        kept["v"] = rule.beta2 * kept.get("v", 0.0) + (1 - rule.beta2) * g * g
        root = math.sqrt(kept["v"] / (1 - rule.beta2**t)) + rule.epsilon
        if name == "Adam":
            return theta - eta * kept["m"] / (1 - rule.beta1**t) / root
        mu, following = (
            rule.beta1 * (1 - 0.5 * 0.96 ** (k * rule.momentum_decay)) for k in (t, t + 1)
        )
        product = kept["product"] = kept.get("product", 1.0) * mu
        theta -= eta * (1 - mu) / (1 - product) * g / root
        return theta - eta * following / (1 - product * following) * kept["m"] / root
    assert name == "RProp"
    change = np.sign(g * kept.get("last", 0.0))
    factor = {1: rule.grow, -1: rule.shrink, 0: 1.0}[int(change)]
    kept["step"] = min(max(kept.get("step", eta) * factor, rule.smallest), rule.largest)
    kept["last"] = g = 0.0 if change < 0 else g
    return theta - np.sign(g) * kept["step"]


def limited(rule, gradients):
    """Gradients as PyTorch clips them, by value and then by norm."""
    if rule.clip_value:
        c = rule.clip_value
        gradients = {name: np.minimum(np.maximum(g, -c), c) for name, g in gradients.items()}
    if rule.clip_norm:
        norm = math.sqrt(sum(float((g * g).sum()) for g in gradients.values()))
        factor = min(1.0, rule.clip_norm / (norm + 1e-6))
        gradients = {name: factor * g for name, g in gradients.items()}
    return gradients


def orders(net, x):
    for _ in range(EPOCHS):
        order = net._random.permutation(len(x))
        yield from (order[start : start + SIZE] for start in range(0, len(x), SIZE))


def by_hand(net, x, y, rule):
    kept = {}
    for t, rows in enumerate(orders(net, x), 1):
        for name, gradient in limited(rule, net.gradients(x[rows], y[rows])).items():
            theta = net.parameters[name]
            for place in np.ndindex(theta.shape):
                own = kept.setdefault((name, place), {})
                theta[place] = one_number(rule, float(theta[place]), float(gradient[place]), own, t)
            if rule.max_norm and theta.ndim > 1:
                for row in theta:
                    norm = math.sqrt(sum(w * w for w in row))
                    if norm > rule.max_norm:
                        row *= rule.max_norm / norm


def assert_close(net, other, tolerance=1e-10):
    for name, value in net.parameters.items():
        gap = np.abs(value - other.parameters[name]).max()
        assert gap <= tolerance * np.abs(value).max(), name


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_are_those_of_the_documentation(rule, engine):
    x, y = data()
    net, other = network(engine=engine), network()
    net.fit(x, y, epochs=EPOCHS, batch_size=SIZE, optimizer=rule, progress=False)
    assert net.engine == engine and net._states.updates == 204
    by_hand(other, x, y, rule)
    assert_close(net, other)


def in_torch(torch, rule, parameters):
    name, eta, optim = type(rule).__name__, rule.learning_rate, torch.optim
    if name == "AdaGrad":
        return optim.Adagrad(parameters, eta, eps=rule.epsilon)
    if name == "RMSProp":
        given = {"eps": rule.epsilon, "momentum": rule.momentum, "centered": rule.centred}
        return optim.RMSprop(parameters, eta, rule.alpha, **given)
    if name == "NAdam":
        given = {"eps": rule.epsilon, "momentum_decay": rule.momentum_decay}
        return optim.NAdam(parameters, eta, (rule.beta1, rule.beta2), **given)
    if name == "RProp":
        sizes = rule.smallest, rule.largest
        return optim.Rprop(parameters, eta, (rule.shrink, rule.grow), sizes)
    if name == "Adam":
        return optim.Adam(parameters, eta, (rule.beta1, rule.beta2), rule.epsilon)
    return optim.SGD(parameters, eta, momentum=getattr(rule, "momentum", 0.0))


@pytest.mark.parametrize("name", [name for name in RULES if name not in ("sgdw", "max_norm")])
def test_rules_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    rule, (x, y) = RULES[name], data()
    net, other = network(engine="numpy"), network()
    net.fit(x, y, epochs=EPOCHS, batch_size=SIZE, optimizer=rule, progress=False)
    parameters = {name: torch.from_numpy(value) for name, value in other.parameters.items()}
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # of the product that NAdam keeps
    try:
        optimizer = in_torch(torch, rule, list(parameters.values()))
        for rows in orders(other, x):
            for name, gradient in other.gradients(x[rows], y[rows]).items():
                parameters[name].grad = torch.from_numpy(gradient)
            if rule.clip_value:
                torch.nn.utils.clip_grad_value_(list(parameters.values()), rule.clip_value)
            if rule.clip_norm:
                torch.nn.utils.clip_grad_norm_(list(parameters.values()), rule.clip_norm)
            optimizer.step()
    finally:
        torch.set_default_dtype(before)
    assert_close(net, other)


def test_limits_do_nothing_where_nothing_is_too_large():
    x, y = data()
    plain, wide = network(engine="numpy"), network(engine="numpy")
    plain.fit(x, y, epochs=2, optimizer=gp.SGD(0.1), progress=False)
    far = gp.SGD(0.1, clip_value=1e6, clip_norm=1e6, max_norm=1e6)
    wide.fit(x, y, epochs=2, optimizer=far, progress=False)
    assert_close(plain, wide, 1e-14)


def test_threads_change_no_bit_of_clipped_training(monkeypatch):
    pytest.importorskip("numba")
    from glassprop.compile.numba_source import training

    monkeypatch.setattr(training, "DIVIDED", 1)
    x, y = data()
    found = []
    for _ in range(2):
        net = network(engine="compiled", threads=2)
        rule = gp.Adam(clip_norm=0.1, max_norm=0.9)
        net.fit(x, y, epochs=2, batch_size=8, optimizer=rule, progress=False)
        found.append(net)
    alone = network(engine="numpy")
    alone.fit(x, y, epochs=2, batch_size=8, optimizer=rule, progress=False)
    assert_close(found[0], found[1], 0.0)
    assert_close(found[0], alone, 1e-10)


def test_the_norm_of_all_gradients_comes_before_any_update():
    lines = network()._program(gp.SGD(clip_norm=1.0).kind).source.splitlines()
    (factor,) = (k for k, line in enumerate(lines) if "gradient_factor =" in line)
    updates = [k for k, line in enumerate(lines) if line.strip().startswith(("W1 -=", "b2 -="))]
    assert len(updates) == 2 and factor < min(updates)


BAD = {
    "clip": (lambda: gp.SGD(clip_norm=0), "clip norm: expected a positive number, got 0"),
    "value": (lambda: gp.Adam(clip_value="1"), "clip value: expected a positive"),
    "max": (lambda: gp.Adam(max_norm=math.inf), "max norm"),
    "grow": (lambda: gp.RProp(grow=1), "grow: expected a number above 1"),
    "steps": (lambda: gp.RProp(smallest=2, largest=1), "smallest: expected at most the largest"),
    "rprop": (lambda: gp.RProp(schedule=gp.cosine()), "schedule: RProp finds"),
    "centred": (lambda: gp.RMSProp(centred=1), "centred: expected True or False, got 1"),
    "schedule": (lambda: gp.SGD(schedule=0.1), "schedule: expected a schedule such as"),
    "letters": (
        lambda: gp.Momentum(schedule=gp.schedule("learning_rate * momentum", momentum=1)),
        "Momentum has a 'momentum' of its own",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_numbers_out_of_range(name):
    make, message = BAD[name]
    with pytest.raises(gp.NetworkError, match=message):
        make()


def test_rules_are_shown_as_they_are_called():
    assert repr(gp.SGD(0.1)) == "SGD(learning_rate=0.1)"
    assert repr(gp.SGD(0.1, clip_norm=1)) == "SGD(learning_rate=0.1, clip_norm=1.0)"
    rule = gp.SGD(0.1, schedule=gp.cosine(10))
    assert repr(rule) == "SGD(learning_rate=0.1, schedule=cosine(warmup=10))"
