"""The command `schema`."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("kind", type=click.Choice(["doc", "table", "cases", "scenario", "migration"]))
def command(kind: str) -> None:
    """Print the JSON Schema of a kind of YAML file, for editors."""
    from codaform.cli.terminal import put_json
    from codaform.project.json_schemas import json_schema

    put_json(json_schema(kind))
