"""Formulas and derivations as a reader sees them: text, Markdown, LaTeX."""
