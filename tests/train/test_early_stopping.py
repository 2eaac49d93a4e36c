"""Early stopping, the log of the epochs, and examples that are held back for validation."""

import csv
import math

import numpy as np
import pytest

import glassprop as gp
from glassprop.train.examples.held_back import held_back

pytestmark = pytest.mark.usefixtures("one_cache")


def data(n=90, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, 4))
    return x, (x @ random.standard_normal((4, 3)) + random.standard_normal((n, 3))).argmax(1)


X, Y = data()


def network(engine="numpy"):
    return gp.Network([4, 30, 3], activation="tanh", seed=5, engine=engine)


def fit(net, epochs=60, **settings):
    given = {"validation": 0.3, "optimizer": gp.SGD(1.0), "progress": False, **settings}
    return net.fit(X, Y, epochs=epochs, **given)


def same(parameters, others):
    return all(np.array_equal(parameters[k], others[k]) for k in parameters)


@pytest.mark.parametrize("monitor", ["validation_cost", "validation_accuracy", "cost"])
@pytest.mark.parametrize(("patience", "least"), [(1, 0.0), (3, 0.0), (4, 0.01)])
def test_it_stops_where_a_plain_loop_would(monitor, patience, least):
    """The criterion, gone through by hand over a run that is not stopped."""
    net, kept = network(), []
    seen = fit(net, callbacks=[lambda loop: kept.append(dict(loop.network.parameters.copy()))])
    kept = [{name: array.copy() for name, array in one.items()} for one in kept]
    sign = -1 if "accuracy" in monitor else 1
    figures = [sign * figure for figure in getattr(seen, monitor)]
    best, place, ended = math.inf, 0, len(figures)
    for number, figure in enumerate(figures, 1):
        if figure < best - least:
            best, place = figure, number
        elif number - place >= patience:
            ended = number
            break
    stopping = gp.EarlyStopping(patience, monitor, least)
    history = fit(net := network(), callbacks=[stopping])
    assert len(history) == ended and history.stopped == (ended < 60)
    assert (stopping.best, stopping.best_epoch) == (sign * best, place)
    straight = network()
    fit(straight, place)
    assert same(net.parameters, straight.parameters)


def test_without_restoring_the_last_epoch_stays():
    net, straight = network(), network()
    history = fit(net, callbacks=[gp.EarlyStopping(2, restore_best=False)])
    fit(straight, len(history))
    assert same(net.parameters, straight.parameters) and history.stopped


def test_one_of_several_runs_is_forgotten():
    stopping, found = gp.EarlyStopping(2), []
    for _ in range(2):
        net = network()
        found.append((len(fit(net, callbacks=[stopping])), net.parameters.copy()))
    assert found[0][0] == found[1][0] and same(found[0][1], found[1][1])


def test_what_is_not_measured_is_refused():
    for given, message in (
        ({"validation": None}, "no validation cost to watch: give validation="),
        ({"validation": None, "monitor": "cost", "measure": 0}, "no cost to watch: give a number"),
    ):
        given = dict(given)
        stopping = gp.EarlyStopping(monitor=given.pop("monitor", "validation_cost"))
        with pytest.raises(gp.NetworkError, match=message):
            fit(network(), callbacks=[stopping], **given)
    with pytest.raises(gp.NetworkError, match="targets are no classes"):
        gp.Network([4, 1], activation="identity", seed=0).fit(
            X, X[:, 0], progress=False, validation=0.1,
            callbacks=[gp.EarlyStopping(monitor="validation_accuracy")],
        )  # fmt: skip
    for given in ({"patience": 0}, {"monitor": "loss"}, {"min_delta": -1}):
        with pytest.raises(gp.NetworkError):
            gp.EarlyStopping(**given)


# -- functions


