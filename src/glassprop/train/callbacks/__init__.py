"""What is done after each epoch: early stopping, a log; imports progress, system."""
