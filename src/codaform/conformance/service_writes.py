"""Whether the real service answers as the facts about it say, where only a write shows it: in the doc for questions."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from codaform.coda.door.failures import CannotReach, NotFound, Refused, ToolFailed, Unreadable
from codaform.coda.door.hosts import is_loopback
from codaform.coda.door.rest import Accepted
from codaform.coda.wire.json_data import Json
from codaform.conformance.service_reads import Service

_PATIENCE = 120.0
_TABLE = "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>"
_TOO_LARGE, _LARGEST = 133_000, 86_000


class Scratch:
    """Pages and tables that are made in the doc for one look, and touch nothing else in it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.rest = service.rest.fresh(_PATIENCE)
        self.doc = service.doc
        self.table = ""
        self.columns: dict[str, str] = {}

    def done(self, accepted: Accepted) -> Mapping[str, Any]:
        """The reply to a write that is done. Raises CannotReach."""
        if accepted.request is not None and not self.rest.finish(accepted.request, _PATIENCE):
            raise CannotReach("a write was accepted, and Coda did not say in time that it is done", uncertain=True)
        return accepted.reply

    def page(self, text: str, format: str = "markdown") -> str:
        """The id of a new page with a text."""
        content: dict[str, Json] = {"type": "canvas", "canvasContent": {"format": format, "content": text}}
        made = self.done(self.rest.create_page(self.doc, {"name": "Scratch", "pageContent": content}))
        return str(made["id"])

    def lines(self, page: str) -> list[tuple[str, str, str]]:
        """The id, the style and the text of each line of a page."""
        found = self.rest.call("GET", f"/docs/{self.doc}/pages/{page}/content").get("items")
        lines: list[Any] = found if isinstance(found, list) else []
        contents = [(str(line.get("id")), line.get("itemContent") or {}) for line in lines]
        return [(id, str(content.get("style")), str(content.get("content", ""))) for id, content in contents]

    def tables_on(self, page: str) -> list[str]:
        """The ids of the tables on a page."""
        tables = self.rest.tables(self.doc)
        return [str(one["id"]) for one in tables if isinstance(home := one.get("parent"), dict) and home["id"] == page]

    def has_table(self, table: str) -> bool:
        """Whether the doc still has a table."""
        return table in {str(one["id"]) for one in self.rest.tables(self.doc)}

    def make_table(self, *formats: str, name: str = "") -> None:
        """Make a table on a page of its own, with a column of text called Name and one of each of some formats."""
        tools = self.service.tools
        page: Any = tools.call("page_create", {"uri": f"coda://docs/{self.doc}", "title": "Scratch"})
        columns: list[Json] = [{"name": "Name", "isDisplayColumn": True}]
        columns += [{"name": kind, "format": {"type": kind}} for kind in formats]
        uri = f"coda://docs/{self.doc}/{page['pageUri']}"
        named = name or f"Scratch {secrets.token_hex(4)}"
        made: Any = tools.call("table_create", {"uri": uri, "name": named, "columns": columns})
        self.table = str(made["tableUri"]).rpartition("/")[2]
        self.columns = {str(one["name"]): str(one["columnId"]) for one in made["columns"]}

    def cells(self, **values: Json) -> dict[str, Json]:
        """A row with values, by the names of columns."""
        return {"cells": [{"column": self.columns[name], "value": value} for name, value in values.items()]}

    def write(self, keys: Sequence[str] = (), **values: Json) -> str:
        """Write a row; gives its id, which is empty for one that keys find."""
        rows = [self.cells(**values)]
        reply = self.done(self.rest.upsert_rows(self.doc, self.table, rows, [self.columns[key] for key in keys]))
        return next(iter(reply.get("addedRowIds", ())), "")

    def read(self, row: str, column: str) -> Json:
        """A cell, in its simple form with lists."""
        values: Any = self.rest.row(self.doc, self.table, row, "simpleWithArrays")["values"]
        value: Json = values[self.columns[column]]
        return value

    def tool_cell(self, row: str, column: str) -> Any:
        """A cell as the tools show it."""
        uri = f"coda://docs/{self.doc}/tables/{self.table}"
        told: Any = self.service.tools.call("table_rows_read", {"uri": uri, "rowNumbersOrIds": [row]})
        return told["rows"][0]["values"][self.columns[column]]["value"]

    def row_count(self) -> int:
        """How many rows the table has."""
        return sum(1 for _ in self.rest.rows(self.doc, self.table))


