"""The text of a page's canvas: kept as lines, read from Markdown and HTML, written, edited."""
