"""The command `init`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import PATH, one_project


@click.command()
@click.argument("folder", type=PATH, required=False)
@click.option("--project", type=PATH, metavar="P", help="The folder, as an option.")
def init(folder: Path | None, project: Path | None) -> None:
    """Write a small working project to start from.

    It has two tables that point to each other, a formula and its cases in each, some rows, a scenario, and the JSON
    Schemas by which editors check YAML files. FOLDER is formulas/ if left out. Nothing is overwritten: where one of the
    files is there already, none is written.
    """
    from codaform.cli.jobs.starter import starter
    from codaform.cli.jobs.writing import write_new
    from codaform.cli.output.terminal import put, say

    folder = one_project(folder, project) or Path("formulas")
    for path in write_new(folder, starter()):
        put(path.as_posix())
    try:
        place = folder.absolute().relative_to(Path.cwd())
    except ValueError:
        place = folder
    given = "" if place in (Path("formulas"), Path()) else f" {place.as_posix()}"
    say(f"A project to change into one's own. Next: codaform check{given}; codaform test{given}")
