"""Running MkDocs over the pages of a site, quietly: what it has to say is given as messages."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codaform.project.root import CannotRead
from codaform.site.build.asking import ask_first

# The theme tells about its successor on stderr; the pages use nothing that only one of them has.
os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")

from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, MkDocsException


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


def build(
    settings: str,
    path: Path,
    docs: Path,
    into: Path,
    on_page: Callable[[int], None] | None = None,
    trust: bool = False,
) -> list[str]:
    """Build the pages of a folder as HTML into another one; gives every warning.

    settings: The text of mkdocs.yml, and path: where it stands. on_page: Told how many steps are done; there are two
    for each page. trust: Whether the settings may run code. Raises CannotRead where nothing can be built at all.
    """
    if not trust:
        ask_first(settings, path.name)
    with _heard() as listener:
        try:
            config = load_config(_Settings(settings, path), docs_dir=str(docs), site_dir=str(into), strict=True)
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
    """What MkDocs says, kept instead of written."""
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
