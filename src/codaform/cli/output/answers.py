"""Writes what a formula gives: one value, a value for each row, or the value of every part."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from codaform.cli.names import pick
from codaform.cli.output.all_columns import computed_by
from codaform.cli.output.drawing import Branch, DrawnCell, Heading, put_table, put_tree
from codaform.cli.output.findings import put_findings
from codaform.cli.output.values import coda_formula, csv_cell, csv_text, has_format, json_value, row_text, table_cell
from codaform.cli.select import pick_column
from codaform.cli.terminal import painted, put, put_json, say
from codaform.diagnostics.diagnostic import errors_in
from codaform.evaluation.explain import ExplainedStep, explain, value_text
from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.schema import Column, Table, column_of, value_type
from codaform.model.types import NUMBER, Type, describe, listed
from codaform.model.values import Error, Row
from codaform.project.files import CannotRead, read_stdin
from codaform.project.session import Session
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite
from codaform.semantics.provenance import shown_like
from codaform.source import Source
from codaform.text import harmless


@dataclass(frozen=True, slots=True)
class Query:
    """A formula or a column, and the rows to show its values for.

    source, bound: The formula; bound is None for a column of entered values. column: None for a formula that is not in
    the doc. table: The table that owns it; None for a formula on a page. row: None for all rows of the table.
    """

    book: Workbook
    source: Source
    bound: Bound | None
    table: Table | None
    column: Column | None
    row: Row | None

    @property
    def format_column(self) -> Column | None:
        """The column whose format the values have."""
        if self.column is not None or self.bound is None:
            return self.column
        return shown_like(self.book.doc, self.bound.body)


def column_query(session: Session, path: str, display: str | None) -> Query | None:
    """The query for a column of the doc; None, with findings on stderr, if it has errors. Raises CannotRead."""
    table, column = pick_column(session.project.doc, path)
    row = None if display is None else session.row(table.name, display)
    bound = session.program.formulas.get(FormulaSite("formula", table.name, column.name))
    if bound is not None and column.formula is not None and put_errors_of(session, column.formula):
        return None
    return Query(session.book, column.formula or Source("", ""), bound, table, column, row)


def formula_query(session: Session, formula: str, table: str | None, display: str | None) -> Query | None:
    """The query for a formula, `-` for the formula on stdin; None, with findings on stderr, if it has errors.

    table: The table whose rows own the formula. display: The display text of the row. Raises CannotRead.
    """
    source = read_stdin() if formula == "-" else Source("<formula>", formula)
    tables = session.project.doc.tables
    owner = tables[pick("table", table, tables)] if table is not None else None
    row = session.row(owner.name, display) if owner is not None and display is not None else None
    bound, found = session.bind(source, owner.name if owner is not None else "")
    put_findings(found, err=True)
    return None if errors_in(found) else Query(session.book, source, bound, owner, None, row)


def put_named(session: Session, name: str, format_: str) -> bool:
    """Write the value of a named formula or a control; gives whether it is a value and no error."""
    doc = session.project.doc
    name = pick("named formula or control", name, [*doc.formulas, *doc.controls])
    if name in doc.formulas and put_errors_of(session, doc.formulas[name].formula):
        return False
    column = column_of(doc, name)
    return _put_value(session.book.named_value(name), session.book, format_, value_type(column), column)


def put_errors_of(session: Session, *formulas: Source) -> bool:
    """Write the findings of formulas of the doc to stderr; gives whether one is an error."""
    found = session.diagnostics_of(*formulas)
    put_findings(found, err=True)
    return bool(errors_in(found))


def _put_value(value: object, book: Workbook, format_: str, type_: Type | None, column: Column | None = None) -> bool:
    """Write a single value; gives whether it is a value and no error.

    type_: The type of its formula. column: A column that shows such values, for its format.
    """
    if isinstance(value, Error) and format_ != "json":
        put(f"error: {value.rule}")
    elif format_ == "json":
        put_json(json_value(value, book))
    elif format_ == "csv":
        put("\n".join(csv_cell(item, book) for item in (value if isinstance(value, list) else [value])))
    elif format_ == "coda":
        put(harmless(coda_formula(value, book)))
    elif isinstance(value, list) and value:
        item = listed(type_) if type_ is not None else None
        heading = Heading(describe(item) if item is not None else "value", right=item == NUMBER)
        put_table([heading], [[table_cell(item, book, column)] for item in value])
    elif isinstance(value, dict) and value:
        cells = [[DrawnCell(key), DrawnCell(notate(item, book))] for key, item in value.items()]
        put_table([Heading("key"), Heading("value")], cells)
    elif column is not None and has_format(column):
        put(harmless(table_cell(value, book, column).text))
    else:
        put(harmless(notate(value, book)))
    return _is_value(value)


def put_answer(query: Query, format_: str) -> bool:
    """Write the one value; gives whether it is a value and no error."""
    book, bound = query.book, query.bound
    if query.column is not None and query.row is not None:
        value = book.value(query.row, query.column.name)
    else:
        assert bound is not None
        value = book.evaluate(bound, query.row)
    return _put_value(value, book, format_, bound.type if bound is not None else None, query.format_column)


def put_answers(query: Query, format_: str, values: list[Any] | None = None) -> None:
    """Write the value for each row of the table. values: Those of the rows, where they are computed already."""
    book, table, column = query.book, query.table, query.column
    assert table is not None
    rows = book.rows(table.name)
    if values is not None:
        pass
    elif column is not None:
        values = book.values(table.name, column.name)
    else:
        assert query.bound is not None
        run = book.formula(query.bound)
        values = [book.run(run, row) for row in rows]
    pairs = list(zip(rows, values, strict=True))
    names = (table.display.name if table.display is not None else "row", column.name if column is not None else "value")
    if format_ == "json":
        put_json([{"row": row_text(row, book), "value": json_value(value, book)} for row, value in pairs])
        return
    if format_ == "csv":
        put(csv_text(names, pairs, book))
        return
    filled = [value for value in values if not isinstance(value, Error | None)]
    numbers = bool(filled) and all(isinstance(value, float) for value in filled)
    headings = [Heading(names[0]), Heading(names[1], numbers, column is not None and column.computed)]
    like = query.format_column
    put_table(headings, [[DrawnCell(row_text(row, book)), table_cell(value, book, like)] for row, value in pairs])


def put_each(session: Session, engine: str | None, nodes: list[GraphNode]) -> None:
    """Write computed columns and named formulas one below the other. Raises MissingExtra and EngineError."""
    computed = computed_by(session, engine, [node for node in nodes if node.table])
    for number, node in enumerate(nodes):
        name = f"{node.table}.{node.name}" if node.table else node.name
        put(("\n" if number else "") + painted(harmless(name), sys.stdout, bold=True))
        if not node.table:
            put_named(session, node.name, "table")
            continue
        table = session.project.doc.tables[node.table]
        query = Query(session.book, Source("", ""), None, table, table.columns[node.name], None)
        put_answers(query, "table", computed.columns[node])


def put_steps(query: Query, format_: str) -> bool:
    """Write the value of every part of the formula; gives whether its own value is no error. Raises CannotRead."""
    if query.bound is None:
        name = query.column.name if query.column is not None else "it"
        raise CannotRead(f"{name} has no formula; its values are entered")
    step = explain(query.source, query.bound, query.book, query.row)
    if format_ == "json":
        put_json(_step_data(step, query.book))
    else:
        put_tree(_branch(step, query.book))
    return _is_value(step.value)


def _is_value(value: object) -> bool:
    """Whether it is a value and no error; an error's message goes to stderr."""
    if isinstance(value, Error):
        say(f"error: {value.message}")
    return not isinstance(value, Error)


def _branch(step: ExplainedStep, book: Workbook) -> Branch:
    value = value_text(step, book)
    note = step.note if step.note != value else ""
    children = tuple(_branch(child, book) for child in step.children)
    return Branch(step.text, value, note, children, "error" if isinstance(step.value, Error) else "")


def _step_data(step: ExplainedStep, book: Workbook) -> dict[str, object]:
    return {
        "text": step.text,
        "value": json_value(step.value, book),
        "note": step.note,
        "children": [_step_data(child, book) for child in step.children],
    }
