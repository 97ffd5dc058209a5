"""The command `parity`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from codaform.cli.options import FILE, environment_option, format_option, mcp_option, project_option, require_extras


@click.command("parity")
@click.argument("snapshot", required=False, type=FILE)
@environment_option("Read the doc of this environment in doc.yml instead.")
@mcp_option("With --to: let Coda compute expressions, too.")
@project_option
@format_option("text", "json")
def command(snapshot: Path | None, environment: str | None, mcp: bool, project: Path | None, format_: str) -> None:
    """Compare what codaform computes with what Coda has computed.

    codaform computes every computed cell of a snapshot, or of a live doc, from the values of the other cells. Where the
    two differ, it shows the parts and the functions of the formula, most suspicious first. It leaves out formulas that
    depend on the clock or on chance. A snapshot is a file of `codaform backup`; it needs no token.

    With `--via mcp` Coda also computes the examples of all functions that the doc uses. The exit code is 1 if anything
    differs.

    \b
    Examples:
      codaform parity backup.json
      codaform parity --to staging --via mcp
    """
    if (snapshot is None) == (environment is None):
        raise click.UsageError("Give a snapshot or an environment: codaform parity FILE, or --to ENVIRONMENT.")
    if mcp and environment is None:
        raise click.UsageError("A snapshot computes nothing; --via mcp goes with --to ENVIRONMENT.")
    if environment is not None:
        require_extras(environment)

    from codaform.cli.terminal import exit_if, put, put_json, say
    from codaform.deploy.comparing.parity import CannotCompare, Executed, parity, settings_of
    from codaform.deploy.comparing.parity_report import as_data, lines, summary
    from codaform.project.files import CannotRead
    from codaform.text import harmless

    executed: tuple[Executed, ...] = ()
    try:
        if snapshot is not None:
            from codaform.deploy.snapshot_file import load_snapshot

            saved = load_snapshot(snapshot)
            known = _settings(project, saved.doc.id, saved.doc.name)
            found = parity(saved, known)
        else:
            from codaform.cli.connect import connect
            from codaform.cli.select import open_project
            from codaform.coda.snapshot.fetching import fetch_snapshot
            from codaform.deploy.comparing import expressions

            opened = open_project(project)
            settings = settings_of(opened.doc)
            with connect(opened, environment or "", mcp) as connection:
                doc = connection.environment.doc
                found = parity(fetch_snapshot(connection.rest, connection.tools, doc, rows=True), settings)
                if mcp and connection.tools is not None:
                    used = frozenset[str]().union(*(column.functions for column in found.columns))
                    examples = expressions.expressions(used)
                    executed = tuple(expressions.executed(examples, connection.tools, doc, settings))
    except CannotCompare as problem:
        raise CannotRead(f"{snapshot or environment}: {problem}") from None
    if format_ == "json":
        put_json(as_data(found, executed))
    else:
        for line in lines(found, executed):
            put(harmless(line))
    say(summary(found, executed))
    exit_if(bool(found.differ) or not all(each.agrees for each in executed))


def _settings(path: Path | None, id: str, name: str) -> Any:
    """The DocSettings of a project, of the current folder's only if it is this doc's; None without one."""
    from codaform.cli.select import open_project
    from codaform.deploy.comparing.parity import settings_of
    from codaform.project.files import CannotRead

    try:
        project = open_project(path)
    except CannotRead:
        if path is not None:
            raise
        return None
    known = {environment.doc for environment in project.environments.values()}
    if path is None and id not in known and name != project.doc.name:
        return None
    return settings_of(project.doc)
