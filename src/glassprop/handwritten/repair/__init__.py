"""Changes of a file with which it is right. Imports `judging`."""
