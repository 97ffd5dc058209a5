"""DuckDB, whose sums are added in the order of the rows, as codaform's are."""

from __future__ import annotations

from codaform.bench.engines.duckdb import DuckDbEngine


class ExactDuckDbEngine(DuckDbEngine):
    """The same statements, with ordered sums."""

    exact = True


engine = ExactDuckDbEngine
