"""Two runs at once on one network with the book's names: the second is refused."""

import copy
import pickle
import random
import threading

import pytest

import glassprop as gp
from glassprop.nielsen import Network

from .loops import Loops, distance, examples, seeded


class Watched(Network):
    """Calls what a test gives it between two epochs."""

    def evaluate(self, test_data):
        between.pop()(self)
        return super().evaluate(test_data)


between = []
SECOND = {
    "SGD": lambda net: net.SGD(examples(5, 3, 2), 1, 2, 0.5),
    "update_mini_batch": lambda net: net.update_mini_batch(examples(5, 3, 2), 0.5),
}


def trained(net):
    return seeded_run(net, test_data=[(x, 0) for x, _ in examples(3, 3, 2)])


def seeded_run(net, **given):
    random.seed(3)
    net.SGD(examples(20, 3, 2), 2, 5, 0.5, **given)
    return net


@pytest.mark.parametrize("method", SECOND)
def test_a_second_run_in_another_thread_is_refused_and_changes_nothing(method):
    net, expected, said = seeded(Watched, [3, 4, 2]), seeded(Network, [3, 4, 2]), []

    def try_another(net):
        def second():
            with pytest.raises(gp.NetworkError, match=f"^{method}: .* being trained") as error:
                SECOND[method](net)
            said.append(str(error.value))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(60)

    between[:] = [try_another] * 2
    trained(net)
    assert len(said) == 2 and "the SGD that has called this" in said[0]
    assert distance(net, seeded_run(expected)) == 0
    SECOND[method](net)  # it can be trained again
    assert distance(net, expected) > 0


def test_a_run_within_a_run_is_refused_and_a_step_is_not():
    net, steps = seeded(Watched, [3, 4, 2]), []
    between[:] = [SECOND["SGD"]]
    with pytest.raises(gp.NetworkError, match="being trained"):
        trained(net)
    between[:] = [lambda net: steps.append(SECOND["update_mini_batch"](net))] * 2
    trained(net)
    assert len(steps) == 2

    class Own(Network):
        def update_mini_batch(self, mini_batch, eta):
            super().update_mini_batch(mini_batch, eta)

    assert (
        distance(seeded_run(seeded(Own, [3, 4, 2])), seeded_run(seeded(Loops, [3, 4, 2]))) < 1e-12
    )


def test_meanwhile_it_can_be_copied_and_pickled_and_the_copies_trained():
    net, made = seeded(Watched, [3, 4, 2]), []

    def put_aside(net):
        for other in (copy.deepcopy(net), copy.copy(net), pickle.loads(pickle.dumps(net))):
            made.append(seeded_run(other))

    between[:] = [put_aside] * 2
    trained(net)
    assert len(made) == 6
