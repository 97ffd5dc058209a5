"""A doc in Coda: its schema as it was read, what is seen of it at this moment, and what is written to it."""
