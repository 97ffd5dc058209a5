"""The commands that change a local doc."""
