"""What the compiled engine writes: an epoch, a prediction; imports loops and below."""
