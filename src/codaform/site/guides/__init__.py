"""Documents: Markdown in a project's folder whose facts are worked out when it is built."""
