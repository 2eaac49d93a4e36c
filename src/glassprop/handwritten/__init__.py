"""Other people's backpropagation: their files files that are run, read, judged, repaired.

Imports `network` and below; only `cli` imports it.
"""
