"""What the machine gives: memory, threads, files, the terminal, signals; imports errors."""
