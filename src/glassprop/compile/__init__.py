"""From a derivation to a program, its NumPy source, and functions that run."""