# ------------------------------------------------------------ docs and pages


def _done(scratch: Scratch) -> str:
    accepted = scratch.rest.update_doc(scratch.doc, iconName="rocket")
    icon = scratch.service.rest.doc(scratch.doc).get("icon")
    name = icon.get("name") if isinstance(icon, dict) else icon
    if accepted.request is not None:
        return "changing the icon of a doc has a requestId"
    return "" if name == "rocket" else f"the icon is {name!r} after it was changed"


def _lost_tables(scratch: Scratch) -> str:
    replaced, deleted = scratch.page(_TABLE, "html"), scratch.page(_TABLE, "html")
    (lost, *_), (left, *_) = scratch.tables_on(replaced), scratch.tables_on(deleted)
    text: dict[str, Json] = {"insertionMode": "replace", "canvasContent": {"format": "markdown", "content": "New"}}
    scratch.done(scratch.rest.update_page(scratch.doc, replaced, {"contentUpdate": text}))
    scratch.done(scratch.rest.delete_page(scratch.doc, deleted))
    found = ["a new text leaves the table of its page"] if scratch.has_table(lost) else []
    if not scratch.has_table(left):
        found.append("deleting a page deletes its table")
    elif scratch.rest.table(scratch.doc, left).get("parent") is not None:
        found.append("the table of a deleted page has a parent")
    return "; ".join(found)


def _empty_line(scratch: Scratch) -> str:
    page = scratch.page("## First\n\nSecond")
    before = scratch.lines(page)
    scratch.rest.call("DELETE", f"/docs/{scratch.doc}/pages/{page}/content")
    after = _when(lambda: scratch.lines(page), lambda lines: lines != before)
    if [(id, style) for id, style, _ in after] != [(id, style) for id, style, _ in before[:1]]:
        return f"{len(after)} lines are left: {', '.join(style for _, style, _ in after)}"
    return "" if not after[0][2] else "the line that is left has a text"


def _exported_tables(scratch: Scratch) -> str:
    text, _ = _export(scratch, scratch.page(_TABLE, "html"))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    again, _ = _export(scratch, scratch.page(text))
    found = []
    if not any(line.startswith("## ") for line in text.splitlines()) or len(rows) != 3:
        found.append(f"an export holds {len(rows)} lines of a table with one row")
    if (more := sum(line.startswith("|") for line in again.splitlines())) != len(rows) + 1:
        found.append(f"made from an export it has {more} lines")
    return "; ".join(found)


def _markdown(scratch: Scratch) -> str:
    page = scratch.page("# one\n\n#### four\n\n![cat](https://example.com/c.png)\n\n---\n\n> out\n>\n> > in\n")
    told = [f"{style} {text}" for _, style, text in scratch.lines(page)]
    expected = ["h1 one", "paragraph four", "paragraph cat", "blockQuote out", "blockQuote in"]
    return "" if told == expected else f"lines are {', '.join(told)}"


def _download(scratch: Scratch) -> str:
    text, headers = _export(scratch, scratch.page("naïve"))
    told = headers.get("Content-Encoding"), headers.get("Content-Type", "").partition(";")[0]
    found = [f"a download is {told[0]}, {told[1]}"] if told != ("gzip", "text/plain") else []
    if text != "naïve\n":
        found.append(f"its text is {text!r}")
    synced: dict[str, Json] = {"type": "syncPage", "mode": "document", "sourceDocId": scratch.doc}
    made = scratch.done(scratch.rest.create_page(scratch.doc, {"name": "Scratch", "pageContent": synced}))
    status, message = _refused(lambda: _begin_export(scratch, str(made["id"])))
    return "; ".join([*found, *([] if status == 400 else [f"a page of type syncPage: {status} {message}"])])


