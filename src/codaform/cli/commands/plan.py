"""The command `plan`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import FILE, format_option, mcp_option, require_extras, takes_environment


@click.command("plan")
@takes_environment(default="local")
@mcp_option("Fail without the MCP server, which changes more.")
@click.option("--out", type=FILE, metavar="FILE", help="Keep the plan in a file.")
@format_option("text", "json", "markdown")
@click.option("--prune", is_flag=True, help="Drop what the folder does not have.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there is something to do.")
def command(
    project: Path | None,
    environment: str,
    mcp: bool,
    out: Path | None,
    format_: str,
    prune: bool,
    exit_code: bool,
) -> None:
    """Show what has to change in Coda, step by step.

    A plan brings a doc to the state of its folder. `plan` itself changes nothing. The doc is that of an environment of
    doc.yml; `local`, which every project has, is a local Coda kept in .codaform/ of the project's folder. Each step
    shows its reason, its effect on the sample rows, its risk, and its route: by MCP, or by hand. The last line counts
    additions, changes and removals.

    Tokens come from CODA_API_TOKEN and CODA_MCP_TOKEN, or with the environment's name at the end:
    CODA_API_TOKEN_STAGING.

    \b
    Examples:
      codaform plan
      codaform plan --to staging --out staging.plan
      codaform plan --to production --exit-code --format markdown
    """
    require_extras(environment)

    from codaform.cli.deployment import read_plan
    from codaform.cli.output.plans import put_plan
    from codaform.cli.select import recall_sound
    from codaform.cli.terminal import exit_if, put, put_json, say
    from codaform.deploy.planning import plan_file
    from codaform.deploy.planning.reports import as_markdown, summary
    from codaform.files import write_file
    from codaform.project.locate import base_of

    made = read_plan(recall_sound(project), environment, mcp, prune)
    if out is not None:
        write_file(out, plan_file.to_json(made), base_of(out))
        say(f"the plan is in {out}")
    if format_ == "json":
        put_json(plan_file.as_data(made))
    elif format_ == "markdown":
        put(as_markdown(made).rstrip("\n"))
    else:
        put_plan(made)
    if format_ != "text":
        say(summary(made))
    exit_if(exit_code and bool(made.steps or made.doubled))
