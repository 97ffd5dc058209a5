"""The operations of Coda's REST API, reading its lists page by page, and waiting until accepted changes are done."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from codaform.coda.door.failures import NotFound, ServerDown, Unreadable
from codaform.coda.door.hosts import REST_HOST
from codaform.coda.door.pace import Method, Pace
from codaform.coda.door.tokens import Secret
from codaform.coda.door.transport import READ, Transport
from codaform.coda.wire.cells import ValueForm
from codaform.coda.wire.json_data import Json

Record = dict[str, Json]
"""A thing as the API describes it, with any members that Coda may add one day."""

MOST_ROWS, _MOST_BYTES = 100, 1_500_000
"""How much goes in one call that writes rows: Coda takes 2 MB."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page of rows. token: On the last page, what asks for the rows that change from then on; else empty."""

    rows: list[Record]
    token: str = ""


_MOST_ITEMS, _MOST_COLUMNS = 500, 100
"""How many items to request in a page; Coda returns fewer if that is too many."""


@dataclass(frozen=True, slots=True)
class RequestState:
    """The state of an accepted change. known: Whether the server knows the change yet."""

    known: bool
    completed: bool = False
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change that Coda accepted but may not have made yet. request: The id for `finish`; some changes have none."""

    request: str | None
    reply: Record


class Rest:
    """The API, opened by a token. All methods raise `failures.Failure`.

    host, pace, timeout: As for `Transport`. Safe to use from several threads.
    """

    def __init__(self, secret: Secret, host: str = REST_HOST, pace: Pace | None = None, timeout: float = READ) -> None:
        self._coda = Transport(secret, host, pace, timeout)
        self._check: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"Rest({self._coda.origin})"

    @property
    def host(self) -> str:
        """The origin that receives the calls."""
        return self._coda.origin

    @property
    def requests_sent(self) -> int:
        """How many calls were sent, including repeated ones."""
        return self._coda.pace.sent

    @property
    def pace(self) -> Pace:
        """The pace of the calls, with the clock for waiting."""
        return self._coda.pace

    def close(self) -> None:
        """Close the connections."""
        self._coda.close()

    def guarded(self, check: Callable[[], None]) -> Rest:
        """The same API with a check before every write. check: Raises an exception to keep a write from being sent."""
        other = copy.copy(self)
        other._check = check
        return other

    def fresh(self, patience: float = 120.0) -> Rest:
        """The same API, whose reads of docs wait until they show every accepted change.

        patience: The limit for each read in seconds. A read raises StaleDoc when it is over.
        """
        other = copy.copy(self)
        other._coda = self._coda.latest(patience)
        return other

    # ------------------------------------------------------------ reading

    def who(self) -> Record:
        """The owner of the token: `name`, `loginId`, `scoped`, `tokenName` …"""
        return self._coda.read("/whoami")

    def docs(self, **filters: Json) -> list[Record]:
        """The docs that the user has opened. filters: By the API's names, such as `isOwner`, `query`, `folderId`."""
        # Not by codaio, which always sends the filter `isOwner`.
        return list(self._list("/docs", filters))

    def doc(self, doc: str) -> Record:
        """A doc."""
        return _thing(self._coda.get_doc(_step(doc)))

    def pages(self, doc: str) -> list[Record]:
        """The pages of a doc, in order."""
        return self._all(self._coda.list_sections, doc)

    def page(self, doc: str, page: str) -> Record:
        """A page. Raises PageDeleted."""
        return _thing(self._coda.get_section(_step(doc), _step(page)))

    def page_lines(self, doc: str, page: str) -> list[Record]:
        """The text of a page line by line, without tables."""
        return list(self._list(_path("docs", doc, "pages", page, "content"), {"contentFormat": "plainText"}))

    def tables(self, doc: str) -> list[Record]:
        """References to all tables and views of a doc."""
        return self._all(self._coda.list_tables, doc)

    def table(self, doc: str, table: str) -> Record:
        """A table or a view."""
        return _thing(self._coda.get_table(_step(doc), _step(table)))

    def columns(self, doc: str, table: str) -> list[Record]:
        """The columns of a table, including hidden ones; or the visible columns of a view, with its table's ids."""
        return self._all(self._coda.list_columns, doc, table, most=_MOST_COLUMNS)

    def rows(
        self, doc: str, table: str, form: ValueForm = "rich", query: str = "", natural: bool = False
    ) -> Iterator[Record]:
        """The rows of a table or view, `values` by column id. query: In the API's form, `c-abc:"Apple"`.

        natural: Whether to use the order of the view, which the API supports only for its visible columns.

        If a table is too wide for a page, the rows are read again from the start in smaller pages.
        """
        path = _path("docs", doc, "tables", table, "rows")
        # With hidden columns; codaio can request neither these nor a form of values.
        order = {"visibleOnly": True, "sortBy": "natural"} if natural else {"visibleOnly": False}
        wanted = {"valueFormat": form, **order, "query": query or None}
        given: set[Json] = set()
        for limit in (_MOST_ITEMS, 100, 25):
            try:
                for row in self._list(path, wanted, limit, attempts=3 if limit > 25 else None):
                    if row.get("id") not in given:
                        given.add(row.get("id"))
                        yield row
                return
            except ServerDown as broken:
                if broken.status != 504 or limit == 25:
                    raise

    def row_pages(self, doc: str, table: str, since: str = "", form: ValueForm = "rich") -> Iterator[RowPage]:
        """The rows of a table, page by page; with a token, those that were changed since. Deleted rows are not told.

        If a table is too wide for a page, its rows come again from the start in smaller pages. Raises Refused with the
        status 400 for a token that Coda does not take any more.
        """
        path = _path("docs", doc, "tables", table, "rows")
        wanted = {"valueFormat": form, "visibleOnly": False, "syncToken": since or None}
        for limit in (_MOST_ITEMS, 100, 25):
            attempts = 3 if limit > 25 else None

            def ask(query: Mapping[str, Any], attempts: int | None = attempts) -> Record:
                return self._coda.read(path, query, attempts)

            try:
                for items, page in _pages(ask, {"limit": limit, **wanted}, f"GET {path}"):
                    token = page.get("nextSyncToken")
                    yield RowPage(items, token if isinstance(token, str) and _next_token(page) is None else "")
                return
            except ServerDown as broken:
                if broken.status != 504 or limit == 25:
                    raise

    def row(self, doc: str, table: str, row: str, form: ValueForm = "rich") -> Record:
        """A row."""
        return self._coda.read(_path("docs", doc, "tables", table, "rows", row), {"valueFormat": form})

    def formulas(self, doc: str) -> list[Record]:
        """References to the named formulas of a doc."""
        return self._all(self._coda.list_formulas, doc)

    def formula(self, doc: str, formula: str) -> Record:
        """A named formula with its value; no operation returns its text."""
        return _thing(self._coda.get_formula(_step(doc), _step(formula)))

    def controls(self, doc: str) -> list[Record]:
        """References to the controls of a doc."""
        return self._all(self._coda.list_controls, doc)

    def control(self, doc: str, control: str) -> Record:
        """A control with its value and its kind."""
        return _thing(self._coda.get_control(_step(doc), _step(control)))

    # ------------------------------------------------------------ writing

    def create_doc(self, title: str, **fields: Json) -> Accepted:
        """Create a doc; `reply["id"]` is its id. fields: `sourceDoc`, `timezone`, `folderId`, `initialPage`."""
        return self._write("POST", "/docs", {"title": title, **fields})

    def update_doc(self, doc: str, **fields: Json) -> Accepted:
        """Change a doc's `title` or `iconName`."""
        return self._write("PATCH", _path("docs", doc), dict(fields))

    def delete_doc(self, doc: str) -> Accepted:
        """Delete a doc."""
        return self._write("DELETE", _path("docs", doc))

    def create_page(self, doc: str, fields: Record) -> Accepted:
        """Create a page; `reply["id"]` is its id. fields: The API's PageCreate."""
        return self._write("POST", _path("docs", doc, "pages"), fields)

    def update_page(self, doc: str, page: str, fields: Record) -> Accepted:
        """Change a page. fields: The API's PageUpdate. Raises PageDeleted."""
        return self._write("PUT", _path("docs", doc, "pages", page), fields)

    def delete_page(self, doc: str, page: str) -> Accepted:
        """Delete a page with everything on it, including tables."""
        return self._write("DELETE", _path("docs", doc, "pages", page))

    def upsert_rows(
        self,
        doc: str,
        table: str,
        rows: Sequence[Record],
        keys: Sequence[str] = (),
        ids: Sequence[str] = (),
        as_text: bool = False,
    ) -> Accepted:
        """Add rows, or change the rows that `keys` find. The call is repeated after a failure only with keys or ids.

        rows: Each `{"cells": [{"column", "value"}]}`. keys: Ids of columns. ids: An id of our own for each new row,
        which the API accepts from version 1.6 on. as_text: Whether to store texts without parsing them.
        """
        body: Record = {"rows": [*rows]}
        if keys:
            body["keyColumns"] = [*keys]
        if ids:
            body["rowIds"] = [*ids]
        path = _path("docs", doc, "tables", table, "rows")
        return self._write("POST", path, body, {"disableParsing": True} if as_text else None)

    def update_row(self, doc: str, table: str, row: str, cells: Sequence[Record], as_text: bool = False) -> Accepted:
        """Change cells of a row."""
        path = _path("docs", doc, "tables", table, "rows", row)
        return self._write("PUT", path, {"row": {"cells": [*cells]}}, {"disableParsing": True} if as_text else None)

    def delete_rows(self, doc: str, table: str, rows: Sequence[str]) -> Accepted:
        """Delete rows by their ids."""
        return self._write("DELETE", _path("docs", doc, "tables", table, "rows"), {"rowIds": [*rows]})

    def push_button(self, doc: str, table: str, row: str, column: str) -> Accepted:
        """Push the button of a row; never sent twice."""
        return self._write("POST", _path("docs", doc, "tables", table, "rows", row, "buttons", column), {})

    # ------------------------------------------------------------ what was accepted

    def state(self, request: str) -> RequestState:
        """The present state of an accepted change."""
        try:
            reply = self._coda.call("GET", _path("mutationStatus", request))
        except NotFound:
            return RequestState(False)
        return RequestState(True, reply.get("completed") is True, str(reply.get("warning") or ""))

    def finish(self, request: str, patience: float = 120.0) -> bool:
        """Wait until an accepted change is done; False if Coda does not confirm it within `patience` seconds.

        Coda has no state for a failed change, and at first it may not know the change at all.
        """
        pace = self._coda.pace
        until = pace.seconds() + patience
        for pause in pace.pauses():
            if self.state(request).completed:
                return True
            left = until - pace.seconds()
            if left <= 0:
                return False
            pace.sleep(min(pause, left))
        return False

    # ------------------------------------------------------------ calls

    def call(self, method: Method, path: str, query: Mapping[str, Any] | None = None, body: Json = None) -> Record:
        """Call an operation that has no method here. path: Without `/apis/v1`, with its parts encoded."""
        return self._coda.read(path, query) if method == "GET" else self._write(method, path, body, query).reply

    def _write(self, method: Method, path: str, body: Json = None, query: Mapping[str, Any] | None = None) -> Accepted:
        self._check()
        reply = self._coda.call(method, path, query, body)
        request = reply.get("requestId")
        return Accepted(request if isinstance(request, str) else None, reply)

    def _all(self, listed: Callable[..., Record], *steps: str, most: int = _MOST_ITEMS) -> list[Record]:
        """All items of one of codaio's lists. steps: The ids that its method takes."""

        def ask(query: Mapping[str, Any]) -> Record:
            return listed(*map(_step, steps), offset=query.get("pageToken"), limit=most)

        return list(_all_items(ask, {}, f"{listed.__name__} of {'/'.join(steps)}"))

    def _list(
        self, path: str, query: Mapping[str, Any], limit: int = _MOST_ITEMS, attempts: int | None = None
    ) -> Iterator[Record]:
        def ask(parameters: Mapping[str, Any]) -> Record:
            return self._coda.read(path, parameters, attempts)

        return _all_items(ask, {"limit": limit, **query}, f"GET {path}")


