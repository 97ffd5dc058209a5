"""The command `migrate`, with `plan`, `check`, `run`, `status`, `verify`, `decide` and `rollback`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from codaform.cli.complete import migrations, places
from codaform.cli.options import (
    allow_loss_option,
    alone_option,
    apply_option,
    format_option,
    mcp_option,
    project_option,
)

_TO = click.option(
    "--to",
    "place",
    metavar="PLACE",
    default="files",
    show_default=True,
    shell_complete=places,
    help="files for the rows of the folder, local for the local Coda, or an environment in doc.yml.",
)
_NAME = click.option(
    "--migration",
    "name",
    metavar="NAME",
    shell_complete=migrations,
    help="The file in migrations/, without .yml; not needed if there is one.",
)
_PHASE = click.option("--phase", type=click.IntRange(1), metavar="N", help="This phase only.")


def _on_place(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of commands that look at a place."""
    for option in (project_option, _NAME, _TO, mcp_option()):
        command = option(command)
    return command


@click.group("migrate", no_args_is_help=True)
def command() -> None:
    """Move rows from old tables to new ones, phase by phase.

    A migration is a file in migrations/: what is made, which rows become which, what they point to, and what goes at
    the end; rules and mappings are Coda formulas. Each phase is journalled and can be taken back, and copies get a
    certificate that nothing is lost.

    \b
    Examples:
      codaform migrate plan
      codaform migrate run --to local --apply
      codaform migrate decide db_templates DBT-07 --into process_templates
    """


@command.command()
@_on_place
@_PHASE
@format_option("text", "json")
def plan(place: str, name: str | None, project: Path | None, mcp: bool, phase: int | None, format_: str) -> None:
    """Show the steps, how many rows each takes, and whether it can be taken back.

    Nothing is written. Exit code 1 if a row waits for a decision, or something reads what goes.

    \b
    Examples:
      codaform migrate plan
      codaform migrate plan --to production --via mcp
    """
    from codaform.cli.migrating import Options, opened, put_plan
    from codaform.cli.terminal import exit_if

    with opened(Options(place, name, project, mcp)) as at:
        exit_if(not put_plan(at, phase, format_))


@command.command()
@project_option
@_NAME
@click.option("--live", "place", metavar="PLACE", shell_complete=places, help="Look into a doc too.")
@mcp_option()
@format_option("text", "json")
def check(place: str | None, name: str | None, project: Path | None, mcp: bool, format_: str) -> None:
    """List what would break at each phase: formulas, views, buttons, tests, guides.

    Exit code 1 if something would.

    \b
    Examples:
      codaform migrate check
      codaform migrate check --live staging --via mcp
    """
    from codaform.cli.migrating import Options, put_breaks
    from codaform.cli.terminal import exit_if

    exit_if(not put_breaks(Options(place or "files", name, project, mcp), place is not None, format_))


@command.command()
@_on_place
@_PHASE
@apply_option
@allow_loss_option
@alone_option
@format_option("text", "json")
def run(
    place: str,
    name: str | None,
    project: Path | None,
    mcp: bool,
    phase: int | None,
    apply: bool,
    allow_loss: bool,
    alone: bool,
    format_: str,
) -> None:
    """Carry out the phases that are not done, or one of them.

    Nothing is written without --apply. Each value is in the journal before it is overwritten, so a run that was killed
    goes on where it ended. After a phase the doc is read back, and its certificate is written to
    migrations/certificates. A phase with rows that wait for a decision writes nothing. The last phase, which drops
    tables and columns, wants the doc's name typed or --allow-loss.

    Exit codes: 0 done and certified, 1 something is open, 2 could not run.

    \b
    Examples:
      codaform migrate run --apply
      codaform migrate run --phase 2 --to staging --via mcp --apply
    """
    from codaform.cli.migrating import Options, carry_out
    from codaform.cli.terminal import exit_if

    exit_if(not carry_out(Options(place, name, project, mcp, alone), phase, apply, allow_loss, format_))


