"""The command `mirror`, with `init`, `pull` and `push`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from codaform.cli.options import allow_loss_option, apply_option, mcp_option, takes_environment

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
      codaform mirror pull --to production
      codaform mirror push --to production --apply
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

    from codaform.cli.mirroring import ids_of
    from codaform.cli.select import recall_sound
    from codaform.cli.terminal import counted, put, say
    from codaform.mirror import setup
    from codaform.mirror.database import alone, connected
    from codaform.mirror.layout import schema_name
    from codaform.project.files import CannotRead
    from codaform.text import harmless

    opened = recall_sound(project).project
    name = schema or schema_name(opened.doc)
    with connected() as connection, alone(connection, name):
        plan = setup.planned(connection, opened.doc, name, ids_of(opened.root, environment))
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


@command.command()
@_takes_mirror
@click.option("--whole", is_flag=True, help="Read all rows, and delete those that are gone.")
def pull(project: Path | None, environment: str, schema: str | None, whole: bool) -> None:
    """Bring what changed in Coda into PostgreSQL.

    Coda reports the rows that changed since the last pull, but not those that were deleted. So once a day, or with
    --whole, a pull reads all rows. Each table is one transaction: a pull that is interrupted goes on where it was.

    A cell that programs changed in PostgreSQL since, in a column that the mirror owns, is not overwritten: it is
    pushed, or, if Coda changed it too, listed in codaform_conflicts.

    \b
    Examples:
      codaform mirror pull --to production
    """
    _require(environment)

    from codaform.cli.mirroring import open_mirror
    from codaform.cli.output.mirrored import put_pulled
    from codaform.cli.progress import patient_progress

    with (
        open_mirror(project, environment, schema, whole=whole) as mirror,
        patient_progress("rows", None, _PATIENCE) as on_rows,
    ):
        counted = _Counter(on_rows)
        for table in mirror.puller.pull(whole=whole, on_page=counted):
            put_pulled(table)
        mirror.puller.note(environment)


@command.command()
@_takes_mirror
@mcp_option("Write by the MCP server's tools.")
@apply_option
def push(project: Path | None, environment: str, schema: str | None, mcp: bool, apply: bool) -> None:
    """Bring what programs wrote in PostgreSQL into Coda.

    Only columns with `owner: mirror` in table.yml are pushed. Each table is read first: a cell that Coda changed, too,
    is not overwritten, but listed in codaform_conflicts. A row counts as pushed when Coda shows its values.

    Exit codes: 0 all is in Coda, 1 something is not, 2 could not run.

    \b
    Examples:
      codaform mirror push --to production
      codaform mirror push --to production --apply
    """
    _require(environment)

    from codaform.cli.mirroring import open_mirror
    from codaform.cli.output.mirrored import is_left, put_pushed
    from codaform.cli.terminal import exit_if, say
    from codaform.mirror.push import Pusher

    with open_mirror(project, environment, schema, mcp) as mirror:
        pusher = Pusher(mirror.puller, mirror.coda.tools if mcp else None)
        left = False
        for table in pusher.push(apply):
            put_pushed(table, apply)
            left = left or (apply and is_left(table))
        mirror.puller.updated()
        mirror.puller.note(environment)
    if not apply:
        say("nothing was written; --apply writes it")
    exit_if(left)


_PATIENCE = 2.0
"""Seconds until the progress is drawn."""


class _Counter:
    """Adds the rows of pages, for a progress bar."""

    def __init__(self, on_step: Callable[[int], None]) -> None:
        self._on_step = on_step
        self._count = 0

    def __call__(self, count: int) -> None:
        self._count += count
        self._on_step(self._count)


def _require(environment: str) -> None:
    """Raises MissingExtra for everything that is missing, at once."""
    from codaform.deploy.environments import extras_for
    from codaform.extras import require

    require(*extras_for(environment), "postgres")
