"""A doc in Coda as data: fetched, saved, and read as a doc of the compiler."""
