"""Findings: what they are, the rules they follow, and how they are told."""
