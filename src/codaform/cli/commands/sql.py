"""The command `sql`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import project_option

_DIALECTS = ("duckdb", "postgres", "spark", "sqlite", "clickhouse", "bigquery", "snowflake", "databricks")


@click.command("sql")
@click.argument("columns", nargs=-1, metavar="[TABLE.COLUMN]…", shell_complete=complete.columns)
@click.option(
    "--dialect", type=click.Choice(_DIALECTS), default="duckdb", show_default=True, help="The database that reads it."
)
@click.option("--read-csv", is_flag=True, help="Have DuckDB read the rows from the project's rows.csv.")
@project_option
def command(columns: tuple[str, ...], dialect: str, read_csv: bool, project: Path | None) -> None:
    """Print formulas as SQL: views that compute columns.

    Without columns, the script runs in an empty database: it makes the tables, enters the project's sample rows, and
    has a view for each group of computed columns, and last a view of each table with all its columns, such as "tasks
    complete". For PostgreSQL and SQLite it is one transaction, with foreign keys and indexes for relations, and a check
    for each select list whose rows all have one of its options. With columns, it has only their views and those that
    they read.

    With --read-csv, the script for DuckDB reads each table's rows.csv instead of holding the rows: it stays short, and
    it runs in the project's folder. Each cell has the type of its column, and nothing is guessed: a text that is
    written in another form than codaform's stops the script.

    Beside a column may be a flag: where it is true, the cell is an error, or codaform would compute another value than
    the database. Columns that have no SQL are named in comments.

    \b
    Examples:
      codaform sql > doc.sql
      codaform sql workflows.variance_pct
      codaform sql --dialect sqlite | sqlite3 doc.db
      codaform sql --read-csv | duckdb doc.db
    """
    if read_csv and (columns or dialect != "duckdb"):
        raise click.UsageError("--read-csv is for the whole script for DuckDB.")

    from codaform.cli.select import pick_column, recall_with_note
    from codaform.cli.terminal import put
    from codaform.extras import require
    from codaform.project.computed import computed_columns
    from codaform.project.session import Session
    from codaform.semantics.dependencies import GraphNode

    require("duckdb")
    from codaform.sql.dialects import DIALECTS
    from codaform.sql.script import statements

    session = Session.recalled(recall_with_note(project, with_rows=not read_csv))
    doc = session.project.doc
    book, files = session.rows_for_script() if read_csv else (session.book, {})
    wanted = [GraphNode("cells", table.name, one.name) for table, one in (pick_column(doc, name) for name in columns)]
    asked = wanted or computed_columns(doc)
    for text in statements(book, session.needs, asked, not wanted, DIALECTS[dialect], files):
        put(text if text.startswith("--") else f"{text};")
