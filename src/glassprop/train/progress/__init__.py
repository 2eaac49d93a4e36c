"""What is told of a training run while it goes on, and afterwards; imports models, system."""
