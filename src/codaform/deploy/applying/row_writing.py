"""Sample rows written into a doc, so that a second time changes nothing, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from codaform.coda.door.failures import Failure
from codaform.coda.door.rest import Accepted, Record, Rest, in_calls
from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_to_write
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.rich import read_shown
from codaform.coda.wire.texts import InvalidValue
from codaform.deploy.applying.doc_rows import DocRows
from codaform.deploy.applying.outcomes import SideOutcome
from codaform.deploy.ids import Ids
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Table
from codaform.model.values import Person, Row

_NEVER_WRITTEN = ("reaction", "pack_object", "button", "other")
"""Kinds of columns whose cells no API writes."""


@dataclass(slots=True)
class Written:
    """The sample rows of a table, and the same rows in the doc. rows: Ids by row. cells: The cells by row id."""

    table: Table
    plain: tuple[Column, ...]
    relations: tuple[Column, ...]
    key: Column | None
    rows: dict[Row, str] = field(default_factory=dict)
    cells: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    calls: int = 0
    trouble: str = ""


class RowWriter(DocRows):
    """Writes the sample rows of a workbook into a doc. All methods raise `failures.Failure`.

    doc_ids: The ids of tables and columns. patience: For how many seconds a change may take, and a read to show it.
    """

    def __init__(self, rest: Rest, doc_ids: Ids, book: Workbook, patience: float) -> None:
        super().__init__(book, doc_ids.tables)
        self._rest = rest
        self._reading = rest.fresh(patience)
        self._ids = doc_ids
        self._patience = patience

    def is_behind(self) -> bool:
        """Whether rows are missing in the doc or have other values there."""
        tables = self._tables()
        for made in tables:
            self._find(made)
        return any(
            row not in made.rows or any(self._differs(made, row, column) for column in (*made.plain, *made.relations))
            for made in tables
            for row in self._book.rows(made.table.name)
        )

    def write(self) -> tuple[SideOutcome, ...]:
        """Write all rows: first without their relations, which may lead to each other; then those; then read back."""
        tables = self._tables()
        for made in tables:
            self._find(made)
            self._write_cells(made, made.plain, new_rows=True)
        for made in tables:
            if made.calls:
                self._find(made)
        for made in tables:
            self._write_cells(made, made.relations, new_rows=False)
        return tuple(self._checked(made) for made in tables)

    def _tables(self) -> list[Written]:
        return [made for table in self._book.doc.tables.values() if (made := self._begun(table)) is not None]

    def _begun(self, table: Table) -> Written | None:
        if not self._book.rows(table.name) or table.name not in self._ids.tables:
            return None
        there = [
            column
            for column in table.columns.values()
            if not column.computed
            and column.kind not in _NEVER_WRITTEN
            and (table.name, column.name) in self._ids.columns
        ]
        plain = tuple(column for column in there if column.kind != "relation")
        return Written(
            table, plain, tuple(column for column in there if column.kind == "relation"), self._key(table, plain)
        )

    def _key(self, table: Table, plain: Sequence[Column]) -> Column | None:
        """The column that identifies rows; None if no column has a different value in each."""
        display = table.display
        marked = [column for column in plain if column.key]
        for column in (*marked, *(column for column in plain if display is not None and column.name == display.name)):
            values = [self._book.value(row, column.name) for row in self._book.rows(table.name)]
            texts = [str(value) for value in values if value not in (None, "")]
            if len({*texts}) == len(values):
                return column
        return None

    # ------------------------------------------------------------ which row is which

    def _find(self, made: Written) -> None:
        """Read the table, and find each sample row in it."""
        id = self._ids.tables[made.table.name]
        made.cells, made.rows = {}, {}
        by_key: dict[object, list[str]] = {}
        for record in self._reading.rows(self._ids.doc, id):
            values = record.get("values")
            row_id = str(record.get("id"))
            made.cells[row_id] = values if isinstance(values, dict) else {}
            if made.key is not None:
                by_key.setdefault(self._shown(made, row_id, made.key), []).append(row_id)
        for row in self._book.rows(made.table.name):
            if made.key is None:
                found = [own] if (own := self._own_id(row)) in made.cells else []
            else:
                found = by_key.get(_alike(self._book.value(row, made.key.name)), [])
            if len(found) > 1:
                made.trouble = (
                    f"{len(found)} rows have the {made.key.name if made.key else 'id'} {self._text(row, made)}"
                )
            if found:
                made.rows[row] = found[0]
                self.know(row, found[0])

    def _own_id(self, row: Row) -> str:
        """The id that a row without a key gets, so that adding it twice adds it once."""
        return ids.stable("row", self._ids.doc, row.table, str(row.id))

    def _text(self, row: Row, made: Written) -> str:
        return str(self._book.value(row, made.key.name)) if made.key is not None else str(row.id)

    def _shown(self, made: Written, row_id: str, column: Column) -> object:
        record = made.cells[row_id].get(self._ids.columns[made.table.name, column.name])
        try:
            return _alike(read_shown(record, column, self.zone, lambda id, _: self.by_id.get(id)))
        except InvalidValue as problem:
            return problem.text

    def _differs(self, made: Written, row: Row, column: Column) -> bool:
        return self._shown(made, made.rows[row], column) != _alike(self._book.value(row, column.name))

    # ------------------------------------------------------------ writing

    def _write_cells(self, made: Written, columns: Sequence[Column], new_rows: bool) -> None:
        """Write cells of rows that do not show them yet. new_rows: Whether rows that are not there are added."""
        if made.trouble or not columns:
            return
        changed = [row for row in made.rows if any(self._differs(made, row, column) for column in columns)]
        added = [row for row in self._book.rows(made.table.name) if row not in made.rows] if new_rows else []
        if made.key is not None:
            written = [column for column in columns if column is not made.key]
            bodies = [(row, self._body(row, (made.key, *written))) for row in (*added, *changed)]
            for part in in_calls(bodies):
                key = self._ids.columns[made.table.name, made.key.name]
                rows = [body for _, body in part]
                self._done(self._rest.upsert_rows(self._ids.doc, self._ids.tables[made.table.name], rows, [key]))
                made.calls += 1
            return
        for part in in_calls([(row, self._body(row, columns)) for row in added]):
            path = f"/docs/{self._ids.doc}/tables/{self._ids.tables[made.table.name]}/rows"
            record = self._rest.call(
                "POST",
                path,
                body={"rows": [body for _, body in part], "rowIds": [self._own_id(row) for row, _ in part]},
            )
            request = record.get("requestId")
            self._done(Accepted(request if isinstance(request, str) else None, record))
            made.calls += 1
        for row in changed:
            cells = self._cells(row, columns)
            table = self._ids.tables[made.table.name]
            self._done(self._rest.update_row(self._ids.doc, table, made.rows[row], cells))
            made.calls += 1

    def _body(self, row: Row, columns: Sequence[Column]) -> Record:
        return {"cells": [*self._cells(row, columns)]}

    def _cells(self, row: Row, columns: Sequence[Column]) -> list[Record]:
        found: list[Record] = []
        for column in columns:
            value = self._book.value(row, column.name)
            # A moment with its offset, a day without: neither depends on the zone that the doc has.
            record = value.isoformat() if isinstance(value, date) else cell_to_write(value, column, self)
            found.append({"column": self._ids.columns[row.table, column.name], "value": record})
        return found

    def _done(self, accepted: Accepted) -> None:
        if accepted.request is not None and not self._rest.finish(accepted.request, self._patience):
            raise NotConfirmed(f"rows were accepted, not confirmed within {self._patience:g} seconds")

    # ------------------------------------------------------------ reading back

    def _checked(self, made: Written) -> SideOutcome:
        rows = self._book.rows(made.table.name)
        what = f"{len(rows)} rows of {made.table.name}"
        if made.trouble:
            return SideOutcome(what, "failed", made.trouble)
        if made.calls:
            self._find(made)
        gone = [row for row in rows if row not in made.rows]
        if gone:
            return SideOutcome(what, "failed", f"{len(gone)} are not there")
        wrong = [
            f"{column.name} of {self._text(row, made)}"
            for row in rows
            for column in (*made.plain, *made.relations)
            if self._differs(made, row, column)
        ]
        if wrong:
            more = f" and {len(wrong) - 1} more cells" if len(wrong) > 1 else ""
            return SideOutcome(what, "failed", f"written otherwise: {wrong[0]}{more}")
        return SideOutcome(what, "done" if made.calls else "already")


class NotConfirmed(Failure):
    """Coda accepted a change, and did not confirm it in time."""


def _alike(value: object) -> object:
    """A value in the form for comparisons: every empty cell is blank, and a person is an address."""
    match value:
        case None | "" | False:
            return None
        case list():
            items = tuple(_alike(item) for item in value)
            return items or None
        case Person():
            return ("person", value.email or value.name)
        case dict():
            return ("file", value.get("Url"))
    return value
