"""The REST API of Coda by its operations: what they take, what they give, and waiting for what they have accepted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from codaform.coda.door.failures import Broken, NotThere, Unreadable
from codaform.coda.door.hosts import HOST
from codaform.coda.door.pace import Method, Pace
from codaform.coda.door.tokens import Secret
from codaform.coda.door.transport import READ, Transport
from codaform.coda.wire.cells import Form
from codaform.coda.wire.json_data import Json

Record = dict[str, Json]
"""A thing as the API tells it; what Coda adds to it one day stays in it."""

MOST_ITEMS, MOST_COLUMNS = 500, 100
"""How many items a page is asked to hold; Coda gives fewer where that is too many."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of an accepted change. known: Whether the server knows it at all (not always at once)."""

    known: bool
    completed: bool = False
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change that was accepted, which is not to say done. request: What `finish` asks for; some changes have none."""

    request: str | None
    told: Record


class Rest:
    """The API, opened by a token. Everything raises `failures.Failure` and what is said of it below.

    host, pace, timeout: As `Transport` takes them. Safe to use from several threads.
    """

    def __init__(self, secret: Secret, host: str = HOST, pace: Pace | None = None, timeout: float = READ) -> None:
        self._coda = Transport(secret, host, pace, timeout)
        self._check: Callable[[], None] = lambda: None

    def __repr__(self) -> str:
        return f"Rest({self._coda.origin})"

    @property
    def host(self) -> str:
        """Where it asks."""
        return self._coda.origin

    @property
    def requests_sent(self) -> int:
        """How many calls were sent, with those that were repeated."""
        return self._coda.pace.sent

    @property
    def pace(self) -> Pace:
        """How fast it asks, and the clock that it waits by."""
        return self._coda.pace

    def close(self) -> None:
        """Let the connections go."""
        self._coda.close()

    def guarded(self, check: Callable[[], None]) -> Rest:
        """The same API, of which every write is checked first. check: Raises what keeps it from being sent."""
        other = copy.copy(self)
        other._check = check
        return other

    def fresh(self, patience: float = 120.0) -> Rest:
        """The same API, whose reads of docs wait until they show every change that was accepted.

        patience: For how many seconds, read by read. The reads raise Stale where that is not enough.
        """
        other = copy.copy(self)
        other._coda = self._coda.latest(patience)
        return other

    # ------------------------------------------------------------ reading

    def who(self) -> Record:
        """Whose token it is: `name`, `loginId`, `scoped`, `tokenName` …"""
        return self._coda.read("/whoami")

    def docs(self, **filters: Json) -> list[Record]:
        """The docs that the user has opened. filters: By the API's names, as `isOwner`, `query`, `folderId`."""
        # Not by codaio, which always says whether the docs are the user's own.
        return list(self._list("/docs", filters))

    def doc(self, doc: str) -> Record:
        """A doc."""
        return _thing(self._coda.get_doc(_step(doc)))

    def doc_of_link(self, link: str) -> str:
        """The id of the doc that a browser shows at an address. Raises Unreadable where it shows none."""
        told = self._coda.resolve_browser_link(link, degrade_gracefully=True)
        resource = told.get("resource")
        href = str(resource.get("href", "")) if isinstance(resource, dict) else ""
        found = href.partition("/docs/")[2].partition("/")[0]
        if not found:
            raise Unreadable(f"{link} leads to no doc")
        return found

    def pages(self, doc: str) -> list[Record]:
        """The pages of a doc, in order."""
        return self._all(self._coda.list_sections, doc)

    def page(self, doc: str, page: str) -> Record:
        """A page. Raises Gone for one that was deleted."""
        return _thing(self._coda.get_section(_step(doc), _step(page)))

    def page_lines(self, doc: str, page: str) -> list[Record]:
        """What is written on a page, line by line; tables do not appear."""
        return list(self._list(_path("docs", doc, "pages", page, "content"), {"contentFormat": "plainText"}))

    def tables(self, doc: str) -> list[Record]:
        """References to all tables and views of a doc."""
        return self._all(self._coda.list_tables, doc)

    def table(self, doc: str, table: str) -> Record:
        """A table or a view."""
        return _thing(self._coda.get_table(_step(doc), _step(table)))

    def columns(self, doc: str, table: str) -> list[Record]:
        """The columns of a table, hidden ones too; of a view the visible ones, with the ids of its table's."""
        return self._all(self._coda.list_columns, doc, table, most=MOST_COLUMNS)

    def rows(
        self, doc: str, table: str, form: Form = "rich", query: str = "", natural: bool = False
    ) -> Iterator[Record]:
        """The rows of a table or view, `values` by column id. query: As the API takes it, `c-abc:"Apple"`.

        natural: Whether in the order of the view, which the API gives for its visible columns only.

        A table that is too wide for a page is asked for in smaller pages, from its start.
        """
        path = _path("docs", doc, "tables", table, "rows")
        # Hidden columns too; codaio can ask neither for them nor for a form of values.
        order = {"visibleOnly": True, "sortBy": "natural"} if natural else {"visibleOnly": False}
        wanted = {"valueFormat": form, **order, "query": query or None}
        given: set[Json] = set()
        for limit in (MOST_ITEMS, 100, 25):
            try:
                for row in self._list(path, wanted, limit, attempts=3 if limit > 25 else None):
                    if row.get("id") not in given:
                        given.add(row.get("id"))
                        yield row
                return
            except Broken as broken:
                if broken.status != 504 or limit == 25:
                    raise

    def row(self, doc: str, table: str, row: str, form: Form = "rich") -> Record:
        """A row."""
        return self._coda.read(_path("docs", doc, "tables", table, "rows", row), {"valueFormat": form})

    def formulas(self, doc: str) -> list[Record]:
        """References to the named formulas of a doc."""
        return self._all(self._coda.list_formulas, doc)

    def formula(self, doc: str, formula: str) -> Record:
        """A named formula with its value; its text is told by no operation."""
        return _thing(self._coda.get_formula(_step(doc), _step(formula)))

    def controls(self, doc: str) -> list[Record]:
        """References to the controls of a doc."""
        return self._all(self._coda.list_controls, doc)

    def control(self, doc: str, control: str) -> Record:
        """A control with its value and what kind it is."""
        return _thing(self._coda.get_control(_step(doc), _step(control)))

    # ------------------------------------------------------------ writing

    def create_doc(self, title: str, **fields: Json) -> Accepted:
        """Make a doc; `told["id"]` is its id. fields: `sourceDoc`, `timezone`, `folderId`, `initialPage`."""
        return self._write("POST", "/docs", {"title": title, **fields})

    def update_doc(self, doc: str, **fields: Json) -> Accepted:
        """Change a doc's `title` or `iconName`."""
        return self._write("PATCH", _path("docs", doc), dict(fields))

    def delete_doc(self, doc: str) -> Accepted:
        """Delete a doc."""
        return self._write("DELETE", _path("docs", doc))

    def create_page(self, doc: str, fields: Record) -> Accepted:
        """Make a page; `told["id"]` is its id. fields: A PageCreate of the API."""
        return self._write("POST", _path("docs", doc, "pages"), fields)

    def update_page(self, doc: str, page: str, fields: Record) -> Accepted:
        """Change a page. fields: A PageUpdate of the API. Raises Gone."""
        return self._write("PUT", _path("docs", doc, "pages", page), fields)

    def delete_page(self, doc: str, page: str) -> Accepted:
        """Delete a page with everything on it, the tables too."""
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
        """Add rows, or change those that `keys` find; only with keys or ids it can be sent twice, and is if need be.

        rows: Each `{"cells": [{"column", "value"}]}`. keys: Columns. ids: Of new rows, one each, chosen by us, as the
        API takes them from version 1.6 on. as_text: Whether texts are stored as they are, not read as if typed.
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
        """Push the button of a row; never repeated."""
        return self._write("POST", _path("docs", doc, "tables", table, "rows", row, "buttons", column), {})

    # ------------------------------------------------------------ what was accepted

    def state(self, request: str) -> State:
        """What is known of an accepted change by now."""
        try:
            told = self._coda.call("GET", _path("mutationStatus", request))
        except NotThere:
            return State(False)
        return State(True, told.get("completed") is True, str(told.get("warning") or ""))

    def finish(self, request: str, patience: float = 120.0) -> bool:
        """Wait until an accepted change is done. False: accepted, but not confirmed within `patience` seconds.

        Coda knows of no change that failed, and at first may not know of the change at all.
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
        """An operation that has no method here. path: Behind `/apis/v1`, its parts encoded."""
        return self._coda.read(path, query) if method == "GET" else self._write(method, path, body, query).told

    def _write(self, method: Method, path: str, body: Json = None, query: Mapping[str, Any] | None = None) -> Accepted:
        self._check()
        told = self._coda.call(method, path, query, body)
        request = told.get("requestId")
        return Accepted(request if isinstance(request, str) else None, told)

    def _all(self, listed: Callable[..., Record], *steps: str, most: int = MOST_ITEMS) -> list[Record]:
        """Everything that one of codaio's lists has. steps: The ids that it takes."""

        def ask(query: Mapping[str, Any]) -> Record:
            return listed(*map(_step, steps), offset=query.get("pageToken"), limit=most)

        return list(all_items(ask, {}, f"{listed.__name__} of {'/'.join(steps)}"))

    def _list(
        self, path: str, query: Mapping[str, Any], limit: int = MOST_ITEMS, attempts: int | None = None
    ) -> Iterator[Record]:
        def ask(parameters: Mapping[str, Any]) -> Record:
            return self._coda.read(path, parameters, attempts)

        return all_items(ask, {"limit": limit, **query}, f"GET {path}")


