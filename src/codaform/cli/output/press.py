"""Presses a button on the sample rows, and writes its effects as a table or as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from codaform.cli.output.answers import put_errors_of
from codaform.cli.output.drawing import DrawnCell, Heading, put_table
from codaform.cli.output.values import json_value, row_text, table_cell
from codaform.cli.select import pick_button
from codaform.cli.terminal import counted, put_json, say
from codaform.evaluation.actions import Change, ControlSet, Outside, Performed, RowAdded, RowChanged, RowRemoved, press
from codaform.evaluation.cell_changes import CellChange, cell_changes, computed
from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.schema import column_of
from codaform.model.values import Row, identity
from codaform.project.files import CannotRead
from codaform.project.session import Session

_MAX_LINES = 40
"""The most lines of changes in a table, and as many of computed values."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed in a row or on a page: what it did, and the computed values that changed."""

    book: Workbook
    button: str
    row: str
    done: Performed
    computed: Sequence[CellChange]


def press_button(session: Session, button: str, display: str | None) -> Press | None:
    """Press a button in a sample row or on a page; None, with findings on stderr, if its formulas have errors.

    display: The display text of the row; None for a button on a page. Raises CannotRead.
    """
    table, column = pick_button(session.project.doc, button)
    if (display is None) != (table is None):
        raise CannotRead(f"{button} is in a table: give --row" if table else f"{button} is on a page: it has no --row")
    row = session.row(table.name, display) if table is not None and display is not None else None
    owner = table.name if table is not None else ""
    if put_errors_of(session, *(source for source in (column.action, column.disable_if) if source is not None)):
        return None
    before = computed(session.book)
    done = press(session.book, owner, column.name, row)
    after = computed(session.book) if done.changes else before
    name = f"{owner}.{column.name}" if owner else column.name
    return Press(session.book, name, display or "", done, cell_changes(before, after))


def put_press(pressed: Press, format_: str) -> bool:
    """Write what the button did; gives whether it is enabled and its action is no error."""
    done = pressed.done
    if format_ == "json":
        put_json(_data(pressed))
    else:
        _put_lines(pressed)
    if done.disabled:
        say(f"{pressed.button} is disabled in {pressed.row}; nothing is changed")
    if done.error is not None:
        say(f"error: {done.error.message}")
    return not done.disabled and done.error is None


# ------------------------------------------------------------ a table


def _put_lines(pressed: Press) -> None:
    gone = _gone(pressed.done.changes)
    changes = [line for change in pressed.done.changes for line in _lines(change, pressed.book, gone)]
    computed = [
        _line("ƒ", pressed.book, each.row, each.column, each.before, each.after, gone) for each in pressed.computed
    ]
    if changes:
        headings = ["", "table", "row", "column", "before", "after"]
        ranks = [0, 2, 1, 0, 3, 0]
        hidden = put_table(
            [Heading(text, rank=rank) for text, rank in zip(headings, ranks, strict=True)],
            [*changes[:_MAX_LINES], *computed[:_MAX_LINES]],
        )
        if hidden:
            say(f"no room for {counted(len(hidden), 'column')}: {', '.join(hidden)}")
        for lines, what in ((changes, "lines of changes"), (computed, "computed values that changed")):
            if len(lines) > _MAX_LINES:
                say(f"{_MAX_LINES} of {len(lines)} {what}; --format json has all")
    if not pressed.done.disabled:
        say(_summary(pressed))


def _lines(change: Change, book: Workbook, gone: dict[Row, str]) -> list[list[DrawnCell]]:
    match change:
        case RowAdded(row, values):
            filled = {name: value for name, value in values.items() if value not in (None, [])}
            lines = [_line("added", book, row, name, None, value, gone) for name, value in filled.items()]
            return lines or [
                [
                    DrawnCell("added"),
                    DrawnCell(row.table),
                    DrawnCell(_name(row, book, gone)),
                    *map(DrawnCell, ("", "", "")),
                ]
            ]
        case RowChanged(row, column, before, after):
            return [_line("changed", book, row, column, before, after, gone)]
        case RowRemoved(row, display):
            return [
                [
                    DrawnCell("removed"),
                    DrawnCell(row.table),
                    DrawnCell(display or f"row {row.id}"),
                    *map(DrawnCell, ("", "", "")),
                ]
            ]
        case ControlSet(control, before, after):
            return [_line("set", book, None, control, before, after, gone)]
        case Outside(name, arguments):
            written = ", ".join(notate(argument, book) for argument in arguments)
            return [
                [DrawnCell("in Coda"), DrawnCell(""), DrawnCell(""), DrawnCell(name), DrawnCell(""), DrawnCell(written)]
            ]


