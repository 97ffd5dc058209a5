"""The site of a project: write its pages, run MkDocs over them, check and serve the result."""
