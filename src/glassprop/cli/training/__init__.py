"""What `glassprop train` does beside training: early stopping, a log, checkpoints."""
