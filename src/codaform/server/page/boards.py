"""A table by week: what is planned lies in the column of its week, and is moved by moving it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from codaform.markup.values import shown
from codaform.model.values import Row
from codaform.semantics.dependencies import Thing, graph
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, RowRecord, TableRecord, ViewRecord
from codaform.server.page.grids import Grid, columns_of, display_column, grid
from codaform.server.page.values import look, raw

WEEKS = 4
"""How many weeks lie side by side."""

MOST_CARDS = 60
"""How many cards are shown of a week, and of what has no date."""

_FIELDS = 3
_COMPANION_ROWS = 40
_FIRST, _LAST = date(1, 1, 15), date(9999, 11, 1)


@dataclass(frozen=True, slots=True)
class Card:
    """A row. day: Which day it lies on, in words; date: as its column has it; fields: what else is told of it."""

    id: str
    name: str
    address: str
    day: str
    date: str
    fields: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class Lane:
    """A week with its cards, or what has no date. more: How many cards are not shown."""

    start: str
    title: str
    days: str
    current: bool
    cards: Sequence[Card]
    more: int


@dataclass(frozen=True, slots=True)
class Board:
    """Weeks side by side.

    movable: Whether the date is entered, not computed. companions: What other tables compute from the date, as grids.
    """

    column: ColumnRecord
    undated: Lane
    weeks: Sequence[Lane]
    before: str
    after: str
    today: str
    movable: bool
    companions: Sequence[Grid]


def date_columns(table: TableRecord) -> list[ColumnRecord]:
    """The columns by which a table can be shown by week."""
    dated = (column for column in table.columns if column.column.kind in ("date", "datetime", "created_on"))
    return [column for column in dated if not column.column.many]


def board(
    doc: LocalDoc, table: TableRecord, view: ViewRecord | None, column: ColumnRecord, week: str, back: str
) -> Board:
    """The weeks from one on. week: Any day of it by ISO 8601; else the one before the present one.

    back: Where a card's row leads to, up to its id.
    """
    first_day, today = doc.record.first_day_of_week, doc.book.now.date()
    this_week = week_of(today, first_day)
    try:
        start = week_of(date.fromisoformat(week), first_day)
    except ValueError:
        start = this_week - timedelta(weeks=1)
    start = max(_FIRST, min(start, _LAST - timedelta(weeks=WEEKS + 1)))
    end = start + timedelta(weeks=WEEKS)
    lanes: dict[date | None, list[tuple[date, RowRecord]]] = {None: []}
    for row in doc.shown(view or table):
        value = doc.value(table, row, column)
        day = value.astimezone(doc.zone).date() if isinstance(value, datetime) else value
        if not isinstance(day, date):
            lanes[None].append((date.max, row))
        elif start <= day < end:
            lanes.setdefault(week_of(day, first_day), []).append((day, row))
    fields = _fields(table, view, column)
    weeks = [start + timedelta(weeks=number) for number in range(WEEKS)]

    def lane(monday: date | None) -> Lane:
        rows = sorted(lanes.get(monday, ()), key=lambda pair: pair[0])
        cards = [_card(doc, table, row, column, fields, back) for _, row in rows[:MOST_CARDS]]
        if monday is None:
            return Lane("", "No date", "", False, cards, max(0, len(rows) - MOST_CARDS))
        # A week is numbered by ISO 8601, which goes by its Thursday.
        thursday = monday + timedelta(days=(4 - monday.isoweekday()) % 7)
        number = thursday.isocalendar().week
        days = f"{_day(monday)} – {_day(monday + timedelta(days=6))}"
        more = max(0, len(rows) - MOST_CARDS)
        return Lane(monday.isoformat(), f"Week {number}", days, monday == this_week, cards, more)

    return Board(
        column,
        lane(None),
        [lane(monday) for monday in weeks],
        (start - timedelta(weeks=1)).isoformat(),
        (start + timedelta(weeks=1)).isoformat(),
        (this_week - timedelta(weeks=1)).isoformat(),
        not column.column.computed,
        _companions(doc, table, column),
    )


def week_of(day: date, first_day: int) -> date:
    """The first day of a day's week. first_day: 1 for Monday, 7 for Sunday."""
    return day - timedelta(days=(day.isoweekday() - first_day) % 7)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _card(
    doc: LocalDoc, table: TableRecord, row: RowRecord, column: ColumnRecord, fields: Sequence[ColumnRecord], back: str
) -> Card:
    value = doc.value(table, row, column)
    local = value.astimezone(doc.zone) if isinstance(value, datetime) else value
    day = f"{local:%a} {local.day} {local:%b}" if isinstance(local, date) else ""
    told = [shown(look(doc), doc.value(table, row, field), field.column) for field in fields]
    name = doc.display(Row(table.name, row.number)) or f"row {row.number}"
    entered = "" if column.id in row.unfit else str(raw(doc, value, column.column))
    return Card(row.id, name, f"{back}{row.id}", day, entered, [html for html in told if html])


def _fields(table: TableRecord, view: ViewRecord | None, column: ColumnRecord) -> list[ColumnRecord]:
    """A few columns that tell what a row is about."""
    kinds = ("text", "relation", "select", "person", "number")
    entered = [found for found in columns_of(table, view) if not found.column.computed and not found.column.many]
    told = [found for found in entered if found.column.kind in kinds and found is not display_column(table)]
    return [found for found in told if found is not column][:_FIELDS]


def _companions(doc: LocalDoc, table: TableRecord, column: ColumnRecord) -> list[Grid]:
    """Other tables' columns that read the date, where they are short enough to be watched."""
    date_cells = Thing("cells", table.name, column.column.name)
    reading = [thing for thing, read in graph(doc.program).items() if date_cells in read.things]
    found = []
    for name in dict.fromkeys(thing.table for thing in reading if thing.kind == "cells" and thing.table != table.name):
        owner = finding.table(doc.record, name)
        if owner is None or len(doc.rows[owner.id]) > _COMPANION_ROWS:
            continue
        display = display_column(owner)
        reads = [column for column in owner.columns if Thing("cells", name, column.column.name) in reading]
        shown_columns = [display, *reads] if display is not None and display not in reads else reads
        found.append(grid(doc, owner, None, 0, shown_columns))
    return found
