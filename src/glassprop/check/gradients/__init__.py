"""Gradients compared with numerical derivatives, each with an estimate of its error.

It knows nothing of networks but functions of arrays. Imports `arrays`, and `show` for its page.
"""
