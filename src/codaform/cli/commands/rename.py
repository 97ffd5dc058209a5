"""The command `rename`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli import complete
from codaform.cli.options import apply_option, takes_project


@click.command("rename")
@click.argument("what", metavar="WHAT", shell_complete=complete.renamable)
@click.argument("new", metavar="NEW_NAME")
@takes_project
@apply_option
def command(what: str, new: str, project: Path | None, apply: bool) -> None:
    """Rename a part of the doc in every file.

    WHAT is a column as table.column, or the name of a table, a view, a named formula or a control. The new name is
    written everywhere: in YAML, the first line of rows.csv, formulas, cases, scenarios, documents and the lock file,
    which keeps the id, so that the next deploy renames it in Coda. The folder of a table and the files of formulas get
    the new name, too. Everything else stays byte for byte, and codaform writes either everything or nothing. It refuses
    a name that is taken, and a name that would change the meaning of a formula.

    Exit codes: 0 renamed or shown, 2 could not run.

    \b
    Examples:
      codaform rename tasks.estimated_hours estimate
      codaform rename "Running now" "In progress" --apply
      codaform rename recent_days window formulas --apply
    """
    from codaform.cli.renaming import find_renaming, put_steps, steps_for
    from codaform.cli.select import open_readable_project
    from codaform.cli.terminal import counted, say
    from codaform.project.files import CannotRead
    from codaform.project.locate import reason
    from codaform.project.renaming import check_name
    from codaform.project.transaction import Write, carry_out

    opened = open_readable_project(project)
    renaming = find_renaming(opened.doc, what, new)
    check_name(opened.doc, renaming)
    try:
        steps = steps_for(opened, renaming)
        put_steps(opened.root, steps)
        if apply:
            carry_out(opened.root, steps)
    except OSError as error:
        raise CannotRead(f"{error.filename or opened.root}: {reason(error)}; nothing was renamed") from None
    count = sum(isinstance(step, Write) for step in steps)
    old = f"{renaming.table}.{renaming.old}" if renaming.kind == "column" else renaming.old
    say(f"{old} is {new} now, in {counted(count, 'file')}" if apply else "nothing was written; --apply renames it")
