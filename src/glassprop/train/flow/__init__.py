"""How errors and gradients flow through the layers, epoch by epoch; imports compile, system."""
