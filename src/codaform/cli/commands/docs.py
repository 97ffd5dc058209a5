"""The command `docs`, with `build`, `check` and `serve`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from codaform.cli.options import format_option, takes_project

_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder of the site: of mkdocs.yml, docs/ and site/.",
)
_TRUST = click.option(
    "--trust-settings",
    "trust",
    is_flag=True,
    help="Build even if mkdocs.yml runs code: hooks, plugins, templates of its own.",
)


@click.group("docs", no_args_is_help=True)
def command() -> None:
    """Build, check or serve the site of a project.

    A site has a reference of the doc and the project's documents, and may have a playground. codaform writes its pages
    as Markdown below docs/, beside your own files, and MkDocs turns them into HTML. codaform never changes a file
    without its mark.

    \b
    Examples:
      codaform docs build
      codaform docs check --format github
      codaform docs serve
    """


@command.command()
@takes_project
@click.option("--pages", is_flag=True, help="Write the pages alone, without a site of HTML.")
@click.option(
    "--pyodide",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="The node_modules with Pyodide, for the playground.",
)
@_OUT
@_TRUST
def build(project: Path | None, pages: bool, pyodide: Path | None, out: Path | None, trust: bool) -> None:
    """Write the pages of a project, and build its site.

    The site's folder is the nearest folder above the project with a mkdocs.yml, or else the current folder, which then
    gets one. If the current folder belongs to the project, that is .codaform/site, which git ignores: name another
    with --out. Your logo, colours and address are in mkdocs.yml. With --pyodide the site has a playground.

    codaform writes pages whose text differs, and removes pages that the project no longer has; in mkdocs.yml it changes
    only the lines between the two marks.

    False statements in the documents and warnings of MkDocs go to stdout before the place of the site. The exit code is
    1 with such findings, and 2 if nothing could be built.

    \b
    Examples:
      codaform docs build
      codaform docs build formulas --pages
    """
    if pages and pyodide is not None:
        raise click.UsageError("--pages builds no playground, which --pyodide is for.")
    import shutil
    import time

    from codaform.extras import require

    start = time.monotonic()
    require("docs")

    from codaform.cli.output.findings import put_findings
    from codaform.cli.progress import stderr_progress
    from codaform.cli.select import label, recall_with_note
    from codaform.cli.terminal import put, say
    from codaform.diagnostics.render.text import summary
    from codaform.files import check_tree
    from codaform.project.session import Session
    from codaform.site.build.checking import page_texts, settings_source
    from codaform.site.build.findings import mkdocs_findings, unlisted_findings
    from codaform.site.build.settings import find_folders
    from codaform.site.build.site_files import make_site
    from codaform.site.build.writing import write_site

    if not pages:
        from codaform.site.build.mkdocs import build_html
        from codaform.site.playground.bundle import write_bundle

    session = Session.recalled(recall_with_note(project))
    with stderr_progress("Working out the pages", None):
        folders = find_folders(session.project.root, Path(), out)
        made = make_site(session, folders, None if pages else pyodide is not None)
    if not pages:
        check_tree(folders.built, folders.root)  # MkDocs empties the folder and fills it, through links as well
    written = write_site(made)
    texts, settings = page_texts(made), settings_source(made)
    found = [*made.gathered.problems, *unlisted_findings(made.unlisted, texts, settings)]
    if not pages:
        with stderr_progress("Building the site", 2 * len(texts)) as on_page:
            messages = build_html(made.settings, folders.settings, folders.docs, folders.built, on_page, trust)
        known = {diagnostic.message for diagnostic in found}
        found += [new for new in mkdocs_findings(messages, texts, settings) if new.message not in known]
        if pyodide is not None:
            with stderr_progress("Starting Python for the browser", None):
                write_bundle(session, folders.built / "playground", pyodide, shutil.which("node") or "")
    put_findings(found)
    put(f"{label(folders.docs if pages else folders.built / 'index.html')}")
    if written.unignored:
        say(f"git would keep the built site: add /{folders.built.name}/ to .gitignore")
    files = f"{written.written} files written, {written.same} unchanged, {written.removed} removed"
    say(f"{len(texts)} pages in {time.monotonic() - start:.1f} s; {files}")
    if any(diagnostic.rule.severity != "info" for diagnostic in found):
        say(summary(found, len(texts)))
        raise click.exceptions.Exit(1)


@command.command()
@takes_project
@format_option("text", "json", "github", "gitlab", "sarif", "junit")
@_OUT
@_TRUST
def check(project: Path | None, format_: str, out: Path | None, trust: bool) -> None:
    """Find what is wrong with the site of a project, without writing it.

    It finds false statements in the documents, outdated pages, dead links, files loaded from another host, pictures
    without a text, commands that codaform does not have, slips in sentences, and numbers of things that do not follow.

    Findings go to stdout, their number to stderr. The exit code is 1 with findings, and 2 if nothing could be checked.

    \b
    Examples:
      codaform docs check
      codaform docs check formulas --format sarif
    """
    from codaform.extras import require

    require("docs")

    from codaform import __version__
    from codaform.cli.command_lines import command_fault
    from codaform.cli.output.findings import put_findings
    from codaform.cli.progress import stderr_progress
    from codaform.cli.select import recall_with_note
    from codaform.cli.terminal import exit_if, put, say
    from codaform.diagnostics.render.formats import FORMATS, Report
    from codaform.diagnostics.render.text import summary
    from codaform.project.session import Session
    from codaform.site.build.checking import check_site, page_texts
    from codaform.site.build.settings import find_folders
    from codaform.site.build.site_files import make_site

    session = Session.recalled(recall_with_note(project))
    with stderr_progress("Working out the pages", None):
        made = make_site(session, find_folders(session.project.root, Path(), out))
    with stderr_progress("Checking the site", 2 * len(page_texts(made))) as on_page:
        checked = check_site(made, on_page, trust, command_fault)
    found = checked.found
    if format_ == "text":
        put_findings(found)
    elif report := FORMATS[format_](Report(found, checked.files, __version__)):
        put(report)
    say(summary(found, len(checked.files)))
    exit_if(any(diagnostic.rule.severity != "info" for diagnostic in found))


@command.command()
@takes_project
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for any free port.")
@_OUT
@_TRUST
def serve(project: Path | None, port: int, out: Path | None, trust: bool) -> None:
    """Show the site while you work on it.

    It answers on 127.0.0.1 alone, from a temporary folder. When a file of the project or a page changes, the site is
    built again, and open pages reload themselves. While the project has errors, the last good site stays.

    \b
    Examples:
      codaform docs serve
      codaform docs serve formulas --port 0
    """
    from codaform.extras import require

    require("docs")

    from codaform.cli.output.findings import put_findings
    from codaform.cli.select import open_project
    from codaform.cli.terminal import put, say
    from codaform.diagnostics.diagnostic import errors_in
    from codaform.diagnostics.render.text import summary
    from codaform.project.check import check_project
    from codaform.project.files import CannotRead
    from codaform.project.session import Session
    from codaform.site.build.checking import page_texts, settings_source
    from codaform.site.build.findings import mkdocs_findings
    from codaform.site.build.mkdocs import serve as serve_site
    from codaform.site.build.settings import find_folders
    from codaform.site.build.site_files import SiteFiles, make_site

    root = open_project(project).root
    begun = False

    def pages() -> SiteFiles | None:
        """The pages of the project now; None if it has errors, except at the start."""
        nonlocal begun
        try:
            opened = open_project(project)
            errors = errors_in(check_project(opened))
            put_findings(errors, err=True)
            if errors and begun:
                say("the site stays unchanged")
                return None
            begun = True
            return make_site(Session(opened), find_folders(opened.root, Path(), out), False)
        except (CannotRead, OSError) as problem:
            if not begun:
                raise
            say(f"codaform: {problem}; the site stays unchanged")
            return None

    def built(made: SiteFiles, messages: Sequence[str]) -> None:
        texts = page_texts(made)
        found = [*made.gathered.problems, *mkdocs_findings(messages, texts, settings_source(made))]
        put_findings(found, err=True)
        say(f"built {len(texts)} pages" + (f": {summary(found, len(texts))}" if found else ""))

    def ready(address: str) -> None:
        put(address)
        say("It is built again when a file changes. Ctrl-C ends it.")

    serve_site(root, pages, port, ready, built, trust)
