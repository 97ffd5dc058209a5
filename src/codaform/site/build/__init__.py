"""The site of a project: its pages written, MkDocs run over them, what it came to checked and served."""
