"""A doc into a folder or a file, and back."""
