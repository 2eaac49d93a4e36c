"""A training run: mini-batches, engines, what goes wrong; imports examples, progress, compile."""
