import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import glassprop as gp


def blobs(n=300, classes=3, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    return random.standard_normal((n, 4)) + 3 * np.eye(classes, 4)[labels], labels


def softmax_net(**settings):
    return gp.Network(
        4, gp.Dense(8, "relu"), gp.Dense(3, "softmax"), cost="cross_entropy", **settings
    )


def by_hand(net, x, y, order, batch_size, rate):
    """Gradient descent with the network's own gradients, in plain steps."""
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        for name, gradient in net.gradients(x[rows], y[rows]).items():
            net.parameters[name] -= rate * gradient


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [1, 7, 50, 1000])
def test_fit_is_gradient_descent_over_every_example_once(batch_size, dtype):
    x, y = blobs(50)
    net, other = softmax_net(seed=5, dtype=dtype), softmax_net(seed=5, dtype=dtype)
    net.fit(x, y, epochs=2, batch_size=batch_size, optimizer=gp.SGD(0.2), progress=False)
    for _ in range(2):
        by_hand(other, x, y, other._random.permutation(50), batch_size, 0.2)
    for name, value in net.parameters.items():
        np.testing.assert_allclose(
            value,
            other.parameters[name],
            rtol=1e-5 if dtype == "float32" else 1e-12,
            atol=1e-6 if dtype == "float32" else 1e-13,
        )


def test_momentum_is_its_formula():
    x, y = blobs(64)
    net, other = softmax_net(seed=5), softmax_net(seed=5)
    net.fit(x, y, epochs=2, batch_size=16, optimizer=gp.Momentum(0.1, 0.8), progress=False)
    velocity = {name: 0 * value for name, value in other.parameters.items()}
    for _ in range(2):
        order = other._random.permutation(64)
        for start in range(0, 64, 16):
            rows = order[start : start + 16]
            for name, gradient in other.gradients(x[rows], y[rows]).items():
                velocity[name] = 0.8 * velocity[name] - 0.1 * gradient
                other.parameters[name] += velocity[name]
    for name, value in net.parameters.items():
        np.testing.assert_allclose(value, other.parameters[name], rtol=1e-11, atol=1e-13)


def test_training_learns_and_records():
    x, y = blobs()
    net = softmax_net(seed=0)
    seen = []
    history = net.fit(
        x,
        y,
        epochs=5,
        batch_size=10,
        optimizer=gp.SGD(0.1),
        validation=blobs(seed=1),
        progress=seen.append,
    )
    assert history is net.history and len(history) == 5 and seen == list(history)
    assert history.cost[-1] < history.cost[0]
    assert history.accuracy[-1] > 0.9 and history.validation_accuracy[-1] > 0.9
    assert "epoch 5" in str(history) and not history.interrupted


def test_same_seed_same_bits_and_going_on():
    x, y = blobs()
    nets = [softmax_net(seed=3) for _ in range(2)]
    nets[0].fit(x, y, epochs=4, progress=False)
    nets[1].fit(x, y, epochs=2, progress=False)
    nets[1].fit(x, y, epochs=2, progress=False)
    for name, value in nets[0].parameters.items():
        assert (value == nets[1].parameters[name]).all()


def test_the_callers_data_are_not_changed():
    x, y = blobs()
    kept = x.copy(), y.copy()
    softmax_net(seed=0).fit(x, y, epochs=1, progress=False)
    assert (x == kept[0]).all() and (y == kept[1]).all()


