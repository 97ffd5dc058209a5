"""The dialects of SQL that formulas are written in, by their names."""

from __future__ import annotations

from collections.abc import Mapping

from codaform.sql.dialects.clickhouse import CLICKHOUSE
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.dialects.duckdb import DUCKDB
from codaform.sql.dialects.postgres import LIVE_POSTGRES, POSTGRES
from codaform.sql.dialects.spark import DATABRICKS, SPARK
from codaform.sql.dialects.sqlite import SQLITE
from codaform.sql.dialects.warehouses import BIGQUERY, SNOWFLAKE

DIALECTS: Mapping[str, Dialect] = {
    dialect.name: dialect for dialect in (DUCKDB, POSTGRES, SPARK, SQLITE, CLICKHOUSE, BIGQUERY, SNOWFLAKE, DATABRICKS)
}

__all__ = [
    "BIGQUERY",
    "CLICKHOUSE",
    "DATABRICKS",
    "DIALECTS",
    "DUCKDB",
    "LIVE_POSTGRES",
    "POSTGRES",
    "SNOWFLAKE",
    "SPARK",
    "SQLITE",
    "Dialect",
]
