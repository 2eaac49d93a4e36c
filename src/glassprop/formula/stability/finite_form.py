"""What a user states as it is kept: the rewritings of this room, one after another."""

from __future__ import annotations

from glassprop.formula.nodes import Node
from glassprop.formula.stability.exponential_identities import with_logarithms
from glassprop.formula.stability.limits_at_zero import with_limits_at_zero
from glassprop.formula.stability.repeats import without_repeats
from glassprop.formula.stability.scaled_exponentials import without_overflow


def finite_form(root: Node) -> Node:
    """An equal formula, perhaps of tensors, finite where its value is, as far as they reach."""
    return without_repeats(with_limits_at_zero(without_overflow(with_logarithms(root))))
