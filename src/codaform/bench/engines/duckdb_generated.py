"""codaform's formulas in DuckDB, on one thread."""

from __future__ import annotations

from importlib import import_module

from codaform.bench.engines.generated import GeneratedEngine
from codaform.sql.duckdb_engine import DuckDb
from codaform.sql.engine import Database


class GeneratedDuckDb(GeneratedEngine):
    """Temporary tables in the memory."""

    def connected(self) -> tuple[Database, str]:
        """A connection with one thread."""
        package = import_module("duckdb")
        self.connection = package.connect(config={"threads": 1})
        return DuckDb(self.connection), f"DuckDB {package.__version__}"

    def forget_table(self, relation: str) -> None:
        """A table is replaced by the next of its name, as that by hand is."""


engine = GeneratedDuckDb
