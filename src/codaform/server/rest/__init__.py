"""The REST API of a local Coda, version 1."""
