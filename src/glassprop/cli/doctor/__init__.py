"""glassprop doctor: what the machine has, how fast it is, what would help; imports native."""
