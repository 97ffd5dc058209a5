"""The command `show`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import engine_option, format_option, project_option


@click.command("show")
@click.argument("name", metavar="NAME", shell_complete=complete.doc_parts)
@click.option(
    "--columns", metavar="A,B", shell_complete=complete.columns_of_table, help="Only these columns, in this order."
)
@click.option("--where", metavar="FORMULA", help="Only the rows for which this formula is true.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Only the first N rows; 60 on screen.")
@click.option("--all", "all_rows", is_flag=True, help="All rows.")
@engine_option("What computes the columns.", "rows")
@format_option("table", "json", "csv")
@project_option
def command(
    name: str,
    columns: str | None,
    where: str | None,
    limit: int | None,
    all_rows: bool,
    engine: str,
    format_: str,
    project: Path | None,
) -> None:
    """Show a table, a view, a named formula or a control.

    The rows are the project's sample rows; ƒ marks computed columns. The screen shows the first 60 rows,
    rounds numbers and cuts long texts; columns without room are listed on stderr. JSON and CSV have everything. In CSV,
    semicolons separate several values, and a text that a spreadsheet would run as a formula gets an apostrophe before
    it; numbers never do.

    \b
    Examples:
      codaform show sprints
      codaform show workflows --columns name,avg_actual_hours,variance_pct
      codaform show tasks --where 'estimated_hours > 8 AND sprint.IsBlank()'
      codaform show 'Off estimate' --format csv
      codaform show workflows --engine duckdb
    """
    if all_rows and limit is not None:
        raise click.UsageError("--all and --limit exclude each other.")

    from codaform.cli.output.all_columns import say_left_to_rows
    from codaform.cli.output.answers import put_named
    from codaform.cli.output.grid import SCREEN_ROWS, grid, has_rows, put_grid
    from codaform.cli.select import recall_with_note
    from codaform.cli.terminal import exit_if
    from codaform.project.session import Session

    session = Session.recalled(recall_with_note(project), engine)
    if not has_rows(session.project.doc, name):
        if columns is not None or where is not None or limit is not None:
            raise click.UsageError(f"{name} has one value: --columns, --where and --limit are for rows.")
        is_value = put_named(session, name, format_)
        say_left_to_rows(session)
        exit_if(not is_value)
        return
    names = None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]
    if limit is None and format_ == "table" and not all_rows:
        limit = SCREEN_ROWS
    found = grid(session, name, names, limit, where)
    if found is None:
        raise click.exceptions.Exit(1)
    put_grid(found, format_)
    say_left_to_rows(session)
