"""The command `show`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import project_option


@click.command()
@click.argument("name", metavar="NAME", shell_complete=complete.shown)
@click.option(
    "--columns", metavar="A,B", shell_complete=complete.columns_of_table, help="Only these columns, in this order."
)
@click.option("--where", metavar="FORMULA", help="Only the rows for which this formula is true.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Only the first N rows; 60 on screen.")
@click.option("--all", "everything", is_flag=True, help="All rows.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@project_option
def show(
    name: str,
    columns: str | None,
    where: str | None,
    limit: int | None,
    everything: bool,
    form: str,
    project: Path | None,
) -> None:
    """Show a table, a view, a named formula or a control.

    The rows are those of the project's rows.csv files; computed columns are marked with ƒ. On screen are the first 60
    rows, numbers are rounded and long texts are cut, and columns for which there is no room are named on stderr; JSON
    and CSV have everything. In CSV, several values are separated by semicolons, and a text that a spreadsheet would run
    as a formula gets an apostrophe before it; numbers never do.

    \b
    Examples:
      codaform show sprints
      codaform show workflows --columns name,avg_actual_hours,variance_pct
      codaform show tasks --where 'estimated_hours > 8 AND sprint.IsBlank()'
      codaform show 'Off estimate' --format csv
    """
    if everything and limit is not None:
        raise click.UsageError("--all and --limit say different things.")

    from codaform.cli.input.sessions import open_session
    from codaform.cli.jobs.grids import USUAL_LIMIT, grid, is_single, put_grid
    from codaform.cli.jobs.results import put_named

    session = open_session(project or Path())
    if is_single(session, name):
        if columns is not None or where is not None or limit is not None:
            raise click.UsageError(f"{name} has one value: --columns, --where and --limit are for rows.")
        if not put_named(session, name, form):
            raise click.exceptions.Exit(1)
        return
    names = None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]
    if limit is None and form == "table" and not everything:
        limit = USUAL_LIMIT
    found = grid(session, name, names, limit, where)
    if found is None:
        raise click.exceptions.Exit(1)
    put_grid(found, form)
