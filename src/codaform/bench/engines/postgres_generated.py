"""codaform's formulas in PostgreSQL."""

from __future__ import annotations

from time import perf_counter

from codaform.bench.engines.generated import GeneratedEngine
from codaform.bench.engines.postgres import connected, version_of
from codaform.sql.engine import Database
from codaform.sql.postgres_engine import Postgres


class GeneratedPostgres(GeneratedEngine):
    """Temporary tables of one transaction."""

    database: Postgres
    clock = staticmethod(perf_counter)

    def connected(self) -> tuple[Database, str]:
        """A connection to the server that PGHOST and the like name."""
        self.connection = connected()
        return Postgres(self.connection), version_of(self.connection)

    def forget_table(self, relation: str) -> None:
        """Drop a computed table with its indexes."""
        super().forget_table(relation)
        self.database.indexed = {pair for pair in self.database.indexed if pair[0] != relation}


engine = GeneratedPostgres
