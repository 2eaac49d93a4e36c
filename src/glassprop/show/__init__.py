"""What readers see of derivations; imports comparison, compile, models and below."""
