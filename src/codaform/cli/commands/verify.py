"""The command `verify`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import format_option, mcp_option, require_extras, takes_environment


@click.command("verify")
@takes_environment(default="local")
@mcp_option("Fail without the MCP server, which shows more.")
@format_option("text", "json")
def command(project: Path | None, environment: str, mcp: bool, format_: str) -> None:
    """Read a doc back, and compare it with the folder.

    codaform ticks off on the sheet what a person has made by now.

    Exit codes: 0 everything that can be read is as in the folder, 1 something is not, 2 could not run.

    \b
    Examples:
      codaform verify --to production
    """
    require_extras(environment)

    from dataclasses import replace
    from functools import partial

    from codaform.cli.connect import connect
    from codaform.cli.deployment import target_of
    from codaform.cli.select import recall_sound
    from codaform.cli.terminal import exit_if, put, put_json, say
    from codaform.deploy.applying import outcomes
    from codaform.deploy.applying.deployment import entry_of, ids_before, remember
    from codaform.deploy.applying.paste_sheet import kept_steps, write_sheet
    from codaform.deploy.applying.verify import confirmed, verify
    from codaform.deploy.planning.doubles import doubled_rows
    from codaform.deploy.planning.plan import PlanOptions
    from codaform.project.session import Session
    from codaform.text import harmless

    session = Session.recalled(recall_sound(project))
    opened = session.project
    with connect(opened, environment, mcp, if_there=True) as connection:
        target = target_of(connection)
        snapshot = target.read()
        plan_options = PlanOptions(target.capabilities)
        twice, untold = doubled_rows(
            snapshot, opened.doc, partial(target.rest.rows, target.doc, form="simpleWithArrays")
        )
    entry = entry_of(opened.root, environment).of(target.doc)
    found = verify(snapshot, session, entry, plan_options)
    found = replace(found, wrong=(*found.wrong, *twice), unknown=(*found.unknown, *untold))
    if entry.doc:
        # The lock file also remembers what a person made by now, but only of an environment with a deploy.
        known = replace(entry, ids=ids_before(snapshot, entry).within(opened.doc))
        remember(opened.root, environment, confirmed(snapshot, opened.doc, known, ()))
    if format_ == "json":
        put_json(outcomes.verified_json(found))
    else:
        put(harmless(f"{environment}: {snapshot.doc.name} ({snapshot.doc.id})"))
        for line in outcomes.verified_lines(found):
            put(harmless(line))
    sheet = kept_steps(opened.root, environment)
    if sheet is not None and sheet.doc == target.doc:
        left = {outcomes.key_of(step) for step in found.remaining}
        paths = write_sheet(sheet, session, left)
        done = sum(outcomes.key_of(step) not in left for step in sheet.steps)
        say(f"{done} of {len(sheet.steps)} made by hand are there: {paths[0]}")
    exit_if(not found.clean)
