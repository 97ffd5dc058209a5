"""The command `backup`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import FILE, mcp_option, require_extras, takes_environment


@click.command("backup")
@takes_environment(needed=True)
@click.option("--out", type=FILE, metavar="FILE", help="The file to write.")
@mcp_option("Fail without the MCP server, which shows more.")
def command(environment: str, project: Path | None, out: Path | None, mcp: bool) -> None:
    """Write a doc with all its rows to a file.

    The file is JSON that only you can read on this machine; without --out it is in .codaform/backups/ of the project's
    folder. backup lists what the file cannot hold. If there is a token for the MCP server, that shows what
    REST does not, such as the filters of views.

    \b
    Examples:
      codaform backup --to production
      codaform backup --to production --via mcp --out monday.json
    """
    require_extras(environment)

    from codaform.cli.connect import connect
    from codaform.cli.select import label, open_project
    from codaform.cli.terminal import counted, put, say
    from codaform.coda.snapshot.fetching import fetch_snapshot
    from codaform.deploy.copying.backup import save, usual_path
    from codaform.deploy.snapshot_file import lacks
    from codaform.project.own_folder import own_folder

    opened = open_project(project)
    with connect(opened, environment, mcp, if_there=True) as connection:
        snapshot = fetch_snapshot(connection.rest, connection.tools, connection.environment.doc, rows=True)
    if out is None:
        out = usual_path(Path(label(opened.root)), environment, snapshot.read_at)
        own_folder(opened.root)
    save(snapshot, out)
    put(out.as_posix())
    rows = sum(len(rows) for rows in (snapshot.rows or {}).values())
    say(f"{snapshot.doc.name}: {counted(len(snapshot.tables), 'table')}, {counted(rows, 'row')}")
    for sentence in lacks(snapshot):
        say(f"not in it: {sentence}")
