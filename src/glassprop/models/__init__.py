"""What networks are made of, stated as formulas: layers, activations, costs, updates."""
