"""Training: the loop, the examples that it takes, what it measures, and model files."""
