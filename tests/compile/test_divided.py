"""Threads that share a mini-batch: the same bits as one thread, and meetings where they are due."""

import numpy as np
import pytest

import glassprop as gp
from compile.engines import data, epoch_of
from glassprop.compile.loops import gradient_blocks
from glassprop.compile.loops.assignments import Assignment, name
from glassprop.compile.loops.fusion import Loop
from glassprop.compile.loops.thread_division import meetings
from glassprop.compile.numba_source import training
from glassprop.compile.program import Purpose
from glassprop.train.run.compiled_epoch import CompiledEpoch
from glassprop.train.run.pace import Crew

pytest.importorskip("numba")


pytestmark = pytest.mark.usefixtures("one_cache")


@pytest.fixture(autouse=True)
def always(monkeypatch):
    monkeypatch.setattr(training, "DIVIDED", 0)


def layers():
    """Three layers whose rows are no whole vectors; tests of one rule share their compiled code."""
    hidden = (gp.Dense(33, "relu"), gp.Dense(50, "tanh"), gp.Dense(4, "softmax"))
    return gp.Network(40, *hidden, cost="cross_entropy", l2=1e-3, seed=1)


def trained(threads, build, rule, size=12, density=1.0):
    net = build()
    x, y = data(net.architecture.inputs, 4, n=50, density=density)
    examples = net._examples(x, y)
    run = net._run(rule, examples, None, size, 0)
    source = epoch_of(run.program, examples, size, threads)
    assert source.divided == (threads > 1)
    run.threads = threads
    epoch = CompiledEpoch(source, run)
    for seed in range(3):
        epoch.run(np.random.default_rng(seed).permutation(50), lambda done: False)
    return [*run.parameters, *run.states.arrays]


def test_threads_change_no_bit():
    alone = trained(1, layers, gp.Nesterov(0.05))
    for threads in (2, 3):
        shared = trained(threads, layers, gp.Nesterov(0.05))
        assert all(np.array_equal(a, b) for a, b in zip(alone, shared, strict=True))


def test_a_piece_by_one_thread_among_those_of_several_changes_no_bit(monkeypatch):
    alone = trained(1, layers, gp.Nesterov(0.05))
    ways = []

    def by_turns(crew, batches):
        ways.append(len(ways) % 2 == 0)
        return ways[-1], 1

    monkeypatch.setattr(Crew, "next", by_turns)
    shared = trained(2, layers, gp.Nesterov(0.05))
    assert ways == [True, False] * 7 + [True]
    assert all(np.array_equal(a, b) for a, b in zip(alone, shared, strict=True))


@pytest.mark.parametrize(("rule", "threads"), [(gp.Nesterov(0.05), 1), (gp.AdamW(0.01), 3)])
def test_gradients_by_blocks_of_rows_change_no_bit(rule, threads, monkeypatch):
    whole = trained(1, layers, rule)
    monkeypatch.setattr(gradient_blocks, "LARGE", 1000)
    monkeypatch.setattr(gradient_blocks, "ROOM", 1)
    blocks = trained(threads, layers, rule)
    assert all(np.array_equal(a, b) for a, b in zip(whole, blocks, strict=True))
    program = layers()._programs.of(type(rule))
    source = training.epoch_source(program, Purpose("", 12, threads=2)).source
    assert source.count("for begin in range(first_") == 2
    assert "delta2[:, begin:], a1, 0, end - begin, n" in source
    assert "[i - begin]" in source


@pytest.mark.parametrize(("rule", "l2"), [(gp.SGD(0.1), 0.1), (gp.Adam(0.01), 0.0)])
def test_threads_share_sparse_products_by_columns(rule, l2):
    def build():
        return gp.Network([40, 128, 4], l2=l2, seed=1)

    alone = trained(1, build, rule, density=0.1)
    for threads in (2, 3):
        shared = trained(threads, build, rule, density=0.1)
        assert all(np.array_equal(a, b) for a, b in zip(alone, shared, strict=True))
    net = build()
    x, y = data(40, 4, n=50, density=0.1)
    source = epoch_of(net._program(type(rule)), net._examples(x, y), 12, 2)
    assert "for column in range(first_column, last_column, 32)" in source.source


@pytest.mark.parametrize(
    ("sizes", "sparse", "divided"),
    [([400, 30, 10], True, False), ([400, 30, 900, 10], False, True), ([400, 256, 10], True, True)],
)
def test_narrow_sparse_layers_are_left_to_one_thread_where_that_is_faster(sizes, sparse, divided):
    program = gp.Network(sizes, dtype="float32")._program()
    made = training.epoch_source(program, Purpose("", 256, density=0.1, threads=2))
    assert (bool(made.sparse), made.divided) == (sparse, divided)


def step(target, source, shape, kind="elementwise"):
    return Assignment(target, shape, kind, name(source, shape))


def test_threads_meet_only_where_one_needs_what_another_made():
    by_examples = Loop("n", 0, [step("a", "x", ("n", "5"))])
    again = Loop("n", 0, [step("b", "a", ("n", "5"))])
    by_rows = Loop("7", 0, [step("c", "a", ("7", "5"))])
    assert meetings([by_examples, again], ["x"], ()) == [False, False]
    assert meetings([by_examples, by_rows], ["x"], ()) == [False, True]
    assert meetings([by_examples, by_rows, again], ["x"], ()) == [False, True, False]


def test_threads_meet_before_what_another_still_reads_changes():
    turn = Assignment("W_T", ("7", "5"), "turn", name("W", ("5", "7")))
    reading = Loop("n", 0, [step("a", "W", ("n", "5"))])
    changing = Loop("7", 0, [step("W", "g", ("7", "5"))])
    assert meetings([turn, reading, changing], [], ()) == [False, False, True]
