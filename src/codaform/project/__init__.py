"""A project folder: a doc as files, with its rows, cases and scenarios."""
