"""The command `deploy`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import (
    FILE,
    allow_loss_option,
    alone_option,
    apply_option,
    format_option,
    mcp_option,
    require_extras,
    takes_environment,
)


@click.command("deploy")
@takes_environment(default="local")
@mcp_option("Fail without the MCP server, which changes more.")
@apply_option
@click.option("--plan", "plan_file", type=FILE, metavar="FILE", help="Carry out a kept plan.")
@click.option("--rows", is_flag=True, help="Write the sample rows too.")
@click.option("--pages", is_flag=True, help="Write the project's documents as pages.")
@click.option("--prune", is_flag=True, help="Drop what the folder does not have.")
@allow_loss_option
@alone_option
@format_option("text", "json")
def command(
    project: Path | None,
    environment: str,
    mcp: bool,
    apply: bool,
    plan_file: Path | None,
    rows: bool,
    pages: bool,
    prune: bool,
    allow_loss: bool,
    alone: bool,
    format_: str,
) -> None:
    """Bring a doc in Coda to the state of the folder.

    Nothing is written without --apply. deploy reads the doc just before each step, and again after. It keeps a journal,
    so that a run that was killed goes on without doing anything twice. Before a step loses data, deploy makes a backup,
    and you confirm with the doc's name or by --allow-loss. At the end it reads everything back; only that counts as
    deployed. A sheet lists the steps that no API can do, for a person. From the first write to the end a page locks the
    doc, so that of two deploys at once one stops.

    Exit codes: 0 deployed and read back, 1 something is left or is not confirmed, 2 could not run.

    \b
    Examples:
      codaform deploy
      codaform deploy --to staging --apply
      codaform deploy --to production --plan production.plan --apply
    """
    require_extras(environment)

    from codaform.cli.deployment import DeployOptions, deploy
    from codaform.cli.terminal import exit_if

    options = DeployOptions(environment, mcp, apply, prune, allow_loss, alone, format_, plan_file, rows, pages)
    exit_if(not deploy(project, options))
