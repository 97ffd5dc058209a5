"""A local doc at work: its records, and a workbook that computes what they make of each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from codaform.coda.wire.formula_text import returned_formula
from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_text
from codaform.model.schema import SYSTEM_TYPES, UNSETTABLE, Doc, Table
from codaform.model.values import Fault, Person, Row
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import Place, Program, understand
from codaform.server.doc.cell_keys import CellKeys
from codaform.server.doc.controls import as_control
from codaform.server.doc.records import ColumnRecord, DocRecord, RowRecord, Rows, TableRecord, ViewRecord
from codaform.server.doc.stored_values import from_json, to_json

HOST = "https://coda.io"
"""Where browser links of docs seem to lead; nothing is ever asked there."""


class LocalDoc:
    """A doc whose cells are computed when they are read.

    record: Everything but the rows. rows: The rows. book: What formulas see, and what they give.
    errors: What is wrong with formulas, by place; such a formula gives error values.
    touched, gone: Rows that were changed or removed since somebody last took note, by table id and number.
    rebuilt: Whether anything but rows was changed since.
    """

    def __init__(self, record: DocRecord, rows: Rows, now: datetime, user: Person) -> None:
        self.record = record
        self.rows = rows
        self.now = now
        self.user = user
        self.errors: dict[Place, str] = {}
        self.touched: set[tuple[str, int]] = set()
        self.gone: set[tuple[str, int]] = set()
        self.rebuilt = True
        self.rebuild()

    # ------------------------------------------------------------ the schema

    def rebuild(self) -> None:
        """Understand the doc anew after anything but its rows was changed."""
        self.rebuilt = True
        self._texts: dict[tuple[str, str], str] = {}
        self._by_name = {table.name: table for table in self.record.tables}
        self._numbers: dict[tuple[str, str], int] = {}
        self._keys = CellKeys()
        self.program: Program = understand(self.schema())[0]
        told = ((place, _error(bound)) for place, bound in self.program.formulas.items())
        self.errors = {place: message for place, message in told if message is not None}
        self.book = Workbook(self.program, self.now, self.user)
        for table in self.record.tables:
            columns = {column.id: column for column in table.columns}
            known = self.rows.setdefault(table.id, {})
            for row in known.values():
                self._numbers[table.id, row.id] = row.number
                values = {columns[id].column.name: value for id, value in row.entered.items() if id in columns}
                self.book.add(table.name, {**values, **self._kept(table, row)}, defaults=False, id=row.number)
            table.last = max(table.last, max(known, default=0))
            self.book.reserve(table.name, table.last)
        for control in self.record.controls:
            known_as = self.book.doc.controls.get(control.name)
            if known_as is not None and known_as.kind not in UNSETTABLE:
                self.book.set_control(control.name, from_json(control.value))

    def schema(self) -> Doc:
        """The doc as the compiler knows it."""
        record = self.record
        tables = {
            table.name: Table(
                table.name,
                {column.column.name: column.column for column in table.columns},
                table.about,
                tuple(view.view for view in table.views),
            )
            for table in record.tables
        }
        formulas = {named.formula.name: named.formula for named in record.formulas}
        names = {table.id: table.name for table in record.tables}
        controls = {known.name: as_control(known, names) for known in record.controls if known.name not in formulas}
        return Doc(record.name, tables, formulas, controls, record.about, record.time_zone, record.first_day_of_week)

    def returned(self, text: str, table: str = "") -> str:
        """The text of a formula as the API gives it back. table: Whose row owns it; empty on a page."""
        if not self._texts:
            doc = self.book.doc
            columns = (column for owner in doc.tables.values() for column in owner.columns)
            views = (view.name for owner in doc.tables.values() for view in owner.views)
            self._names = frozenset((*columns, *doc.tables, *views, *doc.formulas, *doc.controls))
        if (text, table) not in self._texts:
            self._texts[text, table] = returned_formula(text, table, self._names.__contains__)
        return self._texts[text, table]

    def _kept(self, table: TableRecord, row: RowRecord) -> dict[str, object]:
        """What Coda itself keeps of a row, for the columns that show it."""
        columns = [column.column for column in table.columns if column.column.kind in SYSTEM_TYPES]
        if not columns:
            return {}
        kept: dict[str, object] = {
            "created_on": row.created.astimezone(self.zone),
            "modified_on": row.updated.astimezone(self.zone),
            "created_by": self.user,
            "modified_by": self.user,
        }
        return {column.name: kept[column.kind] for column in columns if column.kind in kept}

    def tick(self, now: datetime) -> bool:
        """Let the clock show another moment; seconds are enough. Gives whether it is another."""
        now = now.replace(microsecond=0)
        if now == self.now:
            return False
        self.now = now
        self.book.move_clock(now)
        return True

    # ------------------------------------------------------------ rows

    def row(self, table: TableRecord, wanted: str) -> RowRecord | None:
        """The row of an id, or of the text that it is displayed as."""
        found = self.row_of_id(table, wanted)
        if found is None:
            named = self.book.find(wanted, table.name)
            found = self.rows[table.id].get(named.id) if named is not None else None
        return found

    def row_of_id(self, table: TableRecord, id: str) -> RowRecord | None:
        """The row of an id, if it is one of the table."""
        number = self._numbers.get((table.id, id))
        return self.rows[table.id][number] if number is not None else None

    def shown(self, owner: TableRecord | ViewRecord) -> list[RowRecord]:
        """The rows of a table or a view, in the order in which it shows them."""
        if isinstance(owner, TableRecord):
            return list(self.rows[owner.id].values())
        known = self.rows[self._by_name[owner.view.table].id]
        return [known[row.id] for row in self.book.rows(owner.view.name)]

    def value(self, table: TableRecord, row: RowRecord, column: ColumnRecord) -> object:
        """The value of a cell; a text that does not fit is shown as it is, an Error stands where there is none."""
        if column.id in row.unfit:
            return row.unfit[column.id]
        return self.book.value(Row(table.name, row.number), column.column.name)

    def add(self, table: TableRecord, id: str, entered: Mapping[str, object], unfit: Mapping[str, str]) -> RowRecord:
        """Add a row; defaults fill the columns that are not named."""
        columns = {column.id: column for column in table.columns}
        values = {columns[column].column.name: value for column, value in entered.items()}
        values.update({columns[column].column.name: None for column in unfit})
        record = RowRecord(id, 0, self.now, self.now, dict(entered), dict(unfit))
        row = self.book.add(table.name, {**values, **self._kept(table, record)})
        record.number = row.id
        for column in table.columns:
            if column.column.default is not None and column.column.name not in values:
                record.entered[column.id] = self.book.value(row, column.column.name)
        self.adopt(table, record)
        return record

    def adopt(self, table: TableRecord, record: RowRecord) -> None:
        """Take note of a row that the workbook holds already."""
        self.rows[table.id][record.number] = record
        self._numbers[table.id, record.id] = record.number
        table.last = max(table.last, record.number)
        self._touch(table, record, [column.id for column in table.columns])
        self.book.change(Row(table.name, record.number), self._kept(table, record))

    def change(
        self, table: TableRecord, record: RowRecord, entered: Mapping[str, object], unfit: Mapping[str, str]
    ) -> None:
        """Change cells of a row, by the ids of their columns."""
        names = {column.id: column.column.name for column in table.columns}
        values = {names[id]: value for id, value in entered.items()}
        values.update({names[id]: None for id in unfit})
        self.book.change(Row(table.name, record.number), values)
        self.note(table, record, entered, unfit)

    def note(
        self, table: TableRecord, record: RowRecord, entered: Mapping[str, object], unfit: Mapping[str, str]
    ) -> None:
        """Take note of changed cells, which the workbook holds already."""
        self._keys.discard(record, (*entered, *unfit))
        for id in entered:
            record.unfit.pop(id, None)
        for id in unfit:
            record.entered.pop(id, None)
        record.entered.update(entered)
        record.unfit.update(unfit)
        record.updated = self.now
        self._touch(table, record, (*entered, *unfit))
        self.book.change(Row(table.name, record.number), self._kept(table, record))

    def remove(self, table: TableRecord, record: RowRecord) -> None:
        """Remove a row; relations that pointed to it are blank from now on."""
        self.forget(table, record)
        self.book.remove(Row(table.name, record.number))

    def forget(self, table: TableRecord, record: RowRecord) -> None:
        """Take note that a row is gone, without telling the workbook."""
        self._keys.discard(record, [column.id for column in table.columns])
        self.rows[table.id].pop(record.number, None)
        self._numbers.pop((table.id, record.id), None)
        self.touched.discard((table.id, record.number))
        self.gone.add((table.id, record.number))
        gone = Row(table.name, record.number)
        self._let_go_of_controls(gone)
        for owner in self.record.tables:
            for column in owner.columns:
                if column.column.kind == "relation" and column.column.to == table.name and not column.column.computed:
                    self._let_go(owner, column, gone)

    def _let_go_of_controls(self, gone: Row) -> None:
        for control in self.record.controls:
            value = from_json(control.value)
            if value == gone or (isinstance(value, list) and gone in value):
                control.value = to_json([row for row in value if row != gone] if isinstance(value, list) else None)
                self.rebuilt = True

    def _let_go(self, owner: TableRecord, column: ColumnRecord, gone: Row) -> None:
        for record in self.rows[owner.id].values():
            value = record.entered.get(column.id)
            if value == gone or (isinstance(value, list) and gone in value):
                self._keys.discard(record, (column.id,))
                record.entered[column.id] = [row for row in value if row != gone] if isinstance(value, list) else None
                self._touch(owner, record, (column.id,))

    def matching(self, table: TableRecord, keys: Mapping[str, object]) -> list[RowRecord]:
        """The rows whose entered cells have all these keys, by column id, as `cell_key` makes them."""
        rows = self.rows[table.id]
        return [rows[number] for number in self._keys.find(rows, keys)]

    def _touch(self, table: TableRecord, record: RowRecord, changed: Iterable[str]) -> None:
        record.version = self.record.version
        self.touched.add((table.id, record.number))
        self._keys.add(record, changed)

    # ------------------------------------------------------------ what cells on the wire ask

    @property
    def zone(self) -> ZoneInfo:
        """The doc's time zone."""
        return self.book.zone

    def display(self, row: Row) -> str:
        """What a row is displayed as."""
        try:
            return to_text(self.book.display(row), self.book) or ""
        except Fault:
            return ""

    def row_id(self, row: Row) -> str:
        """The id of a row; of one that is gone, an empty text."""
        record = self.rows[self._by_name[row.table].id].get(row.id)
        return record.id if record is not None else ""

    def table_id(self, name: str) -> str:
        """The id of a table."""
        return self._by_name[name].id if name in self._by_name else ""

    def row_link(self, row: Row) -> str:
        """Where a browser would show the row."""
        return f"{self.table_link(row.table)}/_r{self.row_id(row)}"

    def table_link(self, name: str) -> str:
        """Where a browser would show the table."""
        return f"{self.link}#{self.table_id(name)}"

    @property
    def link(self) -> str:
        """Where a browser would show the doc."""
        return f"{HOST}/d/_d{self.record.id}"

    def row_by_id(self, id: str, table: str) -> Row | None:
        """The row of an id, if it is one of the table."""
        number = self._numbers.get((self.table_id(table), id))
        return Row(table, number) if number is not None else None

    def find(self, text: str, table: str) -> Row | None:
        """The first row of the table that is displayed as this text."""
        return self.book.find(text, table)

    def person(self, text: str) -> Person:
        """Somebody known by name or by e-mail; whoever it is, Coda would know them as well."""
        if text.casefold() in (self.user.name.casefold(), self.user.email.casefold()):
            return self.user
        return Person(text.partition("@")[0], text) if "@" in text else Person(text)


def column_error(doc: LocalDoc, table: TableRecord, column: ColumnRecord) -> str | None:
    """What is wrong with a column's formula, or with its button's action."""
    places = (Place(role, table.name, column.column.name) for role in ("formula", "action", "disable_if"))
    return next((doc.errors[place] for place in places if place in doc.errors), None)


def named_value(doc: LocalDoc, name: str) -> object:
    """The value of a named formula or a control; an Error where it has none."""
    return doc.book.named_value(name)


def _error(bound: Bound) -> str | None:
    if isinstance(bound.body, ir.Fails):
        return bound.body.message
    return next((said.message for said in bound.diagnostics if said.rule.severity == "error"), None)
