"""A local doc: its records, and what they make of each other."""
