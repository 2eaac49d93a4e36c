"""What update rules are made of: formulas, schedules, limits. Imports `chainrule` and `formula`."""
