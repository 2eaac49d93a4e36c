"""From formulas to gradients by the chain rule, in named steps with reasons; imports formula."""
