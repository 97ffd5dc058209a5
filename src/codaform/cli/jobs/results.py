"""What a formula gives: for one row or for each, its value or every step to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codaform.cli.input.sessions import pick_column
from codaform.cli.input.stdin import read_stdin
from codaform.cli.names import pick
from codaform.cli.output.drawing import Branch, Cell, Heading, put_table, put_tree
from codaform.cli.output.json_text import as_json
from codaform.cli.output.reporting import is_error, put_report
from codaform.cli.output.terminal import put, say
from codaform.cli.output.values import as_csv, as_formula, csv_cell, has_format, plain, row_text, shown
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.explain import Step, value_text
from codaform.evaluation.explain import explain as steps
from codaform.evaluation.rowwise import compile_formula
from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.schema import Column, Table, column_of, value_type
from codaform.model.types import NUMBER, Type, describe, listed
from codaform.model.values import Error, Row
from codaform.project.files import CannotRead
from codaform.project.session import Session
from codaform.semantics.bind import Bound
from codaform.semantics.origins import shown_like
from codaform.semantics.program import Place
from codaform.source import Source
from codaform.text import harmless


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be computed, and for which rows.

    source, bound: The formula; without a bound one, the entered values of the column are meant.
    each: Whether it is computed for every row of the table, or only for `row`.
    """

    book: Workbook
    source: Source
    bound: Bound | None
    table: Table | None
    column: Column | None
    row: Row | None

    @property
    def each(self) -> bool:
        """Whether there is a value for each row of a table."""
        return self.table is not None and self.row is None


def of_column(session: Session, path: str, display: str | None) -> Answer | None:
    """What a column of the doc holds; None, and a report, where its formula has errors."""
    table, column = pick_column(session, path)
    row = None if display is None else session.row(table.name, display)
    bound = session.program.formulas.get(Place("formula", table.name, column.name))
    if bound is not None and column.formula is not None:
        found = [diagnostic for diagnostic in session.formula_diagnostics if diagnostic.source == column.formula]
        if _refused(found):
            return None
    return Answer(session.book, column.formula or Source("", ""), bound, table, column, row)


def of_formula(session: Session, formula: str, table: str | None, display: str | None) -> Answer | None:
    """What a formula gives; None, and a report, where it has errors."""
    source = read_stdin() if formula == "-" else Source("<formula>", formula)
    owner = None
    if table is not None:
        tables = session.project.doc.tables
        owner = tables[pick("table", table, tables)]
    row = session.row(owner.name, display) if owner is not None and display is not None else None
    bound, said = session.bind(source, owner.name if owner is not None else "")
    if _refused(said):
        return None
    return Answer(session.book, source, bound, owner, None, row)


def _refused(found: Sequence[Diagnostic]) -> bool:
    put_report(found, err=True)
    return any(is_error(diagnostic) for diagnostic in found)


# ------------------------------------------------------------ one value


def put_one(answer: Answer, form: str) -> bool:
    """Write a single value; whether it is one and no error."""
    kind = answer.bound.type if answer.bound is not None else None
    return put_value(_value(answer), answer.book, form, kind, _column(answer))


def _column(answer: Answer) -> Column | None:
    """The column whose format the values have."""
    if answer.column is not None or answer.bound is None:
        return answer.column
    return shown_like(answer.book.doc, answer.bound.body)


def put_named(session: Session, name: str, form: str) -> bool:
    """Write the value of a named formula or a control; whether it is one and no error."""
    doc = session.project.doc
    name = pick("named formula or control", name, [*doc.formulas, *doc.controls])
    sources = [doc.formulas[name].formula] if name in doc.formulas else []
    if _refused([diagnostic for diagnostic in session.formula_diagnostics if diagnostic.source in sources]):
        return False
    column = column_of(doc, name)
    return put_value(session.book.named_value(name), session.book, form, value_type(column), column)


