"""Runs of a file in a confined process, and what they told. Imports `errors`."""
