"""A table or a view as a grid: its columns, and one stretch of its rows as HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from codaform.markup.values import MOST_LETTERS, value_html
from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.model.values import Error, Row, identity, is_blank
from codaform.semantics.program import FormulaSite
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import ColumnRecord, RowRecord, TableRecord, ViewRecord
from codaform.server.page.values import icon, look, raw, row_address

_ROWS = 100
"""The number of rows of a page of a grid."""

_RIGHT = frozenset({"number", "percent", "currency", "duration", "row_id"})


@dataclass(frozen=True, slots=True)
class GridHeading:
    """A column's heading.

    mark: The origin of its cells: empty for entered cells, `ƒ` for a formula, `⇄` for the other side of a relation, `•`
    for values that Coda keeps. look: The classes of its cells. options: The options as JSON; empty without a list.
    """

    id: str
    column: Column
    icon: Markup
    mark: str
    made: str
    look: str
    target: str
    options: str
    error: str


@dataclass(frozen=True, slots=True)
class PageGrid:
    """Some columns, and the rows from `first` (counted from 0) on. count: The number of all rows."""

    table: TableRecord
    owner: str
    name: str
    headings: Sequence[GridHeading]
    rows: Sequence[Markup]
    first: int
    count: int

    @property
    def last(self) -> int:
        """The position after the last visible row."""
        return self.first + len(self.rows)


def grid(
    doc: LocalDoc,
    table: TableRecord,
    view: ViewRecord | None = None,
    first: int = 0,
    columns: Sequence[ColumnRecord] | None = None,
    most: int = _ROWS,
) -> PageGrid:
    """A table, or a view of it, from a row on. columns: By default those of the view."""
    rows = doc.shown(view or table)
    chosen = columns if columns is not None else columns_of(table, view)
    first = max(0, min(first, len(rows) - 1)) // most * most
    part = rows[first : first + most]
    return PageGrid(
        table,
        view.id if view is not None else table.id,
        view.view.name if view is not None else table.name,
        [heading(doc, table, column) for column in chosen],
        [_row(doc, table, row, chosen, first + index) for index, row in enumerate(part, 1)],
        first,
        len(rows),
    )


def columns_of(table: TableRecord, view: ViewRecord | None) -> list[ColumnRecord]:
    """The columns of a view; for a table, or a view without a choice, all columns with the display column first."""
    named = view.view.columns if view is not None else ()
    by_name = {column.column.name: column for column in table.columns}
    if named:
        return [by_name[name] for name in named if name in by_name]
    display = display_column(table)
    return ([display] if display is not None else []) + [column for column in table.columns if column is not display]


def display_column(table: TableRecord) -> ColumnRecord | None:
    """The display column: the marked one, else the key, else the first."""
    marked = next((column for column in table.columns if column.column.display), None)
    keyed = next((column for column in table.columns if column.column.key), None)
    return marked or keyed or next(iter(table.columns), None)


def heading(doc: LocalDoc, table: TableRecord, record: ColumnRecord) -> GridHeading:
    """The heading of a column, with the facts for its cells' controls."""
    column = record.column
    mark, made = _mark(column)
    error = next(
        (
            doc.errors[place]
            for role in ("formula", "action", "disable_if")
            if (place := FormulaSite(role, table.name, column.name)) in doc.errors
        ),
        "",
    )
    error = error or _key_error(doc, table, record)
    options = json.dumps(list(column.options), ensure_ascii=False) if column.kind == "select" else ""
    target = doc.table_id(column.to) if column.kind == "relation" else ""
    return GridHeading(record.id, column, icon(column.kind), mark, made, _look(column), target, options, error)


_MOST_KEYS = 20_000
"""The most rows of a table whose keys are compared at each view."""


