"""The command `press`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import format_option, project_option


@click.command("press")
@click.argument("button", metavar="BUTTON", shell_complete=complete.buttons)
@click.option(
    "--row",
    metavar="R",
    shell_complete=complete.rows,
    help="The row of the button, by display text; not for a button on a page.",
)
@format_option("table", "json")
@project_option
def command(button: str, row: str | None, format_: str, project: Path | None) -> None:
    """Show what a button would do to the sample rows.

    Name a button of a table as table.button and give its row; a button on a page has only its name. The rows are the
    project's sample rows; no file changes. ƒ marks cells, named formulas and views that show something else
    afterwards: the screen shows the first ones, JSON all. Messages, pages and everything else that only Coda can do are
    listed, not done. The exit code is 1 if the button is disabled or its action is an error; the changes before the
    error are shown all the same.

    \b
    Examples:
      codaform press touchpoints.log_run --row 'Fennel Foods kickoff'
      codaform press touchpoints.log_run --row 'Fennel Foods kickoff' --format json
      codaform press 'Start week'
    """
    from codaform.cli.output.press import press_button, put_press
    from codaform.cli.select import recall_with_note
    from codaform.cli.terminal import exit_if
    from codaform.project.session import Session

    pressed = press_button(Session.recalled(recall_with_note(project)), button, row)
    exit_if(pressed is None or not put_press(pressed, format_))
