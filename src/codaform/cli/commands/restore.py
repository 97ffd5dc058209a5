"""The commands `backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import in_doc, project_option, to_option


@click.command()
@in_doc(needed=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where it is written.")
@click.option("--via", type=click.Choice(["mcp"]), help="Do not do without the MCP server, which tells more.")
def backup(environment: str, project: Path | None, out: Path | None, via: str | None) -> None:
    """Write a doc with all its rows to a file.

    The file is JSON that nobody else on this machine can read; without --out it lies in .codaform/backups/ of the
    project's folder. What it cannot hold is said. What REST does not tell, as the filters of views, is read by the MCP
    server, where there is a token for it.

    \b
    Examples:
      codaform backup --to production
      codaform backup --to production --via mcp --out monday.json
    """
    from codaform.cli.input.packages import require_for

    require_for(environment)

    from codaform.cli.jobs.backups import run_backup

    run_backup(project or Path(), environment, out, via == "mcp")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@to_option("Restore rows into the doc of this environment in doc.yml.")
@project_option
@click.option("--new", "name", metavar="NAME", help="Restore into a new doc of this name, by the tokens of --to.")
@click.option("--via", type=click.Choice(["mcp"]), help="Make the tables of a new doc by the MCP server's tools.")
@click.option("--apply", is_flag=True, help="Do it; without, only what would be done is told.")
@click.option("--alone", is_flag=True, help="No other deploy is at work: make no page that holds the doc.")
def restore(
    file: Path,
    environment: str | None,
    project: Path | None,
    name: str | None,
    via: str | None,
    apply: bool,
    alone: bool,
) -> None:
    """Bring what a backup holds back into a doc.

    FILE was written by `codaform backup`. Into the doc of an environment, rows are added that it lacks and cells are
    changed that differ; nothing is ever deleted. A row is the same one by its id, else by the key that table.yml
    names, else by its display column where no two rows share a value. Into a new doc, the tables are made first, for
    which MCP is needed.

    \b
    Examples:
      codaform restore monday.json --to staging
      codaform restore monday.json --to staging --apply
      codaform restore monday.json --new "Founder HQ again" --via mcp --apply
    """
    if environment is None and name is None:
        raise click.UsageError("Say where to: --to ENVIRONMENT, --new NAME, or both.")

    from codaform.cli.input.packages import require_for

    require_for(environment)

    from codaform.cli.jobs.backups import run_restore

    run_restore(project or Path(), file, environment or "production", name, via == "mcp", apply, alone)
