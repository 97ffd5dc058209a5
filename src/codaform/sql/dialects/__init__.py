"""The dialects of SQL that formulas are written in, by their names."""

from __future__ import annotations

from collections.abc import Mapping

from codaform.sql.dialects.dialect import Dialect
from codaform.sql.dialects.duckdb import DUCKDB
from codaform.sql.dialects.postgres import POSTGRES
from codaform.sql.dialects.spark import SPARK

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (DUCKDB, POSTGRES, SPARK)}

__all__ = ["DIALECTS", "DUCKDB", "POSTGRES", "SPARK", "Dialect"]
