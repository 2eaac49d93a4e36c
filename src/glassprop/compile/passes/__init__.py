"""Passes: each turns named steps into others worth the same; imports layout, chainrule."""
