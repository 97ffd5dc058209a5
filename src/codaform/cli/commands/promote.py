"""The command `promote`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.complete import environments
from codaform.cli.options import hint, one_folder, one_project, project_option, to_option


@click.command()
@click.argument("words", nargs=-1, metavar="[PROJECT]")
@click.option("--from", "staging", metavar="ENVIRONMENT", shell_complete=environments, help="Whose doc was verified.")
@to_option("Whose doc is brought there.")
@project_option
@click.option("--via", type=click.Choice(["mcp"]), help="Use the MCP server's tools, too.")
@click.option("--apply", "really", is_flag=True, help="Write; without it, the plan is told and nothing is written.")
@click.option("--prune", is_flag=True, help="Drop what the first does not have.")
@click.option("--allow-loss", is_flag=True, help="Do not ask before something is lost.")
@click.option("--alone", is_flag=True, help="No other deploy is at work: make no page that holds the doc.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def promote(
    words: tuple[str, ...],
    staging: str | None,
    environment: str | None,
    project: Path | None,
    via: str | None,
    really: bool,
    prune: bool,
    allow_loss: bool,
    alone: bool,
    form: str,
) -> None:
    """Bring one environment's doc to what was verified in another's.

    What the folder has and the first doc has not confirmed is left out, and told. Nothing is promoted where either doc
    is not as it was confirmed: `drift` tells what somebody changed there. Everything else is as with `deploy`: nothing
    is written without --apply, and only what was read back is called deployed. Rows are not promoted.

    \b
    Examples:
      codaform promote --from staging --to production --via mcp
      codaform promote --from staging --to production --via mcp --apply
    """
    rest = list(words)
    if staging is None and environment is None and len(rest) > 1:
        staging, environment = rest.pop(0), rest.pop(0)
        hint(f"--from {staging} --to {environment}")
    if staging is None or environment is None:
        raise click.UsageError("Say from where and to where: --from ENVIRONMENT --to ENVIRONMENT.")
    path = one_project(one_folder(rest), project) or Path()

    from codaform.cli.input.packages import require_for

    require_for(staging, environment)

    from codaform.cli.jobs.promotions import run

    if not run(path, staging, environment, via == "mcp", really, prune, allow_loss, form, alone):
        raise click.exceptions.Exit(1)