def test_functions_see_the_network_and_can_stop_it():
    seen = []

    def look(loop):
        seen.append((loop.history[-1].number, loop.learning_rate, loop.batch_size))
        assert loop.network.evaluate(X, Y).examples == 90
        if len(seen) == 2:
            loop.learning_rate = 0.5
        return len(seen) == 4

    net = network()
    history = fit(net, callbacks=[look])
    assert seen == [(1, 1.0, 10), (2, 1.0, 10), (3, 0.5, 10), (4, 0.5, 10)] and history.stopped
    other = network()
    fit(other, 2), fit(other, 2, optimizer=gp.SGD(0.5))
    assert same(net.parameters, other.parameters)


def test_other_answers_are_passed_over_and_said_to_be():
    with pytest.warns(UserWarning, match="callbacks: the function returned 7") as caught:
        assert len(fit(network(), 3, callbacks=[lambda loop: 7])) == 3
    assert len(caught) == 1


# -- a log


def test_the_log_has_every_figure(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("old")
    history = fit(network(), 4, callbacks=[gp.CSVLog(path)])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    for row, epoch in zip(rows, history, strict=True):
        assert int(row["epoch"]) == epoch.number and float(row["seconds"]) == epoch.seconds
        assert float(row["cost"]) == epoch.training.cost
        assert float(row["validation_accuracy"]) == epoch.validation.accuracy
    fit(network(), 1, validation=None, measure=0, callbacks=[gp.CSVLog(path)])
    assert path.read_text().splitlines()[1].startswith("1,,,,,")


def test_a_log_that_cannot_be_written_is_refused_or_done_without(tmp_path):
    with pytest.raises(gp.DataError, match="does not exist"):
        fit(network(), callbacks=[gp.CSVLog(tmp_path / "none" / "log.csv")])
    path = tmp_path / "log.csv"

    def away(loop):
        if path.is_file():
            path.unlink()
            path.mkdir()

    with pytest.warns(RuntimeWarning, match="training goes on without") as caught:
        assert len(fit(network(), 4, callbacks=[gp.CSVLog(path), away])) == 4
    assert len(caught) == 1


# -- a share of the examples


@pytest.mark.parametrize("targets", ["labels", "rows", "numbers"])
@pytest.mark.parametrize("share", [0.02, 0.1, 1 / 3, 0.5, 0.97])
def test_a_share_is_of_each_class_as_much(targets, share):
    random = np.random.default_rng(3)
    y = random.choice(3, 200, p=[0.7, 0.2, 0.1])
    given = {"labels": y, "rows": np.eye(3)[y], "numbers": random.standard_normal((200, 3))}
    examples = gp.Network([4, 3], seed=0)._examples(
        random.standard_normal((200, 4)), given[targets]
    )
    own, kept = held_back(examples, share)
    assert sorted([*own, *kept]) == list(range(200)) and len(kept) == round(200 * share)
    again = held_back(examples, share)
    assert np.array_equal(own, again[0]) and np.array_equal(kept, again[1])
    if targets != "numbers":
        for label in range(3):
            assert abs((y[kept] == label).sum() - share * (y == label).sum()) < 1


@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_a_share_is_as_a_pair_of_arrays(form, engine):
    """Nothing is copied, and the figures are those of the examples taken apart."""
    x = X * (X > 0.5)
    if form == "sparse":
        x = pytest.importorskip("scipy.sparse").csr_array(x)
    net, other = network(engine), network(engine)
    own, kept = held_back(net._examples(x, Y), 0.25)
    given = {"epochs": 3, "optimizer": gp.Adam(0.01), "progress": False, "batch_size": 7}
    history = net.fit(x, Y, validation=0.25, **given)
    wanted = other.fit(x[own], Y[own], validation=(x[kept], Y[kept]), **given)
    assert same(net.parameters, other.parameters)
    for found, expected in zip(history, wanted, strict=True):
        assert found.training == expected.training and found.validation == expected.validation


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, math.nan, 0.001, 0.999])
def test_a_share_has_to_leave_something_on_both_sides(share):
    with pytest.raises(gp.DataError, match="validation: "):
        fit(network(), validation=share)
