"""From a derivation to source and functions, as pipeline has it; imports chainrule, formula."""