@command.command()
@_on_place
@format_option("text", "json")
def status(place: str, name: str | None, project: Path | None, mcp: bool, format_: str) -> None:
    """Say which phases are done, since when, and what comes next.

    \b
    Examples:
      codaform migrate status
      codaform migrate status --to local --format json
    """
    from codaform.cli.migrating import Options, opened, put_status

    with opened(Options(place, name, project, mcp)) as at:
        put_status(at, format_)


@command.command()
@_on_place
@format_option("text", "json", "markdown")
def verify(place: str, name: str | None, project: Path | None, mcp: bool, format_: str) -> None:
    """Measure the certificates of all phases that are done once more, in the doc as it is now.

    Exit code 1 if one is not clean, or old rows were changed since.

    \b
    Examples:
      codaform migrate verify --to local
      codaform migrate verify --format markdown > certificate.md
    """
    from codaform.cli.migrating import Options, opened, put_verified
    from codaform.cli.terminal import exit_if

    with opened(Options(place, name, project, mcp)) as at:
        exit_if(not put_verified(at, format_))


@command.command()
@click.argument("table", required=False)
@click.argument("row", required=False)
@click.option("--into", metavar="TABLE", help="The new table that gets its copy.")
@click.option("--leave", metavar="WHY", help="Why it is not copied; with --into, why values stay behind.")
@click.option("--cell", "cells", multiple=True, metavar="COLUMN=VALUE", help="A cell of the copy. Can be repeated.")
@_on_place
@format_option("text", "json")
def decide(
    table: str | None,
    row: str | None,
    into: str | None,
    leave: str | None,
    cells: tuple[str, ...],
    place: str,
    name: str | None,
    project: Path | None,
    mcp: bool,
    format_: str,
) -> None:
    """List the rows that wait for a decision, or write one into the migration's file.

    ROW is the row's key or its display text.

    \b
    Examples:
      codaform migrate decide
      codaform migrate decide db_templates DBT-07 --into process_templates
      codaform migrate decide db_templates DBT-08 --leave "replaced by the list of 2025"
    """
    from codaform.cli.migrating import Options, opened, put_undecided, write_decision
    from codaform.cli.terminal import exit_if

    if table is None:
        if into or leave or cells:
            raise click.UsageError("Name the row: TABLE ROW.")
        with opened(Options(place, name, project, mcp)) as at:
            exit_if(not put_undecided(at, format_))
        return
    if row is None or not (into or leave or cells):
        raise click.UsageError("Say what happens to a row: TABLE ROW, and --into, --leave or --cell.")
    write_decision(Options(place, name, project, mcp), table, row, into or "", leave or "", cells)


@command.command()
@_on_place
@click.option("--to-phase", type=click.IntRange(0), default=0, show_default=True, help="The last phase that stays.")
@click.option("--carry-back", is_flag=True, help="Write into the old tables what people wrote into the new ones.")
@apply_option
@allow_loss_option
@alone_option
@format_option("text", "json")
def rollback(
    place: str,
    name: str | None,
    project: Path | None,
    mcp: bool,
    to_phase: int,
    carry_back: bool,
    apply: bool,
    allow_loss: bool,
    alone: bool,
    format_: str,
) -> None:
    """Take phases back, the last one first.

    Copies are removed, and each cell that a phase set gets its value of before, unless a person changed it since. What
    people wrote into the new tables is listed; if some of it would be lost, say --carry-back or --allow-loss. What no
    rollback takes back is listed too. Nothing is written without --apply.

    \b
    Examples:
      codaform migrate rollback --to local
      codaform migrate rollback --to local --to-phase 1 --carry-back --apply
    """
    from codaform.cli.migrating import Options, take_back
    from codaform.cli.terminal import exit_if

    exit_if(not take_back(Options(place, name, project, mcp, alone), to_phase, carry_back, apply, allow_loss, format_))
