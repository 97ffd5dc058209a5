"""The command `mirror`, with `init`, `pull`, `push`, `sync`, `check` and `doctor`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from codaform.cli.options import allow_loss_option, apply_option, format_option, mcp_option, takes_environment

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
        for what, count in plan.lost.items():
            say(f"{what}: {counted(count, 'value')} would be lost")
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


@command.command()
@_takes_mirror
@mcp_option("Write by the MCP server's tools.")
@click.option(
    "--watch", type=click.IntRange(1), metavar="SECONDS", help="Go on, with so many seconds between two rounds."
)
def sync(project: Path | None, environment: str, schema: str | None, mcp: bool, watch: int | None) -> None:
    """Push, then pull: afterwards both stores have the same, but for conflicts.

    With --watch, it goes on until it is interrupted. A round that one of the two servers does not answer is told in a
    line; after ten such rounds one after the other it ends.

    Exit codes: 0 all is the same, 1 something is left, 2 could not run.

    \b
    Examples:
      codaform mirror sync --to production
      codaform mirror sync --to production --watch 60
    """
    _require(environment)

    from itertools import count

    from codaform.cli.mirroring import pause, synchronise
    from codaform.cli.terminal import exit_if, say
    from codaform.project.files import CannotRead

    failed = 0
    for _ in count():
        try:
            left = synchronise(project, environment, schema, mcp)
            failed = 0
        except CannotRead as problem:
            failed += 1
            if watch is None or failed == _MOST_FAILURES:
                raise
            say(str(problem))
        if watch is None:
            exit_if(left)
            return
        if not pause(watch):
            return


@command.command()
@_takes_mirror
@click.option("--rows", is_flag=True, help="Compare with the row-wise engine, and not with Coda.")
@format_option("text", "json")
def check(project: Path | None, environment: str, schema: str | None, rows: bool, format_: str) -> None:
    """Compare the computed columns of both stores, cell by cell.

    The views of PostgreSQL are compared with the values that Coda shows; columns that move with the clock are passed
    over. With --rows, codaform computes the rows of the mirror itself, at the same moment, and compares all columns.

    Exit codes: 0 all cells agree, 1 some differ, 2 could not run.

    \b
    Examples:
      codaform mirror check --to production
      codaform mirror check --rows
    """
    _require(environment)

    from contextlib import nullcontext
    from dataclasses import asdict

    from codaform.cli.connect import connect
    from codaform.cli.mirroring import checker_of, ids_of
    from codaform.cli.output.mirrored import put_checked
    from codaform.cli.select import recall_sound
    from codaform.cli.terminal import exit_if, put_json
    from codaform.mirror.database import connected

    opened = recall_sound(project).project
    with connected() as database, nullcontext() if rows else connect(opened, environment, mcp=False) as coda:
        checker = checker_of(database, opened, environment, schema)
        if coda is None:
            found = list(checker.by_rows())
        else:
            doc = coda.environment.doc
            found = list(checker.by_coda(coda.rest, doc, ids_of(opened.root, environment, doc)))
    if format_ == "json":
        put_json({"version": 1, "columns": [asdict(column) for column in found]})
    else:
        put_checked(found)
    exit_if(any(column.differ for column in found))


@command.command()
@_takes_mirror
@format_option("text", "json")
def doctor(project: Path | None, environment: str, schema: str | None, format_: str) -> None:
    """Check what a mirror needs, and what waits for somebody.

    doctor looks at the server and the rights of the role, at whether the tables and views are those of the folder, at
    the doc, at when it was read, at rows that are not pushed, conflicts and cells that do not fit. It writes nothing.
    The exit code is 1 if there is a problem.

    \b
    Examples:
      codaform mirror doctor --to production
    """
    _require(environment)

    from dataclasses import asdict

    from codaform.cli.mirroring import examined
    from codaform.cli.select import recall_sound
    from codaform.cli.terminal import exit_if, put, put_json
    from codaform.text import harmless

    found = list(examined(recall_sound(project).project, environment, schema))
    if format_ == "json":
        put_json({"version": 1, "findings": [asdict(finding) for finding in found]})
    else:
        for finding in found:
            advice = f"; {finding.advice}" if finding.advice else ""
            put(harmless(f"{finding.state:8} {finding.what}: {finding.said}{advice}"))
    exit_if(any(finding.state == "problem" for finding in found))


_MOST_FAILURES = 10
"""After how many rounds in a row that failed a watch ends."""

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
