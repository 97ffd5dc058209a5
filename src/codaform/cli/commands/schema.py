"""The command `schema`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("schema")
@click.argument("kind", type=click.Choice(["doc", "table", "cases", "scenario", "migration"]), required=False)
@click.option("--for-llm", is_flag=True, help="Print the doc here, the files and the language for a language model.")
def command(kind: str | None, for_llm: bool) -> None:
    """Print the JSON Schema of a kind of YAML file, for editors.

    With --for-llm, print as Markdown what a language model has to know to write formulas and files: the tables and
    columns of the current folder's project, the keys of each file, the rules of the language, every function.
    """
    from codaform.cli.terminal import put, put_json

    if for_llm == (kind is not None):
        raise click.UsageError("Name a kind of file, or give --for-llm.")
    if kind is not None:
        from codaform.project.json_schemas import json_schema

        put_json(json_schema(kind))
        return

    from codaform.cli.output.for_llm import guide_for_llm
    from codaform.project.locate import CannotRead, find_root
    from codaform.project.reader import read_project

    try:
        doc = read_project(find_root(Path()), later=True).doc
    except CannotRead:
        doc = None
    put(guide_for_llm(doc))
