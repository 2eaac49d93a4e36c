"""What is said when training goes wrong: the first quantity, its step, its example, what helps."""

import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassprop as gp
from glassprop import nielsen
from glassprop.compile.numpy_source.step_replay import Replay
from glassprop.train.run.compiled_epoch import CompiledEpoch
from glassprop.train.run.divergence import mini_batch_of
from glassprop.train.run.epoch_replay import Repetition

pytestmark = pytest.mark.usefixtures("one_cache")


RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((40, 3)), RANDOM.integers(0, 2, 40)
ROWS = np.eye(2)[Y]


def with_row(row, value):
    x = X.copy()
    x[row] = value
    return x


def fail(net, x, y, rule, **given):
    """What is said; parameters, states and the count must be as before."""
    before = {name: value.copy() for name, value in net.parameters.items()}
    settings = {"epochs": 3, "batch_size": 4, "progress": False, **given}
    with np.errstate(all="ignore"), pytest.raises(gp.NetworkError) as caught:
        net.fit(x, y, optimizer=rule, **settings)
    for name, value in net.parameters.items():
        assert np.array_equal(value, before[name]) or len(net.history)
    text = str(caught.value)
    assert "\n" not in text and text.startswith("training diverged in epoch ")
    assert text.endswith("put back: the network is at the start of that epoch")
    return text


def test_an_overflow_of_one_example(engine):
    net = gp.Network(3, gp.Dense(4, "exp"), gp.Dense(2), seed=0, engine=engine)
    text = fail(net, with_row(17, 1e5), ROWS, gp.SGD(0.001))
    assert "a1 (activation of layer 1) became inf for example 17 by a1 = np.exp(z1)" in text
    assert "where z1 = " in text and "scale the inputs, which are up to 1e+05" in text
    assert "learning rate" not in text and net.engine == engine


def test_the_example_with_the_least_number_is_named(engine):
    net = gp.Network(3, gp.Dense(4, "exp"), gp.Dense(2), seed=0, engine=engine)
    x = X.copy()
    x[[31, 5, 22]] = 1e5
    text = fail(net, x, ROWS, gp.SGD(0.001), batch_size=40)
    assert "in mini-batch 1 of 1, " in text and "for example 5 by" in text


def test_a_learning_rate_that_is_too_large(engine):
    net = gp.Network([3, 5, 2], activation="square", seed=0, engine=engine)
    text = fail(net, X, ROWS, gp.SGD(100.0))
    assert "smaller learning rate, as parameters have grown from" in text and "for example" in text


def test_an_update_that_overflows(engine):
    net = gp.Network([3, 2], activation="identity", seed=0, engine=engine)
    text = fail(net, X, ROWS, gp.SGD(1e308))
    assert "(update of " in text and "learning_rate = 1e+308" in text
    assert "go on with a smaller learning rate" in text and "for example" not in text


def test_states_that_overflow_while_parameters_stay(engine):
    net = gp.Network([3, 2], activation="identity", seed=0, engine=engine, dtype="float32")
    text = fail(net, with_row(5, 1e12), ROWS, gp.Adam())
    assert "v_W1 (update of v_W1) became inf" in text and "scale the inputs" in text
    assert net.optimizer is None


def test_a_sum_over_the_mini_batch_that_overflows(engine):
    net = gp.Network([3, 2], activation="identity", seed=0, engine=engine)
    text = fail(net, X * 1e200, ROWS, gp.Momentum(0.1))
    assert "dC_dW1 (gradient of C with respect to W1) became " in text
    assert "delta1 has entries up to" in text and "x has entries up to" in text


POLES = {
    0.75: ("NaN", "the formula has no value there", "a smaller learning rate only puts it off"),
    -0.75: ("inf", "neither the inputs", "a smaller learning rate may not help"),
}


@pytest.mark.parametrize("place", POLES)
def test_a_formula_without_a_value_is_not_laid_to_the_learning_rate(place, engine):
    cost = gp.cost("test_pole", lambda a, y: gp.sum(a / (a - y)))
    net = gp.Network(3, gp.Dense(1), cost=cost, seed=0, engine=engine)
    net.parameters["W1"][:], net.parameters["b1"][:] = [[1, 0, 0]], 0
    y = np.full((40, 1), -9.0)
    y[9] = place
    text = fail(net, with_row(9, place), y, gp.SGD(1e-9), batch_size=40)
    became, why, advice = POLES[place]
    assert f"became {became} for example 9 by" in text and f"y = {place}" in text
    assert why in text and advice in text


