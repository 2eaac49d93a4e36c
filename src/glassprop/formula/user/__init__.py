"""What users state as formulas, and their words for it, as gp.exp; imports all of formula."""
