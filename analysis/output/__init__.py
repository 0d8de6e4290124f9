"""A document as files: Markdown, HTML, LaTeX, CSV and figures."""
