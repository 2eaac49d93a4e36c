"""Checks that stand apart from what they check."""
