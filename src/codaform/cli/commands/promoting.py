"""The command `promote`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("staging", metavar="FROM")
@click.argument("production", metavar="TO")
@click.argument("project", default=".", type=click.Path(path_type=Path))
@click.option("--via", type=click.Choice(["mcp"]), help="Use the MCP server's tools, too.")
@click.option("--apply", "really", is_flag=True, help="Write; without it, the plan is told and nothing is written.")
@click.option("--prune", is_flag=True, help="Drop what FROM does not have.")
@click.option("--allow-loss", is_flag=True, help="Do not ask before something is lost.")
@click.option("--alone", is_flag=True, help="No other deploy is at work: make no page that holds the doc.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def promote(
    staging: str,
    production: str,
    project: Path,
    via: str | None,
    really: bool,
    prune: bool,
    allow_loss: bool,
    alone: bool,
    form: str,
) -> None:
    """Bring one environment's doc to what was verified in another's.

    What the folder has and FROM has not confirmed is left out, and told. Nothing is promoted where either doc is not as
    it was confirmed: `drift` tells what somebody changed there. Everything else is as with `deploy`: nothing is written
    without --apply, and only what was read back is called deployed. Rows are not promoted.

    \b
    Examples:
      codaform promote staging production --via mcp
      codaform promote staging production --via mcp --apply
    """
    from codaform.cli.input.packages import require_for

    require_for(staging, production)

    from codaform.cli.jobs.promotions import run

    if not run(project, staging, production, via == "mcp", really, prune, allow_loss, form, alone):
        raise click.exceptions.Exit(1)
