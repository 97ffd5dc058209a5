"""What computes the workloads: a module for each engine, under its name."""

from __future__ import annotations

ENGINES = (
    "rows", "columns", "duckdb_generated", "postgres_generated", "spark_generated", "python_indexed", "naive",
    "numpy_by_hand", "polars", "duckdb", "duckdb_exact", "postgres", "postgres_exact", "spark",
)  # fmt: skip
"""In the order of the report."""

OWN = ENGINES[:5]
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
    "spark": ("pyspark", "pyarrow", "sqlglot"),
    "spark_generated": ("pyspark", "pyarrow", "sqlglot"),
}
"""The packages that an engine needs beside codaform's own."""

ON_SERVER = ("postgres", "postgres_exact", "postgres_generated")
"""Those that need a server."""

WITH_JAVA = ("spark", "spark_generated")
"""Those that need Java."""

EXACT = ("duckdb_exact", "postgres_exact")
"""Those that differ from their like only in sums."""
