"""The command `restore`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import (
    FILE,
    alone_option,
    apply_option,
    environment_option,
    mcp_option,
    project_option,
    require_extras,
)


@click.command("restore")
@click.argument("file", type=FILE)
@environment_option("Restore rows into the doc of this environment in doc.yml.")
@project_option
@click.option("--new", "name", metavar="NAME", help="Restore into a new doc of this name, by the tokens of --to.")
@mcp_option("Make the tables of a new doc by the MCP server's tools.")
@apply_option
@alone_option
def command(
    file: Path,
    environment: str | None,
    project: Path | None,
    name: str | None,
    mcp: bool,
    apply: bool,
    alone: bool,
) -> None:
    """Bring the rows of a backup back into a doc.

    FILE was written by `codaform backup`. In the doc of an environment, restore adds missing rows and changes cells
    that differ; it never deletes anything. It finds a row by its id, else by the key column in table.yml, else by the
    display column if no two rows share a value. In a new doc, it makes the tables first, which needs MCP.

    \b
    Examples:
      codaform restore monday.json --to staging
      codaform restore monday.json --to staging --apply
      codaform restore monday.json --new "Founder HQ again" --via mcp --apply
    """
    if environment is None and name is None:
        raise click.UsageError("Name the doc: --to ENVIRONMENT, --new NAME, or both.")
    require_extras(environment)

    if name is None:
        _restore_rows(project, file, environment or "", mcp, apply, alone)
    else:
        _restore_doc(project, file, environment or "production", name, mcp, apply)


def _restore_rows(project: Path | None, file: Path, environment: str, mcp: bool, apply: bool, alone: bool) -> None:
    """Restore rows into an environment's doc, or show what would change."""
    from dataclasses import replace

    from codaform.cli.connect import connect
    from codaform.cli.deployment import target_of
    from codaform.cli.output.restored import put_plan, put_result
    from codaform.cli.select import open_project
    from codaform.cli.terminal import exit_if, say
    from codaform.coda.snapshot.fetching import fetch_snapshot
    from codaform.deploy.applying.deployment import held
    from codaform.deploy.applying.journal import journal_of
    from codaform.deploy.copying.backup import load
    from codaform.deploy.copying.restoring import carry_out, planned
    from codaform.project.files import CannotRead

    saved = load(file)
    opened = open_project(project)
    keys = {
        table.name: key.name
        for table in opened.doc.tables.values()
        if (key := next((column for column in table.columns.values() if column.key), None)) is not None
    }
    with connect(opened, environment, mcp) as connection:
        now = fetch_snapshot(connection.rest.fresh(), None, connection.environment.doc, rows=True)
        plan = planned(saved, now, keys)
        put_plan(plan)
        if plan.doubled:
            raise CannotRead(f"{'; '.join(plan.doubled)}; nothing was written: change a row, or the key in table.yml")
        if plan.is_done:
            say(f"{environment} has everything that the backup has")
        elif not apply:
            say("nothing was written; --apply does it")
        else:
            target = replace(target_of(connection), alone=alone)
            with journal_of(opened.root, environment) as journal, held(target, journal) as (hold, target):
                hold.take()
                doc = target.doc
                done = carry_out(
                    saved, target.rest, doc, lambda: fetch_snapshot(connection.rest.fresh(), None, doc, rows=True), keys
                )
                exit_if(not put_result(done))
            if hold.problem:
                say(hold.problem)
                raise click.exceptions.Exit(1)


def _restore_doc(project: Path | None, file: Path, environment: str, name: str, mcp: bool, apply: bool) -> None:
    """Restore a backup into a new doc, or show what it would get."""
    from dataclasses import replace

    from codaform.cli.connect import connect
    from codaform.cli.output.restored import put_result
    from codaform.cli.select import open_project
    from codaform.cli.terminal import counted, exit_if, put, say
    from codaform.coda.snapshot.fetching import fetch_snapshot
    from codaform.deploy.applying.rebuilding import new_doc
    from codaform.deploy.copying.backup import load
    from codaform.deploy.copying.restoring import carry_out
    from codaform.deploy.environments import LOCAL
    from codaform.project.files import CannotRead
    from codaform.project.project import Environment, empty_project

    saved = load(file)
    if not apply:
        rows = sum(len(rows) for rows in (saved.rows or {}).values())
        parts = f"{counted(len(saved.tables), 'table')} and {counted(rows, 'row')}"
        if not mcp and environment != LOCAL:
            parts = f"{counted(len(saved.pages), 'page')}, since REST makes no tables"
        say(f"a new doc {name} would get {parts}; nothing was written; --apply does it")
        return
    try:
        opened = open_project(project)
    except CannotRead:
        opened = empty_project(Path())
    if environment != LOCAL:
        # Only its host and its tokens count: the doc does not exist yet.
        known = opened.environments.get(environment, Environment(environment))
        known = replace(known, doc=known.doc or saved.doc.id)
        opened = replace(opened, environments={**opened.environments, environment: known})
    with connect(opened, environment, mcp) as connection:
        rest = connection.rest
        made = new_doc(saved, name, rest, connection.tools, time_zone=opened.doc.time_zone)
        put(made.doc)
        for sentence in made.undone:
            say(f"not made: {sentence}")
        if connection.tools is not None:
            done = carry_out(saved, rest, made.doc, lambda: fetch_snapshot(rest.fresh(), None, made.doc, rows=True), {})
            exit_if(not put_result(done))
    exit_if(bool(made.undone))
