"""The command `press`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import project_option


@click.command()
@click.argument("button", metavar="BUTTON", shell_complete=complete.buttons)
@click.option(
    "--row",
    metavar="R",
    shell_complete=complete.rows,
    help="The row in which it is pressed, by display text; not for one on a page.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@project_option
def press(button: str, row: str | None, form: str, project: Path | None) -> None:
    """Show what a button would do to the sample rows.

    A button of a table is named as table.button and pressed in a row; one on a page has only its name. The rows are
    those of the project's rows.csv files; no file is changed. Cells, named formulas and views that show something else
    because of it are marked with ƒ: on screen the first ones, in JSON all. Messages, pages and whatever else only Coda
    can do are named, not done. The exit code is 1 if the button is disabled or its action is an error; what was done
    before the error is shown all the same.

    \b
    Examples:
      codaform press touchpoints.log_run --row 'Fennel Foods kickoff'
      codaform press touchpoints.log_run --row 'Fennel Foods kickoff' --format json
      codaform press 'Start week'
    """
    from codaform.cli.input.sessions import open_session
    from codaform.cli.jobs.presses import put_press, try_press

    tried = try_press(open_session(project or Path()), button, row)
    if tried is None or not put_press(tried, form):
        raise click.exceptions.Exit(1)
