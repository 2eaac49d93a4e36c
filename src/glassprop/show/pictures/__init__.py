"""Pictures as SVG, drawn here: graphs of formulas of numbers, and of networks."""
