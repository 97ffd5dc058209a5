"""The command `functions`."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from codaform.cli.options import format_option


def _complete(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from codaform.library import catalogue

    return [CompletionItem(name) for name in catalogue.names() if name.lower().startswith(incomplete.lower())]


@click.command("functions")
@click.argument("name", required=False, shell_complete=_complete)
@click.option("--coverage", is_flag=True, help="List every name, how certain its meaning is, and what computes it.")
@format_option("text", "json")
def command(name: str | None, coverage: bool, format_: str) -> None:
    """List the functions, or show the page of one."""
    if name is not None and coverage:
        raise click.UsageError("--coverage is a list of all functions.")

    from codaform.cli.output import function_pages as pages
    from codaform.cli.terminal import put, put_json
    from codaform.site.reference.functions import function_entries

    if coverage:
        if format_ == "json":
            put_json(pages.coverage_data())
        else:
            pages.put_coverage()
    elif name is None:
        if format_ == "json":
            put_json(pages.as_data(list(function_entries())))
        else:
            put(pages.as_list())
    else:
        entry = pages.find(name)
        if format_ == "json":
            put_json(pages.as_data([entry])[0])
        else:
            put(pages.as_page(entry))
