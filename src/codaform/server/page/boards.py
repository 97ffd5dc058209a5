"""A table by week: each row is a card in the lane of its week, and moves with its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from codaform.markup.values import value_html
from codaform.model.values import Row
from codaform.semantics.dependencies import GraphNode, graph
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, RowRecord, TableRecord, ViewRecord
from codaform.server.page.grids import PageGrid, columns_of, display_column, grid
from codaform.server.page.values import look, raw

_WEEKS = 4
"""The number of weeks side by side."""

_MOST_CARDS = 60
"""The most visible cards of a week, and without a date."""

_FIELDS = 3
_COMPANION_ROWS = 40
_FIRST, _LAST = date(1, 1, 15), date(9999, 11, 1)


@dataclass(frozen=True, slots=True)
class BoardCard:
    """A row. day: The day in words. date: The date in the column's form. fields: Values of other columns."""

    id: str
    name: str
    address: str
    day: str
    date: str
    fields: Sequence[Markup]


@dataclass(frozen=True, slots=True)
class BoardLane:
    """A week with its cards, or the cards without a date. more: The number of hidden cards."""

    start: str
    title: str
    days: str
    current: bool
    cards: Sequence[BoardCard]
    more: int


@dataclass(frozen=True, slots=True)
class Board:
    """Weeks side by side.

    movable: Whether the date is entered, not computed. companions: Grids of columns computed from the date.
    """

    column: ColumnRecord
    undated: BoardLane
    weeks: Sequence[BoardLane]
    before: str
    after: str
    today: str
    movable: bool
    companions: Sequence[PageGrid]


def date_columns(table: TableRecord) -> list[ColumnRecord]:
    """The columns with dates, by which a board can order a table."""
    dated = (column for column in table.columns if column.column.kind in ("date", "datetime", "created_on"))
    return [column for column in dated if not column.column.many]


def board(
    doc: LocalDoc, table: TableRecord, view: ViewRecord | None, column: ColumnRecord, week: str, back: str
) -> Board:
    """A board of weeks. week: Any day of the first week by ISO 8601; else the week before the present one comes first.

    back: The address of a card's row, up to its id.
    """
    first_day, today = doc.record.first_day_of_week, doc.book.now.date()
    this_week = week_of(today, first_day)
    try:
        start = week_of(date.fromisoformat(week), first_day)
    except ValueError:
        start = this_week - timedelta(weeks=1)
    start = max(_FIRST, min(start, _LAST - timedelta(weeks=_WEEKS + 1)))
    end = start + timedelta(weeks=_WEEKS)
    lanes: dict[date | None, list[tuple[date, RowRecord]]] = {None: []}
    for row in doc.shown(view or table):
        value = doc.value(table, row, column)
        day = value.astimezone(doc.zone).date() if isinstance(value, datetime) else value
        if not isinstance(day, date):
            lanes[None].append((date.max, row))
        elif start <= day < end:
            lanes.setdefault(week_of(day, first_day), []).append((day, row))
    fields = _fields(table, view, column)
    weeks = [start + timedelta(weeks=number) for number in range(_WEEKS)]

    def lane(monday: date | None) -> BoardLane:
        rows = sorted(lanes.get(monday, ()), key=lambda pair: pair[0])
        cards = [_card(doc, table, row, column, fields, back) for _, row in rows[:_MOST_CARDS]]
        if monday is None:
            return BoardLane("", "No date", "", False, cards, max(0, len(rows) - _MOST_CARDS))
        # The number of a week is that of its Thursday, by ISO 8601.
        thursday = monday + timedelta(days=(4 - monday.isoweekday()) % 7)
        number = thursday.isocalendar().week
        days = f"{_day(monday)} – {_day(monday + timedelta(days=6))}"
        more = max(0, len(rows) - _MOST_CARDS)
        return BoardLane(monday.isoformat(), f"Week {number}", days, monday == this_week, cards, more)

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
) -> BoardCard:
    value = doc.value(table, row, column)
    local = value.astimezone(doc.zone) if isinstance(value, datetime) else value
    day = f"{local:%a} {local.day} {local:%b}" if isinstance(local, date) else ""
    values = [value_html(look(doc), doc.value(table, row, field), field.column) for field in fields]
    name = doc.display(Row(table.name, row.number)) or f"row {row.number}"
    entered = "" if column.id in row.invalid_text else str(raw(doc, value, column.column))
    return BoardCard(row.id, name, f"{back}{row.id}", day, entered, [html for html in values if html])


def _fields(table: TableRecord, view: ViewRecord | None, column: ColumnRecord) -> list[ColumnRecord]:
    """A few columns that describe a row."""
    kinds = ("text", "relation", "select", "person", "number")
    entered = [found for found in columns_of(table, view) if not found.column.computed and not found.column.many]
    described = [found for found in entered if found.column.kind in kinds and found is not display_column(table)]
    return [found for found in described if found is not column][:_FIELDS]


def _companions(doc: LocalDoc, table: TableRecord, column: ColumnRecord) -> list[PageGrid]:
    """The columns of other, short tables that read the date."""
    date_cells = GraphNode("cells", table.name, column.column.name)
    reading = graph(doc.program).readers(date_cells)
    found = []
    for name in dict.fromkeys(thing.table for thing in reading if thing.kind == "cells" and thing.table != table.name):
        owner = finding.table(doc.record, name)
        if owner is None or len(doc.rows[owner.id]) > _COMPANION_ROWS:
            continue
        display = display_column(owner)
        reads = [column for column in owner.columns if GraphNode("cells", name, column.column.name) in reading]
        shown_columns = [display, *reads] if display is not None and display not in reads else reads
        found.append(grid(doc, owner, None, 0, shown_columns))
    return found
