"""Serving a site while it is worked on: built anew when a file changes, kept as it was when it cannot be."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from codaform.coda.door.hosts import is_this_machine
from codaform.project.root import CannotRead
from codaform.site.build.checking import lay_out
from codaform.site.build.folders import Folders
from codaform.site.build.making import Made
from codaform.site.build.running import build

from mkdocs.livereload import LiveReloadServer  # isort: skip - running.py says first that the theme keep quiet

HOST = "127.0.0.1"
"""The one address that is ever served on."""


class _Server(LiveReloadServer):
    """A server that says where it is as soon as it can be asked."""

    def __init__(self, builder: Callable[[], None], port: int, root: Path, ready: Callable[[str], None]) -> None:
        super().__init__(builder, HOST, port, str(root))
        self.ready = ready

    def serve_request(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer, unless the request names another host, or comes from the page of one."""
        origin, host = environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", "")
        if is_this_machine(host, self.server_port) and origin in (None, f"http://{host}"):
            return super().serve_request(environ, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [f"The site is shown to its own pages on {HOST} only.\n".encode()]

    def server_activate(self) -> None:
        super().server_activate()
        self.ready(f"http://{HOST}:{self.server_port}/")


def serve(
    project: Path,
    make: Callable[[], Made | None],
    port: int,
    ready: Callable[[str], None],
    told: Callable[[Made, list[str]], None],
    trust: bool = False,
) -> None:
    """Serve until interrupted. Raises CannotRead where the port is taken, or nothing can be built at the start.

    project: The folder that is watched, beside that of the pages. make: Works out the files; None where they cannot be,
    then the last good site stays. port: 0 for any that is free. ready: Told the address as soon as it answers. told:
    Given what was built, and the warnings of MkDocs, after every build. trust: Whether mkdocs.yml may run code.
    """
    with tempfile.TemporaryDirectory(prefix="codaform-") as place:
        root, docs, before = (Path(place) / name for name in ("site", "docs", "before"))
        first = make()
        if first is None:
            raise CannotRead("there is nothing to serve")

        def once(made: Made, into: Path) -> None:
            shutil.rmtree(docs, ignore_errors=True)
            lay_out(made, docs)
            told(made, build(made.settings, made.folders.settings, docs, into, trust=trust))

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
    """What is watched, and whether with all that is in it: the project, the pages, mkdocs.yml."""
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
