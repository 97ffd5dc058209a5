"""A local doc at work: its records, and a workbook that computes the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from zoneinfo import ZoneInfo

from codaform.coda.wire import links
from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.formula_text import returned_formula
from codaform.diagnostics.rules.computing import NOT_COMPUTED
from codaform.evaluation.workbook import Workbook
from codaform.model.conversion import to_text
from codaform.model.schema import SYSTEM_TYPES, UNSETTABLE, Column, Doc, Table
from codaform.model.values import EvaluationError, Person, Row, identity, is_blank
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, Program, program_of
from codaform.server.doc.records import (
    ColumnRecord,
    DocRecord,
    Misfits,
    RowRecord,
    Rows,
    TableRecord,
    ViewRecord,
    as_control,
)
from codaform.server.doc.stored_values import from_json, to_json


def cell_key(entered: Mapping[str, object], invalid_text: Misfits, column: str) -> object:
    """A key that is equal for cells with equal values. Blanks and unticked boxes have the same key."""
    if column in invalid_text:
        return ("unfit", invalid_text[column])
    value = entered.get(column)
    return None if is_blank(value) or value is False else identity(value)


class _CellKeys:
    """An index of row numbers by the keys of their cells. A column is indexed at its first search."""

    def __init__(self) -> None:
        self._columns: dict[str, dict[object, set[int]]] = {}

    def add(self, record: RowRecord, columns: Iterable[str]) -> None:
        """Add cells of a row to the index."""
        for column in columns:
            if column in self._columns:
                key = cell_key(record.entered, record.invalid_text, column)
                self._columns[column].setdefault(key, set()).add(record.number)

    def discard(self, record: RowRecord, columns: Iterable[str]) -> None:
        """Remove cells of a row from the index, before they change."""
        for column in columns:
            if column in self._columns:
                key = cell_key(record.entered, record.invalid_text, column)
                numbers = self._columns[column].get(key, set())
                numbers.discard(record.number)
                if not numbers:
                    self._columns[column].pop(key, None)

    def find(self, rows: Mapping[int, RowRecord], keys: Mapping[str, object]) -> Sequence[int]:
        """The numbers of the rows whose cells have all these keys, in order.

        rows: The rows of the table. keys: The results of `cell_key` by column id.
        """
        found: set[int] | None = None
        for column, key in keys.items():
            if column not in self._columns:
                self._columns[column] = {}
                for record in rows.values():
                    self.add(record, (column,))
            numbers = self._columns[column].get(key, set())
            found = numbers if found is None else found & numbers
        return sorted(found or ())


class LocalDoc:
    """A doc whose cells are computed at the first read.

    record: Everything except the rows. rows: The rows. book: The workbook that computes formulas.
    now: The moment of changes, to the millisecond. people: Gives the people whom the workspace knows besides its user.
    errors: The message for each formula with an error, by place; such a formula returns error values.
    touched, gone: The rows changed or removed since the last save, by table id and number.
    rebuilt: Whether anything else than rows changed since the last save.
    """

    def __init__(
        self,
        record: DocRecord,
        rows: Rows,
        now: datetime,
        user: Person,
        people: Callable[[], Iterable[Person]] = tuple,
    ) -> None:
        self.record = record
        self.rows = rows
        self.now = _to_the_millisecond(now)
        self.user = user
        self.people = people
        self.errors: dict[FormulaSite, str] = {}
        self.touched: set[tuple[str, int]] = set()
        self.gone: set[tuple[str, int]] = set()
        self.rebuilt = True
        self.rebuild()

    # ------------------------------------------------------------ the schema

    def rebuild(self) -> None:
        """Compile the doc again after a change of anything else than rows."""
        self.rebuilt = True
        self._texts: dict[tuple[str, str], str] = {}
        self._in_cells: tuple[Person, ...] | None = None
        self._by_name = {table.name: table for table in self.record.tables}
        self._numbers: dict[tuple[str, str], int] = {}
        self._keys = _CellKeys()
        self.program: Program = program_of(self.schema())
        errors = ((place, _error(bound)) for place, bound in self.program.formulas.items())
        self.errors = {place: message for place, message in errors if message is not None}
        self.book = Workbook(self.program, self.now.replace(microsecond=0), self.user)
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
        """The doc in the compiler's terms."""
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
        return Doc(
            record.name,
            tables,
            formulas,
            controls,
            record.about,
            record.time_zone,
            record.first_day_of_week,
            record.assume,
        )

    def returned(self, text: str, table: str = "") -> str:
        """The text of a formula in the API's form. table: The table of its row; empty on a page."""
        if not self._texts:
            doc = self.book.doc
            columns = (column for owner in doc.tables.values() for column in owner.columns)
            views = (view.name for owner in doc.tables.values() for view in owner.views)
            self._names = frozenset((*columns, *doc.tables, *views, *doc.formulas, *doc.controls))
        if (text, table) not in self._texts:
            self._texts[text, table] = returned_formula(text, table, self._names.__contains__)
        return self._texts[text, table]

    def filling(self, table: str, column: Column) -> str | None:
        """The formula that fills a column in the API's form, also where the folder has a word for it (`reverse:`)."""
        doc = self.book.doc
        text = column_formula(column, doc.tables[table], doc)
        return None if text is None else self.returned(text, table)

    def _kept(self, table: TableRecord, row: RowRecord) -> dict[str, object]:
        """The values that Coda itself keeps of a row, for the columns that show them."""
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
        """Set the clock. Returns whether the formulas' clock changed, which goes by seconds."""
        self.now = _to_the_millisecond(now)
        second = now.replace(microsecond=0)
        if second == self.book.now:
            return False
        self.book.move_clock(second)
        return True

    # ------------------------------------------------------------ rows

    def row(self, table: TableRecord, wanted: str) -> RowRecord | None:
        """The row with an id, or with a display text."""
        found = self.row_of_id(table, wanted)
        if found is None:
            named = self.book.find(wanted, table.name)
            found = self.rows[table.id].get(named.id) if named is not None else None
        return found

    def row_of_id(self, table: TableRecord, id: str) -> RowRecord | None:
        """The row of the table with an id."""
        number = self._numbers.get((table.id, id))
        return self.rows[table.id][number] if number is not None else None

    def shown(self, owner: TableRecord | ViewRecord) -> list[RowRecord]:
        """The rows of a table or a view, in its order."""
        if isinstance(owner, TableRecord):
            return list(self.rows[owner.id].values())
        known = self.rows[self._by_name[owner.view.table].id]
        return [known[row.id] for row in self.book.rows(owner.view.name)]

    def value(self, table: TableRecord, row: RowRecord, column: ColumnRecord) -> object:
        """The value of a cell: an invalid text unchanged, an Error for a formula without a value."""
        if column.id in row.invalid_text:
            return row.invalid_text[column.id]
        return self.book.value(Row(table.name, row.number), column.column.name)

    def add(self, table: TableRecord, id: str, entered: Mapping[str, object], invalid_text: Misfits) -> RowRecord:
        """Add a row; defaults fill the other columns."""
        columns = {column.id: column for column in table.columns}
        values = {columns[column].column.name: value for column, value in entered.items()}
        values.update({columns[column].column.name: None for column in invalid_text})
        record = RowRecord(id, 0, self.now, self.now, dict(entered), dict(invalid_text))
        row = self.book.add(table.name, {**values, **self._kept(table, record)})
        record.number = row.id
        for column in table.columns:
            if column.column.default is not None and column.column.name not in values:
                record.entered[column.id] = self.book.value(row, column.column.name)
        self.adopt(table, record)
        return record

    def adopt(self, table: TableRecord, record: RowRecord) -> None:
        """Record a row that the workbook already has."""
        self.rows[table.id][record.number] = record
        self._numbers[table.id, record.id] = record.number
        table.last = max(table.last, record.number)
        self._touch(table, record, [column.id for column in table.columns])
        self.book.change(Row(table.name, record.number), self._kept(table, record))

    def change(
        self,
        table: TableRecord,
        record: RowRecord,
        entered: Mapping[str, object],
        invalid_text: Misfits,
    ) -> None:
        """Change cells of a row, by the ids of their columns."""
        names = {column.id: column.column.name for column in table.columns}
        values = {names[id]: value for id, value in entered.items()}
        values.update({names[id]: None for id in invalid_text})
        self.book.change(Row(table.name, record.number), values)
        self.note(table, record, entered, invalid_text)

    def note(
        self,
        table: TableRecord,
        record: RowRecord,
        entered: Mapping[str, object],
        invalid_text: Misfits,
    ) -> None:
        """Record changed cells that the workbook already has."""
        self._keys.discard(record, (*entered, *invalid_text))
        for id in entered:
            record.invalid_text.pop(id, None)
        for id in invalid_text:
            record.entered.pop(id, None)
        record.entered.update(entered)
        record.invalid_text.update(invalid_text)
        record.updated = self.now
        self._touch(table, record, (*entered, *invalid_text))
        self.book.change(Row(table.name, record.number), self._kept(table, record))

    def remove(self, table: TableRecord, record: RowRecord) -> None:
        """Remove a row and clear the relations that pointed to it."""
        self.forget(table, record)
        self.book.remove(Row(table.name, record.number))

    def restore(self, table: TableRecord, record: RowRecord) -> None:
        """Put a removed row back, to where its number is in the order."""
        rows = self.rows[table.id]
        rows[record.number] = record
        self.rows[table.id] = dict(sorted(rows.items()))
        self.gone.discard((table.id, record.number))
        record.version = self.record.version
        self.touched.add((table.id, record.number))
        self.rebuild()

    def forget(self, table: TableRecord, record: RowRecord) -> None:
        """Record the removal of a row, without the workbook."""
        self._keys.discard(record, [column.id for column in table.columns])
        self.rows[table.id].pop(record.number, None)
        self._numbers.pop((table.id, record.id), None)
        self.touched.discard((table.id, record.number))
        self.gone.add((table.id, record.number))
        gone = Row(table.name, record.number)
        self._clear_controls(gone)
        for owner in self.record.tables:
            for column in owner.columns:
                if column.column.kind == "relation" and column.column.to == table.name and not column.column.computed:
                    self._clear_relations(owner, column, gone)

    def _clear_controls(self, gone: Row) -> None:
        for control in self.record.controls:
            value = from_json(control.value)
            if value == gone or (isinstance(value, list) and gone in value):
                control.value = to_json([row for row in value if row != gone] if isinstance(value, list) else None)
                self.rebuilt = True

    def _clear_relations(self, owner: TableRecord, column: ColumnRecord, gone: Row) -> None:
        for record in self.rows[owner.id].values():
            value = record.entered.get(column.id)
            if value == gone or (isinstance(value, list) and gone in value):
                self._keys.discard(record, (column.id,))
                record.entered[column.id] = [row for row in value if row != gone] if isinstance(value, list) else None
                self._touch(owner, record, (column.id,))

    def matching(self, table: TableRecord, keys: Mapping[str, object]) -> list[RowRecord]:
        """The rows whose entered cells have all these keys. keys: The results of `cell_key` by column id."""
        rows = self.rows[table.id]
        return [rows[number] for number in self._keys.find(rows, keys)]

    def _touch(self, table: TableRecord, record: RowRecord, changed: Iterable[str]) -> None:
        record.version = self.record.version
        self.touched.add((table.id, record.number))
        self._keys.add(record, changed)

    # ------------------------------------------------------------ for cells in replies

    @property
    def zone(self) -> ZoneInfo:
        """The doc's time zone."""
        return self.book.zone

    def display(self, row: Row) -> str:
        """The display text of a row."""
        try:
            return to_text(self.book.display(row), self.book) or ""
        except EvaluationError:
            return ""

    def row_id(self, row: Row) -> str:
        """The id of a row; an empty text for a row that is gone."""
        record = self.rows[self._by_name[row.table].id].get(row.id)
        return record.id if record is not None else ""

    def table_id(self, name: str) -> str:
        """The id of a table."""
        return self._by_name[name].id if name in self._by_name else ""

    def row_link(self, row: Row) -> str:
        """The browser link of a row."""
        return links.row_link(self.record.id, self.table_id(row.table), self.row_id(row))

    def table_link(self, name: str) -> str:
        """The browser link of a table."""
        return links.table_link(self.record.id, self.table_id(name))

    @property
    def link(self) -> str:
        """The browser link of the doc."""
        return links.doc_link(self.record.id)

    def row_by_id(self, id: str, table: str) -> Row | None:
        """The row of the table with an id."""
        number = self._numbers.get((self.table_id(table), id))
        return Row(table, number) if number is not None else None

    def find(self, text: str, table: str) -> Row | None:
        """The first row of the table with this display text."""
        return self.book.find(text, table)

    def person(self, text: str) -> Person | None:
        """The person of the doc with exactly this name or e-mail address, in any case of letters."""
        wanted = text.strip().casefold() or None
        known = chain([self.user], self.invited, self._people(), self.people())
        return next((person for person in known if wanted in (person.name.casefold(), person.email.casefold())), None)

    @property
    def invited(self) -> list[Person]:
        """The people with a permission for the doc."""
        principals = (permission["principal"] for permission in self.record.permissions)
        addresses = [principal["email"] for principal in principals if principal["type"] == "email"]
        return [Person(address.partition("@")[0], address) for address in addresses]

    def _people(self) -> Iterable[Person]:
        """The people in the doc's cells when it was last compiled."""
        if self._in_cells is None:
            found: dict[Person, None] = {}
            for table in self.record.tables:
                ids = [column.id for column in table.columns if column.column.kind == "person"]
                for row in self.rows[table.id].values() if ids else ():
                    for value in (row.entered.get(id) for id in ids):
                        people = value if isinstance(value, list) else [value]
                        found |= dict.fromkeys(person for person in people if isinstance(person, Person))
            self._in_cells = tuple(found)
        return self._in_cells


def _to_the_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def column_error(doc: LocalDoc, table: TableRecord, column: ColumnRecord) -> str | None:
    """The error of a column's formula, or of its button's action."""
    places = (FormulaSite(role, table.name, column.column.name) for role in ("formula", "action", "disable_if"))
    return next((doc.errors[place] for place in places if place in doc.errors), None)


def named_value(doc: LocalDoc, name: str) -> object:
    """The value of a named formula or a control; an Error if it has none."""
    return doc.book.named_value(name)


def _error(bound: Bound) -> str | None:
    """What is wrong with a formula. What only Coda can compute, such as a Pack's formula, is not wrong."""
    wrong = next((diagnostic.message for diagnostic in bound.diagnostics if diagnostic.rule.severity == "error"), None)
    if isinstance(bound.body, ir.Fails) and (wrong is not None or bound.body.rule != NOT_COMPUTED.name):
        return bound.body.message
    return wrong
