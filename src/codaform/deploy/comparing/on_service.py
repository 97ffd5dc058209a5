"""The scenario runner that works in Coda: steps are calls of the REST API, and the results are read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo

from codaform.coda.door.failures import Failure
from codaform.coda.door.rest import Accepted, Record, Rest
from codaform.coda.wire.cells import cell_to_write
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.rich import read_shown
from codaform.coda.wire.texts import InvalidValue
from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.actions import Performed, is_disabled
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import SYSTEM_TYPES, Column, Doc, Table, control_column, formula_column, value_type
from codaform.model.types import DATETIME, PERSON
from codaform.model.values import UNTOLD, Error, Person, Row
from codaform.project import loading
from codaform.project.rows import RawRow
from codaform.project.validation import Given
from codaform.semantics.program import FormulaSite, program_of

PATIENCE = 120.0
"""How many seconds a change may take to be done, and a read to show it."""


class ChangeNotConfirmed(Failure):
    """A change was accepted, but not confirmed."""


class OnService:
    """A doc in Coda as an engine. Everything raises `failures.Failure`.

    doc: The schema, as the folder says it. id: The doc in Coda, whose tables and columns have these names.
    now: What its clock shows. set_clock: Lets the clock of the service stand; Coda itself has no such thing.
    patience: As PATIENCE.

    Its book has no formulas: it holds what was read back, and reads it again when something was changed.
    """

    def __init__(
        self,
        rest: Rest,
        id: str,
        doc: Doc,
        now: datetime,
        set_clock: Callable[[datetime], None],
        patience: float = PATIENCE,
    ) -> None:
        self.doc = doc
        self._rest = rest
        self._reading = rest.fresh(patience)
        self._id = id
        self._set_clock = set_clock
        self._patience = patience
        listed = rest.tables(id)
        self._tables = {str(told["name"]): str(told["id"]) for told in reversed(listed)}
        self._names = {id: name for name, id in self._tables.items()}
        self._columns = {
            (table, str(told["name"])): str(told["id"])
            for table in doc.tables
            if table in self._tables
            for told in rest.columns(id, self._tables[table])
        }
        missing = [name for name in doc.tables if name not in self._tables]
        if missing:
            raise Failure(f"the doc {id} has no table {missing[0]}: deploy it first")
        self._numbers: dict[str, dict[str, int]] = {name: {} for name in doc.tables}
        self._ids: dict[Row, str] = {}
        self._program = program_of(doc)
        self._empty = Workbook(program_of(_shown_only(doc)), now)
        self._book: Workbook | None = None

    # ------------------------------------------------------------ looking

    @property
    def book(self) -> Workbook:
        """What the tables show by now."""
        if self._book is None:
            self._book = self._read()
        return self._book

    def cell(self, row: Row, column: str) -> object:
        """The value of a cell from the API."""
        if self.doc.tables[row.table].columns[column].kind == "button":
            return Error(UNTOLD, "the API does not show what a button holds")
        return self.book.value(row, column)

    def rows(self, name: str) -> list[Row]:
        """The rows that a table or a view shows, in its order."""
        book = self.book
        if name in self.doc.tables:
            return book.rows(name)
        table = next(table.name for table in self.doc.tables.values() if any(view.name == name for view in table.views))
        shown = self._reading.rows(self._id, self._tables[name], natural=True)
        return [Row(table, self._number(table, str(told["id"]))) for told in shown]

    def _read(self) -> Workbook:
        told = {name: list(self._reading.rows(self._id, self._tables[name])) for name in self.doc.tables}
        for name, rows in told.items():
            for row in rows:
                self._number(name, str(row["id"]))
        book = self._empty.fresh(self._empty.now)
        for name, rows in told.items():
            table = self.doc.tables[name]
            for row in rows:
                values = row.get("values")
                shown = values if isinstance(values, dict) else {}
                book.add(name, self._values(table, shown), False, self._number(name, str(row["id"])))
            book.reserve(name, max(self._numbers[name].values(), default=0))
        return book

    def _values(self, table: Table, shown: Mapping[str, Json]) -> dict[str, object]:
        found: dict[str, object] = {}
        for column in table.columns.values():
            told = shown.get(self._columns.get((table.name, column.name), ""))
            try:
                found[column.name] = read_shown(told, column, self._empty.zone, self._row)
            except InvalidValue as problem:
                found[column.name] = problem.text
        return found

    def _row(self, id: str, table: str) -> Row | None:
        name = self._names.get(table, "")
        return self.row_by_id(id, name)

    def _number(self, table: str, id: str) -> int:
        """The number by which a row is known here."""
        known = self._numbers[table]
        number = known.setdefault(id, len(known) + 1)
        self._ids[Row(table, number)] = id
        return number

    # ------------------------------------------------------------ changing

    def move_clock(self, now: datetime) -> None:
        """Set the clock of the service to another moment."""
        self._set_clock(now)
        self._empty = self._empty.fresh(now)
        self._book = None

    def add(self, rows: Given) -> list[Diagnostic]:
        """Add rows: first without their relations, which may lead to each other."""
        sound, found = self._writable(rows)
        book = self.book
        rows_by_table, problems = loading.load(book, sound)
        added = [row for of_one in rows_by_table.values() for row in of_one]
        of_table: dict[str, list[tuple[Row, RawRow]]] = {}
        written = [row for given in sound.values() for row in given]
        for row, given in zip(added, written, strict=True):
            of_table.setdefault(row.table, []).append((row, given))
        self._book = None
        for table, pairs in of_table.items():
            columns = self.doc.tables[table].columns
            bodies: list[Record] = []
            for row, given in pairs:
                own = {name: book.value(row, name) for name in given.cells}
                plain = {name: None if columns[name].kind == "relation" else value for name, value in own.items()}
                bodies.append({"cells": [*self._cells(table, plain)]})
            accepted = self._rest.upsert_rows(self._id, self._tables[table], bodies)
            ids = accepted.reply.get("addedRowIds")
            if not isinstance(ids, list) or len(ids) != len(pairs):
                raise Failure(f"{table}: Coda does not say which rows it added")
            self._done(accepted)
            for (row, _), id in zip(pairs, ids, strict=True):
                self._numbers[table][str(id)] = row.id
                self._ids[row] = str(id)
        for row, given in zip(added, written, strict=True):
            columns = self.doc.tables[row.table].columns
            relations = {name: book.value(row, name) for name in given.cells if columns[name].kind == "relation"}
            self._update(row, {name: value for name, value in relations.items() if value})
        return [*found, *problems]

    def change(self, row: Row, written: RawRow) -> list[Diagnostic]:
        """Change cells of a row."""
        sound, found = self._writable({row.table: [written]})
        book = self.book
        problems = loading.change(book, row, sound[row.table][0])
        self._book = None
        self._update(row, {name: book.value(row, name) for name in sound[row.table][0].cells})
        return [*found, *problems]

    def remove(self, row: Row) -> None:
        """Remove a row."""
        self._done(self._rest.delete_rows(self._id, self._tables[row.table], [self._ids[row]]))

    def set_control(self, control: str, _: object) -> str:
        """No API sets a control."""
        return f"{control} cannot be set in a service: no API of Coda's sets a control"

    def named(self, name: str) -> object:
        """The value of a named formula or a control, as the API tells it now."""
        named = name in self.doc.formulas
        column = formula_column(self.doc.formulas[name]) if named else control_column(self.doc.controls[name])
        listed = self._reading.formulas(self._id) if named else self._reading.controls(self._id)
        id = next((str(told.get("id")) for told in listed if told.get("name") == name), "")
        if not id:
            return Error(UNTOLD, f"the service has no {name}")
        told = self._reading.formula(self._id, id) if named else self._reading.control(self._id, id)
        try:
            return read_shown(told.get("value"), column, self._empty.zone, self._row)
        except InvalidValue as problem:
            return problem.text

    def press(self, table: str, button: str, row: Row | None) -> Performed:
        """Push the button of a row. The API does not tell whether it could be pushed, nor what it did."""
        if row is None:
            return Performed(error=Error(UNTOLD, "no API of Coda's presses a button on a page"))
        column = self._columns[table, button]
        self._done(self._rest.push_button(self._id, self._tables[table], self._ids[row], column))
        return Performed()

    def is_disabled(self, table: str, button: str, row: Row | None) -> bool | Error:
        """Compute the button's `disable_if` here, over the cells that were read: the API does not tell it."""
        return is_disabled(self.book, self._program.formulas.get(FormulaSite("disable_if", table, button)), row)

    def _writable(self, rows: Given) -> tuple[Given, list[Diagnostic]]:
        """The rows without cells that no API can write, and notes about those cells."""
        found: list[Diagnostic] = []
        sound: dict[str, list[RawRow]] = {}
        for table, written in rows.items():
            columns = self.doc.tables[table].columns
            for row in written:
                for name, cell in row.cells.items():
                    if columns[name].computed:
                        message = f"{table}.{name} is computed: a service cannot replace its formula by a value"
                        found.append(Diagnostic(rules.FAILED_SCENARIO, message, row.source, cell.span))
                cells = {name: cell for name, cell in row.cells.items() if not columns[name].computed}
                sound.setdefault(table, []).append(replace(row, cells=cells))
        return sound, found

    def _update(self, row: Row, values: Mapping[str, object]) -> None:
        if values:
            cells = self._cells(row.table, values)
            self._done(self._rest.update_row(self._id, self._tables[row.table], self._ids[row], cells))

    def _cells(self, table: str, values: Mapping[str, object]) -> list[Record]:
        columns = self.doc.tables[table].columns
        return [
            {"column": self._columns[table, name], "value": cell_to_write(value, columns[name], self)}
            for name, value in values.items()
        ]

    def _done(self, accepted: Accepted) -> None:
        self._book = None
        if accepted.request is not None and not self._rest.finish(accepted.request, self._patience):
            raise ChangeNotConfirmed(f"a change was accepted, but not confirmed within {self._patience:g} seconds")

    # ------------------------------------------------------------ what cells on the wire ask

    @property
    def zone(self) -> tzinfo:
        """The doc's time zone."""
        return self._empty.zone

    def display(self, row: Row) -> str:
        """The display text of a row."""
        return loading.display(self.book, row)

    def row_id(self, row: Row) -> str:
        """The id of a row."""
        return self._ids.get(row, "")

    def table_id(self, name: str) -> str:
        """The id of a table."""
        return self._tables.get(name, "")

    def row_link(self, row: Row) -> str:
        """Rows are not written by their addresses."""
        return self.row_id(row)

    def table_link(self, name: str) -> str:
        """Tables are not written by their addresses."""
        return self.table_id(name)

    def row_by_id(self, id: str, table: str) -> Row | None:
        """The row of an id."""
        number = self._numbers.get(table, {}).get(id)
        return Row(table, number) if number is not None else None

    def find(self, text: str, table: str) -> Row | None:
        """The first row of the table that is displayed as a text."""
        return self.book.find(text, table)

    def person(self, text: str) -> Person:
        """A person by name or address."""
        return Person(text.partition("@")[0], text) if "@" in text else Person(text)


def _shown_only(doc: Doc) -> Doc:
    """The doc without formulas: every cell holds the value that Coda computed."""
    tables = {
        table.name: Table(table.name, {name: _plain(column) for name, column in table.columns.items()}, table.about)
        for table in doc.tables.values()
    }
    return replace(doc, tables=tables, formulas={}, controls={})


def _plain(column: Column) -> Column:
    kind = column.kind
    if kind in SYSTEM_TYPES:
        shown = value_type(column)
        kind = "datetime" if shown == DATETIME else "person" if shown == PERSON else "number"
    return replace(
        column,
        kind="text" if kind == "button" else kind,
        formula=None,
        reverse="",
        default=None,
        action=None,
        disable_if=None,
    )
