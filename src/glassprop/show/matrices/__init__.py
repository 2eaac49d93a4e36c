"""Formulas as products of matrices, with reasons; imports formulas, notation."""
