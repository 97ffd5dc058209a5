"""A doc of Coda's as data: everything that was read of it, by which way, and when."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from codaform.coda.wire.json_data import BadJson, BadShape, Json, from_plain, read_json, to_plain

FORM = 1
"""Which form of snapshot this is."""

KIND = "snapshot of a doc in Coda"

Way = Literal["rest", "mcp"]


class BadSnapshot(Exception):
    """Why a text is no snapshot, in one line."""


@dataclass(frozen=True, slots=True)
class RemoteDoc:
    """A doc. time_zone: Neither API tells it of a doc; it is there where somebody else did."""

    id: str
    name: str
    link: str = ""
    time_zone: str | None = None
    rows: int | None = None
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class RemotePage:
    """A page. kind: `canvas`, `embed`, `syncPage` … parent: The id of the page above."""

    id: str
    name: str
    kind: str = "canvas"
    parent: str = ""
    subtitle: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class RemoteColumn:
    """A column.

    format: As the REST API describes it. formula, default: Texts as they were given back, which lose whose column a
    name means. about, error: The description, and what is wrong with the formula; None where nobody told.
    """

    id: str
    name: str
    format: Mapping[str, Json]
    formula: str | None = None
    default: str | None = None
    display: bool = False
    calculated: bool = False
    about: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteTable:
    """A table. kind: `table`, or `database` for one that several docs share. rows: How many; None where not asked."""

    id: str
    name: str
    page: str
    kind: str = "table"
    rows: int | None = None
    columns: tuple[RemoteColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class Sort:
    """One of the columns by which a view is ordered. column: Its id."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RemoteView:
    """A view of a table.

    filter: What REST says of a filter, which is never its text; empty without a filter. filter_text: The text as it was
    given back, "" for no filter, None where nobody told. columns: Ids of those that it shows, in order; None where
    nobody told.
    """

    id: str
    name: str
    table: str
    page: str = ""
    layout: str = ""
    sorts: tuple[Sort, ...] = ()
    filter: Mapping[str, Json] = field(default_factory=dict)
    filter_text: str | None = None
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RemoteFormula:
    """A named formula. text: As it was given back; None where nobody told. value: What it gave when it was read."""

    id: str
    name: str
    page: str
    value: Json = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteControl:
    """A control. kind: As the API names it: `button`, `checkbox`, `select` …"""

    id: str
    name: str
    page: str
    kind: str
    value: Json = None


@dataclass(frozen=True, slots=True)
class RemoteRow:
    """A row. values: By the ids of the columns, in the API's rich form."""

    id: str
    name: str
    values: Mapping[str, Json]
    created: str = ""
    updated: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A doc as it was at a moment.

    read_at: When, in UTC. ways: How it was read; what only the MCP server tells is there only with it.
    rows: By table id; None where they were not asked for.
    """

    doc: RemoteDoc
    read_at: str
    ways: tuple[Way, ...] = ("rest",)
    pages: tuple[RemotePage, ...] = ()
    tables: tuple[RemoteTable, ...] = ()
    views: tuple[RemoteView, ...] = ()
    formulas: tuple[RemoteFormula, ...] = ()
    controls: tuple[RemoteControl, ...] = ()
    rows: Mapping[str, tuple[RemoteRow, ...]] | None = None


def to_json(snapshot: Snapshot) -> str:
    """The text of a snapshot; `from_json` reads it."""
    told = to_plain(snapshot)
    head = {"codaform": KIND, "form": FORM, "sum": _sum(told)}
    return json.dumps({**head, "snapshot": told}, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> Snapshot:
    """The snapshot of a text. Raises BadSnapshot: for what is cut, damaged, changed by hand, or of another form."""
    try:
        whole = read_json(text)
    except BadJson as error:
        raise BadSnapshot(str(error)) from None
    if not isinstance(whole, dict) or whole.get("codaform") != KIND:
        raise BadSnapshot("it is JSON, but no snapshot of a doc")
    if whole.get("form") != FORM:
        raise BadSnapshot(f"it has the form {whole.get('form')!r}; this codaform reads form {FORM}")
    told = whole.get("snapshot")
    if whole.get("sum") != _sum(told):
        raise BadSnapshot("it is damaged: its content is not that of which its sum was made")
    try:
        return from_plain(Snapshot, told)
    except BadShape as error:
        raise BadSnapshot(f"it is damaged: {error}") from None


def fingerprint(snapshot: Snapshot) -> str:
    """What tells one schema of a doc from another, whatever its rows, values and times are: `rest:1f0c…`.

    It says which ways told of the schema, since they do not tell the same of it: compare what was read alike.
    """
    named: list[tuple[str, str, str, str | None]] = [
        *((known.id, known.name, known.kind, None) for known in snapshot.controls),
        *((known.id, known.name, "formula", known.text) for known in snapshot.formulas),
    ]
    views = [_record(view) for view in sorted(snapshot.views, key=lambda view: view.id)]
    for view in views:
        # Whether a filter is volatile or valid at the moment is not the schema; its presence is.
        view["filter"] = bool(view.get("filter"))
    schema = {
        "doc": snapshot.doc.id,
        "tables": [
            {
                "id": table.id,
                "name": table.name,
                "columns": [{**_record(column), "error": None} for column in table.columns],
            }
            for table in sorted(snapshot.tables, key=lambda table: table.id)
        ],
        "views": views,
        "named": sorted(named, key=lambda thing: thing[0]),
    }
    return f"{'+'.join(snapshot.ways)}:{_sum(schema)}"


def _record(thing: RemoteColumn | RemoteView) -> dict[str, Json]:
    told = to_plain(thing)
    assert isinstance(told, dict)
    return told


def _sum(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
