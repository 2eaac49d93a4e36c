"""The table of scalar functions, one record each; imports errors."""
