"""Networks trained by both engines from the same start, for the tests that compare them."""

import numpy as np

import glassprop as gp
from glassprop.compile.program import Purpose
from glassprop.compile.targets import TARGETS
from glassprop.train.examples.staging import source_for


def data(features, classes, n=23, density=1.0, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, features)) * (random.random((n, features)) < density)
    return x, random.integers(0, classes, n)


def trained(engine, build, x, y, rule, epochs=3, batch_size=5):
    net = build(engine)
    shown = {"epochs": epochs, "batch_size": batch_size, "optimizer": rule, "progress": False}
    net.fit(x, y, **shown)
    assert net.engine == engine
    return net


def assert_close(one, other, tolerance):
    for name, value in one.parameters.items():
        scale = max(1.0, np.abs(value).max())
        assert np.abs(value - other.parameters[name]).max() <= tolerance * scale, name


def assert_same(build, x, y, rule=None, tolerance=1e-12, **settings):
    """Train with both engines; the compiled one's network is given back."""
    rule = gp.SGD(0.3) if rule is None else rule
    reference, found = (trained(e, build, x, y, rule, **settings) for e in ("numpy", "compiled"))
    assert_close(reference, found, tolerance)
    return found


def epoch_of(program, examples, size, threads=1):
    """The source of the compiled engine's epoch."""
    purpose = Purpose("", size, threads=threads)
    return source_for(TARGETS["compiled"].epoch_of, program, "train_step", examples, purpose)
