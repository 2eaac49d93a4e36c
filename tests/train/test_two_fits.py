"""Two threads of a program that train at once: one network, or several."""

import copy
import threading

import numpy as np
import pytest

import glassprop as gp

pytestmark = pytest.mark.usefixtures("one_cache")
X, Y = np.random.default_rng(0).normal(size=(64, 4)), np.arange(64) % 3


def network(engine):
    return gp.Network([4, 5, 3], seed=5, engine=engine)


def fit(net, progress=False, epochs=3):
    return net.fit(X, Y, epochs=epochs, batch_size=8, progress=progress, optimizer=gp.SGD(0.1))


def same(net, other):
    return all(np.array_equal(net.parameters[k], other.parameters[k]) for k in net.parameters)


def test_a_second_fit_of_a_network_is_refused_and_changes_nothing(engine):
    net, other, said = network(engine), network(engine), []
    begun, tried = threading.Event(), threading.Event()

    def look(epoch):
        begun.set()
        assert tried.wait(60)

    thread = threading.Thread(target=fit, args=(net, look))
    thread.start()
    assert begun.wait(60)
    for rule, labels in ((gp.Adam(), Y), (gp.SGD(0.1), np.eye(3)[Y])):
        with pytest.raises(gp.NetworkError, match="being trained, in another thread") as error:
            net.fit(X, labels, optimizer=rule, progress=False)
        said.append(str(error.value))
    tried.set()
    thread.join(60)
    fit(other)
    assert len(net.history) == 3 and net.optimizer == gp.SGD(0.1) and same(net, other)
    fit(net), fit(other)  # it can be trained again
    assert same(net, other)


def test_of_many_fits_at_once_one_trains(engine):
    fit(network(engine))  # what is compiled is there
    net, other = network(engine), network(engine)
    start, first = threading.Barrier(4, timeout=60), threading.Barrier(4, timeout=60)
    found = []

    def train():
        start.wait()
        try:
            fit(net, lambda epoch: first.wait() and None if epoch.number == 1 else None)
            found.append("trained")
        except gp.NetworkError:
            found.append("refused")
            first.wait()

    threads = [threading.Thread(target=train) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    fit(other)
    assert sorted(found) == ["refused"] * 3 + ["trained"] and same(net, other)


def test_fits_of_several_networks_at_once_change_no_bit(engine):
    fit(expected := network(engine), epochs=20)
    nets = [network(engine) for _ in range(4)]
    threads = [threading.Thread(target=fit, args=(net, False, 20)) for net in nets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert all(same(net, expected) for net in nets)


def test_a_copy_is_trained_while_the_network_is(engine):
    net = network(engine)

    def look(epoch):
        fit(copy.copy(net), epochs=1)

    fit(net, look)
    assert len(net.history) == 3
