"""glassprop beside its peers: the same work, the same order, interleaved, checked before timing."""
