"""The names of the engines that compute the columns of a doc. It imports nothing: the command line lists them."""

from __future__ import annotations

from typing import Literal, get_args

Engine = Literal["rows", "columns", "duckdb", "postgres", "spark"]
"""`rows` is the reference and needs nothing; each other engine gives its values, and needs the extra of its name.
`postgres` is the server that PGHOST, PGDATABASE and their like name, as for psql;
`spark` is what spark-submit names, else this machine."""

ENGINES: tuple[Engine, ...] = get_args(Engine)
