"""The command `rename`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import in_project


@click.command()
@click.argument("what", metavar="WHAT", shell_complete=complete.things)
@click.argument("new", metavar="NEW_NAME")
@in_project
@click.option("--apply", "apply", is_flag=True, help="Write; without it, the changes are shown and nothing is written.")
def rename(what: str, new: str, project: Path | None, apply: bool) -> None:
    """Give a thing of the doc another name, in every file.

    WHAT is a column as table.column, or the name of a table, a view, a named formula or a control. The new name is
    written wherever a file means the thing: in YAML, the first line of rows.csv, formulas, cases, scenarios, documents
    and the lock, which keeps its id, so that the next deploy renames it in Coda. The folder of a table and the files of
    formulas that have the old name get the new one. Everything else stays byte for byte, and either all of it is
    written or nothing. A name that is taken is refused, and so is one with which a formula would mean something else.

    Exit codes: 0 renamed or shown, 2 could not run.

    \b
    Examples:
      codaform rename tasks.estimated_hours estimate
      codaform rename "Running now" "In progress" --apply
      codaform rename recent_days window formulas --apply
    """
    from codaform.cli.renaming import run

    run(what, new, project or Path(), apply)
