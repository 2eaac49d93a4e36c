"""Documents in each format: terminal, Markdown, LaTeX, Typst, PDF, HTML; imports document."""
