"""Checking records from outside: everything that they name exists, and every value fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from codaform.model import types
from codaform.model.schema import COLUMN_TYPES, Column, NamedFormula, value_type
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Error, Person, Row
from codaform.server.doc.records import DocRecord, RowRecord, Rows, TableRecord

_MOST = 2**53
"""The largest number of a row: the largest exact integer of a float."""

_PYTHON: dict[Type, type] = {
    types.TEXT: str,
    types.NUMBER: float,
    types.BOOLEAN: bool,
    types.TIME: time,
    types.DURATION: timedelta,
    types.PERSON: Person,
    types.OBJECT: dict,
}


def validate(doc: DocRecord, rows: Rows) -> Iterator[str]:
    """The problems of a doc's records, a line each."""
    tables = {table.name: table for table in doc.tables}
    if doc.time_zone not in available_timezones():
        yield f"there is no time zone {doc.time_zone}"
    if doc.first_day_of_week not in range(1, 8):
        yield f"no week begins with day {doc.first_day_of_week}"
    views = [view for table in doc.tables for view in table.views]
    ids = [doc.id, *(page.id for page in doc.pages), *(table.id for table in doc.tables), *(view.id for view in views)]
    ids += [column.id for table in doc.tables for column in table.columns]
    ids += [*(known.id for known in doc.formulas), *(known.id for known in doc.controls)]
    yield from _twice(ids, "the id")
    yield from _twice([table.name for table in doc.tables], "the table")
    yield from _twice([named.formula.name for named in doc.formulas], "the formula")
    yield from _twice([view.view.name for view in views], "the view")
    yield from _misplaced(doc)
    for named in doc.formulas:
        yield from _ill_typed(named.formula, named.formula.name, tables)
    for table in doc.tables:
        yield from _ill_made(table, tables)
    if rows.keys() != {table.id for table in doc.tables}:
        yield "there are rows of a table that is not there"
    moments = [doc.created, doc.updated]
    moments += [moment for page in doc.pages for moment in (page.created, page.updated)]
    moments += [moment for table in doc.tables for moment in (table.created, table.updated)]
    moments += [moment for view in views for moment in (view.created, view.updated)]
    if not all(map(_is_moment, moments)):
        yield "a moment has no time zone, or is too long ago"


def validate_row(doc: DocRecord, table: TableRecord, row: RowRecord) -> Iterator[str]:
    """The problems of a row's record in a table of a valid doc."""
    kept: Any = row  # the types of its members are not checked yet
    columns = {column.id: column.column for column in table.columns}
    known = {table.name for table in doc.tables}
    if not (isinstance(kept.id, str) and kept.id and type(kept.number) is int and 0 < kept.number <= _MOST):
        yield f"a row of {table.name} has no id or no number"
    if type(kept.version) is not int or not (_is_moment(row.created) and _is_moment(row.updated)):
        yield f"the row {row.id} has no version or no moments"
    if not isinstance(kept.invalid_text, dict) or not all(
        isinstance(text, str | float) for text in kept.invalid_text.values()
    ):
        yield f"the row {row.id} holds something else where texts stand that do not fit"
    elif not columns.keys() >= row.invalid_text.keys() | row.entered.keys():
        yield f"the row {row.id} has cells without a column"
    else:
        for id, value in row.entered.items():
            if not _fits(value, value_type(columns[id]), known):
                yield f"the row {row.id} holds something else in {columns[id].name}"


def _twice(names: Iterable[str], what: str) -> Iterator[str]:
    seen: set[str] = set()
    for name in names:
        if not name or name in seen:
            yield f"{what} {name!r} is there twice, or empty"
        seen.add(name)


def _misplaced(doc: DocRecord) -> Iterator[str]:
    parents = {page.id: page.parent for page in doc.pages}
    for page in doc.pages:
        above, at = {page.id}, page.parent
        while at and at not in above and at in parents:
            above.add(at)
            at = parents[at]
        if at:
            yield f"the page {page.id} lies nowhere"
    places = [*(table.page for table in doc.tables), *(view.page for table in doc.tables for view in table.views)]
    places = [place for place in places if place]  # a table stays when its page is deleted
    places += [*(known.page for known in doc.formulas), *(known.page for known in doc.controls)]
    if not all(place in parents for place in places):
        yield "something lies on a page that is not there"


def _ill_typed(known: Column | NamedFormula, where: str, tables: dict[str, TableRecord]) -> Iterator[str]:
    if known.kind not in COLUMN_TYPES:
        yield f"{where} has a type that is none: {known.kind}"
    elif (known.kind == "relation" or known.to) and known.to not in tables:
        yield f"{where} leads to a table that is not there"


def _ill_made(table: TableRecord, tables: dict[str, TableRecord]) -> Iterator[str]:
    names = [column.column.name for column in table.columns]
    yield from _twice(names, f"in {table.name}, the column")
    if not 0 <= table.last <= _MOST:
        yield f"{table.name} has no last row"
    for record in table.columns:
        column = record.column
        where = f"{table.name}.{column.name}"
        yield from _ill_typed(column, where, tables)
        others = tables[column.to].columns if column.to in tables else []
        # It may have another type by now; then the other side is empty.
        if column.reverse and not any(other.column.name == column.reverse for other in others):
            yield f"{where} mirrors a column that is not there"
    for view in table.views:
        shown = view.view
        if shown.table != table.name or not {shown.sort or names[0] if names else "", *shown.columns} <= {*names, ""}:
            yield f"the view {shown.name} shows something that is not there"
        if shown.limit is not None and not 0 <= shown.limit <= _MOST:
            yield f"the view {shown.name} shows {shown.limit} rows"


def _fits(value: object, kind: Type, tables: set[str]) -> bool:
    """Whether a value fits a type. Errors fit every type: a default may have returned one."""
    if value is None or isinstance(value, Error):
        return True
    match kind:
        case ListOf(item):
            return isinstance(value, list) and all(_fits(element, item, tables) for element in value)
        case RowOf(table):
            return _is_row(value, tables if not table else {table} & tables)
        case types.OBJECT if isinstance(value, list):  # of pictures or files
            return all(isinstance(item, dict) and _is_sound(item, tables) for item in value)
        case types.DATE:
            return isinstance(value, date) and not isinstance(value, datetime)
        case types.DATETIME:
            return _is_moment(value)
    if kind in _PYTHON:
        return isinstance(value, _PYTHON[kind]) and _is_sound(value, tables)
    return _is_sound(value, tables)


def _is_row(value: object, tables: set[str]) -> bool:
    id: Any = value.id if isinstance(value, Row) else None
    return isinstance(value, Row) and value.table in tables and type(id) is int and 0 < id <= _MOST


def _is_sound(value: object, tables: set[str]) -> bool:
    match value:
        case list():
            return all(_is_sound(item, tables) for item in value)
        case dict():
            return all(isinstance(key, str) and _is_sound(item, tables) for key, item in value.items())
        case Row():
            return _is_row(value, tables)
        case Person():
            members: list[Any] = [value.name, value.email]
            return all(isinstance(member, str) for member in members)
        case datetime():
            return _is_moment(value)
    return True


def _is_moment(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None and 1 < value.year < 9999
