"""A doc in PostgreSQL beside Coda: its tables and computed columns there, kept in step by pull and push."""