def _begin_export(scratch: Scratch, page: str) -> Mapping[str, Any]:
    return scratch.rest.call("POST", f"/docs/{scratch.doc}/pages/{page}/export", body={"outputFormat": "markdown"})


def _export(scratch: Scratch, page: str) -> tuple[str, Mapping[str, str]]:
    """The text of an export, and the headers of its download. No token goes to where its link leads."""
    import requests

    id = str(_begin_export(scratch, page)["id"])
    path = f"/docs/{scratch.doc}/pages/{page}/export/{id}"
    told = _when(lambda: scratch.service.rest.call("GET", path), lambda told: told.get("status") != "inProgress")
    link = str(told.get("downloadLink", ""))
    if not (link.startswith("https://") or is_loopback(link)):
        raise Unreadable(f"an export ended with {told.get('status')}, and has no link for a download")
    try:
        reply = requests.get(link, timeout=60)
        reply.raise_for_status()
    except requests.RequestException as problem:
        raise CannotReach(f"the download of an export does not come: {type(problem).__name__}") from None
    reply.encoding = "utf-8"
    return reply.text, reply.headers


# ------------------------------------------------------------ rows


def _row_size(scratch: Scratch) -> str:
    scratch.make_table()
    status, message = _refused(lambda: scratch.write(Name="x" * _TOO_LARGE))
    found = []
    if (status, message) != (400, "Row edit of size 130 KB exceeds maximum size of 85 KB."):
        found.append(f"{_TOO_LARGE} characters: {status} {message}")
    status, message = _refused(lambda: scratch.write(Name="x" * _LARGEST))
    return "; ".join([*found, *([f"{_LARGEST} characters: {status} {message}"] if message else [])])


def _number_as_date(scratch: Scratch) -> str:
    scratch.make_table("dp")
    told = scratch.read(scratch.write(Name="a", dp=1_700_000_000), "dp")
    return "" if told == 1_700_000_000 else f"the cell is {told!r}"


def _reactions(scratch: Scratch) -> str:
    scratch.make_table("reaction")
    told = scratch.read(scratch.write(Name="a", reaction=[]), "reaction")
    return "" if told == [] else f"a cell of reactions is {told!r}"


def _person(scratch: Scratch) -> str:
    scratch.make_table("person")
    me = scratch.rest.who()
    found = []
    for how, given in (("name", me.get("name")), ("address", me.get("loginId"))):
        if not isinstance(scratch.tool_cell(scratch.write(Name="a", person=given), "person"), dict):
            found.append(f"the {how} of the user is no person")
    told = scratch.read(scratch.write(Name="a", person="nobody of that name"), "person")
    return "; ".join([*found, *([] if told == "nobody of that name" else ["what matches nobody does not stay a text"])])


def _accepted(scratch: Scratch) -> str:
    scratch.make_table()
    accepted = scratch.rest.upsert_rows(scratch.doc, scratch.table, [scratch.cells(Name="a")])
    if accepted.request is None:
        return "a write of rows has no requestId"
    scratch.done(accepted)
    added = accepted.reply.get("addedRowIds")
    if not isinstance(added, list) or len(added) != 1:
        return "a write of one row does not tell the id of one row"
    return "" if scratch.read(str(added[0]), "Name") == "a" else "the row does not have the cell that was written"


def _upsert(scratch: Scratch) -> str:
    scratch.make_table("num")
    rows = [scratch.write(Name=name, num=number) for name, number in (("a", 1), ("a", 2), ("b", 3))]
    told = scratch.rest.upsert_rows(
        scratch.doc, scratch.table, [scratch.cells(Name="a", num=9)], [scratch.columns["Name"]]
    )
    scratch.done(told)
    found = ["the reply to a write by keys has addedRowIds"] if told.reply.get("addedRowIds") else []
    numbers = [scratch.read(row, "num") for row in rows]
    if numbers != [9, 9, 3]:
        found.append(f"cells 1, 2, 3 are {numbers} after a write by a key that the first two have")
    scratch.write(("Name",), Name="c", num=4)
    return "; ".join([*found, *([] if scratch.row_count() == 4 else ["a key that no row has adds no row"])])


