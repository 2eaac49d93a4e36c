"""What networks are made of: layers, activations, costs, update rules; imports formula."""
