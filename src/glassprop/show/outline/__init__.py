"""What is told of a derivation, and in which order; imports notation, compile, models."""
