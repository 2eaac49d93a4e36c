"""The command `diagnose`: files and folders, marks and pages. Imports `handwritten`."""
