"""The command `mirror`, with `init`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from codaform.cli.options import allow_loss_option, apply_option, takes_environment

_schema_option = click.option(
    "--schema", metavar="NAME", help="The schema in PostgreSQL; by default the doc's name, such as founder_hq."
)


def _takes_mirror(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take an environment by --to, `local` by default, and the schema of the mirror by --schema."""
    return takes_environment(default="local")(_schema_option(command))


@click.group("mirror", no_args_is_help=True)
def command() -> None:
    """Keep a doc in PostgreSQL beside Coda.

    The mirror has a table for each table of the doc, and a view of each with its computed columns, such as
    workflows_computed. CODAFORM_POSTGRES says where the server is, or libpq's own variables: PGHOST, PGPASSWORD …

    \b
    Examples:
      codaform mirror init --apply
    """


@command.command()
@_takes_mirror
@apply_option
@allow_loss_option
def init(project: Path | None, environment: str, schema: str | None, apply: bool, allow_loss: bool) -> None:
    """Make the tables of a doc in PostgreSQL, or let them follow the folder.

    Without --apply, the command prints the SQL. With it, all of it is one transaction. A column that was renamed, by
    `codaform rename` or in Coda, is renamed. What would lose values needs --allow-loss. A schema with tables that
    codaform did not make stays as it is.

    \b
    Examples:
      codaform mirror init
      codaform mirror init --apply
    """
    from codaform.extras import require

    require("postgres")

    from codaform.cli.select import recall_sound
    from codaform.cli.terminal import counted, put, say
    from codaform.deploy.ids import Ids
    from codaform.deploy.lock import read_lock
    from codaform.mirror import setup
    from codaform.mirror.database import alone, connected
    from codaform.mirror.layout import schema_name
    from codaform.project.files import CannotRead
    from codaform.text import harmless

    opened = recall_sound(project).project
    entry = read_lock(opened.root).get(environment)
    name = schema or schema_name(opened.doc)
    with connected() as connection, alone(connection, name):
        plan = setup.planned(connection, opened.doc, name, entry.ids if entry is not None else Ids())
        connection.rollback()
        for column, why in plan.views.left:
            say(f"{column} is not in SQL: {why}")
        if not plan.statements:
            say(f"the schema {name} is as the folder says")
            return
        for lost in plan.lost:
            say(f"{lost.what}: {counted(lost.count, 'value')} would be lost")
        if not apply:
            for statement in plan.statements:
                put(harmless_sql(statement))
            say("nothing was written; --apply carries it out")
            return
        if plan.lost and not allow_loss:
            raise CannotRead("nothing was written: --allow-loss lets these steps lose their values")
        setup.apply(connection, plan)
    for step in plan.steps:
        say(harmless(step.what))
    views = counted(len(plan.views.columns), "computed column")
    say(f"{name}: {counted(len(plan.layout.tables), 'table')}, {views} as views")


def harmless_sql(statement: str) -> str:
    """A statement as a script has it."""
    return f"{statement};"
