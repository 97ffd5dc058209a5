"""Long lists, asked for page by page on our own address, and never silently short."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from codaform.coda.door.failures import Unreadable
from codaform.coda.wire.world import Json

MOST_IDLE = 3
"""How many pages in a row may bring nothing new before a list is taken for one without an end."""

MOST_PAGES = 4_000
"""How many pages a list may have; a table of a hundred thousand rows has a few hundred."""


def items(
    ask: Callable[[Mapping[str, Any]], Mapping[str, Json]], query: Mapping[str, Any], what: str
) -> Iterator[dict[str, Json]]:
    """All items of a list, each once.

    ask: Gives the page of a query; what it raises ends the list. query: Of the first page; the token of a further one
    carries it along and is sent alone. Raises Unreadable where a page is none, or where the list has no end.
    """
    seen: set[str] = set()
    tokens: set[str] = set()
    idle = 0
    while True:
        page = ask(query)
        found = page.get("items")
        if not isinstance(found, list):
            raise Unreadable(f"{what}: a page of the list has no items")
        before = len(seen)
        for position, item in enumerate(found):
            if not isinstance(item, dict):
                raise Unreadable(f"{what}: item {position + 1} of a page is no record")
            id = item.get("id")
            if isinstance(id, str):
                # A row that moves while the list is read may come twice.
                if id in seen:
                    continue
                seen.add(id)
            yield item
        token = _next(page)
        if token is None:
            return
        idle = 0 if len(seen) > before else idle + 1
        if token in tokens or idle >= MOST_IDLE or len(tokens) >= MOST_PAGES:
            raise Unreadable(f"{what}: the list does not come to an end")
        tokens.add(token)
        query = {"pageToken": token}


def _next(page: Mapping[str, Json]) -> str | None:
    """The token of the next page. Of a link only the token is taken: it may lead anywhere."""
    token, link = page.get("nextPageToken"), page.get("nextPageLink")
    if isinstance(token, str) and token:
        return token
    if isinstance(link, str) and link:
        found = parse_qs(urlsplit(link).query).get("pageToken")
        if not found:
            raise Unreadable("a list goes on, but does not say where")
        return found[0]
    return None
