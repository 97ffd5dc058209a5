"""Rows by texts that stay, values in one form for comparisons and checksums, and checksums of tables."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta

from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_text
from codaform.model.schema import SYSTEM_TYPES, Column, Table
from codaform.model.value_texts import duration_text
from codaform.model.values import Error, EvaluationError, Person, Row
from codaform.project import loading

RowName = Callable[[Row], str]
"""A text for a row that nothing else tells apart."""


def by_number(row: Row) -> str:
    """The number of a row."""
    return f"#{row.id}"


class Labels:
    """The texts by which people name the rows of a workbook: the key, else the display text, else another name.

    A text that two rows of a table share names neither.
    """

    def __init__(self, book: Workbook, name: RowName = by_number) -> None:
        self._book = book
        self._name = name
        self._known: dict[str, dict[Row, str]] = {}
        self._rows: dict[str, dict[str, Row]] = {}

    def of(self, row: Row) -> str:
        """The label of a row; of one that is gone, its name."""
        return self._table(row.table).get(row) or self._name(row)

    def row(self, table: str, label: str) -> Row | None:
        """The row of a label."""
        if table not in self._rows:
            self._rows[table] = {known: row for row, known in self._table(table).items()}
        return self._rows[table].get(label)

    def forget(self, table: str) -> None:
        """Look at the rows of a table again."""
        self._known.pop(table, None)
        self._rows.pop(table, None)

    def _table(self, table: str) -> dict[Row, str]:
        if table not in self._known:
            rows = self._book.rows(table)
            found: dict[Row, str] = {}
            for column in _naming(self._book.doc.tables[table]):
                texts = {row: _text(self._book, row, column) for row in rows}
                count = Counter(texts.values())
                for row, text in texts.items():
                    if text and count[text] == 1 and row not in found:
                        found[row] = text
            taken = Counter(found.values())
            self._known[table] = {row: text for row, text in found.items() if taken[text] == 1}
        return self._known[table]


def _naming(table: Table) -> list[Column]:
    key = [column for column in table.columns.values() if column.key]
    return [*key, *([table.display] if table.display is not None and table.display not in key else [])]


def _text(book: Workbook, row: Row, column: Column) -> str:
    display = book.doc.tables[row.table].display
    if display is not None and column.name == display.name:
        return loading.display(book, row).strip()
    try:
        return (to_text(book.value(row, column.name), book) or "").strip()
    except EvaluationError:
        return ""


def canonical(value: object, label: Callable[[Row], str]) -> object:
    """A value as JSON that is equal for equal values: nothing is None, and so is false; a moment is in UTC.

    label: Of a row, for relations.
    """
    match value:
        case None | "" | False:
            return None
        case list():
            return [canonical(item, label) for item in value] or None
        case Row():
            return {"row": label(value)}
        case Person():
            return {"person": value.email or value.name}
        case dict():
            return {"file": value.get("Url")}
        case datetime():
            return {"moment": value.astimezone(UTC).isoformat(timespec="milliseconds")}
        case date():
            return {"date": value.isoformat()}
        case time():
            return {"time": value.isoformat()}
        case timedelta():
            return {"duration": duration_text(value)}
        case Error():
            return {"error": value.rule}
        case bool():
            return True
        case int() | float():
            return float(value)
    return str(value)


def entered(table: Table) -> tuple[Column, ...]:
    """The columns whose cells people enter."""
    return tuple(column for column in table.columns.values() if not column.computed and column.kind not in SYSTEM_TYPES)


def checksum(book: Workbook, table: str, labels: Labels, columns: Iterable[str] | None = None) -> str:
    """The SHA-256 of the entered cells of a table, whatever the order of its rows. columns: All if left out."""
    names = [column.name for column in entered(book.doc.tables[table])] if columns is None else [*columns]
    lines = sorted(
        as_line([labels.of(row), {name: canonical(book.value(row, name), labels.of) for name in names}])
        for row in book.rows(table)
    )
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def as_line(value: object) -> str:
    """JSON in one line, with the keys in order."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
