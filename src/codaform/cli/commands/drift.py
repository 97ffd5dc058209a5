"""The command `drift`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import format_option, mcp_option, require_extras, takes_environment


@click.command("drift")
@takes_environment(needed=True)
@mcp_option("Fail without the MCP server, which shows more.")
@format_option("text", "json")
def command(environment: str, project: Path | None, mcp: bool, format_: str) -> None:
    """Show what was changed by hand in a doc since it was confirmed.

    drift compares the doc with doc.lock.yml, which remembers its tables, columns, views and named formulas by their
    ids, and the formulas that were read back then. The folder's own formulas play no part; `plan` compares those.
    The exit code is 1 if the doc has drifted. If there is a token for the MCP server, that shows what REST does not,
    such as the filters of views.

    \b
    Examples:
      codaform drift --to production
    """
    require_extras(environment)

    from codaform.cli.connect import connect
    from codaform.cli.select import open_project
    from codaform.cli.terminal import exit_if, put, put_json, say
    from codaform.coda.snapshot.fetching import fetch_snapshot
    from codaform.deploy.comparing.drift import as_data, drift, sentences
    from codaform.deploy.lock import confirmed_state
    from codaform.deploy.remote.schema import remote_schema
    from codaform.text import harmless

    opened = open_project(project)
    with connect(opened, environment, mcp, if_there=True) as connection:
        entry = confirmed_state(opened.root, environment, connection.environment.doc)
        found = drift(remote_schema(fetch_snapshot(connection.rest, connection.tools, entry.doc)), entry)
    if format_ == "json":
        put_json(as_data(environment, entry.doc, found))
    else:
        for line in (*sentences(found), *(f"unknown: {sentence}" for sentence in found.unknown)):
            put(harmless(line))
    count = len(found.found)
    things = "thing is" if count == 1 else "things are"
    say(f"{environment} is as it was confirmed" if not count else f"{count} {things} not as confirmed in {environment}")
    exit_if(bool(count))
