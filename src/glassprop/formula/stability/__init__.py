"""Formulas rewritten so that nothing overflows on the way; imports derivatives and below."""
