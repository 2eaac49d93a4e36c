"""Other people's interfaces and formats, as thin faces on the same engine."""
