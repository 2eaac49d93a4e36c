"""A comparison as printed: terminal, Markdown, HTML; imports comparison, document, below."""
