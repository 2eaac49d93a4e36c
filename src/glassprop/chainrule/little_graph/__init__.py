"""Graphs of numbers: symbols, values at a point, paths, both modes; imports chainrule."""
