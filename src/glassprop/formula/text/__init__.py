"""Formulas as text: its syntax, written to be read back, and shortened; imports nodes."""