def _thing(reply: Record) -> Record:
    """The reply that describes one thing. Raises Unreadable for a reply without an id."""
    if not isinstance(reply.get("id"), str):
        raise Unreadable("Coda described a thing without an id")
    return reply


def _step(text: str) -> str:
    """An id or a name as a part of an address, encoded. Raises NotFound for a text of dots and spaces."""
    if not text.strip(". "):
        raise NotFound(404, f"nothing is called {text!r}")
    return quote(text, safe="")


def _path(*steps: str) -> str:
    """A path of the API, with its ids and names encoded."""
    return "/" + "/".join(map(_step, steps))


# ------------------------------------------------------------ lists, page by page

_MOST_IDLE = 3
"""After how many pages in a row without a new item a list counts as endless."""

_MOST_PAGES = 4_000
"""The maximum number of pages of a list; a table of a hundred thousand rows has a few hundred."""


def _all_items(
    ask: Callable[[Mapping[str, Any]], Mapping[str, Json]], query: Mapping[str, Any], what: str
) -> Iterator[dict[str, Json]]:
    """All items of a list, each once; arguments as for `_pages`."""
    for items, _ in _pages(ask, query, what):
        yield from items


def _pages(
    ask: Callable[[Mapping[str, Any]], Mapping[str, Json]], query: Mapping[str, Any], what: str
) -> Iterator[tuple[list[Record], Mapping[str, Json]]]:
    """The pages of a list, each with its items that no page before it had.

    ask: Returns the page for a query. query: Of the first page; for further pages the token is sent alone, since it
    contains the query. Raises Unreadable for an invalid page and for an endless list.
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
        items: list[Record] = []
        for position, item in enumerate(found):
            if not isinstance(item, dict):
                raise Unreadable(f"{what}: item {position + 1} of a page is no record")
            id = item.get("id")
            if isinstance(id, str):
                # A row that moves during the reading may come twice.
                if id in seen:
                    continue
                seen.add(id)
            items.append(item)
        yield items, page
        token = _next_token(page)
        if token is None:
            return
        idle = 0 if len(seen) > before else idle + 1
        if token in tokens or idle >= _MOST_IDLE or len(tokens) >= _MOST_PAGES:
            raise Unreadable(f"{what}: the list does not come to an end")
        tokens.add(token)
        query = {"pageToken": token}


def in_calls(rows: Iterable[tuple[_T, Record]]) -> Iterator[list[tuple[_T, Record]]]:
    """Rows, each with what the API gets of it, as many at a time as one call may carry."""
    batch: list[tuple[_T, Record]] = []
    size = 0
    for row, body in rows:
        length = len(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
        if batch and (len(batch) == MOST_ROWS or size + length > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((row, body))
        size += length
    if batch:
        yield batch


def _next_token(page: Mapping[str, Json]) -> str | None:
    """The token of the next page. Only the token of a link is used, since the link may lead to any host."""
    token, link = page.get("nextPageToken"), page.get("nextPageLink")
    if isinstance(token, str) and token:
        return token
    if isinstance(link, str) and link:
        found = parse_qs(urlsplit(link).query).get("pageToken")
        if not found:
            raise Unreadable("a list goes on, but does not say where")
        return found[0]
    return None