def put_value(value: object, book: Workbook, form: str, kind: Type | None, column: Column | None = None) -> bool:
    """Write a single value; whether it is one and no error.

    kind: The type of its formula. column: A column that shows such values, for its format.
    """
    if isinstance(value, Error) and form != "json":
        put(f"error: {value.rule}")
    elif form == "json":
        put(as_json(plain(value, book)))
    elif form == "csv":
        put("\n".join(csv_cell(item, book) for item in (value if isinstance(value, list) else [value])))
    elif form == "coda":
        put(harmless(as_formula(value, book)))
    elif isinstance(value, list) and value:
        put_table([_heading(kind)], [[shown(item, book, column)] for item in value])
    elif isinstance(value, dict) and value:
        cells = [[Cell(key), Cell(notate(item, book))] for key, item in value.items()]
        put_table([Heading("key"), Heading("value")], cells)
    elif column is not None and has_format(column):
        put(harmless(shown(value, book, column).text))
    else:
        put(harmless(notate(value, book)))
    if isinstance(value, Error):
        say(f"error: {value.message}")
    return not isinstance(value, Error)


def _value(answer: Answer) -> object:
    if answer.column is not None and answer.row is not None:
        return answer.book.value(answer.row, answer.column.name)
    assert answer.bound is not None
    return answer.book.evaluate(answer.bound, answer.row)


def _heading(kind: Type | None) -> Heading:
    item = listed(kind) if kind is not None else None
    return Heading(describe(item) if item is not None else "value", right=item == NUMBER)


# ------------------------------------------------------------ a value for each row


def put_each(answer: Answer, form: str) -> None:
    """Write the value for each row of the table."""
    book, table = answer.book, answer.table
    assert table is not None
    rows = book.rows(table.name)
    if answer.column is not None:
        values = [book.value(row, answer.column.name) for row in rows]
    else:
        assert answer.bound is not None
        run = compile_formula(answer.bound.body, book)
        values = [book.run(run, answer.bound.slots, row) for row in rows]
    display = table.display.name if table.display is not None else "row"
    what = answer.column.name if answer.column is not None else "value"
    column = _column(answer)
    if form == "json":
        pairs = zip(rows, values, strict=True)
        put(as_json([{"row": row_text(row, book), "value": plain(value, book)} for row, value in pairs]))
        return
    if form == "csv":
        put(as_csv([display, what], zip(rows, values, strict=True), book))
        return
    filled = [value for value in values if not isinstance(value, Error | None)]
    numbers = bool(filled) and all(isinstance(value, float) for value in filled)
    headings = [Heading(display), Heading(what, numbers, answer.column is not None and answer.column.computed)]
    cells = [[Cell(row_text(row, book)), shown(value, book, column)] for row, value in zip(rows, values, strict=True)]
    put_table(headings, cells)


# ------------------------------------------------------------ steps


def put_steps(answer: Answer, form: str) -> bool:
    """Write the value of every part of a formula; whether the whole of it is no error."""
    if answer.bound is None:
        name = answer.column.name if answer.column is not None else "it"
        raise CannotRead(f"{name} has no formula; its values are entered")
    whole = steps(answer.source, answer.bound, answer.book, answer.row)
    if form == "json":
        put(as_json(_data(whole, answer.book)))
    else:
        put_tree(_branch(whole, answer.book))
    if isinstance(whole.value, Error):
        say(f"error: {whole.value.message}")
    return not isinstance(whole.value, Error)


def _branch(step: Step, book: Workbook) -> Branch:
    value = value_text(step, book)
    note = step.note if step.note != value else ""
    tone = "error" if isinstance(step.value, Error) else ""
    return Branch(step.text, value, note, tuple(_branch(child, book) for child in step.children), tone)  # type: ignore[arg-type]


def _data(step: Step, book: Workbook) -> dict[str, object]:
    return {
        "text": step.text,
        "value": plain(step.value, book),
        "note": step.note,
        "children": [_data(child, book) for child in step.children],
    }
