"""A program as NumPy source: to read, in place, and to take away; imports layout."""
