"""The sentences about steps: meanings, reasons, the chain rule; imports formulas, notation."""
