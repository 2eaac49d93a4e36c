"""A network in JAX, written from the definitions, as the reference for gradients."""

import jax
import jax.numpy as jnp

ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": lambda z: jnp.where(z > 0, z, 0.01 * z),
    "elu": jax.nn.elu,
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "exp": jnp.exp,
    "square": jnp.square,
    "abs": jnp.abs,
    "sin": jnp.sin,
    "softmax": jax.nn.softmax,
}
COSTS = {
    "quadratic": lambda a, y: ((a - y) ** 2).sum(1) / 2,
    "absolute": lambda a, y: jnp.abs(a - y).sum(1),
    "huber": lambda a, y: jnp.where(
        jnp.abs(a - y) <= 1, (a - y) ** 2 / 2, jnp.abs(a - y) - 0.5
    ).sum(1),
    "cross_entropy": lambda a, y: -(y * jnp.log(a)).sum(1),
    "binary_cross_entropy": lambda a, y: -(y * jnp.log(a) + (1 - y) * jnp.log(1 - a)).sum(1),
    "hinge": lambda a, y: jnp.maximum(0, 1 - y * a).sum(1),
}


def cost_of(activations, cost, l2=0.0):
    """The mean cost as a function of the parameters, the inputs and the target rows."""

    def mean_cost(parameters, x, y):
        a = x
        for number, name in enumerate(activations, 1):
            a = ACTIVATIONS[name](a @ parameters[f"W{number}"].T + parameters[f"b{number}"])
        weights = [w for key, w in parameters.items() if key[0] == "W"]
        return COSTS[cost](a, y).mean() + l2 / 2 * sum((w**2).sum() for w in weights)

    return mean_cost
