"""The command `show`."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem


def _complete(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from codaform.cli.input.opening import open_project
    from codaform.model.schema import views
    from codaform.project.files import CannotRead

    try:
        doc = open_project(ctx.params.get("project") or Path()).doc
    except (CannotRead, OSError):
        return []
    named = {table.name: table.about for table in doc.tables.values()} | {view.name: view.about for view in views(doc)}
    return [CompletionItem(name, help=about) for name, about in named.items() if name.startswith(incomplete)]


@click.command()
@click.argument("table", shell_complete=_complete)
@click.option("--columns", metavar="A,B", help="Only these columns, in this order.")
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Only the first N rows.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option(
    "--project", type=click.Path(path_type=Path), metavar="P", help="The project; the current folder's if left out."
)
def show(table: str, columns: str | None, limit: int | None, form: str, project: Path | None) -> None:
    """Show a table or a view, with what its formulas give.

    The rows are those of the project's rows.csv files; computed columns are marked with ƒ. On screen, numbers are
    rounded and long texts are cut, and columns for which there is no room are named on stderr; JSON and CSV have
    everything. In CSV, several values are separated by semicolons, and a text that a spreadsheet would run as a formula
    gets an apostrophe before it; numbers never do.

    \b
    Examples:
      codaform show sprints
      codaform show workflows --columns name,avg_actual_hours,variance_pct
      codaform show 'Off estimate' --format csv
    """
    from codaform.cli.input.sessions import open_session
    from codaform.cli.jobs.grids import grid, put_grid

    session = open_session(project or Path())
    names = None if columns is None else [name.strip() for name in columns.split(",") if name.strip()]
    put_grid(grid(session, table, names, limit), form)
