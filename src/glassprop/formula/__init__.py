"""The language that networks, costs, updates and their derivatives are stated in."""
