"""What the compiled engine plans: loops, storage, threads; imports numpy_source, layout."""
