"""A doc in Coda as data: everything that was read, by which API, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from codaform.coda.wire.json_data import (
    InvalidJson,
    InvalidShape,
    Json,
    checked_content,
    checksum,
    dataclass_from_json,
    dataclass_to_json,
    with_checksum,
)

_FORM = 1
"""The number of the snapshot's form."""

_KIND = "snapshot of a doc in Coda"

Way = Literal["rest", "mcp"]


class InvalidSnapshot(Exception):
    """A text is not a snapshot; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class RemoteDoc:
    """A doc. time_zone: None unless it comes from elsewhere; neither API gives it."""

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

    format: The REST API's description. formula, default: The texts that Coda returned, which do not show whose column
    a name means. about, error: The description, and the error of the formula; None if unknown.
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
    """A table. kind: `table`, or `database` if several docs share it. rows: How many; None if not read."""

    id: str
    name: str
    page: str
    kind: str = "table"
    rows: int | None = None
    columns: tuple[RemoteColumn, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteSort:
    """A column that a view is sorted by. column: Its id."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class RemoteView:
    """A view of a table.

    filter: REST's description of the filter, never its text; empty without a filter. filter_text: The text that Coda
    returned, "" for no filter, None if unknown. columns: The ids of the shown columns in order; None if unknown.
    """

    id: str
    name: str
    table: str
    page: str = ""
    layout: str = ""
    sorts: tuple[RemoteSort, ...] = ()
    filter: Mapping[str, Json] = field(default_factory=dict)
    filter_text: str | None = None
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class RemoteFormula:
    """A named formula. text: The text that Coda returned; None if unknown. value: Its value at that moment."""

    id: str
    name: str
    page: str
    value: Json = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteControl:
    """A control. kind: The API's name: `button`, `checkbox`, `select` …"""

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
    """A doc at one moment.

    read_at: The moment in UTC. ways: The APIs that were read; some details come from the MCP server alone.
    rows: By table id; None if they were not read.
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


def snapshot_to_json(snapshot: Snapshot) -> str:
    """The text of a snapshot; `snapshot_from_json` reads it."""
    return with_checksum(_KIND, _FORM, "snapshot", dataclass_to_json(snapshot))


def snapshot_from_json(text: str) -> Snapshot:
    """The snapshot in a text. Raises InvalidSnapshot if it is cut off, damaged, changed by hand or of another form."""
    try:
        return dataclass_from_json(Snapshot, checked_content(text, _KIND, _FORM, "snapshot"))
    except InvalidJson as error:
        raise InvalidSnapshot(str(error)) from None
    except InvalidShape as error:
        raise InvalidSnapshot(f"it is damaged: {error}") from None


def schema_fingerprint(snapshot: Snapshot) -> str:
    """A fingerprint of a doc's schema, without rows, values and times: `rest:1f0c…`.

    It begins with the APIs that were read, since they give different details: compare only snapshots of the same APIs.
    """
    named: list[tuple[str, str, str, str | None]] = [
        *((known.id, known.name, known.kind, None) for known in snapshot.controls),
        *((known.id, known.name, "formula", known.text) for known in snapshot.formulas),
    ]
    views = [_record(view) for view in sorted(snapshot.views, key=lambda view: view.id)]
    for view in views:
        # The presence of a filter belongs to the schema; whether it is volatile or valid does not.
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
    return f"{'+'.join(snapshot.ways)}:{checksum(schema)}"


def _record(thing: RemoteColumn | RemoteView) -> dict[str, Json]:
    data = dataclass_to_json(thing)
    assert isinstance(data, dict)
    return data
