"""BLAS held to a number of threads, and to one where products are small."""

import contextlib
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import threadpoolctl

import glassprop as gp
from glassprop import nielsen
from glassprop.system import blas, thread_team, threads


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in (threads.VARIABLE, *threads.BLAS_VARIABLES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def many(monkeypatch):
    """A process that may run on many processors."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


@pytest.fixture
def all_worth(monkeypatch):
    """Products of any size are worth all threads."""
    monkeypatch.setattr(blas, "PER_THREAD", 1)


def in_force():
    info = threadpoolctl.ThreadpoolController().select(user_api="blas").info()
    return {library["num_threads"] for library in info}


@pytest.mark.parametrize("k", [1, 2])
def test_blas_is_held_and_let_go(k):
    before = in_force()
    with blas.hold(k):
        assert in_force() == {k}
        with blas.hold(1):
            assert in_force() == {1}
        assert in_force() == {k}
    assert in_force() == before
    with pytest.raises(KeyError), blas.hold(k):
        raise KeyError
    assert in_force() == before


def test_libraries_that_come_later_are_held_too():
    code = (
        "import numpy, threadpoolctl; from glassprop.system import blas\n"
        "with blas.hold(1): pass\n"
        "import scipy.linalg\n"
        "with blas.hold(1):\n"
        "    info = threadpoolctl.threadpool_info()\n"
        "    assert {i['num_threads'] for i in info if i['user_api'] == 'blas'} == {1}, info\n"
    )
    pytest.importorskip("scipy")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_threadpoolctl_it_is_said_once(monkeypatch):
    monkeypatch.setattr(blas, "find_spec", lambda name: None)
    monkeypatch.setattr(blas, "in_force", lambda: 2)
    blas._say_once.cache_clear()
    with blas.hold(1, insist=False), blas.hold(2):
        pass
    with pytest.warns(RuntimeWarning, match=r"pip install threadpoolctl"), blas.hold(1):
        pass
    with blas.hold(1):
        pass


def test_a_blas_that_cannot_be_held_is_said_once(monkeypatch):
    monkeypatch.setattr(blas, "_controller", lambda: None)
    monkeypatch.setattr(blas, "in_force", lambda: 2)
    blas._say_once.cache_clear()
    with blas.hold(1, insist=False):
        pass
    with pytest.warns(RuntimeWarning, match="does not know this BLAS"), blas.hold(1):
        pass


# -- networks


def seen_within(net, use):
    """The numbers of threads of BLAS while a network computes."""
    seen = []
    functions = net._program().functions
    for name in ("train_step", "predict", "evaluate", "gradients"):
        function = functions[name]

        def spy(*arguments, function=function):
            seen.append(in_force())
            return function(*arguments)

        functions[name] = spy
    use(net)
    assert seen
    return set().union(*seen)


X, Y = np.linspace(0, 1, 24).reshape(8, 3), np.arange(8) % 2
USES = {
    "fit": lambda net: net.fit(X, Y, epochs=1, batch_size=4, progress=False),
    "predict": lambda net: net.predict(X),
    "evaluate": lambda net: net.evaluate(X, Y),
    "gradients": lambda net: net.gradients(X, Y),
}


@pytest.mark.parametrize("name", USES)
def test_a_network_computes_with_its_threads(name, all_worth):
    for k in (1, 2):
        net = gp.Network([3, 4, 2], engine="numpy", threads=k)
        assert seen_within(net, USES[name]) == {k}
        assert net.threads == k


def test_without_a_wish_only_training_sets_threads(monkeypatch, all_worth):
    monkeypatch.setattr(threads, "available", lambda: 1)
    net = gp.Network([3, 4, 2], engine="numpy")
    assert seen_within(net, USES["fit"]) == {1}
    with blas.hold(2):
        assert seen_within(net, USES["predict"]) == {2}
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)
    monkeypatch.setenv("GLASSPROP_THREADS", "3")
    assert net.threads == 3 and seen_within(net, USES["predict"]) == {3}


def test_without_a_wish_training_keeps_to_what_the_program_has_set(monkeypatch, all_worth):
    monkeypatch.setattr(threads, "available", lambda: 8)
    net = gp.Network([3, 4, 2], engine="numpy")
    with threadpoolctl.threadpool_limits(1):
        assert seen_within(net, USES["fit"]) == {1}
        net.threads = 2
        assert seen_within(net, USES["fit"]) == {2}


# -- small products


@pytest.mark.parametrize("wish", [None, 1, 2, 7])
@pytest.mark.parametrize("name", USES)
def test_small_products_get_one_thread(name, wish, many):
    with blas.hold(2):
        net = gp.Network([3, 4, 2], engine="numpy", threads=wish)
        assert seen_within(net, USES[name]) == {1}
        assert in_force() == {2}


def test_the_networks_of_the_readme_are_small():
    for sizes, batch_size in (([784, 30, 10], 10), ([784, 100, 10], 32)):
        assert gp.Network(sizes).architecture.largest * batch_size < 2 * blas.PER_THREAD


@pytest.mark.parametrize(
    ("work", "wish", "found"),
    [(0, None, 1), (39, None, 1), (40, None, 2), (1000, None, 4), (1000, 3, 3), (1000, 9, 9),
     (45, 9, 2), (45, 1, 1), (1000, 1, 1)],
)  # fmt: skip
def test_a_thread_for_each_share_of_the_work(work, wish, found, monkeypatch, many):
    monkeypatch.setattr(blas, "PER_THREAD", 20)
    library = Library(4)
    monkeypatch.setattr(blas, "_controller", lambda: Libraries(library))
    with blas.held(wish, work):
        assert library.num_threads == found
    assert library.num_threads == 4
    with blas.worth(work):
        assert library.num_threads == min(4, max(1, work // 20))
    assert library.num_threads == 4


def test_a_library_that_does_not_tell_is_left_alone(monkeypatch):
    silent, library = Library(None), Library(4)
    silent.filepath = "other.so"
    monkeypatch.setattr(blas, "_controller", lambda: Libraries(silent, library))
    for insist in (True, False):
        with blas.hold(2, insist):
            assert silent.num_threads is None and library.num_threads == 2
        assert silent.num_threads is None and library.num_threads == 4


class Library:
    def __init__(self, number):
        self.filepath, self.num_threads = "blas.so", number

    def set_num_threads(self, number):
        self.num_threads = number


class Libraries:
    def __init__(self, *libraries):
        self.lib_controllers = libraries


def test_the_size_of_a_mini_batch_decides(monkeypatch):
    monkeypatch.setattr(blas, "PER_THREAD", 12)  # the largest weights have 12 entries
    found = {}
    for batch_size in (1, 2):
        net = gp.Network([3, 4, 2], engine="numpy", threads=2)
        function, seen = net._program().functions["train_step"], []
        net._program().functions["train_step"] = lambda *a, f=function, s=seen: (
            s.append(in_force()),
            f(*a),
        )
        net.fit(X, Y, epochs=1, batch_size=batch_size, progress=False)
        found[batch_size] = set().union(*seen)
    assert found == {1: {1}, 2: {2}}


def test_holds_of_several_threads_end_in_any_order():
    before = in_force()
    first, second = threading.Event(), threading.Event()
    begun = [threading.Event(), threading.Event()]

    def work(k, mine, end):
        with blas.hold(k):
            mine.set()
            end.wait(10)

    others = [
        threading.Thread(target=work, args=(k, mine, end))
        for k, mine, end in ((1, begun[0], first), (2, begun[1], second))
    ]
    for thread, mine in zip(others, begun, strict=True):
        thread.start()
        mine.wait(10)
    first.set()
    others[0].join(10)
    assert in_force() == {2}
    second.set()
    others[1].join(10)
    assert in_force() == before


def test_a_function_that_sets_threads_within_a_hold():
    before = in_force()
    with blas.hold(2):
        with threadpoolctl.threadpool_limits(1):
            assert in_force() == {1}
        assert in_force() == {2}
    assert in_force() == before


def test_code_of_the_book_computes_its_small_products_with_one_thread(monkeypatch):
    from glassprop.nielsen_book import network as adapted

    real, seen = adapted.network_program, []

    def spied(*arguments):
        program = real(*arguments)

        functions = dict(program.functions)
        for name in ("predict", "gradients", "train_step"):
            function = program.functions[name]
            functions[name] = lambda *a, f=function: (seen.append(in_force()), f(*a))[1]
        return SimpleNamespace(functions=functions)

    monkeypatch.setattr(adapted, "network_program", spied)
    net = nielsen.Network([4, 3, 2])
    pairs = [(np.ones((4, 1)), np.ones((2, 1)))] * 6
    with blas.hold(2):
        net.SGD(pairs, 1, 2, 1.0, test_data=[(np.ones((4, 1)), 1)])
        net.feedforward(np.ones((4, 1)))
        net.backprop(*pairs[0])
    assert len(seen) > 4 and set().union(*seen) == {1}


# -- several threads of the program


class Controlled(Library):
    """A library that only one thread may set, as threadpoolctl has it from 3.7 on."""

    def __init__(self, number):
        super().__init__(number)
        self.owner = None

    def set_num_threads(self, number):
        if self.owner is None or not self.owner.is_alive():
            self.owner = threading.current_thread()
        if self.owner is threading.current_thread():
            self.num_threads = number

    def clear_controlling_thread(self, force=False):
        if force or self.owner is threading.current_thread():
            self.owner = None


class OfThreads(threading.local):
    """A library that each thread sets for itself, as those with OpenMP are."""

    filepath, threading_layer, num_threads = "omp.so", "openmp", 4

    def set_num_threads(self, number):
        self.num_threads = number


def overlapping(holds):
    """Runs holds, each in a thread of its own, that begin in order and end in the same order."""
    begun = [threading.Event() for _ in holds]
    ended = [threading.Event() for _ in holds]
    seen = []

    def work(place):
        if place:
            begun[place - 1].wait(60)
        with holds[place]():
            begun[place].set()
            begun[-1].wait(60)
            if place:
                ended[place - 1].wait(60)
        seen.append(place)
        ended[place].set()
        ended[-1].wait(60)  # a thread that has ended leaves its place to others

    threads = [threading.Thread(target=work, args=(place,)) for place in range(len(holds))]
    for thread in threads:
        thread.start()
    ended[-1].wait(60)
    for thread in threads:
        thread.join(60)
    assert seen == list(range(len(holds)))


def test_overlapping_holds_give_back_what_was_there(monkeypatch):
    library = Controlled(4)
    monkeypatch.setattr(blas, "_controller", lambda: Libraries(library))
    overlapping([lambda: blas.hold(1), lambda: blas.hold(2), lambda: blas.hold(1, insist=False)])
    assert library.num_threads == 4 and library.owner is None


def test_overlapping_holds_of_a_library_that_threads_set_for_themselves(monkeypatch):
    library, after = OfThreads(), []
    monkeypatch.setattr(blas, "_controller", lambda: Libraries(library))

    @contextlib.contextmanager
    def held(k):
        with blas.hold(k):
            assert library.num_threads == k
            yield
        after.append(library.num_threads)

    overlapping([lambda k=k: held(k) for k in (1, 2, 3)])
    assert after == [4, 4, 4]


def test_overlapping_fits_of_several_networks_give_back_what_was_there():
    before = in_force()
    together = threading.Barrier(3, timeout=60)

    def train():
        def look(epoch):
            together.wait()

        gp.Network([3, 4, 2], engine="numpy").fit(X, Y, epochs=3, progress=look)

    threads = [threading.Thread(target=train) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert in_force() == before


def test_more_threads_than_a_library_has_had_are_set_only_if_the_system_gives_them(monkeypatch):
    monkeypatch.setattr(blas, "_holds", blas._Holds())
    library = Library(2)
    monkeypatch.setattr(blas, "_controller", lambda: Libraries(library))
    start, left = thread_team.start_new_thread, [1]

    def refuse(*given):
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        return start(*given)

    monkeypatch.setattr(thread_team, "start_new_thread", refuse)
    blas._say_once.cache_clear()
    with pytest.warns(RuntimeWarning, match="BLAS: of 8 threads 3 compute"), blas.hold(8):
        assert library.num_threads == 3
    assert library.num_threads == 2
    with blas.hold(3):  # which it has had
        assert library.num_threads == 3
    assert library.num_threads == 2


@pytest.mark.parametrize("there, found", [(10**12, 15), (10**9, 6), (4 * 10**8, 0), (0, 0)])
def test_no_more_threads_than_there_is_room_for(there, found, monkeypatch):
    monkeypatch.setattr(blas, "can_have", lambda size: size <= there)
    assert blas.startable(15) == found
