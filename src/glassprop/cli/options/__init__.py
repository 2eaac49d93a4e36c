"""Options that several commands have, and what their texts stand for; imports models."""
