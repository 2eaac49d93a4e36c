"""A run by any rule, schedule and limit goes on from a checkpoint with the same bits."""

import numpy as np
import pytest

import glassprop as gp

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.uniform(-1, 1, (120, 6)), RANDOM.integers(0, 3, 120)
LION = {
    "theta": "theta - learning_rate * sign(beta1 * m + (1 - beta1) * gradient)",
    "m": "beta2 * m + (1 - beta2) * gradient",
}
RULES = {
    "cosine and clipping": lambda: gp.SGD(0.3, schedule=gp.cosine(warmup=5), clip_norm=1.0),
    "own schedule, max-norm": lambda: gp.Adam(
        0.01, schedule=gp.schedule("learning_rate / (1 + t / E)"), max_norm=2.0
    ),
    "nadam": lambda: gp.NAdam(0.01),
    "rmsprop": lambda: gp.RMSProp(0.01, momentum=0.5),
    "own rule": lambda: gp.update_rule("Lion", LION, learning_rate=0.003, beta1=0.9, beta2=0.99)(),
}


@pytest.mark.parametrize(
    ("name", "engine"),
    [*((name, "numpy") for name in RULES), ("cosine and clipping", "compiled")],
)
@pytest.mark.parametrize("given", [True, False], ids=["rule given", "rule of the file"])
def test_a_rule_goes_on_from_a_checkpoint(name, engine, given, tmp_path):
    made, folder = RULES[name], tmp_path / "c"
    settings = {"epochs": 4, "batch_size": 10, "progress": False}

    def network():
        return gp.Network([6, 7, 3], seed=1, l1=1e-4, engine=engine)

    whole, half, again = network(), network(), network()
    whole.fit(X, Y, optimizer=made(), **settings)
    keeping = [gp.Checkpoint(folder, every=7), lambda training: len(training.history) == 2]
    half.fit(X, Y, optimizer=made(), callbacks=keeping, **settings)
    first = min(folder.glob("update-*.safetensors"))
    again.fit(X, Y, optimizer=made() if given else None, resume=first, **settings)
    assert all(np.array_equal(whole.parameters[k], again.parameters[k]) for k in whole.parameters)
    assert len(again.history) == 4
