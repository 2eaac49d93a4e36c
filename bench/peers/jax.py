"""JAX at its best here: jax.grad, an epoch as one scan in one jitted function, donated buffers."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from bench.contender import Trainer
from bench.data import Data
from bench.jobs import Job
from bench.measure import seconds

HIDDEN = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}
ENDS = {
    "sigmoid": jax.nn.sigmoid,
    "softmax": jax.nn.softmax,
    "identity": lambda z: z,
}


def cost_of_outputs(job: Job, z: Any, y: Any) -> Any:
    """The mean cost from the weighted inputs of the last layer, in its stable form."""
    if job.cost == "cross_entropy":
        return -(y * jax.nn.log_softmax(z)).sum() / len(y)
    if job.cost == "binary_cross_entropy":
        return (jax.nn.softplus(z) - y * z).sum() / len(y)
    return jnp.square(ENDS[job.output](z) - y).sum() / (2 * len(y))


def last_z(job: Job, parameters: Any, z: Any) -> Any:
    """On from the first layer's weighted input, or from x where all parameters are given."""
    for W, b in zip(parameters[::2], parameters[1::2], strict=True):
        z = HIDDEN[job.hidden](z) @ W.T + b
    return z


def descend(job: Job, parameters: Any, gradients: Any) -> Any:
    changed = []
    for place, (p, g) in enumerate(zip(parameters, gradients, strict=True)):
        if job.l2 and place % 2 == 0:
            g = g + job.l2 * p
        changed.append(p - job.learning_rate * g)
    return tuple(changed)


def adam(job: Job, parameters: Any, gradients: Any, states: Any) -> Any:
    m, v, t = states
    t = t + 1
    m = tuple(0.9 * a + 0.1 * g for a, g in zip(m, gradients, strict=True))
    v = tuple(0.999 * a + 0.001 * jnp.square(g) for a, g in zip(v, gradients, strict=True))
    rate, scale = job.learning_rate / (1 - 0.9**t), 1 / (1 - 0.999**t)
    changed = tuple(
        p - rate * a / (jnp.sqrt(b * scale) + 1e-8)
        for p, a, b in zip(parameters, m, v, strict=True)
    )
    return changed, (m, v, t)


def dense_step(job: Job, x: Any, y: Any, carried: Any, rows: Any) -> Any:
    parameters, states = carried

    def cost(parameters: Any) -> Any:
        z = x[rows] @ parameters[0].T + parameters[1]
        return cost_of_outputs(job, last_z(job, parameters[2:], z), y[rows])

    gradients = jax.grad(cost)(parameters)
    if job.optimizer == "adam":
        return adam(job, parameters, gradients, states), None
    return (descend(job, parameters, gradients), ()), None


def sparse_step(job: Job, columns: Any, values: Any, y: Any, carried: Any, rows: Any) -> Any:
    """The rows of W1ᵀ that occur are gathered, and their changes are scattered into them."""
    (W1, *rest), _ = carried
    words = columns[rows]

    def cost(used: Any, rest: Any) -> Any:
        z = (values[rows][..., None] * used).sum(1) + rest[0]
        return cost_of_outputs(job, last_z(job, rest[1:], z), y[rows])

    of_used, of_rest = jax.grad(cost, (0, 1))(W1[words], tuple(rest))
    W1 = W1.at[words].add(-job.learning_rate * of_used)
    return ((W1, *descend(replace_l2(job), rest, of_rest)), ()), None


def replace_l2(job: Job) -> Job:
    assert not job.l2, "no L2 on sparse inputs"
    return job


FORMS = {
    "mini-batches gathered in the scan": {"unroll": 1},
    "gathered in the scan, 4 steps unrolled": {"unroll": 4},
    "gathered before the scan": {"unroll": 1, "before": True},
}


class Jax(Trainer):
    """What is compiled is the whole epoch, in the form that is fastest in a trial."""

    compiles_by_length = True

    def __init__(self, job: Job, data: Data) -> None:
        jax.config.update("jax_enable_x64", job.dtype == "float64")
        self.job, self.data = job, data
        if data.sparse:
            inputs = (data.columns, data.values, data.y)
            self.step = partial(sparse_step, job)
        else:
            inputs = (data.x, data.y)
            self.step = partial(dense_step, job)
        self.inputs = tuple(jnp.asarray(array) for array in inputs)
        self.take(next(iter(FORMS)))
        self.reset()

    def take(self, form: str) -> None:
        """Compile the epoch in one of the forms."""
        step, inputs = self.step, self.inputs
        unroll, before = FORMS[form]["unroll"], "before" in FORMS[form]

        def epoch(carried: Any, order: Any) -> Any:
            def gathered(carried: Any, batch: Any) -> Any:
                return step(*batch, carried, slice(None))

            def gathering(carried: Any, rows: Any) -> Any:
                return step(*inputs, carried, rows)

            if before:
                batches = tuple(array[order] for array in inputs)
                return jax.lax.scan(gathered, carried, batches)[0]
            return jax.lax.scan(gathering, carried, order, unroll=unroll)[0]

        self.function = jax.jit(epoch, donate_argnums=0)
        self.remark = form + (", rows of W1ᵀ scattered back" if self.data.sparse else "")

    def tune(self, order: np.ndarray) -> None:
        self.arrange(order)
        best: dict[str, float] = {}
        for form in FORMS:
            self.take(form)
            self.reset()
            self.epoch()
            best[form] = min(seconds(self.epoch) for _ in range(7))
        self.take(min(best, key=best.__getitem__))

    def reset(self) -> None:
        weights = self.data.initial()
        if self.data.sparse:
            weights[0] = weights[0].T
        parameters = tuple(jnp.array(value) for value in weights)
        zeros = [tuple(jnp.zeros_like(value) for value in parameters) for _ in range(2)]
        adam = self.job.optimizer == "adam"
        states = (*zeros, jnp.zeros((), self.job.dtype)) if adam else ()
        self.carried = jax.block_until_ready((parameters, states))

    def arrange(self, order: np.ndarray) -> None:
        self.order = jnp.asarray(order.reshape(-1, self.job.batch_size).astype(np.int32))

    def epoch(self) -> None:
        self.carried = jax.block_until_ready(self.function(self.carried, self.order))

    def weights(self) -> list[np.ndarray]:
        found = [np.array(value) for value in self.carried[0]]
        return [found[0].T, *found[1:]] if self.data.sparse else found


def trainer(job: Job, data: Data) -> Trainer:
    return Jax(job, data)


def predictor(job: Job, data: Data) -> Any:
    """A jitted function of an array of its own kind, which waits for its result."""
    jax.config.update("jax_enable_x64", job.dtype == "float64")
    parameters = tuple(jnp.asarray(value) for value in data.weights)

    @jax.jit
    def predict(x: Any) -> Any:
        z = x @ parameters[0].T + parameters[1]
        return ENDS[job.output](last_z(job, parameters[2:], z))

    return lambda x: predict(x).block_until_ready(), jnp.asarray
