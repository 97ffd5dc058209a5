"""Findings at their places in Markdown: how a place is found, and the warnings of MkDocs as findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import DEAD_LINK, SITE_WARNING, UNLISTED_PAGE
from codaform.site.guides.rendering import RenderedDocument
from codaform.site.pages import own_line
from codaform.source import NOWHERE, Source, Span, excerpt, line_starts, position


@dataclass(frozen=True, slots=True)
class PageText:
    """The file of a page, and the document that it is made from, if it is."""

    source: Source
    document: RenderedDocument | None = None


def locate(text: PageText, wanted: Iterable[str], count: int = 0) -> tuple[Source, Span] | None:
    """The place of the first of several texts that the page has; None where it has none.

    count: The number of such places to skip, as long as others follow.
    """
    for one in wanted:
        if text.document is not None and (places := _places(text.document.source.text, one)):
            return text.document.source, places[min(count, len(places) - 1)]
        if places := _places(text.source.text, one):
            return _original(text, places[min(count, len(places) - 1)])
    return None


def page_start(text: PageText) -> tuple[Source, Span]:
    """The place for a finding about a whole page."""
    return (text.document.source if text.document is not None else text.source), NOWHERE


def _original(text: PageText, span: Span) -> tuple[Source, Span]:
    """The place in the page's file, or the line of the document that gives it."""
    if text.document is None:
        return text.source, span
    line = own_line(position(text.source, span.start).line)
    origins = text.document.origins
    if not 1 <= line <= len(origins):
        return text.document.source, NOWHERE
    return text.document.source, line_span(text.document.source, origins[line - 1])


def line_span(source: Source, line: int) -> Span:
    """All of a line, counted from 1, without the blanks around it."""
    starts = line_starts(source.text)
    if not 1 <= line <= len(starts):
        return NOWHERE
    said = excerpt(source, line)
    start = starts[line - 1] + len(said) - len(said.lstrip())
    return Span(start, max(start, starts[line - 1] + len(said.rstrip())))


def _places(text: str, wanted: str) -> list[Span]:
    if not wanted:
        return []
    before = r"(?<![\w/.#-])" if wanted[0] not in "<(" else ""
    after = r"(?![\w/#-])" if wanted[-1].isalnum() else ""
    return [Span(*found.span()) for found in re.finditer(before + re.escape(wanted) + after, text)]


_LINK = re.compile(r"Doc file '(?P<page>[^']+)' contains an? (?:\w+ )*link '(?P<link>.+?)', (?:but )?(?P<why>.+)", re.S)
_NAV = re.compile(r"A reference to '(?P<page>.+?)' is included in the 'nav' configuration")
_OMITTED = "are not included in the"
_STRICT = "in strict mode"


def mkdocs_findings(said: Iterable[str], texts: Mapping[str, PageText], settings: Source) -> Iterator[Diagnostic]:
    """A finding for each warning of MkDocs.

    texts: The pages by their paths below the docs. settings: mkdocs.yml.
    """
    for message in said:
        if _STRICT in message:
            continue
        link, nav = _LINK.match(message), _NAV.match(message)
        if link and link["page"] in texts:
            text = texts[link["page"]]
            place = locate(text, [link["link"], link["link"].rpartition("#")[0]]) or page_start(text)
            yield Diagnostic(DEAD_LINK, f"{link['link']}: {link['why']}", *place)
        elif nav:
            place = locate(PageText(settings), [nav["page"]]) or (settings, NOWHERE)
            yield Diagnostic(DEAD_LINK, f"the navigation leads to {nav['page']}, which is not there", *place)
        elif _OMITTED in message:
            yield from unlisted_findings(re.findall(r"^\s*- (.+)$", message, re.MULTILINE), texts, settings)
        else:
            yield Diagnostic(SITE_WARNING, f"MkDocs warns: {' '.join(message.split())}", settings, NOWHERE)


def unlisted_findings(paths: Iterable[str], texts: Mapping[str, PageText], settings: Source) -> Iterator[Diagnostic]:
    """A finding for each page that the navigation does not name."""
    for path in paths:
        place = page_start(texts[path]) if path in texts else (settings, NOWHERE)
        yield Diagnostic(UNLISTED_PAGE, f"{path} is nowhere in the navigation", *place, f"name it in {settings.name}")
