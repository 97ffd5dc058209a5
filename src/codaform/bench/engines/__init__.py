"""What computes the workloads: a module for each engine, under its name."""

from __future__ import annotations

ENGINES = (
    "rows", "columns", "duckdb_generated", "postgres_generated", "python_indexed", "naive", "numpy_by_hand", "polars",
    "duckdb", "duckdb_exact", "postgres", "postgres_exact",
)  # fmt: skip
"""In the order of the report."""

OWN = ENGINES[:4]
"""Those of codaform. The others are written by hand."""

INSTALLED_APART = {
    "columns": ("numpy",),
    "numpy_by_hand": ("numpy",),
    "polars": ("polars",),
    "duckdb": ("duckdb",),
    "duckdb_exact": ("duckdb",),
    "duckdb_generated": ("duckdb", "pyarrow", "sqlglot"),
    "postgres": ("psycopg",),
    "postgres_exact": ("psycopg",),
    "postgres_generated": ("psycopg", "sqlglot"),
}
"""The packages that an engine needs beside codaform's own."""

ON_SERVER = ("postgres", "postgres_exact", "postgres_generated")
"""Those that need a server."""

EXACT = ("duckdb_exact", "postgres_exact")
"""Those that differ from their like only in sums."""
