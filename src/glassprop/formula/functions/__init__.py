"""The table of scalar functions, one record each, and SymPy as its judge; imports errors."""
