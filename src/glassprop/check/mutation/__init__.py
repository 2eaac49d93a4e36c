"""Mistakes, made on purpose: derivations with one step that is not what the chain rule gives.

Imports `chainrule`, `formula`, `show`, and the guesses of `gradients`.
"""