@pytest.mark.parametrize("where", ["training", "validation"])
def test_a_cost_that_is_no_number_is_a_divergence(where, engine):
    """The parameters stay finite: the slope of the root is taken as 0 where it has no value."""
    cost = gp.cost("test_root", lambda a, y: gp.sum(gp.sqrt(gp.sqrt(a) - y)))
    net = gp.Network(3, gp.Dense(1), cost=cost, seed=0, engine=engine)
    net.parameters |= {"W1": np.zeros((1, 3)), "b1": np.ones(1)}
    y = np.zeros((40, 1))
    odd = y.copy()
    odd[[30, 7, 39]] = 9
    given = {"validation": (X, odd)} if where == "validation" else {}
    given["measure"] = 39
    with np.errstate(all="ignore"):
        text = fail(net, X, y if where == "validation" else odd, gp.SGD(1e-9), **given)
    said = "cost on the validation data" if where == "validation" else "cost"
    assert f"epoch 1: the {said} is NaN after it, as C (cost) is NaN for example 7" in text
    assert "before it, it was NaN already: look at the formula and this example" in text
    assert not len(net.history) and net.optimizer is None
    net.fit(X, odd, epochs=1, progress=False, measure=0, optimizer=gp.SGD(1e-9))  # not looked at


@pytest.mark.parametrize("callback", [False, True])
def test_parameters_are_looked_at_though_the_cost_is_not(engine, callback, tmp_path):
    net = gp.Network([3, 2], activation="identity", seed=0, engine=engine)
    before, seen = net.parameters.copy(), []
    progress = (lambda epoch: seen.append(epoch) and None) if callback else False
    with np.errstate(all="ignore"):
        rule = gp.SGD(1e200)
        text = fail(net, X, ROWS, rule, epochs=3, batch_size=10, measure=0, progress=progress)
    assert "training diverged in epoch 1" in text and not seen and not len(net.history)
    assert all(np.array_equal(net.parameters[name], before[name]) for name in before)
    net.save(tmp_path / "m.safetensors")


@pytest.mark.parametrize("dtype, rate", [("float64", 1e155), ("float32", 1e20)])
def test_a_cost_that_overflows_while_parameters_do_not(engine, dtype, rate, tmp_path):
    """All is as it was before that epoch, and can be saved and gone on with."""
    net = gp.Network([3, 2], activation="identity", seed=0, engine=engine, dtype=dtype)
    net.fit(X, ROWS, epochs=2, optimizer=gp.SGD(0.01), progress=False)
    before, cost = net.parameters.copy(), net.evaluate(X, ROWS).cost
    with np.errstate(all="ignore"):
        text = fail(net, X, ROWS, gp.SGD(rate), epochs=3, batch_size=40)
    assert "the cost is inf after it, as C (cost) is inf for example 0" in text
    assert f"before it, it was {cost:.4g}: go on with a smaller learning rate" in text
    assert all(np.array_equal(net.parameters[name], before[name]) for name in before)
    net.save(tmp_path / "m.safetensors")
    net.fit(X, ROWS, epochs=1, optimizer=gp.SGD(0.01), progress=False)
    assert np.isfinite(net.history.cost[-1])


def test_later_epochs_keep_what_was_measured_before(engine):
    net = gp.Network([3, 2], activation="identity", seed=0, engine=engine)

    def grow(epoch):
        if epoch.number == 2:
            net.parameters["W1"] = np.full((2, 3), 1e154)

    with np.errstate(all="ignore"):
        text = fail(net, X, ROWS, gp.SGD(1e-9), progress=grow)
    assert "epoch 3: the cost is inf after it" in text and "it was inf already" in text
    assert len(net.history) == 2 and np.isfinite(net.history.cost).all()
    assert (net.parameters["W1"] == 1e154).all()


def test_the_last_smaller_mini_batch(engine):
    net = gp.Network(3, gp.Dense(4, "exp"), gp.Dense(2), seed=0, engine=engine)
    order = np.random.default_rng(0)
    net._random = np.random.default_rng(0)
    last = order.permutation(40)[-1]
    text = fail(net, with_row(last, 1e5), ROWS, gp.SGD(0.001), batch_size=13)
    assert (
        f"in mini-batch 4 of 4, a1 (activation of layer 1) became inf for example {last} " in text
    )


