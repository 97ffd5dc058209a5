"""Changes of rows, as the APIs ask for them: upsert, update, delete, push a button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_from_rest
from codaform.coda.wire.texts import InvalidValue
from codaform.evaluation.actions import ControlSet, Outside, Performed, RowAdded, RowChanged, RowRemoved, perform, press
from codaform.model.values import Row
from codaform.server.doc import finding
from codaform.server.doc.cell_keys import cell_key
from codaform.server.doc.local_doc import LocalDoc
from codaform.server.doc.records import Json, RowRecord, TableRecord
from codaform.server.doc.stored_values import to_json
from codaform.source import Source

Cells = Mapping[str, Json]
"""Values as the API takes them, by the id of their column."""


def upsert(
    doc: LocalDoc,
    table: str,
    rows: Sequence[Cells],
    row_ids: Sequence[str],
    keys: Sequence[str] = (),
    parsing: bool = True,
) -> None:
    """Insert rows, or change those whose key columns hold the same, or whose id is there already.

    row_ids: What each row is called when it is inserted.
    """
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    for cells, id in zip(rows, row_ids, strict=True):
        entered, unfit = _read(doc, owner, cells, parsing)
        there = doc.row_of_id(owner, id)
        found = doc.matching(owner, {key: cell_key(entered, unfit, key) for key in keys}) if keys else []
        found = found or ([there] if there is not None else [])
        for record in found:
            doc.change(owner, record, entered, unfit)
        if not found:
            doc.add(owner, id, entered, unfit)


def update(doc: LocalDoc, table: str, row: str, cells: Cells, parsing: bool = True) -> None:
    """Change cells of a row; a row that is gone by now stays gone."""
    owner = finding.table(doc.record, table)
    record = doc.row_of_id(owner, row) if owner is not None else None
    if owner is not None and record is not None:
        doc.change(owner, record, *_read(doc, owner, cells, parsing))


def delete(doc: LocalDoc, table: str, rows: Sequence[str]) -> None:
    """Remove rows; those that are gone by now stay gone."""
    owner = finding.table(doc.record, table)
    for id in rows if owner is not None else ():
        record = doc.row_of_id(owner, id) if owner is not None else None
        if owner is not None and record is not None:
            doc.remove(owner, record)


def push(doc: LocalDoc, table: str, row: str, button: str) -> Performed:
    """Push a row's button; whatever it does to rows is done."""
    owner = finding.table(doc.record, table)
    record = doc.row_of_id(owner, row) if owner is not None else None
    column = finding.column(owner, button) if owner is not None else None
    if owner is None or record is None or column is None:
        return Performed()
    done = press(doc.book, owner.name, column.column.name, Row(owner.name, record.number))
    _take_note(doc, done)
    return done


def press_control(doc: LocalDoc, control: str) -> Performed:
    """Press a button on a page; whatever it does is done."""
    record = finding.control(doc.record, control)
    if record is None:
        return Performed()
    done = press(doc.book, "", record.name, None)
    _take_note(doc, done)
    return done


def act(doc: LocalDoc, formula: str) -> Performed:
    """Carry out an action that stands on a page."""
    from codaform.semantics.program import Place, bind_at

    bound, _ = bind_at(doc.book.doc, Place("action", "", ""), Source("button", formula), None)
    done = perform(doc.book, bound)
    _take_note(doc, done)
    return done


def _read(doc: LocalDoc, owner: TableRecord, cells: Cells, parsing: bool) -> tuple[dict[str, object], dict[str, str]]:
    """The written cells that their columns can hold, and the texts of those that they cannot."""
    columns = {column.id: column for column in owner.columns}
    entered: dict[str, object] = {}
    unfit: dict[str, str] = {}
    for id, given in cells.items():
        column = columns.get(id)
        if column is None or column.column.computed:
            continue
        try:
            entered[id] = cell_from_rest(given, column.column, doc, parsing)
        except InvalidValue as problem:
            unfit[id] = problem.text
    return entered, unfit


def _take_note(doc: LocalDoc, done: Performed) -> None:
    """The workbook did it already; the records follow."""
    for index, change in enumerate(done.changes):
        match change:
            case RowAdded(row, values):
                owner = _owner(doc, row)
                # The id is made of what happened, so that the same change gives the same id wherever it is applied.
                id = ids.stable("row", doc.record.id, owner.id, str(row.id), doc.now.isoformat(), str(index))
                by_name = {column.column.name: column.id for column in owner.columns}
                entered = {by_name[name]: value for name, value in values.items()}
                doc.adopt(owner, RowRecord(id, row.id, doc.now, doc.now, entered))
            case RowChanged(row, name, _, after):
                owner = _owner(doc, row)
                record, column = doc.rows[owner.id].get(row.id), finding.column(owner, name)
                if record is not None and column is not None:
                    doc.note(owner, record, {column.id: after}, {})
            case RowRemoved(row, _):
                owner = _owner(doc, row)
                record = doc.rows[owner.id].get(row.id)
                if record is not None:
                    doc.forget(owner, record)
            case ControlSet(name, _, after):
                control = finding.control(doc.record, name)
                if control is not None:
                    control.value, doc.rebuilt = to_json(after), True
            case Outside():
                pass


def _owner(doc: LocalDoc, row: Row) -> TableRecord:
    return next(table for table in doc.record.tables if table.name == row.table)
