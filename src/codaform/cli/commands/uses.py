"""The command `uses`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import format_option, takes_project


@click.command("uses")
@click.argument("what", metavar="WHAT", shell_complete=complete.renamable)
@takes_project
@click.option("--depth", type=click.IntRange(min=1), metavar="N", help="Follow N steps; by default all.")
@click.option("--fail-if-used", is_flag=True, help="Exit with code 1 if something needs the part.")
@format_option("text", "json", "svg")
def command(what: str, project: Path | None, depth: int | None, fail_if_used: bool, format_: str) -> None:
    """Show what a part of the doc needs, and what needs it.

    WHAT is a column as table.column, or the name of a table, a view, a named formula or a control. codaform follows
    formulas, views, buttons, relations, data tests, cases, scenarios, migrations and documents, and shows each part
    once, below the nearest part that leads to it. "unnamed" marks a formula that reads a column without naming it:
    a row as a text is its display column. The svg shows the parts of the doc alone.

    A part's own tests and cases do not count as uses.

    Exit codes: 0 shown, 1 used, with --fail-if-used, 2 could not run.

    \b
    Examples:
      codaform uses tasks.estimated_hours
      codaform uses recent_days --format json
      codaform uses "Off estimate" --fail-if-used
    """
    from codaform.cli.output.used import put_uses, uses_json, uses_svg
    from codaform.cli.select import pick_part, recall_with_note
    from codaform.cli.terminal import exit_if, put, put_json
    from codaform.extras import require
    from codaform.project.session import Session
    from codaform.project.uses import index_uses
    from codaform.site.guides.reading import find_documents

    session = Session.recalled(recall_with_note(project, with_rows=False))
    part = pick_part(session.project.doc, what)
    if find_documents(session.project):
        require("docs")
        from codaform.site.guides.renaming import names_in_documents

        uses = index_uses(session, names_in_documents(session.project))
    else:
        uses = index_uses(session)
    if format_ == "json":
        put_json(uses_json(uses, part, depth))
    elif format_ == "svg":
        put(uses_svg(session, uses, part, depth))
    else:
        put_uses(uses, part, depth)
    exit_if(fail_if_used and any(not each.own for each in uses.reached(part, up=False, depth=1)))
