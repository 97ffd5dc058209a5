"""The page of the local Coda: docs to look at, edit, and have explained."""
