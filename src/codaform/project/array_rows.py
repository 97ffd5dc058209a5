"""The rows of large files as a database is given them: arrays of Arrow, without a value of Python for a cell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import MAXYEAR, date, timedelta
from math import inf
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codaform.columns.column import Array, ArrayColumn
from codaform.columns.computing import ColumnBook
from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf, RowOf, Type
from codaform.project.arrow_arrays import arrow_array
from codaform.semantics.dependencies import GraphNode
from codaform.sql.dialects import Dialect
from codaform.sql.entered_rows import GivenCells, given_cells

_ARROW: dict[Type, Any] = {
    types.NUMBER: pa.float64(),
    types.BOOLEAN: pa.bool_(),
    types.DATE: pa.date32(),
    types.DATETIME: pa.int64(),
    types.DURATION: pa.int64(),
    types.TEXT: pa.string(),
}

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_UNIX = date(1970, 1, 1)
_SAFE: dict[Type, tuple[float, float]] = {
    types.NUMBER: (-np.finfo(float).max, np.finfo(float).max),
    types.DURATION: (-(99_999 * _DAY // _MICROSECOND), 99_999 * _DAY // _MICROSECOND),
    types.DATETIME: (
        (date(2, 1, 3) - _UNIX) // _MICROSECOND,
        (date(MAXYEAR - 1, 12, 29) - _UNIX) // _MICROSECOND,
    ),
}
"""Within these limits, every dialect has a value; `fitting` knows of the others."""


class ArrayRows:
    """The rows of a doc in numpy."""

    def __init__(self, columns: ColumnBook, wanted: Iterable[GraphNode]) -> None:
        """wanted: The things that will be computed: what they read is read from the files at once."""
        self.columns = columns
        self.book = columns.book
        columns.read_for(wanted)

    @property
    def filled(self) -> Workbook:
        """The workbook with the rows."""
        return self.columns.filled

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return self.columns.count(table)

    def numbers(self, table: str) -> Any:
        """The numbers of a table's rows."""
        return pa.array(np.arange(1, self.count(table) + 1, dtype=np.int64))

    def cells(self, table: str, declared: Column, dialect: Dialect) -> GivenCells:
        """The cells of a column."""
        column, kind = self.columns.column(table, declared.name), value_type(declared)
        made = _given(column, kind) if column.odd is None else None
        if made is None or (kind == types.TEXT and _any_unfit(made, dialect)):
            return given_cells(self.columns.values(table, declared.name), declared, dialect)
        return GivenCells(made, None, not made.null_count, _largest(column, kind))


def _given(column: ArrayColumn, kind: Type) -> Any:
    """A column as an array; None where its values are given one by one."""
    match kind:
        case RowOf():
            return _numbers(arrow_array(column, kind, pa.int32()))
        case ListOf(RowOf()):
            lists = arrow_array(column, kind, pa.list_(pa.int32()))
            if lists is None or lists.null_count:
                return None
            return pa.ListArray.from_arrays(lists.offsets, _numbers(lists.values))
        case _ if kind in _ARROW and _is_safe(column, kind):
            return arrow_array(column, kind, _ARROW[kind])
    return None


def _numbers(places: Any) -> Any:
    """The numbers of rows, by their places; pyarrow's own addition would load pandas first."""
    if places is None:
        return None
    bits, values = places.cast(pa.int64()).buffers()
    numbers = np.frombuffer(values, np.int64, len(places)) + 1
    return pa.Array.from_buffers(pa.int64(), len(places), [bits, pa.py_buffer(numbers)])


def _there(column: ArrayColumn) -> Array:
    return column.values if column.valid is None else column.values[column.valid]


def _is_safe(column: ArrayColumn, kind: Type) -> bool:
    limits, values = _SAFE.get(kind), _there(column)
    if limits is None or not len(values) or column.kind != kind:
        return True
    return bool(limits[0] <= values.min() and values.max() <= limits[1])


def _any_unfit(texts: Any, dialect: Dialect) -> bool:
    return any(pc.any(pc.match_substring(texts, sign)).as_py() for sign in dialect.unfit)


def _largest(column: ArrayColumn, kind: Type) -> float:
    """As `fitting.largest` has it."""
    if kind not in _SAFE:
        return inf
    values = _there(column)
    if column.kind != kind or not len(values):
        return 0.0
    return float(max(abs(values.min()), abs(values.max())))
