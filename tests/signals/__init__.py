"""Signals at random instants: nothing is lost, nothing is left behind, and the status is right.

`python -m tests.signals --signals 200` sends that many of each kind to each kind of work.
"""
