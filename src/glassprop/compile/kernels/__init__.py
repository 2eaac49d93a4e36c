"""What emitted loops call: products and functions in vector registers; imports Numba."""
