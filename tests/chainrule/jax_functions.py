"""The functions of the table, stated a second time in JAX."""

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm

PARAMETERS = {
    "leaky_relu": {"slope": 0.2},
    "elu": {"alpha": 0.7},
    "huber": {"delta": 0.6},
    "power": {"p": 2.5},
    "root": {"p": 0.3},
}


def huber(z, delta):
    return jnp.where(jnp.abs(z) <= delta, z**2 / 2, delta * (jnp.abs(z) - delta / 2))


JAX = {
    "identity": lambda z: z,
    "sigmoid": jax.nn.sigmoid,
    "tanh": jnp.tanh,
    "relu": jax.nn.relu,
    "leaky_relu": lambda z: jax.nn.leaky_relu(z, 0.2),
    "elu": lambda z: jax.nn.elu(z, 0.7),
    "softplus": jax.nn.softplus,
    "silu": jax.nn.silu,
    "gelu": lambda z: jax.nn.gelu(z, approximate=False),
    "Phi": norm.cdf,
    "log_softplus": lambda z: jnp.log(jax.nn.softplus(z)),
    "log_Phi": norm.logcdf,
    "mills": lambda z: jnp.exp(norm.logpdf(z) - norm.logcdf(z)),
    "phi": norm.pdf,
    "exp": jnp.exp,
    "log": jnp.log,
    "square": jnp.square,
    "abs": jnp.abs,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "floor": jnp.floor,
    "huber": lambda z: huber(z, 0.6),
    "clip": lambda z, w: jnp.maximum(-w, jnp.minimum(z, w)),
    "step": lambda z: jnp.where(z > 0, 1.0, 0.0),
    "sign": jnp.sign,
    "equal": lambda z, w: jnp.where(z == w, 1.0, 0.0),
    "reciprocal": lambda z: 1 / z,
    "sqrt": jnp.sqrt,
    "power": lambda z: z**2.5,
    "root": lambda z: z**0.3,
    "greater": lambda z, w: jnp.where(z > w, 1.0, 0.0),
    "raised": lambda z, w: z**w,
    "sin": jnp.sin,
    "cos": jnp.cos,
}
