"""Files and names that nobody means well with: each command says a sentence, soon, and that is all.

`python -m tests.hostile` gives all of them to all commands, in 2 GB of memory and 20 seconds each.
"""
