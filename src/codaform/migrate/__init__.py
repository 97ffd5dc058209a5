"""Migrations carried out phase by phase: in a folder or in a doc in Coda, with a journal and a way back."""
