"""Random costs and activations, and what they have to be worth: `python -m tests.fuzz`.

A formula is drawn as a tree of our own (`tree`, `draw`), written as a glassprop formula
(`written`), and given a meaning by definitions that share no code with glassprop (`operations`,
`libraries`).
"""
