"""Training, and what trained networks give: outputs, measurements, files; imports compile."""
