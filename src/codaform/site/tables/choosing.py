"""Which row tells most about a formula."""

from __future__ import annotations

from collections.abc import Sequence

from codaform.model.values import Error, Row, is_blank
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import reads
from codaform.site.tables.survey import Survey

_MOST_ROWS = 100
"""How many rows are looked at."""

_MOST_ITEMS = 6
"""A list of up to so many values tells more than a longer one."""


def telling_row(survey: Survey, table: str, bound: Bound, among: Sequence[Row] | None = None) -> Row | None:
    """The sample row that shows best what a formula does; None for a table without rows.

    among: Those to choose from; all of the table if left out.

    A value comes before a blank and a blank before an error; then what has more to be computed from comes first, and
    of equals the row that stands first.
    """
    inputs = [
        thing.name
        for thing in sorted(reads(survey.doc, bound.body).things, key=lambda thing: thing.name)
        if thing.table == table and thing.kind == "cells"
    ]
    best: tuple[tuple[int, int], Row] | None = None
    for row in (survey.rows(table) if among is None else among)[:_MOST_ROWS]:
        weight = _weight(survey.book.evaluate(bound, row)), _filled(survey, row, inputs)
        if best is None or weight > best[0]:
            best = weight, row
    return None if best is None else best[1]


def _weight(value: object) -> int:
    match value:
        case Error():
            return 0
        case list() if value:
            return 4 if 1 < len(value) <= _MOST_ITEMS else 3
        case _ if is_blank(value):
            return 1
        case bool() | float() | int():
            return 3 if value else 2
    return 3


def _filled(survey: Survey, row: Row, columns: list[str]) -> int:
    book = survey.book
    values = (book.value(row, column) for column in columns)
    return sum(not is_blank(value) and not isinstance(value, Error) for value in values)