def test_a_later_epoch_goes_back_to_its_start(engine):
    nets = [gp.Network([3, 2], activation="identity", seed=0, engine=engine) for _ in range(2)]
    found = []

    def grow(epoch):
        found.append(epoch.number)
        if epoch.number == 2:
            nets[0].parameters["W1"][:] = 1e200

    text = fail(nets[0], X, ROWS, gp.Adam(), progress=grow, epochs=5)
    assert "epoch 3" in text and found == [1, 2] and len(nets[0].history) == 2
    assert (nets[0].parameters["W1"] == 1e200).all()
    assert nets[0]._states.updates == 20


def test_parameters_that_are_no_numbers_before(engine):
    net = gp.Network([3, 2], seed=0, engine=engine)
    net.parameters["W1"][1, 2] = np.nan
    with pytest.raises(gp.NetworkError, match=r"W1: entry \(1, 2\) is nan; expected finite"):
        net.fit(X, ROWS, progress=False)
    net = gp.Network([3, 2], seed=0, engine=engine)
    with pytest.raises(gp.NetworkError, match=r"b1: entry \(0,\) is inf before epoch 2"):
        net.fit(X, ROWS, progress=lambda epoch: net.parameters["b1"].fill(np.inf))
    net = gp.Network([3, 2], seed=0, engine=engine)
    net.fit(X, ROWS, progress=False, optimizer=gp.Adam(), epochs=1)
    net._states.named["m_W1"][0, 1] = np.nan
    with pytest.raises(gp.NetworkError, match=r"m_W1: entry \(0, 1\) is nan before epoch 1"):
        net.fit(X, ROWS, progress=False, optimizer=gp.Adam())


def test_what_the_compiled_engine_alone_gives(monkeypatch):
    pytest.importorskip("numba")
    real = CompiledEpoch._go

    def broken(self, order, updates):
        real(self, order, updates)
        if 23 in order:
            self.after[0][1, 2] = np.nan

    monkeypatch.setattr(CompiledEpoch, "_go", broken)
    net = gp.Network([3, 2], seed=0, engine="compiled")
    net._random = np.random.default_rng(0)
    place = list(np.random.default_rng(0).permutation(40)).index(23) // 4 + 1
    text = fail(net, X, ROWS, gp.Adam())
    assert f"in mini-batch {place} of 10, W1 became NaN by the compiled engine, where the" in text
    assert "engine='numpy'" in text and "learning rate" not in text


def test_what_does_not_happen_again_is_said(monkeypatch):
    pytest.importorskip("numba")
    calls = []

    def broken(self, order, updates):
        calls.append(1)
        if len(calls) == 1:
            self.after[0][1, 2] = np.nan

    monkeypatch.setattr(CompiledEpoch, "_go", broken)
    net = gp.Network([3, 2], seed=0, engine="compiled")
    text = fail(net, X, ROWS, gp.SGD(0.1))
    assert "W1 became NaN, but not when the epoch was gone through again" in text


def test_wide_mini_batches_are_not_gone_through(monkeypatch, engine):
    monkeypatch.setattr("glassprop.train.run.epoch_replay.MOST", 10)
    net = gp.Network([3, 2], activation="identity", seed=0, engine=engine)
    text = fail(net, X * 1e200, ROWS, gp.SGD(0.1))
    assert "in mini-batch 1 of 10, W1 became " in text


def test_sparse_inputs_and_labels():
    csr_array = pytest.importorskip("scipy.sparse").csr_array
    net = gp.Network(3, gp.Dense(4, "exp"), gp.Dense(2), seed=0)
    text = fail(net, csr_array(with_row(17, 1e5)), Y, gp.SGD(0.001))
    assert "became inf for example 17 by a1 = np.exp(z1)" in text


def test_ctrl_c_while_it_is_looked_for(monkeypatch):
    real = Repetition.found

    def stopped(self, *given):
        self.interrupt.note(signal.SIGINT)
        return real(self, *given)

    monkeypatch.setattr(Repetition, "found", stopped)
    net = gp.Network([3, 2], activation="identity", seed=0)
    text = fail(net, X, ROWS, gp.SGD(1e308))
    assert "W1 became NaN" in text and "the search for the reason was interrupted" in text


