"""What computes the workloads: a module for each engine, under its name."""

from __future__ import annotations

ENGINES = ("rows", "columns", "python_indexed", "naive", "numpy_by_hand", "polars", "duckdb")
"""In the order of the report. The first two are codaform."""

INSTALLED_APART = {"columns": "numpy", "numpy_by_hand": "numpy", "polars": "polars", "duckdb": "duckdb"}
"""The package that an engine needs beside codaform's own."""
