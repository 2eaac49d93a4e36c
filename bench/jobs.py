"""The training jobs, and the bars that glassprop's time is held to, as ratios to its peers'.

The bars are for a machine with two cores and AVX-512; those of the jobs c are meant for any.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Bar:
    """glassprop's time over the fastest of some peers' may be at most `limit`."""

    peers: tuple[str, ...]
    limit: float


@dataclass(frozen=True)
class Job:
    """What is trained, on what, and how.

    Attributes:
        key: its short name.
        data: "digits", "table", "tiny", "text" or "random", see bench/data.py.
        sizes: inputs and the units of each layer.
        hidden, output, cost: activations and cost.
        batch_size: divides the number of examples, so that all mini-batches are equal.
        learning_rate: η.
        optimizer: "sgd" or "adam".
        l2: λ of λ/2 Σ W².
        initial: how W is drawn: "normal" N(0, 1), "fan_in" N(0, 1/inputs) or "he" N(0, 2/inputs).
        examples: how many there are.
        peers: who takes part beside glassprop's two engines.
        mapped: whether x and y are files mapped into memory.
    """

    key: str
    data: str
    sizes: tuple[int, ...]
    hidden: str
    output: str
    cost: str
    batch_size: int
    learning_rate: float
    optimizer: str = "sgd"
    l2: float = 0.0
    initial: str = "he"
    examples: int = 50_000
    dtype: str = "float32"
    peers: tuple[str, ...] = ("jax", "torch", "torch-compiled", "sklearn", "numpy", "products")
    bars: tuple[Bar, ...] = ()
    mapped: bool = False

    @property
    def about(self) -> str:
        """The job in one line."""
        rule = "Adam" if self.optimizer == "adam" else "SGD"
        penalty = ", L2" if self.l2 else ""
        return (
            f"[{', '.join(map(str, self.sizes))}] {self.hidden}, {self.output} outputs, "
            f"{self.cost.replace('_', ' ')}, {rule}{penalty}, mini-batches of {self.batch_size}, "
            f"{self.dtype}, {self.examples:,} examples"
        )

    def shrunk(self, share: float) -> Job:
        """The job on a part of its examples, at least 30 mini-batches and whole ones only."""
        wanted = max(int(self.examples * share), 30 * self.batch_size)
        count = min(wanted, self.examples)
        return replace(self, examples=count - count % self.batch_size)


TORCH = ("torch", "torch-compiled")
DIGITS = Job(
    "a", "digits", (784, 30, 10), "sigmoid", "sigmoid", "quadratic", 10, 3.0, initial="normal"
)
TABLE = Job("d", "table", (20, 64, 64, 1), "relu", "identity", "quadratic", 32, 1e-3, "adam")
WIDE = replace(
    DIGITS,
    key="c",
    sizes=(784, 512, 512, 10),
    hidden="relu",
    output="softmax",
    cost="cross_entropy",
    batch_size=128,
    learning_rate=1e-3,
    optimizer="adam",
    initial="he",
    examples=9_984,
)

JOBS = {
    job.key: job
    for job in (
        replace(
            DIGITS,
            peers=(*DIGITS.peers, "seed"),
            bars=(Bar(("jax",), 0.5), Bar(("torch",), 1 / 12), Bar(("seed",), 1 / 25)),
        ),
        replace(DIGITS, key="a64", dtype="float64", peers=("jax", "torch", "numpy", "seed")),
        replace(
            DIGITS,
            key="b",
            sizes=(784, 100, 10),
            cost="binary_cross_entropy",
            learning_rate=0.5,
            l2=1e-4,
            initial="fan_in",
            bars=(Bar(("jax",), 0.6), Bar(TORCH, 1 / 7)),
        ),
        replace(WIDE, bars=(Bar(("jax",), 1.0), Bar(("torch",), 0.7), Bar(("products",), 1.15))),
        *(
            replace(
                WIDE,
                key=f"c{width}",
                sizes=(784, width, width, 10),
                examples=examples,
                peers=("jax", "torch", "products"),
                bars=(Bar(("jax",), 1.05),),
            )
            for width, examples in ((1024, 4_992), (2048, 1_920))
        ),
        replace(
            TABLE,
            examples=100_000,
            bars=(Bar(("jax",), 0.75), Bar(("torch",), 1 / 16), Bar(("sklearn",), 1 / 15)),
        ),
        Job(
            "e",
            "tiny",
            (2, 3, 1),
            "sigmoid",
            "sigmoid",
            "quadratic",
            4,
            0.5,
            initial="normal",
            examples=10_000,
            peers=("jax", "torch", "torch-compiled", "numpy"),
            bars=(Bar(("jax",), 0.75), Bar(TORCH, 1 / 1000)),
        ),
        Job(
            "g",
            "text",
            (20_000, 64, 2),
            "relu",
            "softmax",
            "cross_entropy",
            64,
            0.1,
            examples=9_984,
            peers=("jax", "torch", "torch-dense", "torch-compiled", "sklearn", "numpy"),
            bars=(Bar(("jax",), 0.5), Bar(("torch",), 1 / 9)),
        ),
    )
}
