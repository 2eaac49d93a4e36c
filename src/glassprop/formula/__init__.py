"""The language that all is stated in: nodes with named axes, algebra, values; imports errors."""