class Counted:
    """Training that goes wrong at one example, and counts what it costs."""

    def __init__(self, bad):
        self.bad, self.done, self.finite, self.gone = bad, 0, True, 0

    def go(self, order):
        self.done += len(order)
        self.gone += len(order)
        self.finite = self.finite and self.bad not in order
        return True

    def is_finite(self):
        return self.finite

    def kept(self):
        return self.done, self.finite

    def restore(self, kept):
        self.done, self.finite = kept


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(1, 3000), st.integers(1, 70), st.data())
def test_the_mini_batch_is_found(count, size, data):
    order = np.random.default_rng(0).permutation(count)
    place = data.draw(st.integers(0, count - 1))
    course = Counted(order[place])
    assert mini_batch_of(course, order, size) == place // size
    assert course.finite and course.done == place // size * size
    assert course.gone <= 1.2 * count + 4 * size * 16
    if count > size:
        assert mini_batch_of(Counted(-1), order, size) is None


RULES = [gp.SGD(0.1), gp.Momentum(0.1), gp.Nesterov(0.1), gp.Adam(0.1), gp.AdamW(0.1)]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_a_replay_is_the_training_step(rule, dtype):
    """Every quantity of a replay gives the bits that train_step leaves in its arrays."""
    net = gp.Network(
        3, gp.Dense(4, "gelu"), gp.Dense(2, "softmax"), cost="cross_entropy", l2=0.1,
        seed=0, dtype=dtype,
    )  # fmt: skip
    net.fit(X, Y, epochs=1, batch_size=7, optimizer=rule, progress=False)
    program, states = net._program(), net._states
    symbols = program.routines["train_step"].arguments
    hyper = [rule.hyper[s.name] for s in symbols if s.role == "hyper"]
    counted = [states.updates + 1] * any(s.role == "counter" for s in symbols)
    x, y = X[:5].astype(dtype), ROWS[:5].astype(dtype)
    changing = [a.copy() for a in (*net.parameters.values(), *states.arrays)]
    kept = [a.copy() for a in changing]
    replay = Replay(program, (x, y, *changing, *hyper, *counted))
    assert replay.origin(range(5)) is None
    assert all(np.array_equal(a, b) for a, b in zip(kept, changing, strict=True))
    work = program.functions["workspace"](5)
    program.functions["train_step"](x, y, *changing, *hyper, *counted, work)
    names = [*net.parameters, *states.named]
    for name, array in zip(names, changing, strict=True):
        assert np.array_equal(replay.values[name], array), name


def test_code_of_the_book_names_it_too():
    pairs = [(X[k].reshape(3, 1), ROWS[k].reshape(2, 1)) for k in range(8)]
    net = nielsen.Network([3, 2])
    net.weights[0][:] = 1e308
    pairs[6] = (np.full((3, 1), 10.0), pairs[6][1])
    before = net.weights[0]
    with np.errstate(all="ignore"):
        net.update_mini_batch(pairs[:6], 1.0)  # sigmoid of ±1e308 is still a number
        net.weights[0] = before
        net.cost_derivative = lambda a, y: np.full((2, 1), 1e200)
        net.weights[0] = np.zeros((2, 3))
        kept = net.weights[0]
        with pytest.raises(gp.NetworkError, match="training diverged: in mini-batch 1, ") as caught:
            net.update_mini_batch(pairs, 1e200)
    text = str(caught.value)
    assert "W1 (update of W1) became" in text and "smaller eta" in text
    assert "keeps the weights and biases" in text and net.weights[0] is kept


def test_the_gradients_of_a_method_of_ones_own_are_looked_at():
    pairs = [(X[k].reshape(3, 1), ROWS[k].reshape(2, 1)) for k in range(8)]
    net = nielsen.Network([3, 2])
    real, kept = net.backprop, net.weights[0]

    def backprop(x, y):
        nabla_b, nabla_w = real(x, y)
        if x is pairs[5][0]:
            nabla_w[0][1, 1] = np.nan
        return nabla_b, nabla_w

    net.backprop = backprop
    with pytest.raises(gp.NetworkError, match=r"example 5 .*nabla_w\[0\] became NaN in backprop"):
        net.update_mini_batch(pairs, 1.0)
    net.backprop = lambda x, y: ([np.full((2, 1), 10.0)], [np.full((2, 3), 10.0)])
    with np.errstate(all="ignore"), pytest.raises(gp.NetworkError, match="smaller eta"):
        net.SGD(pairs, 9, 4, 1e308)
    assert net.weights[0] is kept
