"""The command `pull`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("doc", metavar="DOC|ENVIRONMENT")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--rows", is_flag=True, help="Write the rows too, as the sample rows of each table.")
@click.option("--anonymise", is_flag=True, help="With fakes in place of what people wrote; the same ones every time.")
@click.option("--via", type=click.Choice(["mcp"]), help="Do not do without the MCP server, which tells more.")
@click.option("--as", "name", metavar="NAME", help="What doc.yml calls a DOC that it does not name yet. [production]")
@click.option("--prune", is_flag=True, help="Remove from the folder what the doc does not have.")
@click.option("--dry-run", is_flag=True, help="Write nothing; list the files that would change.")
def pull(
    doc: str,
    folder: Path | None,
    rows: bool,
    anonymise: bool,
    via: str | None,
    name: str | None,
    prune: bool,
    dry_run: bool,
) -> None:
    """Write a doc of Coda's as the files of a folder.

    DOC is the id of a doc or its address in a browser, ENVIRONMENT one of those that doc.yml names. FOLDER is the
    project's, formulas/ if left out and there is none. A folder that is there is brought up to date: what differs in
    Coda is changed in it, and everything that Coda does not know stays, such as tests, cases and comments; so does a
    formula that says in other words what Coda's says. What has another name in Coda is renamed in all files, as by
    `rename`. What was pulled is pinned in doc.lock.yml.

    Text that Coda gives back has lost whose column a name means. It is spelled out again; where a doubt remains, a
    warning names the place. What REST does not tell, as the texts of named formulas, is read by the MCP server, where
    there is a token for it. The files that are written are listed on stdout.

    \b
    Examples:
      codaform pull dAbCDeFGHij crm
      codaform pull staging --via mcp
      codaform pull production --rows --anonymise
    """
    from codaform.cli.input.packages import require_for

    require_for(doc)

    from codaform.cli.jobs.pulls import run

    run(doc, folder, rows or anonymise, anonymise, via == "mcp", name, prune, dry_run)
