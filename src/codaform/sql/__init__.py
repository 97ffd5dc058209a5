"""Formulas as SQL: sqlglot trees made of lowered IR, and the engines that run them."""
