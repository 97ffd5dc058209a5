"""Running MkDocs over the pages of a site, once or after each edit, with its warnings as data."""

from __future__ import annotations

import io
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codaform.coda.door.hosts import is_this_machine
from codaform.project.locate import CannotRead
from codaform.site.build.kept_html import KeptHtml
from codaform.site.build.search import SearchWords
from codaform.site.build.settings import Folders
from codaform.site.build.site_files import SiteFiles
from codaform.site.build.table_names import TableNames
from codaform.site.build.trust import ask_first
from codaform.site.build.writing import copy_site

# The theme advertises its successor on stderr; the pages use nothing that only one of the two has.
os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")

from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, MkDocsException
from mkdocs.livereload import LiveReloadServer


class _Settings(io.BytesIO):
    """The text of a mkdocs.yml that stands, or will stand, at a path."""

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text.encode())
        self.name = str(path)


class _Listener(logging.Handler):
    """Keeps the warnings and errors of a build."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


class _Counter:
    """Counts the pages that MkDocs has read and written, by two of the methods that a plugin may have."""

    def __init__(self, on_page: Callable[[int], None]) -> None:
        self.done = 0
        self._told = on_page

    def on_page_content(self, html: str, **_: Any) -> str:
        """A page is read."""
        self._count()
        return html

    def on_post_page(self, output: str, **_: Any) -> str:
        """A page is written."""
        self._count()
        return output

    def _count(self) -> None:
        self.done += 1
        self._told(self.done)


def build_html(
    settings: str,
    path: Path,
    docs: Path,
    into: Path,
    on_page: Callable[[int], None] | None = None,
    trust: bool = False,
) -> list[str]:
    """Build the pages of a folder as HTML into another one; gives every warning.

    settings: The text of mkdocs.yml, and path: its path. on_page: Called with the number of finished steps; there are
    two for each page. trust: Whether the settings may run code. Raises CannotRead where nothing can be built at all.
    """
    if not trust:
        ask_first(settings, path.name)
    with _heard() as listener:
        try:
            config = load_config(_Settings(settings, path), docs_dir=str(docs), site_dir=str(into), strict=True)
            config.plugins["codaform_search"] = SearchWords()  # type: ignore[assignment]
            config.plugins["codaform_kept"] = KeptHtml()  # type: ignore[assignment]
            config.plugins["codaform_tables"] = TableNames()  # type: ignore[assignment]
            if on_page is not None:
                config.plugins["codaform"] = _Counter(on_page)  # type: ignore[assignment]
            _run(config)
        except Abort:
            # Warnings make a strict build fail after everything is written.
            if not (into / "index.html").exists() and not listener.said:
                raise CannotRead("MkDocs gave up") from None
        except MkDocsException as error:
            said = [*listener.said, error.format_message()]
            raise CannotRead(f"MkDocs cannot build the site: {' · '.join(dict.fromkeys(said))}") from None
    return listener.said


def _run(config: MkDocsConfig) -> None:
    from mkdocs.commands.build import build as run

    config.plugins.on_startup(command="build", dirty=False)
    try:
        run(config)
    finally:
        config.plugins.on_shutdown()


@contextmanager
def _heard() -> Iterator[_Listener]:
    """The messages of MkDocs, kept instead of written."""
    logger = logging.getLogger("mkdocs")
    listener = _Listener()
    passes, level = logger.propagate, logger.level
    logger.addHandler(listener)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries among each other
            yield listener
    finally:
        logger.removeHandler(listener)
        logger.propagate = passes
        logger.setLevel(level)


_HOST = "127.0.0.1"
"""The one address that is ever served on."""


class _Server(LiveReloadServer):
    """A server that says where it is as soon as it can be asked."""

    def __init__(self, builder: Callable[[], None], port: int, root: Path, ready: Callable[[str], None]) -> None:
        super().__init__(builder, _HOST, port, str(root))
        self.ready = ready

    def serve_request(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer, unless the request names another host, or comes from the page of one."""
        origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "")
        if is_this_machine(host, self.server_port) and origin in (None, f"http://{host}"):
            return super().serve_request(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [f"The site is shown to its own pages on {_HOST} only.\n".encode()]

    def server_activate(self) -> None:
        super().server_activate()
        self.ready(f"http://{_HOST}:{self.server_port}/")


def serve(
    project: Path,
    make: Callable[[], SiteFiles | None],
    port: int,
    ready: Callable[[str], None],
    told: Callable[[SiteFiles, list[str]], None],
    trust: bool = False,
) -> None:
    """Serve until interrupted. Raises CannotRead where the port is taken, or nothing can be built at the start.

    project: The folder that is watched, beside that of the pages. make: Works out the files; None where they cannot be,
    then the last good site stays. port: 0 for any that is free. ready: Called with the address as soon as it answers.
    told: Called with the built files and the warnings of MkDocs after every build. trust: Whether mkdocs.yml may run
    code.
    """
    with tempfile.TemporaryDirectory(prefix="codaform-") as place:
        root, docs, before = (Path(place) / name for name in ("site", "docs", "before"))
        first = make()
        if first is None:
            raise CannotRead("there is nothing to serve")

        def once(made: SiteFiles, into: Path) -> None:
            shutil.rmtree(docs, ignore_errors=True)
            copy_site(made, docs)
            told(made, build_html(made.settings, made.folders.settings, docs, into, trust=trust))

        def again() -> None:
            made, fresh = make(), Path(place) / "fresh"
            if made is None:
                return
            try:
                shutil.rmtree(fresh, ignore_errors=True)
                once(made, fresh)
            except (CannotRead, OSError) as problem:
                told(made, [str(problem)])
                return
            # The server works out where a file lies before it waits for the site: its folder keeps its name.
            root.rename(before)
            fresh.rename(root)
            shutil.rmtree(before)

        once(first, root)
        logging.getLogger("mkdocs.livereload").setLevel(logging.CRITICAL)
        server = _Server(again, port, root, ready)
        try:
            for path, deep in _watched(project, first.folders):
                server.watch(str(path), recursive=deep)
            server.serve()  # type: ignore[no-untyped-call]
        except OSError as error:
            raise CannotRead(f"port {port} cannot be served: {error.strerror or error}") from None
        except KeyboardInterrupt:
            pass
        finally:
            server.shutdown(wait=server.serve_thread.is_alive())


def _watched(project: Path, folders: Folders) -> Iterator[tuple[Path, bool]]:
    """The watched paths, and whether with everything below: the project, the pages, mkdocs.yml."""
    if folders.docs.is_dir():
        yield folders.docs, True
    if folders.settings.is_file():
        yield folders.settings, False
    if not folders.docs.absolute().is_relative_to(project.absolute()):
        yield project, True
        return
    # The folder of the pages, the built site and whatever else a checkout has lie in the project's own folder.
    yield project, False
    for inside in sorted(project.iterdir()):
        aside = inside.absolute() in (folders.docs.absolute(), folders.built.absolute())
        if inside.is_dir() and not inside.name.startswith((".", "node_modules")) and not aside:
            yield inside, True