def test_the_emitted_source_in_a_bare_process_gives_the_same_bits(tmp_path):
    x, y = blobs(45)
    net = softmax_net(seed=2)
    order = softmax_net(seed=2)._random.permutation(45)
    before = {name: value.copy() for name, value in net.parameters.items()}
    (tmp_path / "program.py").write_text(net.source())
    np.savez(tmp_path / "data.npz", x=x, y=np.eye(3)[y], order=order, **before)
    net.fit(x, y, epochs=1, batch_size=10, optimizer=gp.SGD(0.3), progress=False)
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "import numpy as np, program\n"
        "d = dict(np.load('data.npz')); x, y, order = d.pop('x'), d.pop('y'), d.pop('order')\n"
        "work = program.workspace(10)\n"
        "for s in range(0, 45, 10):\n"
        "    rows = order[s:s + 10]\n"
        "    w = work if len(rows) == 10 else program.narrow(work, len(rows))\n"
        "    program.train_step(x[rows], y[rows], *d.values(), 0.3, w)\n"
        "assert not [m for m in sys.modules if m.startswith('glassprop')]\n"
        "np.savez('after.npz', **d)\n"
    )
    subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, check=True)
    after = np.load(tmp_path / "after.npz")
    assert all((after[name] == value).all() for name, value in net.parameters.items())


def test_divergence_is_said_and_undone():
    x, y = blobs()
    net = gp.Network([4, 5, 3], activation="square", seed=0)
    before = {name: value.copy() for name, value in net.parameters.items()}
    with (
        np.errstate(all="ignore"),
        pytest.raises(gp.NetworkError, match=r"epoch 1: .*smaller learning rate"),
    ):
        net.fit(x, y, epochs=3, optimizer=gp.SGD(100.0), progress=False)
    assert all((before[name] == value).all() for name, value in net.parameters.items())


@pytest.mark.skipif(not hasattr(signal, "raise_signal"), reason="needs signals")
def test_ctrl_c_leaves_a_usable_network():
    x, y = blobs(2000)
    net = softmax_net(seed=0, engine="numpy")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        net.fit(x, y, epochs=100_000, batch_size=1, optimizer=gp.SGD(0.01), progress=False)
    assert net.history.interrupted
    assert all(np.isfinite(value).all() for value in net.parameters.values())
    assert net.evaluate(x, y).accuracy > 0.8
    net.fit(x, y, epochs=1, progress=False)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_fit_works_outside_of_the_main_thread():
    x, y = blobs()
    net, failed = softmax_net(seed=0), []

    def work():
        try:
            net.fit(x, y, epochs=1, progress=False)
        except Exception as error:  # handed to the test
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not failed and len(net.history) == 1


def test_progress_is_shown_on_standard_error(capsys):
    x, y = blobs()
    softmax_net(seed=0).fit(x, y, epochs=2)
    out, err = capsys.readouterr()
    assert not out and err.count("epoch") == 2 and "accuracy" in err


def test_a_callers_exception_leaves_signals_alone():
    x, y = blobs()

    def stop(epoch):
        raise RuntimeError("enough")

    start = time.monotonic()
    with pytest.raises(RuntimeError, match="enough"):
        softmax_net(seed=0).fit(x, y, epochs=10**6, progress=stop)
    assert time.monotonic() - start < 60
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize(
    "cost, low", [("binary_cross_entropy", 0), ("hinge", -1), ("quadratic", 0)]
)
def test_one_output_is_a_class(cost, low):
    x, labels = blobs(classes=2)
    output = "sigmoid" if cost == "binary_cross_entropy" else "identity"
    net = gp.Network(4, gp.Dense(6, "tanh"), gp.Dense(1, output), cost=cost, seed=0)
    net.fit(x, labels, epochs=10, optimizer=gp.SGD(0.1), progress=False)
    assert net.evaluate(x, labels).accuracy > 0.9
    rows = np.where(labels, 1, low)[:, None]
    assert net.evaluate(x, rows).accuracy == net.evaluate(x, labels).accuracy
    assert ((net.classify(x) == labels).mean()) == pytest.approx(net.evaluate(x, labels).accuracy)


def test_regression_has_no_accuracy():
    random = np.random.default_rng(0)
    x = random.standard_normal((50, 2))
    net = gp.Network(2, gp.Dense(1, "identity"), cost="huber", seed=0)
    history = net.fit(x, x.sum(1), epochs=20, progress=False)
    assert history.accuracy[-1] is None and history.cost[-1] < 0.05
    assert net.evaluate(x, x.sum(1)[:, None]).correct is None
