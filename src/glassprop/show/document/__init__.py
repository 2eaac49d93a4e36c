"""A document, part by part, whatever its format; imports outline, sentences and below."""
