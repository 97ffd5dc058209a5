"""Bringing a Coda doc to what the folder says: what differs, in which order it is made, by which way."""
