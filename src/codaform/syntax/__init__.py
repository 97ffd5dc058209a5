"""A formula as written: its tree, from text and back to text."""
