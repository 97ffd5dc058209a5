"""What the prediction of costs has to know of a workbook's rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from codaform.evaluation.workbook import Workbook
from codaform.semantics.costs import TableFacts


def facts_of_book(book: Workbook, grow: float = 1.0) -> TableFacts:
    """The rows of a workbook, and the values of its entered columns; nothing is computed.

    grow: How many times as many rows to reckon with.
    """

    def values(table: str, column: str) -> Iterator[Hashable | list[Hashable]] | None:
        known = book.doc.tables[table].columns[column]
        return None if known.computed else map(_countable, book.values(table, column))

    return TableFacts({name: len(book.rows(name)) for name in book.doc.tables}, values, grow)


def _countable(value: object) -> Hashable | list[Hashable]:
    if isinstance(value, list):
        return [_key(item) for item in value]
    return _key(value)


def _key(value: object) -> Hashable:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
