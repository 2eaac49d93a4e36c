"""Formulas as printed: one printer, its four languages, their line breaks; imports notation."""
