"""The gallery: networks whose derivations are shown, read again and computed.

Each has the network that is shown and a small twin, whose formulas are the same and short to loop
over. At the level of formulas there are a convolution, sequences and normalisations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

import glassprop as gp
from gallery import formulas
from glassprop.chainrule.derivation import Derivation
from glassprop.formula.nodes import Symbol

Values = dict[str, np.ndarray]


@dataclass(frozen=True)
class Exhibit:
    """A derivation in the gallery.

    Attributes:
        shown: makes the derivation that is shown.
        twin: makes the same with small sizes; None where it is small already.
        values: given values that chance must not draw, such as labels.
        windows: how far letters run that are no array's index: places in windows of pooling.
        turned: by the name of a notation, matrices whose indices it writes in the other order.
    """

    shown: Callable[[], gp.derivation.Derivation]
    twin: Callable[[], gp.derivation.Derivation] | None = None
    values: Callable[[], Values] = dict
    windows: Mapping[str, int] = field(default_factory=dict)
    turned: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def small(self) -> gp.derivation.Derivation:
        """The derivation that loops are run over."""
        return (self.twin or self.shown)()

    def given(self, derivation: Derivation, seed: int = 0) -> Values:
        """Values for all that a derivation starts from."""
        random = np.random.default_rng(seed)
        own = self.values()
        return {
            symbol.name: own.get(symbol.name, _drawn(symbol, random))
            for symbol in derivation.givens
            if symbol.role != "size"
        }


def _drawn(symbol: Symbol, random: np.random.Generator) -> np.ndarray:
    shape = [EXAMPLES if axis.size == "n" else axis.size for axis in symbol.axes]
    if symbol.probability:
        weights = random.uniform(0.1, 1, shape)
        return weights / weights.sum(-1, keepdims=True)
    low = 0.1 if symbol.role == "target" else -1.0
    return random.uniform(low, 0.9, shape)


EXAMPLES = 4
"""How many examples n stands for where a formula has the mini-batch in it."""


def sizes(shown: Sequence[int], twin: Sequence[int] | None = None, **options: object) -> Exhibit:
    def of(given: Sequence[int]) -> Callable[[], gp.derivation.Derivation]:
        return lambda: gp.Network(list(given), seed=0, **options).derivation

    return Exhibit(of(shown), of(twin) if twin else None)


def layers(*given: object, **options: object) -> Exhibit:
    return Exhibit(lambda: gp.Network(*given, seed=0, **options).derivation)


def custom() -> gp.derivation.Derivation:
    swish = gp.activation("gallery_swish", lambda z: z / (1 + gp.exp(-1.5 * z)))
    quartic = gp.cost("gallery_quartic", lambda a, y: gp.sum((a - y) ** 4) / 4)
    return gp.Network(2, gp.Dense(3, swish), gp.Dense(2, "tanh"), cost=quartic).derivation


NETWORKS = {
    "seed": sizes([784, 30, 10], [12, 5, 4]),
    "tiny": sizes([2, 3, 1]),
    "deep": sizes([3, 4, 4, 4, 4, 4, 4, 4, 4, 2], activation="tanh"),
    "relu_softmax_cross_entropy": sizes(
        [784, 100, 10], [7, 5, 3], activation="relu", cost="cross_entropy"
    ),
    "mixed_activations": layers(
        4, gp.Dense(5, "leaky_relu"), gp.Dense(4, "gelu"), gp.Dense(2, "softmax"),
        cost="cross_entropy",
    ),
    "l2": sizes([4, 3, 2], l2=0.01),
    "scaled": sizes([6, 4, 3], activation="relu", cost="cross_entropy", scale=1 / 255),
    "custom": Exhibit(custom),
    "huber": sizes([13, 8, 1], [4, 3, 1], activation="tanh", cost="huber"),
    "hinge": sizes([6, 4, 3], activation="silu", cost="hinge"),
    "binary_cross_entropy": sizes([5, 4, 1], activation="softplus", cost="binary_cross_entropy"),
    "softmax_quadratic": layers(3, gp.Dense(4, "elu"), gp.Dense(3, "softmax")),
    "other_activations": layers(
        2, gp.Dense(3, "sin"), gp.Dense(2, "square"), gp.Dense(3, "abs"), gp.Dense(2, "exp"),
        cost="absolute",
    ),
}  # fmt: skip

LOGARITHMS = {
    "log of 1 − softmax": layers(3, gp.Dense(4, "softmax"), cost="binary_cross_entropy"),
    "logarithms of sigmoid": layers(3, gp.Dense(4, "sigmoid"), cost="binary_cross_entropy"),
    "log of softplus": layers(3, gp.Dense(4, "softplus"), cost="cross_entropy"),
    "logarithms of Φ": layers(
        3, gp.Dense(4, gp.activation("gallery_probit", "Phi(z)")),
        cost=gp.cost("gallery_bits", "-sum(y * log(a) + (1 - y) * log(1 - a))"),
    ),
    "logarithms of tanh": layers(
        3, gp.Dense(4, "tanh"),
        cost=gp.cost("gallery_signs", "-sum((1 + y) * log((1 + a) / 2) + (1 - y) * log(1 - a))"),
    ),
}  # fmt: skip
"""Rewritings of logarithms: read and computed like the gallery, not shown in it."""

FORMULAS = {
    "convolution": Exhibit(formulas.convolution, windows=dict.fromkeys("uvaehx", 2)),
    "max_pooling": Exhibit(formulas.max_pooling, windows=dict.fromkeys("pqrysz", 2)),
    "layer_norm": Exhibit(formulas.layer_norm),
    "batch_norm": Exhibit(formulas.batch_norm, turned={"ng": frozenset("xy")}),
    "attention": Exhibit(formulas.attention),
    "recurrent_cell": Exhibit(formulas.recurrent_cell),
    "long_short_term_memory": Exhibit(formulas.long_short_term_memory),
    "embedding": Exhibit(
        formulas.embedding,
        values=lambda: {"words": np.array([6, 0, 2, 2, 5]), "label": np.array([3, 0, 1, 1, 2])},
    ),
    "little_graph": Exhibit(formulas.little_graph),
}

GALLERY = NETWORKS | FORMULAS
