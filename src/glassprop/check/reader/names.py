"""Which array a printed name stands for: z¹ is z1, δ² is delta2, ∂C/∂W¹ is dC_dW1.

A notation is described by plain data, so that the reader knows nothing of what prints it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from glassprop.check.reader.tree import Quantity, ReadingError
from glassprop.errors import nearest

GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Υ": "Upsilon",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}


@dataclass(frozen=True)
class Notation:
    """How quantities are written.

    Attributes:
        letters: what the quantities are called that have other letters on paper; where there is no
            such quantity, a letter stands for itself.
        short: whether dW is ∂C/∂W, and dz what is called delta.
        turned: letters of the matrices, by their own names, whose indices are written in the other
            order; derivatives with respect to them, and states of theirs, are written so too.
        size: the letter for the number of examples, n by its own name.
        layers: for letters such as l, the number of the layer that they stand for.
        rows: whether vectors are rows, and not columns.
        columns: whether an example is a column of a mini-batch's matrix, and not a row.
    """

    letters: Mapping[str, str] = field(default_factory=dict[str, str])
    short: bool = False
    turned: frozenset[str] = frozenset()
    size: str = "n"
    layers: Mapping[str, int] = field(default_factory=dict[str, int])
    rows: bool = False
    columns: bool = False

    def find(self, quantity: Quantity, known: Collection[str]) -> str:
        """The name of a quantity among those that are known.

        Raises:
            ReadingError: for a name that stands for none of them.
        """
        for name in self.spellings(quantity):
            if name in known:
                return name
        raise ReadingError(f"{quantity} has no value; {nearest(str(quantity), known)}")

    def spellings(self, quantity: Quantity) -> list[str]:
        """What a quantity may be called, likeliest first."""
        digits = self.layer(quantity.layer) + quantity.count
        own = [stem + digits for stem in self.stems(quantity.stem)]
        if quantity.indices and not digits:
            own = [*(f"{stem}_x" for stem in own), *own]  # Cₑ is the cost of each example, C_x
        if quantity.of is not None:
            above = self.spellings(quantity.of)
            return [f"d{of}_d{by}" for of in above for by in own]
        if self.short and quantity.stem.startswith("d") and len(quantity.stem) > 1:
            by = [stem + digits for stem in self.stems(quantity.stem[1:])]
            deltas = ["delta" + name[1:] for name in by if name == "z" + digits]
            own = [*deltas, *(f"dC_d{name}" for name in by), *own]
        bare = not (digits or quantity.indices)
        return ["n", *own] if bare and quantity.stem == self.size else own

    def stems(self, letter: str) -> list[str]:
        """What a letter may stand for."""
        found = [self.letters.get(letter, letter), letter, GREEK.get(letter, letter)]
        return list(dict.fromkeys(found))

    def layer(self, text: str) -> str:
        """The number of a layer: that of l + 1 where l has one.

        Raises:
            ReadingError: for a letter without a number.
        """
        match = re.fullmatch(r"([lL])([+-]\d+)?", text)
        if match is None:
            return text
        if match[1] not in self.layers:
            raise ReadingError(f"the layer {text} has no number; give one for {match[1]}")
        return str(self.layers[match[1]] + int(match[2] or 0))

    def is_turned(self, name: str) -> bool:
        """Whether the indices of a quantity, by its own name, are written in the other order."""
        return re.split("_d?", name)[-1].rstrip("0123456789") in self.turned


RATE = {"η": "learning_rate", "μ": "momentum", "λ": "weight_decay"}
NIELSEN = Notation(RATE)
NOTATIONS = {
    "nielsen": NIELSEN,
    "ng": Notation({**RATE, "L": "C", "J": "C"}, short=True, size="m", columns=True),
    "cs231n": Notation(
        {**RATE, "h": "a", "L": "C"}, short=True, turned=frozenset("WU"), size="N", rows=True
    ),
    "goodfellow": Notation(
        {**RATE, "a": "z", "h": "a", "g": "delta", "L": "C", "J": "C"}, size="m"
    ),
}
"""The letters of Nielsen's and Goodfellow's books, of Ng's course and of CS231n."""
