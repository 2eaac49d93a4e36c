"""What a run computed beside the derivation of its network. Imports `reading` and `network`."""
