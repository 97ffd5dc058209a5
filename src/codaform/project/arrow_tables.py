"""The tables of a doc in Arrow: the types of their columns, and their values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from codaform.evaluation.workbook import Workbook
from codaform.model import conversion, types
from codaform.model.schema import Column, Table, value_type
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Error, EvaluationError, Row

_Arrow = Any
"""A type, a schema, an array or a table of pyarrow, which is imported where it is used."""


_PYTHON: dict[Type, type] = {
    types.NUMBER: float,
    types.BOOLEAN: bool,
    types.DATE: date,
    types.DATETIME: datetime,
    types.TIME: time,
}

_LONGEST = timedelta(microseconds=2**63 - 1)
"""The longest duration that Arrow has."""


def arrow_type(kind: Type, zone: str) -> _Arrow:
    """The type of a column's values in Arrow. A type without an Arrow type of its own is text.

    A number is a float64, a date a date32, a moment a timestamp in microseconds in the doc's zone, a duration in
    microseconds, a row an int32: its place in its table, from 0.
    """
    import pyarrow as pa

    match kind:
        case types.NUMBER:
            return pa.float64()
        case types.BOOLEAN:
            return pa.bool_()
        case types.DATE:
            return pa.date32()
        case types.DATETIME:
            return pa.timestamp("us", zone)
        case types.TIME:
            return pa.time64("us")
        case types.DURATION:
            return pa.duration("us")
        case RowOf(table) if table:
            return pa.int32()
        case ListOf(item):
            return pa.list_(arrow_type(item, zone))
    return pa.string()


def table_schema(table: Table, zone: str) -> _Arrow:
    """The schema of a table. A column of rows names their table in its metadata, under `table`."""
    import pyarrow as pa

    fields = []
    for column in table.columns.values():
        kind = value_type(column)
        item = kind.item if isinstance(kind, ListOf) else kind
        metadata = {"table": item.table} if isinstance(item, RowOf) and item.table else None
        fields.append(pa.field(column.name, arrow_type(kind, zone), metadata=metadata))
    return pa.schema(fields)


def arrow_values(values: Iterable[Any], column: Column, book: Workbook) -> _Arrow:
    """The values of a column as an array. An error, the empty text and what does not fit the column's type are null."""
    import pyarrow as pa

    kind, places = value_type(column), _Places(book)
    return pa.array([_fitting(value, kind, places) for value in values], arrow_type(kind, book.doc.time_zone))


class _Places(dict[str, dict[int, int]]):
    """By table, the places of rows by their numbers."""

    def __init__(self, book: Workbook) -> None:
        super().__init__()
        self.book = book

    def __missing__(self, table: str) -> dict[int, int]:
        found = self[table] = {row.id: place for place, row in enumerate(self.book.rows(table))}
        return found


def _fitting(value: Any, kind: Type, places: _Places) -> Any:
    """A value as Arrow takes it for a type."""
    if value is None or value == "" or isinstance(value, Error):
        return None
    match kind:
        case ListOf(item):
            return [_fitting(inner, item, places) for inner in value] if isinstance(value, list) else None
        case RowOf(table) if table:
            return places[table].get(value.id) if isinstance(value, Row) and value.table == table else None
        case types.DURATION:
            return value if isinstance(value, timedelta) and abs(value) <= _LONGEST else None
        case _ if kind in _PYTHON:
            return value if type(value) is _PYTHON[kind] else None
    try:
        return conversion.to_text(value, places.book)
    except EvaluationError:
        return None
