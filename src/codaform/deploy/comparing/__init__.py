"""A doc in Coda against what is remembered of it, and against what is computed here."""
