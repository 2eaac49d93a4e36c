"""Two derivations compared: what is which, what differs, and why; imports chainrule, formula."""
