"""A doc in Coda: its schema, inspecting it at this moment, and writing to it."""
