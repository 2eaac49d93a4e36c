"""Tests of other people's interfaces."""
