"""The reference engine: Python made from a lowered formula, which gives its value for one row."""