def _thing(told: Record) -> Record:
    """Something that is told of by itself. Raises Unreadable where it has no id: then it is something else."""
    if not isinstance(told.get("id"), str):
        raise Unreadable("Coda told of a thing without an id")
    return told


def _step(text: str) -> str:
    """An id or a name as a step of an address, whatever it holds. Raises NotThere for what cannot be one."""
    if not text.strip(". "):
        raise NotThere(404, f"nothing is called {text!r}")
    return quote(text, safe="")


def _path(*steps: str) -> str:
    """An address of the API, whatever the ids and names hold."""
    return "/" + "/".join(map(_step, steps))


# ------------------------------------------------------------ lists, page by page

MOST_IDLE = 3
"""How many pages in a row may bring nothing new before a list is taken for one without an end."""

MOST_PAGES = 4_000
"""How many pages a list may have; a table of a hundred thousand rows has a few hundred."""


def all_items(
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
        token = _next_token(page)
        if token is None:
            return
        idle = 0 if len(seen) > before else idle + 1
        if token in tokens or idle >= MOST_IDLE or len(tokens) >= MOST_PAGES:
            raise Unreadable(f"{what}: the list does not come to an end")
        tokens.add(token)
        query = {"pageToken": token}


def _next_token(page: Mapping[str, Json]) -> str | None:
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
