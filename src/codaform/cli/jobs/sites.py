"""Building, checking and serving the site of a project from the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from codaform import __version__
from codaform.cli.input.opening import label, open_project
from codaform.cli.input.sessions import open_session
from codaform.cli.output.drawing import progress
from codaform.cli.output.reporting import is_error, put_report
from codaform.cli.output.terminal import drawn, put, say
from codaform.diagnostics.render import FORMATS, Report
from codaform.diagnostics.render.text import summary
from codaform.extras import require
from codaform.files import check_tree
from codaform.project.files import CannotRead
from codaform.project.session import Session

_STEPS = 2
"""Steps of building a page."""


def run_build(path: Path, pages_only: bool, pyodide: Path | None, trust: bool) -> None:
    """Write the pages and build the site. Raises CannotRead; exits with 1 where there is something to mend."""
    begun = time.monotonic()
    require("docs")

    from codaform.site.build.checking import page_texts, settings_source
    from codaform.site.build.findings import mkdocs_findings, unlisted_findings
    from codaform.site.build.settings import find_folders
    from codaform.site.build.site_files import make_site
    from codaform.site.build.writing import write_site

    if not pages_only:
        from codaform.site.build.mkdocs import build_html
        from codaform.site.playground.bundle import write_bundle

    session = open_session(path)
    with _progress("Working out the pages", None):
        made = make_site(session, find_folders(session.project.root, Path()))
    folders = made.folders
    if not pages_only:
        check_tree(folders.built, folders.root)  # MkDocs empties the folder and fills it, through links as well
    written = write_site(made)
    texts, settings = page_texts(made), settings_source(made)
    found = [*made.gathered.problems, *unlisted_findings(made.unlisted, texts, settings)]
    if not pages_only:
        with _progress("Building the site", _STEPS * len(texts)) as on_page:
            said = build_html(made.settings, folders.settings, folders.docs, folders.built, on_page, trust)
        known = {one.message for one in found}
        found += [one for one in mkdocs_findings(said, texts, settings) if one.message not in known]
        if pyodide is not None:
            write_bundle(session, folders.built / "playground", pyodide)
    put_report(found)
    put(f"{label(folders.docs if pages_only else folders.built / 'index.html')}")
    files = f"{written.written} files written, {written.same} as they were, {written.removed} removed"
    say(f"{len(texts)} pages in {time.monotonic() - begun:.1f} s; {files}")
    if any(one.rule.severity != "info" for one in found):
        say(summary(found, len(texts)))
        raise click.exceptions.Exit(1)


def run_check(path: Path, form: str, trust: bool) -> None:
    """Tell what is wrong with the site. Raises CannotRead; exits with 1 where there is something to mend."""
    require("docs")

    from codaform.site.build.checking import check_site, page_texts
    from codaform.site.build.settings import find_folders
    from codaform.site.build.site_files import make_site

    session = open_session(path)
    with _progress("Working out the pages", None):
        made = make_site(session, find_folders(session.project.root, Path()))
    with _progress("Checking the site", _STEPS * len(page_texts(made))) as on_page:
        checked = check_site(made, on_page, trust)
    found = checked.found
    if form == "text":
        put_report(found)
    elif told := FORMATS[form](Report(found, checked.files, __version__)):
        put(told)
    say(summary(found, len(checked.files)))
    if any(one.rule.severity != "info" for one in found):
        raise click.exceptions.Exit(1)


def run_serve(path: Path, port: int, trust: bool) -> None:
    """Serve the site until interrupted. Raises CannotRead where it cannot be served."""
    require("docs")

    from codaform.project.check import check_project
    from codaform.site.build.checking import page_texts, settings_source
    from codaform.site.build.findings import mkdocs_findings
    from codaform.site.build.mkdocs import serve
    from codaform.site.build.settings import find_folders
    from codaform.site.build.site_files import SiteFiles, make_site

    root = open_project(path).root
    begun = False

    def made() -> SiteFiles | None:
        nonlocal begun
        try:
            project = open_project(path)
            errors = [one for one in check_project(project) if is_error(one)]
            put_report(errors, err=True)
            if errors and begun:
                say("the site stays as it was")
                return None
            begun = True
            return make_site(Session(project), find_folders(project.root, Path()))
        except (CannotRead, OSError) as problem:
            if not begun:
                raise
            say(f"codaform: {problem}; the site stays as it was")
            return None

    def told(whole: SiteFiles, said: Sequence[str]) -> None:
        texts = page_texts(whole)
        found = [*whole.gathered.problems, *mkdocs_findings(said, texts, settings_source(whole))]
        put_report(found, err=True)
        say(f"built {len(texts)} pages" + (f": {summary(found, len(texts))}" if found else ""))

    def ready(address: str) -> None:
        put(address)
        say("It is built anew when a file changes. Ctrl-C ends it.")

    serve(root, made, port, ready, told, trust)


@contextmanager
def _progress(what: str, steps: int | None) -> Iterator[Callable[[int], None] | None]:
    if not drawn(sys.stderr):
        yield None
        return
    with progress(what, steps) as on_page:
        yield on_page
