"""The command `pull`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import (
    hint,
    known_environments,
    one_folder,
    one_project,
    project_option,
    to_option,
)


@click.command()
@click.argument("words", nargs=-1, metavar="[DOC] [PROJECT]")
@to_option()
@project_option
@click.option("--rows", is_flag=True, help="Write the rows too, as the sample rows of each table.")
@click.option("--anonymise", is_flag=True, help="With fakes in place of what people wrote; the same ones every time.")
@click.option("--via", type=click.Choice(["mcp"]), help="Do not do without the MCP server, which tells more.")
@click.option("--as", "name", metavar="NAME", help="What doc.yml calls a DOC that it does not name yet. [production]")
@click.option("--prune", is_flag=True, help="Remove from the folder what the doc does not have.")
@click.option("--dry-run", is_flag=True, help="Write nothing; list the files that would change.")
def pull(
    words: tuple[str, ...],
    environment: str | None,
    project: Path | None,
    rows: bool,
    anonymise: bool,
    via: str | None,
    name: str | None,
    prune: bool,
    dry_run: bool,
) -> None:
    """Write a doc of Coda's as the files of a folder.

    The doc is that of an environment, named by --to, or DOC: the id of any doc or its address in a browser. PROJECT is
    the folder, formulas/ if left out and there is none. A folder that is there is brought up to date: what differs in
    Coda is changed in it, and everything that Coda does not know stays, such as tests, cases and comments; so does a
    formula that says in other words what Coda's says. What has another name in Coda is renamed in all files, as by
    `rename`. What was pulled is pinned in doc.lock.yml.

    Text that Coda gives back has lost whose column a name means. It is spelled out again; where a doubt remains, a
    warning names the place. What REST does not tell, as the texts of named formulas, is read by the MCP server, where
    there is a token for it. The files that are written are listed on stdout.

    \b
    Examples:
      codaform pull dAbCDeFGHij crm
      codaform pull --to staging --via mcp
      codaform pull --to production --rows --anonymise
    """
    from codaform.cli.input.packages import require_for

    rest = list(words)
    if environment is None and not rest:
        raise click.UsageError("Say which doc: --to ENVIRONMENT, or the id or address of a doc.")
    doc = environment or rest.pop(0)
    folder = one_project(one_folder(rest), project)
    if environment is None and doc in known_environments(folder):
        hint(f"--to {doc}")

    require_for(doc)

    from codaform.cli.jobs.pulls import run

    run(doc, environment is not None, folder, rows or anonymise, anonymise, via == "mcp", name, prune, dry_run)
