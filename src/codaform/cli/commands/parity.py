"""The commands `drift` and `parity`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import in_doc, project_option, to_option


@click.command()
@in_doc(needed=True)
@click.option("--via", type=click.Choice(["mcp"]), help="Do not do without the MCP server, which tells more.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def drift(environment: str, project: Path | None, via: str | None, form: str) -> None:
    """Tell what was changed by hand in a doc since it was confirmed.

    The doc is compared with what doc.lock.yml remembers of it: which tables, columns, views and named formulas there
    were, by their ids, and the formulas as they were read back then. The folder's own formulas play no part; `plan`
    compares those. The exit code is 1 where the doc has drifted. What REST does not tell, as the filters of views, is
    read by the MCP server, where there is a token for it.

    \b
    Examples:
      codaform drift --to production
    """
    from codaform.cli.input.packages import require_for

    require_for(environment)

    from codaform.cli.connect import connection
    from codaform.cli.input.opening import open_project
    from codaform.cli.output.json_text import as_json
    from codaform.cli.output.terminal import put, say
    from codaform.coda.snapshot.fetching import fetch_snapshot
    from codaform.deploy.comparing.drift import as_data, drift, sentences
    from codaform.deploy.lock import confirmed_state
    from codaform.deploy.remote.schema import remote_schema
    from codaform.text import harmless

    opened = open_project(project or Path())
    with connection(opened, environment, via == "mcp", if_there=True) as opening:
        entry = confirmed_state(opened.root, environment, opening.environment.doc)
        found = drift(remote_schema(fetch_snapshot(opening.rest, opening.tools, entry.doc)), entry)
    if form == "json":
        put(as_json(as_data(environment, entry.doc, found)))
    else:
        for line in (*sentences(found), *(f"cannot be told: {said}" for said in found.unknown)):
            put(harmless(line))
    count = len(found.found)
    things = "thing is" if count == 1 else "things are"
    say(f"{environment} is as it was confirmed" if not count else f"{count} {things} not as confirmed in {environment}")
    if count:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("snapshot", required=False, type=click.Path(path_type=Path, dir_okay=False))
@to_option("Read the doc of this environment in doc.yml instead.")
@click.option("--via", type=click.Choice(["mcp"]), help="With --to: let Coda compute expressions, too.")
@project_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def parity(snapshot: Path | None, environment: str | None, via: str | None, project: Path | None, form: str) -> None:
    """Compare what codaform computes with what Coda has computed.

    Every computed cell of a snapshot, or of a live doc, is computed here once more from what stands in the other cells.
    Where both differ, the parts of the formula and the functions in it are told, most suspicious first. Formulas that
    depend on the clock or on chance are left out. A snapshot is a file of `codaform backup`; no token is needed for it.

    With `--via mcp` Coda is also asked to compute the examples of all functions that the doc uses. The exit code is 1
    where anything differs.

    \b
    Examples:
      codaform parity backup.json
      codaform parity --to staging --via mcp
    """
    if (snapshot is None) == (environment is None):
        raise click.UsageError("a snapshot or an environment is needed: codaform parity FILE, or --to ENVIRONMENT")
    if via is not None and environment is None:
        raise click.UsageError("a snapshot computes nothing; --via mcp goes with --to ENVIRONMENT")
    if environment is not None:
        from codaform.cli.input.packages import require_for

        require_for(environment)

    from codaform.cli.jobs.parities import compared
    from codaform.cli.output.json_text import as_json
    from codaform.cli.output.terminal import put, say
    from codaform.deploy.comparing.parity_report import as_data, lines, summary
    from codaform.text import harmless

    found, executed = compared(snapshot, environment or "", via == "mcp", project)
    if form == "json":
        put(as_json(as_data(found, executed)))
    else:
        for line in lines(found, executed):
            put(harmless(line))
    say(summary(found, executed))
    if found.differ or not all(one.agrees for one in executed):
        raise click.exceptions.Exit(1)