def _unknown_column(scratch: Scratch) -> str:
    scratch.make_table()
    rows: list[dict[str, Json]] = [{"cells": [{"column": "c-nothinghere", "value": "a"}]}]
    status, message = _refused(lambda: scratch.rest.upsert_rows(scratch.doc, scratch.table, rows))
    return "" if status == 400 and not scratch.row_count() else f"{status} {message}; {scratch.row_count()} rows"


def _deleted(scratch: Scratch) -> str:
    scratch.make_table()
    kept, gone = scratch.write(Name="a"), scratch.write(Name="b")
    scratch.done(scratch.rest.delete_rows(scratch.doc, scratch.table, [gone, "i-nothinghere"]))
    try:
        scratch.read(gone, "Name")
    except NotFound:
        return "" if scratch.read(kept, "Name") == "a" else "another row is changed"
    return "a deleted row can be read"


# ------------------------------------------------------------ MCP


def _person_cell(scratch: Scratch) -> str:
    scratch.make_table("person")
    told = scratch.tool_cell(scratch.write(Name="a", person=scratch.rest.who().get("loginId")), "person")
    identifier = str(told.get("identifier")) if isinstance(told, dict) else ""
    return "" if identifier.startswith("i-") else "the identifier of a person does not begin with i-"


def _canvas_cell(scratch: Scratch) -> str:
    scratch.make_table("canvas")
    row = scratch.write(Name="a")
    told = scratch.tool_cell(row, "canvas")
    address = f"canvases/{scratch.table}::{row}::{scratch.columns['canvas']}"
    wanted = {"type": "canvas", "canvasUri": address}
    return "" if told == wanted else f"an empty canvas cell has {', '.join(told) if isinstance(told, dict) else told!r}"


def _link_cell(scratch: Scratch) -> str:
    scratch.make_table("link")
    told = scratch.tool_cell(scratch.write(Name="a", link="ask Bo"), "link")
    return "" if told == "ask Bo" else f"a text in a link column is {told!r}"


def _traps(scratch: Scratch) -> str:
    scratch.make_table()
    uri = f"coda://docs/{scratch.doc}/tables/{scratch.table}"
    name = f"Renamed {secrets.token_hex(4)}"
    view: dict[str, Json] = {"action": "configure", "name": name}
    scratch.service.tools.call("table_view_manage", {"uri": f"{uri}/views/default", "data": view})
    found = []
    if scratch.rest.table(scratch.doc, scratch.table).get("name") != name:
        found.append("a new name for a table's own view leaves the table its name")
    column: dict[str, Json] = {"name": "canvas", "format": {"type": "canvas"}, "formula": '"a"'}
    try:
        scratch.service.tools.call("table_columns_manage", {"uri": uri, "data": {"action": "add", "columns": [column]}})
        found.append("a canvas column takes a formula")
    except ToolFailed:
        pass
    return "; ".join(found)


def _refused(write: Callable[[], object]) -> tuple[int, str]:
    """The status and the words with which a write is refused; 202 and nothing where it is not."""
    try:
        write()
    except Refused as refused:
        return refused.status, refused.message
    return 202, ""


def _when(ask: Callable[[], Any], is_done: Callable[[Any], bool]) -> Any:
    """What is read as soon as it is done; the last of it where that does not come."""
    import time

    ends = time.monotonic() + 30
    found = ask()
    while not is_done(found) and time.monotonic() < ends:
        time.sleep(0.2)
        found = ask()
    return found


WRITES: Mapping[int, Callable[[Scratch], str]] = {
    11: _done,
    13: _row_size,
    14: _lost_tables,
    15: _empty_line,
    16: _exported_tables,
    17: _markdown,
    18: _download,
    20: _number_as_date,
    21: _reactions,
    22: _person,
    23: _accepted,
    24: _upsert,
    25: _unknown_column,
    26: _deleted,
    33: _person_cell,
    34: _canvas_cell,
    36: _link_cell,
    37: _traps,
}
"""The looks that write, by the fact's number: each gives what it saw, or nothing if the fact holds."""
