"""The reference of codaform itself, made from the code."""
