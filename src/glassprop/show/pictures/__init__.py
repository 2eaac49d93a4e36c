"""Pictures as SVG: graphs of numbers, and of networks; imports document and below."""
