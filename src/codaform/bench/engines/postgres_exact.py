"""PostgreSQL, whose sums are added in the order of the rows, as codaform's are."""

from __future__ import annotations

from codaform.bench.engines.postgres import PostgresEngine


class ExactPostgresEngine(PostgresEngine):
    """The same statements, with ordered sums."""

    exact = True


engine = ExactPostgresEngine
