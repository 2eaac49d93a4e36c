"""Inputs and targets as networks take them, checked, not copied; imports compile, models."""
