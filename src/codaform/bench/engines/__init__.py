"""What computes the workloads: a module for each engine, under its name."""

from __future__ import annotations

ENGINES = ("rows", "python_indexed", "naive", "polars", "duckdb")
"""In the order of the report. The first is codaform."""

INSTALLED_APART = ("polars", "duckdb")
"""Engines that are packages of the same name."""
