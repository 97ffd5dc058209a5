"""Coda's function library: each function declared once, by subject."""
