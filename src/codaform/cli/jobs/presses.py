"""What pressing a button does to the sample rows, as a table or as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from codaform.cli.input.sessions import pick_button
from codaform.cli.output.drawing import Cell, Heading, put_table
from codaform.cli.output.json_text import as_json
from codaform.cli.output.reporting import is_error, put_report
from codaform.cli.output.terminal import put, say
from codaform.cli.output.values import plain, row_text, shown
from codaform.evaluation.actions import Change, ControlSet, Outside, Performed, RowAdded, RowChanged, RowRemoved, press
from codaform.evaluation.consequences import Consequence, computed, consequences
from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.schema import column_of
from codaform.model.values import Row, identity
from codaform.project.files import CannotRead
from codaform.project.session import Session

MOST_SHOWN = 40
"""How many lines of changes, and as many of what follows from them, stand in a table."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed in a row, or on a page: what it did, and what the formulas show differently since."""

    book: Workbook
    button: str
    row: str
    done: Performed
    computed: Sequence[Consequence]


def try_press(session: Session, button: str, display: str | None) -> Press | None:
    """Press a button in a sample row, or one on a page; None, and a report, where one of its formulas has errors.

    display: The row; None for a button on a page. Raises CannotRead.
    """
    table, column = pick_button(session, button)
    if (display is None) != (table is None):
        where = f"{button} stands in a row: --row says in which" if display is None else f"{button} stands in no row"
        raise CannotRead(where)
    row = session.row(table.name, display) if table is not None and display is not None else None
    owner = table.name if table is not None else ""
    own = [source for source in (column.action, column.disable_if) if source is not None]
    found = [diagnostic for diagnostic in session.formula_diagnostics if diagnostic.source in own]
    put_report(found, err=True)
    if any(is_error(diagnostic) for diagnostic in found):
        return None
    before = computed(session.book)
    done = press(session.book, owner, column.name, row)
    after = computed(session.book) if done.changes else before
    name = f"{owner}.{column.name}" if owner else column.name
    return Press(session.book, name, display or "", done, consequences(before, after))


def put_press(pressed: Press, form: str) -> bool:
    """Write what was done; whether the button could be pressed and its action is no error."""
    done = pressed.done
    if form == "json":
        put(as_json(_data(pressed)))
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
            [*changes[:MOST_SHOWN], *computed[:MOST_SHOWN]],
        )
        if hidden:
            say(f"no room for the column{'' if len(hidden) == 1 else 's'} {', '.join(hidden)}")
        for lines, what in ((changes, "lines of changes"), (computed, "computed values that changed")):
            if len(lines) > MOST_SHOWN:
                say(f"{MOST_SHOWN} of {len(lines)} {what}; --format json has all")
    if not pressed.done.disabled:
        say(_summary(pressed))


def _lines(change: Change, book: Workbook, gone: dict[Row, str]) -> list[list[Cell]]:
    match change:
        case RowAdded(row, values):
            filled = {name: value for name, value in values.items() if value not in (None, [])}
            lines = [_line("added", book, row, name, None, value, gone) for name, value in filled.items()]
            return lines or [[Cell("added"), Cell(row.table), Cell(_name(row, book, gone)), *map(Cell, ("", "", ""))]]
        case RowChanged(row, column, before, after):
            return [_line("changed", book, row, column, before, after, gone)]
        case RowRemoved(row, display):
            return [[Cell("removed"), Cell(row.table), Cell(display or f"row {row.id}"), *map(Cell, ("", "", ""))]]
        case ControlSet(control, before, after):
            return [_line("set", book, None, control, before, after, gone)]
        case Outside(name, arguments):
            told = ", ".join(notate(argument, book) for argument in arguments)
            return [[Cell("in Coda"), Cell(""), Cell(""), Cell(name), Cell(""), Cell(told)]]


def _line(
    what: str, book: Workbook, row: Row | None, name: str, before: object, after: object, gone: dict[Row, str]
) -> list[Cell]:
    column = book.doc.tables[row.table].columns[name] if row is not None else column_of(book.doc, name)
    values = (shown(before, book, column), shown(after, book, column))
    if isinstance(before, list) and isinstance(after, list) and before:
        values = (Cell(f"{len(before)} value{'' if len(before) == 1 else 's'}"), Cell(_difference(before, after, book)))
    owner, told = (row.table, _name(row, book, gone)) if row is not None else ("", "")
    return [Cell(what), Cell(owner), Cell(told), Cell(name), *values]


def _difference(before: Sequence[object], after: Sequence[object], book: Workbook) -> str:
    """What came into a list, and what went."""
    old, new = Counter(map(identity, before)), Counter(map(identity, after))
    came = [f"+ {shown(item, book).text}" for item in after if identity(item) in new - old]
    went = [f"- {shown(item, book).text or 'a row that is gone'}" for item in before if identity(item) in old - new]
    return ", ".join((*came, *went)) or "another order"


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
    told = [f"{count} {what}{'' if count == 1 else 's'} {how}" for count, what, how in counts if count]
    return f"{', '.join(told) or 'nothing is changed'}; no file is written"


def _gone(changes: Sequence[Change]) -> dict[Row, str]:
    """What removed rows were displayed as."""
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
        "error": None if done.error is None else plain(done.error, book),
        "changes": [_change(change, book, gone) for change in done.changes],
        "computed": [_cell(each, book, gone) for each in pressed.computed],
    }


def _change(change: Change, book: Workbook, gone: dict[Row, str]) -> dict[str, object]:
    match change:
        case RowAdded(row, values):
            cells = {name: plain(value, book) for name, value in values.items()}
            return {"change": "added", "table": row.table, "row": _name(row, book, gone), "values": cells}
        case RowChanged():
            return {"change": "changed", **_cell(change, book, gone)}
        case RowRemoved(row):
            return {"change": "removed", "table": row.table, "row": _name(row, book, gone)}
        case ControlSet():
            return {"change": "set", **_cell(change, book, gone)}
        case Outside(name, arguments):
            return {"change": "outside", "action": name, "arguments": [plain(value, book) for value in arguments]}


def _cell(cell: RowChanged | ControlSet | Consequence, book: Workbook, gone: dict[Row, str]) -> dict[str, object]:
    match cell:
        case RowChanged(row, name) | Consequence(Row() as row, name):
            where = {"table": row.table, "row": _name(row, book, gone), "column": name}
        case ControlSet(name):
            where = {"control": name}
        case Consequence(_, name):
            where = {"formula" if name in book.doc.formulas else "view": name}
    return {
        **where,
        "before": plain(cell.before, book),
        "after": plain(cell.after, book),
    }
