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

    def make_plan(self) -> None:
        """Plan the statements, and index the entered columns that they look up by a range."""
        super().make_plan()
        entered = {one.relation for one in self.plan.entered.values()}
        for relation, name in {found for group in self.kept for found in group.ranged}:
            if relation in entered:
                self.database.index(relation, name)

    def forget_table(self, relation: str) -> None:
        """Drop a computed table with its indexes."""
        super().forget_table(relation)
        self.database.indexed = {pair for pair in self.database.indexed if pair[0] != relation}


engine = GeneratedPostgres
