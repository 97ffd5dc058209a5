"""The commands `deploy` and `verify`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import in_doc

_FORM = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
_VIA = click.option("--via", type=click.Choice(["mcp"]), help="Do not do without the MCP server, which changes more.")


@click.command()
@in_doc(default="local")
@_VIA
@click.option("--apply", "really", is_flag=True, help="Write; without it, the plan is told and nothing is written.")
@click.option("--plan", "saved", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="A kept plan.")
@click.option("--rows", is_flag=True, help="Write the sample rows too.")
@click.option("--pages", is_flag=True, help="Write the project's documents as pages.")
@click.option("--prune", is_flag=True, help="Drop what the folder does not have.")
@click.option("--allow-loss", is_flag=True, help="Do not ask before something is lost.")
@click.option("--alone", is_flag=True, help="No other deploy is at work: make no page that holds the doc.")
@_FORM
def deploy(
    project: Path | None,
    environment: str,
    via: str | None,
    really: bool,
    saved: Path | None,
    rows: bool,
    pages: bool,
    prune: bool,
    allow_loss: bool,
    alone: bool,
    form: str,
) -> None:
    """Bring a doc of Coda's to what the folder says.

    Nothing is written without --apply. Each step is looked at in the doc just before it is written, and again after;
    what was under way is written down, so that a run that was killed goes on without doing anything twice. What loses
    something wants the doc's name typed, or --allow-loss where nobody is there to type; a backup is made first. At the
    end everything is read back, and only that is called deployed. What no API can do stands on a sheet for a person.
    From the first write to the end a page holds the doc, so that of two deploys at once one stops.

    Exit codes: 0 deployed and read back, 1 something is left or is not confirmed, 2 could not run.

    \b
    Examples:
      codaform deploy
      codaform deploy --to staging --apply
      codaform deploy --to production --plan production.plan --apply
    """
    from codaform.cli.input.packages import require_for

    require_for(environment)

    from codaform.cli.deployment import Wanted, run

    wanted = Wanted(environment, via == "mcp", really, saved, rows, pages, prune, allow_loss, form, alone)
    if not run(project or Path(), wanted):
        raise click.exceptions.Exit(1)


@click.command()
@in_doc(default="local")
@_VIA
@_FORM
def verify(project: Path | None, environment: str, via: str | None, form: str) -> None:
    """Read a doc back, and tell what of the folder is there.

    What a person was asked to make is ticked off on the sheet as it is found.

    Exit codes: 0 everything that can be read is as the folder says, 1 something is not, 2 could not run.

    \b
    Examples:
      codaform verify --to production
    """
    from codaform.cli.input.packages import require_for

    require_for(environment)

    from codaform.cli.deployment import check

    if not check(project or Path(), environment, via == "mcp", form):
        raise click.exceptions.Exit(1)
