"""The navigation in mkdocs.yml: the lines between two marks are written again, every other byte stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from markupsafe import escape

from codaform.project.locate import CannotRead
from codaform.project.yaml_text import scalar
from codaform.site.pages import Page

_FROM = "# codaform docs: from here"
_TO = "# codaform docs: to here"
_REMARK = "(codaform docs build writes these lines)"

REFERENCE = "reference/"
DOC = f"{REFERENCE}doc/"
OVERVIEW = f"{DOC}index.md"
_TABLES = f"{DOC}tables/"
PLAYGROUND = "playground.md"

_JOINER = "\u2060"

_MARKED = re.compile(rf"^([ \t]*){re.escape(_FROM)}[^\n]*\n(.*?)^[ \t]*{re.escape(_TO)}", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """A page in the navigation, or, without a path, a section. title: Plain text."""

    title: str
    path: str = ""
    inside: tuple[NavigationEntry, ...] = ()


def arrange(pages: Iterable[Page], doc: str) -> list[NavigationEntry]:
    """The pages of a project as navigation: its documents, then the doc's reference, then the rest.

    doc: The name of the doc.
    """
    known = list(pages)
    alone = [page for page in known if "/" not in page.path and page.path not in ("index.md", PLAYGROUND)]
    reference = [page for page in known if page.path.startswith(DOC)]
    last = [page for page in known if page.path == PLAYGROUND]
    folders: dict[str, list[Page]] = {}
    for page in known:
        if "/" in page.path and not page.path.startswith(DOC):
            folders.setdefault(page.path.split("/")[0], []).append(page)
    return [
        *map(_page, alone),
        *(NavigationEntry(_words(folder), inside=tuple(map(_page, inside))) for folder, inside in folders.items()),
        *([NavigationEntry(doc, inside=tuple(_reference(reference)))] if reference else []),
        *map(_page, last),
    ]


def _page(page: Page) -> NavigationEntry:
    return NavigationEntry(page.title, page.path)


def _words(folder: str) -> str:
    words = " ".join(folder.replace("_", " ").replace("-", " ").split())
    return words[:1].upper() + words[1:]


def _reference(pages: list[Page]) -> Iterator[NavigationEntry]:
    tables = tuple(_page(page) for page in pages if page.path.startswith(_TABLES))
    told = False
    for page in pages:
        if page.path == OVERVIEW:
            yield NavigationEntry("Overview", page.path)
        elif not page.path.startswith(_TABLES):
            yield _page(page)
        elif not told:
            told = True
            yield NavigationEntry("Tables", inside=tables)


def without_pages(entries: Iterable[NavigationEntry], paths: set[str]) -> list[NavigationEntry]:
    """The entries without some pages; a section without entries is left out too."""
    kept = []
    for entry in entries:
        if entry.path:
            kept += [entry] if entry.path not in paths else []
        elif inside := without_pages(entry.inside, paths):
            kept.append(NavigationEntry(entry.title, inside=tuple(inside)))
    return kept


def rewrite_navigation(text: str, entries: Iterable[NavigationEntry]) -> str | None:
    """The text of mkdocs.yml with the entries between the marks; None where it has no marks.

    Raises CannotRead where a mark is there without the other, or more than once.
    """
    found = _MARKED.search(text)
    starts, ends = text.count(_FROM), text.count(_TO)
    if found is None and not starts and not ends:
        return None
    if found is None or starts != 1 or ends != 1:
        raise CannotRead(
            f"mkdocs.yml: one line `{_FROM}` and below it one line `{_TO}` mark the lines that codaform writes"
        )
    end = "\r\n" if found[0].split("\n")[0].endswith("\r") else "\n"
    lines = "".join(f"{line}{end}" for entry in entries for line in _lines(entry, found[1]))
    return text[: found.start(2)] + lines + text[found.end(2) :]


def outside_marks(text: str) -> str:
    """The text of mkdocs.yml without the lines between the marks."""
    found = _MARKED.search(text)
    return text if found is None else text[: found.start(2)] + text[found.end(2) :]


def navigation_lines(entries: Iterable[NavigationEntry], indent: str) -> str:
    """Both marks with the entries between them, as lines of a new mkdocs.yml."""
    lines = [line for entry in entries for line in _lines(entry, indent)]
    return "\n".join([f"{indent}{_FROM} {_REMARK}", *lines, f"{indent}{_TO}"])


def _lines(entry: NavigationEntry, indent: str) -> Iterator[str]:
    title = scalar(as_html(entry.title))
    if entry.path:
        yield f"{indent}- {title}: {scalar(entry.path)}"
        return
    yield f"{indent}- {title}:"
    for one in entry.inside:
        yield from _lines(one, indent + "    ")


def as_html(title: str) -> str:
    """A title as MkDocs takes it: as HTML, which the theme turns into text once and shows as HTML again.

    An invisible joiner keeps a `<` from ever being the beginning of a tag.
    """
    return str(escape(title)).replace("&lt;", "&lt;" + _JOINER)


def as_text(title: str) -> str:
    """A title of the navigation as plain text."""
    return unescape(title).replace(_JOINER, "")


def named_pages(nav: Any) -> set[str]:
    """The pages in the navigation of a mkdocs.yml."""
    match nav:
        case str():
            return {nav}
        case dict():
            return {path for value in nav.values() for path in named_pages(value)}
        case list():
            return {path for value in nav for path in named_pages(value)}
    return set()
