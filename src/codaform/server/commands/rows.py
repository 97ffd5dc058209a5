"""Commands for rows: upsert, update, delete, push a button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from codaform.coda.wire import ids
from codaform.coda.wire.cells import cell_from_rest
from codaform.coda.wire.texts import InvalidValue
from codaform.evaluation.actions import ControlSet, Outside, Performed, RowAdded, RowChanged, RowRemoved, perform, press
from codaform.model.values import Row
from codaform.server.doc import finding
from codaform.server.doc.local_doc import LocalDoc, cell_key
from codaform.server.doc.records import Json, Misfits, RowRecord, TableRecord
from codaform.server.doc.stored_values import from_json, to_json
from codaform.source import Source

Cells = Mapping[str, Json]
"""Values in the API's form, by the ids of their columns."""


def upsert(
    doc: LocalDoc,
    table: str,
    rows: Sequence[Cells],
    row_ids: Sequence[str],
    keys: Sequence[str] = (),
    parsing: bool = True,
) -> None:
    """Insert rows, or change the rows with the same values in the key columns or with the same id.

    row_ids: The id of each row, if it is inserted.
    """
    owner = finding.table(doc.record, table)
    if owner is None:
        return
    for cells, id in zip(rows, row_ids, strict=True):
        entered, invalid_text = _read(doc, owner, cells, parsing)
        there = doc.row_of_id(owner, id)
        found = doc.matching(owner, {key: cell_key(entered, invalid_text, key) for key in keys}) if keys else []
        found = found or ([there] if there is not None else [])
        for record in found:
            doc.change(owner, record, entered, invalid_text)
        if not found:
            doc.add(owner, id, entered, invalid_text)


def update(doc: LocalDoc, table: str, row: str, cells: Cells, parsing: bool = True) -> None:
    """Change cells of a row; skip a row that is gone."""
    owner = finding.table(doc.record, table)
    record = doc.row_of_id(owner, row) if owner is not None else None
    if owner is not None and record is not None:
        doc.change(owner, record, *_read(doc, owner, cells, parsing))


def delete(doc: LocalDoc, table: str, rows: Sequence[str]) -> None:
    """Remove rows; skip rows that are gone."""
    owner = finding.table(doc.record, table)
    for id in rows if owner is not None else ():
        record = doc.row_of_id(owner, id) if owner is not None else None
        if owner is not None and record is not None:
            doc.remove(owner, record)


def kept(doc: LocalDoc, owner: TableRecord, record: RowRecord) -> Json:
    """A row as data for `restore`: what was entered, and where the cells are that name it in a relation."""
    gone = Row(owner.name, record.number)
    pointing: list[Json] = []
    for table in doc.record.tables:
        for column in table.columns:
            if column.column.kind == "relation" and column.column.to == owner.name and not column.column.computed:
                for other in doc.rows[table.id].values():
                    value = other.entered.get(column.id)
                    items = value if isinstance(value, list) else [value]
                    if gone in items:
                        pointing.append([table.id, other.id, column.id, items.index(gone)])
    return {
        "id": record.id,
        "number": record.number,
        "created": record.created.isoformat(),
        "updated": record.updated.isoformat(),
        "entered": {id: to_json(value) for id, value in record.entered.items()},
        "invalid_text": dict(record.invalid_text),
        "pointing": pointing,
    }


def restore(doc: LocalDoc, table: str, row: Mapping[str, Json]) -> None:
    """Put a removed row back in its place, also into the relations that named it and that nobody has set since.

    row: What `kept` gave. A row that is there is left alone.
    """
    owner = finding.table(doc.record, table)
    if owner is None or doc.row_of_id(owner, row["id"]) is not None or row["number"] in doc.rows[owner.id]:
        return
    known = {column.id for column in owner.columns}
    entered = {id: from_json(value) for id, value in row["entered"].items() if id in known}
    invalid_text = {id: text for id, text in row["invalid_text"].items() if id in known}
    created, updated = datetime.fromisoformat(row["created"]), datetime.fromisoformat(row["updated"])
    doc.restore(owner, RowRecord(row["id"], row["number"], created, updated, entered, invalid_text))
    back = Row(owner.name, row["number"])
    for place, id, column, index in row["pointing"]:
        other = finding.table(doc.record, place)
        record = doc.row_of_id(other, id) if other is not None else None
        if other is None or record is None or finding.column(other, column) is None:
            continue
        value = record.entered.get(column)
        if isinstance(value, list) and back not in value:
            doc.change(other, record, {column: [*value[:index], back, *value[index:]]}, {})
        elif value is None and column not in record.invalid_text:
            doc.change(other, record, {column: back}, {})


def push(doc: LocalDoc, table: str, row: str, button: str) -> Performed:
    """Push a row's button and carry out its action."""
    owner = finding.table(doc.record, table)
    record = doc.row_of_id(owner, row) if owner is not None else None
    column = finding.column(owner, button) if owner is not None else None
    if owner is None or record is None or column is None:
        return Performed()
    done = press(doc.book, owner.name, column.column.name, Row(owner.name, record.number))
    _take_note(doc, done)
    return done


def press_control(doc: LocalDoc, control: str) -> Performed:
    """Press a button on a page and carry out its action."""
    record = finding.control(doc.record, control)
    if record is None:
        return Performed()
    done = press(doc.book, "", record.name, None)
    _take_note(doc, done)
    return done


def act(doc: LocalDoc, formula: str) -> Performed:
    """Carry out an action of a page."""
    from codaform.semantics.program import FormulaSite, bind_site

    bound, _ = bind_site(doc.book.doc, FormulaSite("action", "", ""), Source("button", formula), None)
    done = perform(doc.book, bound)
    _take_note(doc, done)
    return done


def _read(doc: LocalDoc, owner: TableRecord, cells: Cells, parsing: bool) -> tuple[dict[str, object], Misfits]:
    """The written values that fit their columns, and the texts that do not."""
    columns = {column.id: column for column in owner.columns}
    entered: dict[str, object] = {}
    invalid_text: Misfits = {}
    for id, given in cells.items():
        column = columns.get(id)
        if column is None or column.column.computed:
            continue
        try:
            entered[id] = cell_from_rest(given, column.column, doc, parsing)
        except InvalidValue as problem:
            invalid_text[id] = problem.kept
    return entered, invalid_text


def _take_note(doc: LocalDoc, done: Performed) -> None:
    """Write the changes that the workbook made into the records."""
    for index, change in enumerate(done.changes):
        match change:
            case RowAdded(row, values):
                owner = _owner(doc, row)
                # The id depends on the change alone, so the same command gives the same id on every copy of the doc.
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