def _line(
    what: str, book: Workbook, row: Row | None, name: str, before: object, after: object, gone: dict[Row, str]
) -> list[DrawnCell]:
    column = book.doc.tables[row.table].columns[name] if row is not None else column_of(book.doc, name)
    values = (table_cell(before, book, column), table_cell(after, book, column))
    if isinstance(before, list) and isinstance(after, list) and before:
        values = (DrawnCell(counted(len(before), "value")), DrawnCell(_difference(before, after, book)))
    owner, row_name = (row.table, _name(row, book, gone)) if row is not None else ("", "")
    return [DrawnCell(what), DrawnCell(owner), DrawnCell(row_name), DrawnCell(name), *values]


def _difference(before: Sequence[object], after: Sequence[object], book: Workbook) -> str:
    """The items that a list gained and lost."""
    old, new = Counter(map(identity, before)), Counter(map(identity, after))
    gained = [f"+ {table_cell(item, book).text}" for item in after if identity(item) in new - old]
    lost = [f"- {table_cell(item, book).text or 'a deleted row'}" for item in before if identity(item) in old - new]
    return ", ".join((*gained, *lost)) or "another order"


def _summary(pressed: Press) -> str:
    changes = pressed.done.changes
    counts = [
        (sum(isinstance(change, RowAdded) for change in changes), "row", "added"),
        (sum(isinstance(change, RowChanged) for change in changes), "cell", "changed"),
        (sum(isinstance(change, RowRemoved) for change in changes), "row", "removed"),
        (sum(isinstance(change, ControlSet) for change in changes), "control", "set"),
        (sum(isinstance(change, Outside) for change in changes), "action", "for Coda alone"),
        (sum(each.row is not None for each in pressed.computed), "computed cell", "changed"),
        (sum(each.row is None for each in pressed.computed), "named formula or view", "changed"),
    ]
    parts = [f"{counted(count, what)} {how}" for count, what, how in counts if count]
    return f"{', '.join(parts) or 'nothing is changed'}; no file is written"


def _gone(changes: Sequence[Change]) -> dict[Row, str]:
    """The display texts of removed rows."""
    return {change.row: change.display for change in changes if isinstance(change, RowRemoved)}


def _name(row: Row, book: Workbook, gone: dict[Row, str]) -> str:
    return gone.get(row) or row_text(row, book) or f"row {row.id}"


# ------------------------------------------------------------ JSON


def _data(pressed: Press) -> dict[str, object]:
    book, done, gone = pressed.book, pressed.done, _gone(pressed.done.changes)
    return {
        "button": pressed.button,
        "row": pressed.row or None,
        "disabled": done.disabled,
        "error": None if done.error is None else json_value(done.error, book),
        "changes": [_change(change, book, gone) for change in done.changes],
        "computed": [_cell(each, book, gone) for each in pressed.computed],
    }


def _change(change: Change, book: Workbook, gone: dict[Row, str]) -> dict[str, object]:
    match change:
        case RowAdded(row, values):
            cells = {name: json_value(value, book) for name, value in values.items()}
            return {"change": "added", "table": row.table, "row": _name(row, book, gone), "values": cells}
        case RowChanged():
            return {"change": "changed", **_cell(change, book, gone)}
        case RowRemoved(row):
            return {"change": "removed", "table": row.table, "row": _name(row, book, gone)}
        case ControlSet():
            return {"change": "set", **_cell(change, book, gone)}
        case Outside(name, arguments):
            return {"change": "outside", "action": name, "arguments": [json_value(value, book) for value in arguments]}


def _cell(cell: RowChanged | ControlSet | CellChange, book: Workbook, gone: dict[Row, str]) -> dict[str, object]:
    match cell:
        case RowChanged(row, name) | CellChange(Row() as row, name):
            where = {"table": row.table, "row": _name(row, book, gone), "column": name}
        case ControlSet(name):
            where = {"control": name}
        case CellChange(_, name):
            where = {"formula" if name in book.doc.formulas else "view": name}
    return {
        **where,
        "before": json_value(cell.before, book),
        "after": json_value(cell.after, book),
    }
