"""The rows of a doc in Coda as sample rows of a folder: values by column, and those as texts of cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from codaform.coda.snapshot.records import Snapshot
from codaform.coda.wire.rich import linked_row_ids, read_entered, read_shown
from codaform.coda.wire.texts import InvalidValue
from codaform.deploy.planning.filled import Links
from codaform.deploy.remote.schema import RemoteSchema
from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_text
from codaform.model.schema import Column, Doc, Table, value_type
from codaform.model.types import DATE, DATETIME, DURATION, TIME
from codaform.model.values import Error, EvaluationError, Row
from codaform.project.cell_texts import cell_text, single_text, writable
from codaform.project.cells import BadCell, read_cell
from codaform.project.writer import Cells
from codaform.semantics.program import program_of

_WRITTEN = (DATE, DATETIME, TIME, DURATION)
"""Types whose values a folder writes otherwise than a doc shows them."""

_KEPT = ("created_on", "created_by", "modified_on", "modified_by")
"""Types of columns that Coda itself fills, when a row is made or changed."""

UNKNOWN = "UTC"
"""The zone for a doc without a known one. A doc that is really in this zone has the same clocks."""

Values = dict[str, dict[str, dict[int, object]]]
"""By table and entered column, the values of the rows that have one, by the row's number (from 1)."""


@dataclass(frozen=True, slots=True)
class SampleRows:
    """The entered cells of a doc. counts: How many rows each table has. lost: Cells that do not fit, by column."""

    values: Values
    counts: Mapping[str, int]
    lost: Mapping[tuple[str, str], int] = field(default_factory=dict)


def sample_rows(snapshot: Snapshot, remote: RemoteSchema, doc: Doc) -> SampleRows:
    """The entered cells of a snapshot with rows, as the columns of a doc of the same names hold them.

    A cell that its column cannot hold, such as a text among numbers or a name that is no option, is lost and counted.
    """
    rows = snapshot.rows or {}
    zone = ZoneInfo(doc.time_zone)
    numbers = {table: {row.id: at for at, row in enumerate(found, 1)} for table, found in rows.items()}

    def row_of(table: str, row: str, _: str) -> Row | None:
        number = numbers.get(remote.ids.tables.get(table, ""), {}).get(row)
        return None if number is None else Row(table, number)

    values: Values = {}
    lost: Counter[tuple[str, str]] = Counter()
    for table in doc.tables.values():
        found = rows.get(remote.ids.tables.get(table.name, ""), ())
        made = values[table.name] = {}
        for column in table.columns.values():
            id = remote.ids.columns.get((table.name, column.name))
            if column.computed or id is None:
                continue
            cells = made[column.name] = {}
            for number, row in enumerate(found, 1):
                try:
                    value = read_entered(row.values.get(id), column, zone, partial(row_of, column.to))
                    if zone.key == UNKNOWN:
                        value = _by_own_clocks(value, zone)
                except InvalidValue:
                    lost[table.name, column.name] += 1
                    continue
                if value is not None and value != []:
                    cells[number] = value
    return SampleRows(values, {name: len(rows.get(id, ())) for name, id in remote.ids.tables.items()}, dict(lost))


def kept_values(snapshot: Snapshot, remote: RemoteSchema, doc: Doc) -> Values:
    """When and by whom Coda says that rows were made and changed, for the columns of a doc that show it."""
    zone = ZoneInfo(doc.time_zone)
    values: Values = {}
    for table in doc.tables.values():
        found = (snapshot.rows or {}).get(remote.ids.tables.get(table.name, ""), ())
        for column in table.columns.values():
            id = remote.ids.columns.get((table.name, column.name))
            if column.kind not in _KEPT or id is None:
                continue
            cells = values.setdefault(table.name, {})[column.name] = {}
            for number, row in enumerate(found, 1):
                with suppress(InvalidValue):
                    cells[number] = read_shown(row.values.get(id), column, zone, lambda *_: None)
    return values


def _by_own_clocks(value: object, zone: ZoneInfo) -> object:
    """A moment as the doc's clocks show it: right as soon as the folder says which zone they are of."""
    if isinstance(value, list):
        return [_by_own_clocks(item, zone) for item in value]
    return value.replace(tzinfo=zone) if isinstance(value, datetime) else value


def links(snapshot: Snapshot, remote: RemoteSchema) -> Links:
    """Which rows each relation links, of a snapshot with rows."""
    found: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
    for (table, name), id in remote.ids.columns.items():
        if remote.doc.tables[table].columns[name].kind == "relation" and snapshot.rows is not None:
            rows = snapshot.rows.get(remote.ids.tables[table], ())
            found[table, name] = frozenset(
                (row.id, other) for row in rows for other in linked_row_ids(row.values.get(id))
            )
    return found


@dataclass(frozen=True, slots=True)
class Texts:
    """Sample rows as texts of cells. unclear: Rows that nothing finds by their display text, by table."""

    cells: Mapping[str, Cells]
    unclear: Mapping[str, int] = field(default_factory=dict)
    lost: Mapping[tuple[str, str], int] = field(default_factory=dict)


def as_texts(rows: SampleRows, doc: Doc) -> Texts:
    """The texts that a `rows.csv` holds. A relation is the display text of its row, as a workbook computes it."""
    zone = ZoneInfo(doc.time_zone)
    book = Workbook(program_of(doc))
    for table, count in rows.counts.items():
        cells = rows.values.get(table, {})
        for number in range(1, count + 1):
            book.add(table, {name: of[number] for name, of in cells.items() if number in of}, defaults=False)
    shown = {table: _displays(book, doc.tables[table], zone) for table in rows.counts}
    found: dict[str, Cells] = {}
    unclear: Counter[str] = Counter()
    lost: Counter[tuple[str, str]] = Counter(rows.lost)
    meant: set[Row] = set()
    for table, columns in rows.values.items():
        texts: dict[str, list[str]] = {}
        for name, of in columns.items():
            column = doc.tables[table].columns[name]
            meant.update(row for value in of.values() for row in _rows(value))
            made = texts[name] = []
            for number in range(1, rows.counts[table] + 1):
                text = cell_text(of.get(number), column, zone, lambda row: shown[row.table][row.id])
                if not _fits(text, column, zone):
                    lost[table, name] += 1
                    text = ""
                made.append(text)
        found[table] = texts
    for table, displays in shown.items():
        by_text = Counter(displays.values())
        for number, text in displays.items():
            unclear[table] += Row(table, number) in meant and (not text or by_text[text] > 1)
    return Texts(found, {table: count for table, count in unclear.items() if count}, dict(lost))


def _displays(book: Workbook, table: Table, zone: ZoneInfo) -> dict[int, str]:
    """By number, the text that each row of a table is found by."""
    column = table.display
    written = column is not None and not column.computed and value_type(column) in _WRITTEN
    found: dict[int, str] = {}
    for row in book.rows(table.name):
        try:
            value = book.display(row)
            text = single_text(value, zone, lambda _: "") if written else to_text(value, book)
        except EvaluationError:
            text = None
        found[row.id] = writable(text or "")
    return found


def _rows(value: object) -> list[Row]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Row)]


def _fits(text: str, column: Column, zone: ZoneInfo) -> bool:
    """Whether the folder's own reader takes the text."""
    try:
        value = read_cell(text, column, zone)
    except (BadCell, EvaluationError):
        return False
    return not isinstance(value, Error)
