"""The command `plan`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import in_doc


@click.command()
@in_doc(default="local")
@click.option("--via", type=click.Choice(["mcp"]), help="Do not do without the MCP server, which changes more.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Keep the plan in a file.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@click.option("--prune", is_flag=True, help="Drop what the folder does not have.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 where there is something to do.")
def plan(
    project: Path | None,
    environment: str,
    via: str | None,
    out: Path | None,
    form: str,
    prune: bool,
    exit_code: bool,
) -> None:
    """Tell what has to change in Coda, step by step.

    A plan is what brings a doc to what its folder says. Nothing is changed by it. The doc is that of an environment of
    doc.yml; `local`, which every project has, is a local Coda kept in .codaform/ of the project's folder. Each step
    says why it is there, what it moves in the sample rows, what it risks, and how it is made: by MCP, or by hand. The
    last line counts what is added, changed and removed.

    Tokens come from CODA_API_TOKEN and CODA_MCP_TOKEN, or with the environment's name behind: CODA_API_TOKEN_STAGING.

    \b
    Examples:
      codaform plan
      codaform plan --to staging --out staging.plan
      codaform plan --to production --exit-code --format markdown
    """
    from codaform.cli.input.packages import require_for

    require_for(environment)

    from codaform.cli.jobs.plans import make
    from codaform.cli.output.terminal import put, say
    from codaform.deploy.planning.plan_file import to_json
    from codaform.deploy.planning.reports import as_markdown, summary
    from codaform.files import write_file
    from codaform.project.root import base_of

    found = make(project or Path(), environment, via == "mcp", prune)
    if out is not None:
        write_file(out, to_json(found), base_of(out))
        say(f"the plan is in {out}")
    match form:
        case "json":
            from codaform.cli.output.json_text import as_json
            from codaform.deploy.planning.plan_file import as_data

            put(as_json(as_data(found)))
        case "markdown":
            put(as_markdown(found).rstrip("\n"))
        case _:
            from codaform.cli.output.plans import shown

            put(shown(found))
    if form != "text":
        say(summary(found))
    if exit_code and (found.steps or found.doubled):
        raise click.exceptions.Exit(1)
