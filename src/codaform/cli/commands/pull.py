"""The command `pull`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import (
    environment_option,
    hint,
    known_environments,
    mcp_option,
    one_folder,
    one_project,
    project_option,
    require_extras,
)


@click.command("pull")
@click.argument("words", nargs=-1, metavar="[DOC] [PROJECT]")
@environment_option()
@project_option
@click.option("--rows", is_flag=True, help="Write the rows too, as the sample rows of each table.")
@click.option(
    "--anonymise", is_flag=True, help="Write the rows with fakes in place of personal data; the same every time."
)
@mcp_option("Fail without the MCP server, which shows more.")
@click.option("--as", "name", metavar="NAME", help="The name in doc.yml for a DOC that is not there yet. [production]")
@click.option("--prune", is_flag=True, help="Remove from the folder what the doc does not have.")
@click.option("--dry-run", is_flag=True, help="Write nothing; list the files that would change.")
def command(
    words: tuple[str, ...],
    environment: str | None,
    project: Path | None,
    rows: bool,
    anonymise: bool,
    mcp: bool,
    name: str | None,
    prune: bool,
    dry_run: bool,
) -> None:
    """Write a doc in Coda as the files of a folder.

    Name the doc of an environment by --to, or give DOC: the id of any doc or its address in a browser. PROJECT is the
    folder, formulas/ by default. pull updates an existing folder: it changes what differs in Coda, and keeps everything
    that Coda does not have, such as tests, cases and comments; it also keeps a formula that says the same as Coda's in
    other words. A renaming in Coda renames in all files, as by `rename`. doc.lock.yml remembers the ids.

    Formulas from Coda do not say which table a column name belongs to. pull works it out; where it is not sure, a
    warning names the place. If there is a token for the MCP server, that shows what REST does not, such as the texts of
    named formulas. The written files are listed on stdout.

    \b
    Examples:
      codaform pull dAbCDeFGHij crm
      codaform pull --to staging --via mcp
      codaform pull --to production --rows --anonymise
    """
    rest = list(words)
    if environment is None and not rest:
        raise click.UsageError("Name the doc: --to ENVIRONMENT, or the id or address of a doc.")
    doc = environment or rest.pop(0)
    folder = one_project(one_folder(rest), project)
    if environment is None and doc in known_environments(folder):
        hint(f"--to {doc}")
    require_extras(doc)

    from dataclasses import replace

    from codaform.cli.connect import connect, find_doc
    from codaform.cli.names import pick
    from codaform.cli.output.pulled import put_pulled
    from codaform.cli.renaming import steps_for
    from codaform.cli.select import label, open_readable_project
    from codaform.coda.snapshot.fetching import fetch_snapshot
    from codaform.deploy.copying.fakes import Mask
    from codaform.deploy.copying.followed import brought_back, followed
    from codaform.deploy.copying.pulling import Note, pulled, renamings
    from codaform.deploy.environments import LOCAL
    from codaform.deploy.lock import read_lock
    from codaform.project.files import CannotRead
    from codaform.project.locate import find_root
    from codaform.project.project import empty_project
    from codaform.project.transaction import carry_out
    from codaform.project.written_files import compared, put

    try:
        root = find_root(Path()) if folder is None else folder
    except CannotRead:
        root = Path("formulas")
    opened = open_readable_project(root) if (root / "doc.yml").is_file() else None
    if environment is not None:
        doc = pick("environment", doc, [*(opened.environments if opened is not None else ()), LOCAL])
    source = find_doc(doc, name, opened)
    reached = opened or empty_project(root)
    if source.name != LOCAL:
        reached = replace(reached, environments={**reached.environments, source.name: source})
    with connect(reached, source.name, mcp, if_there=True) as connection:
        snapshot = fetch_snapshot(connection.rest, connection.tools, connection.environment.doc, rows=rows or anonymise)
    source = replace(source, doc=snapshot.doc.id)
    mask = Mask(_key(root, dry_run)) if anonymise else None
    if opened is None:
        found = pulled(snapshot, source, None, read_lock(root), mask)
        update = compared(root, found.files, prune, found.formerly)
        if not dry_run:
            put(update)
    else:
        steps = renamings(snapshot, source, opened, read_lock(root))
        ways = (steps_for, lambda project, renaming: steps_for(project, renaming, documents=False))
        with followed(opened, label(root), steps, *ways) as copy:
            found = pulled(snapshot, source, copy.project, read_lock(copy.root), mask)
            found = replace(found, notes=(*(Note("", reason) for reason in copy.refused), *found.notes))
            update = compared(copy.root, found.files, prune, found.formerly)
            changes, update = brought_back(copy, update, root)
        if not dry_run:
            carry_out(root, changes)
    put_pulled(found, update, Path(label(root)), dry_run)


def _key(root: Path, dry_run: bool) -> bytes:
    """The key for the fakes of a folder, made once and never committed."""
    import secrets

    from codaform.files import read_file, write_file
    from codaform.project.locate import CannotRead
    from codaform.project.own_folder import NAME, own_folder

    path = root / NAME / "anonymise.key"
    try:
        return bytes.fromhex(read_file(path).decode("ascii"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        raise CannotRead(f"{path} is no key for fakes; without it the fakes will change") from None
    key = secrets.token_bytes(32)
    if not dry_run:
        write_file(own_folder(root) / "anonymise.key", key.hex(), root, 0o600)
    return key
