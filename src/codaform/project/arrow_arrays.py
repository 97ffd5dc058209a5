"""Columns in numpy as arrays of Arrow, without a value of Python for a cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from codaform.columns.column import Array, ArrayColumn, Mask
from codaform.columns.combining import apart
from codaform.model import types
from codaform.model.types import ListOf, RowOf, Type

_Arrow = Any
"""A type or an array of pyarrow."""

_SAME = {
    types.NUMBER: np.float64,
    types.DATE: np.int32,
    types.DATETIME: np.int64,
    types.DURATION: np.int64,
}
"""Types whose values Arrow has in the same bytes."""


def arrow_array(column: ArrayColumn, kind: Type, arrow: _Arrow) -> _Arrow | None:
    """A column as an array of an Arrow type; None where the values have to be converted one by one.

    kind: The type that the column is declared with; `arrow` is `arrow_type` of it. An odd value is null.
    """
    if column.kind == types.BLANK:
        return pa.nulls(len(column), arrow)
    if column.kind != kind and not (isinstance(kind, ListOf) and isinstance(column.kind, ListOf)):
        return None
    there = column.valid if column.odd is None else column.present & ~column.odd
    match kind:
        case ListOf(item) if column.lists is not None:
            return _lists(column, there, item, arrow)
        case types.TEXT:
            return _texts(column.values, there, arrow)
        case types.BOOLEAN:
            return _made(arrow, there, np.packbits(column.values, bitorder="little"), len(column))
        case RowOf(table) if table:
            return _made(arrow, there, np.asarray(column.values, np.int32), len(column))
        case _ if kind in _SAME:
            return _made(arrow, there, np.asarray(column.values, _SAME[kind]), len(column))
    return None


def _made(arrow: _Arrow, there: Mask | None, values: Array, size: int) -> _Arrow:
    return pa.Array.from_buffers(arrow, size, [_bits(there), pa.py_buffer(np.ascontiguousarray(values))])


def _bits(there: Mask | None) -> _Arrow | None:
    return None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))


def _texts(values: Array, there: Mask | None, arrow: _Arrow) -> _Arrow:
    texts = values if there is None else np.where(there, values, "")
    return pa.array([value or None for value in texts.tolist()], arrow)


def _lists(column: ArrayColumn, there: Mask | None, item: Type, arrow: _Arrow) -> _Arrow | None:
    lists = apart(column).lists
    assert lists is not None
    items = arrow_array(lists.items, item, arrow.value_type)
    if items is None or len(items) >= 1 << 31:
        return None
    ends = np.concatenate((np.zeros(1, np.int32), np.cumsum(lists.lengths, dtype=np.int32)))
    return pa.Array.from_buffers(arrow, len(column), [_bits(there), pa.py_buffer(ends)], children=[items])
