"""Tests of the derivation, mirroring src/glassprop/chainrule."""
