"""Numbers put into formulas, and arrays as heat maps; imports formulas, notation."""
