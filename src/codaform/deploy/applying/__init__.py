"""Applying a plan, so that the next run continues a killed one, and reading the doc back."""
