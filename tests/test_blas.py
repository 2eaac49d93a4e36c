"""BLAS held to a number of threads, and to one where products are small."""

import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import threadpoolctl

import glassprop as gp
from glassprop import blas, nielsen, threads


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in (threads.VARIABLE, *threads.BLAS_VARIABLES):
        monkeypatch.delenv(name, raising=False)


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
        "import numpy, threadpoolctl; from glassprop import blas\n"
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
def test_small_products_get_one_thread(name, wish):
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
def test_a_thread_for_each_share_of_the_work(work, wish, found, monkeypatch):
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
    from glassprop.adapt import nielsen as adapted

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
