"""A formula told in words, for a person who reads it for the first time."""