def _key_error(doc: LocalDoc, table: TableRecord, record: ColumnRecord) -> str:
    """The problems of a table's keys. Coda has no keys, so no write is refused for one."""
    rows = doc.rows[table.id]
    if not record.column.key or len(rows) > _MOST_KEYS:
        return ""
    seen: dict[object, int] = {}
    blank = 0
    for row in rows.values():
        value = doc.value(table, row, record)
        if is_blank(value):
            blank += 1
        elif not isinstance(value, Error):
            seen[identity(value)] = seen.get(identity(value), 0) + 1
    doubled = sum(count for count in seen.values() if count > 1)
    problems = [f"{doubled} rows share their key with another"] if doubled else []
    problems += [f"{blank} {'row has' if blank == 1 else 'rows have'} no key"] if blank else []
    return ", ".join(problems)


def _mark(column: Column) -> tuple[str, str]:
    if column.kind == "button":
        return "", "button"
    if column.formula is not None:
        return "ƒ", "computed by a formula"
    if column.reverse:
        return "⇄", "the other side of a relation"
    return ("•", "kept by Coda itself") if column.computed else ("", "")


def _look(column: Column) -> str:
    number = column.kind in _RIGHT or (column.kind == "other" and value_type(column) == types.NUMBER)
    return " ".join(
        part
        for part in (
            f"k-{column.kind.replace('_', '-')}",
            "right" if number and not column.many else "",
            "computed" if column.computed and column.kind != "button" else "",
            "many" if column.many or column.reverse else "",
        )
        if part
    )


def _row(doc: LocalDoc, table: TableRecord, row: RowRecord, columns: Sequence[ColumnRecord], number: int) -> Markup:
    reference = Row(table.name, row.number)
    name = doc.display(reference) or f"row {row.number}"
    cells = Markup("").join(cell(doc, table, row, column, index) for index, column in enumerate(columns, 2))
    return Markup(
        '<tr role="row" aria-rowindex="{0}" data-row="{1}" data-name="{2}"><th role="rowheader" aria-colindex="1" '
        'class="n" scope="row"><a href="{3}" tabindex="-1" aria-label="{4}, open {2}" title="Open the row">'
        "<span>{4}</span>{5}</a></th>{6}</tr>\n"
    ).format(number + 1, row.id, name, row_address(doc, reference), number, icon("open"), cells)


def cell(
    doc: LocalDoc, table: TableRecord, row: RowRecord, record: ColumnRecord, index: int, whole: bool = False
) -> Markup:
    """A cell of a grid. index: The number of its column in the grid, from 1."""
    column = record.column
    classes, facts = _look(column), Markup("")
    if column.kind == "button":
        inside = _button(doc, table, row, record)
    else:
        value = doc.value(table, row, record)
        inside = value_html(look(doc), value, column, whole)
        if isinstance(value, Error):
            classes += " failed"
        if record.id in row.invalid_text:
            classes += " unfit"
            facts = Markup(' title="This text does not fit the column: Coda keeps and shows it, formulas see a blank"')
        if column.computed:
            facts += Markup(' aria-readonly="true"')
        elif isinstance(value, str) and len(value) > MOST_LETTERS and not whole:
            facts += Markup(" data-long")
        else:
            facts += Markup(' data-raw="{}"').format(json.dumps(raw(doc, value, column), ensure_ascii=False))
    return Markup(
        '<td role="gridcell" tabindex="-1" aria-colindex="{}" class="{}" data-column="{}"{}><div>{}</div></td>'
    ).format(index, classes, record.id, facts, inside)


def _button(doc: LocalDoc, table: TableRecord, row: RowRecord, record: ColumnRecord) -> Markup:
    column, reference = record.column, Row(table.name, row.number)
    condition = doc.program.formulas.get(FormulaSite("disable_if", table.name, column.name))
    off = condition is not None and doc.book.evaluate(condition, reference) is True
    return Markup('<button type="button" class="press" tabindex="-1" data-push="{}"{}>{}</button>').format(
        record.id, Markup(" disabled") if off else "", column.label or column.name
    )
