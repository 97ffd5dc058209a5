"""Diagnostics: the rules, what a rule found at a place, its fix, and the formats that show it."""
