"""Diagnostics in each format that codaform writes. Every format sorts by file and place, and has no final line end."""
