"""Coda's data: the shapes on its wire, the text of its pages, the client of its APIs, and a doc read as data."""
