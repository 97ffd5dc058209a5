"""A local doc: its records, and the values computed from them."""
