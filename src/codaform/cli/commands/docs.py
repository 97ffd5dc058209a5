"""The commands `docs build`, `docs check` and `docs serve`."""

from __future__ import annotations

from pathlib import Path

import click

from codaform.cli.options import in_project

_TRUST = click.option(
    "--trust-settings",
    "trust",
    is_flag=True,
    help="Build also where mkdocs.yml runs code: hooks, plugins, templates of its own.",
)


@click.group(no_args_is_help=True)
def docs() -> None:
    """Build, check or serve the site of a project.

    A site has a reference of the doc, the project's documents, and a playground. Its pages are written as Markdown
    below docs/, beside whatever stands there, and MkDocs makes HTML of them. A file that does not bear codaform's mark
    is never touched.

    \b
    Examples:
      codaform docs build
      codaform docs check --format github
      codaform docs serve
    """


@docs.command()
@in_project
@click.option("--pages", is_flag=True, help="Write the pages alone, without a site of HTML.")
@click.option(
    "--pyodide",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="The node_modules with Pyodide, for the playground.",
)
@_TRUST
def build(project: Path | None, pages: bool, pyodide: Path | None, trust: bool) -> None:
    """Write the pages of a project, and build its site.

    The site's folder is the nearest one above the project that has a mkdocs.yml, or else the current one, which then
    gets one. Pages are written where their text differs, and removed where nothing makes them any more; in mkdocs.yml
    only the lines between the two marks are written anew.

    What the documents say that does not hold, and what MkDocs warns of, goes to stdout before the place of the site.
    The exit code is 1 with such findings, and 2 if nothing could be built.

    \b
    Examples:
      codaform docs build
      codaform docs build formulas --pages
    """
    from codaform.cli.jobs.sites import run_build

    if pages and pyodide is not None:
        raise click.UsageError("--pages builds no playground, which --pyodide is for.")
    run_build(project or Path(), pages, pyodide, trust)


@docs.command()
@in_project
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif", "junit"]),
    default="text",
    show_default=True,
)
@_TRUST
def check(project: Path | None, form: str, trust: bool) -> None:
    """Find what is wrong with the site of a project, without writing it.

    That is: what the documents say and does not hold; pages that are not what the project gives now; dead links;
    anything loaded from another host; pictures without a text.

    Findings go to stdout, how many they are to stderr. The exit code is 1 with findings, and 2 if nothing could be
    checked.

    \b
    Examples:
      codaform docs check
      codaform docs check formulas --format sarif
    """
    from codaform.cli.jobs.sites import run_check

    run_check(project or Path(), form, trust)


@docs.command()
@in_project
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any free port.")
@_TRUST
def serve(project: Path | None, port: int, trust: bool) -> None:
    """Show the site while it is worked on.

    It is built into a temporary folder, answers on 127.0.0.1 alone, and is built anew whenever a file of the project or
    a page changes; open pages then reload themselves. While the project has errors the last good site stays.

    \b
    Examples:
      codaform docs serve
      codaform docs serve formulas --port 0
    """
    from codaform.cli.jobs.sites import run_serve

    run_serve(project or Path(), port, trust)
