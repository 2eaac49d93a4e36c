"""Notations: letters, indices, names, numbers, parentheses, function names; imports models."""
