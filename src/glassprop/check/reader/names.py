"""Which array a printed name stands for: z¹ is z1, δ² is delta2, ∂C/∂W¹ is dC_dW1.

A notation is described by plain data, so that the reader knows nothing of what prints it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from glassprop.check.reader.tree import Quantity, ReadingError
from glassprop.errors import nearest

LETTERS = {
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
        letters: what the quantities are called that have other letters on paper.
    """

    letters: Mapping[str, str] = field(default_factory=lambda: LETTERS)

    def find(self, quantity: Quantity, known: Collection[str]) -> str:
        """The name of a quantity among those that are known.

        Raises:
            ReadingError: for a name that stands for none of them, or for several.
        """
        found = [name for name in dict.fromkeys(self.spellings(quantity)) if name in known]
        if len(found) == 1:
            return found[0]
        what = f"{quantity} has no value" if not found else f"{quantity} may be {found}"
        raise ReadingError(f"{what}; {nearest(str(quantity), known)}")

    def spellings(self, quantity: Quantity) -> list[str]:
        """What a quantity may be called."""
        digits = quantity.layer + quantity.count
        own = [quantity.stem + digits]
        if quantity.stem in self.letters:
            own.append(self.letters[quantity.stem] + digits)
        if quantity.of is None:
            return own
        above = self.spellings(quantity.of)
        return [f"d{of}_d{by}" for of in above for by in own]


NIELSEN = Notation()
