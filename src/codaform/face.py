"""The functions of the package's face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.extras import require
from codaform.model import notation
from codaform.model.schema import Doc
from codaform.model.values import Error, Row
from codaform.project.arrow_tables import table_schema
from codaform.project.session import Session
from codaform.semantics.bind import Bound
from codaform.semantics.bind import bind as bind_in
from codaform.semantics.scope import Scope
from codaform.source import Source
from codaform.syntax import ast, parser, printer


class FormulaError(ValueError):
    """A text that is no formula. `diagnostics` says where and why."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        first = self.diagnostics[0]
        super().__init__(f"{first.message} (at character {first.span.start + 1})")


def parse(text: str) -> ast.Formula:
    """The tree of a formula.

    Two trees are equal when they say the same in the same words, wherever in the text.
    Raises FormulaError for a text that is no formula.
    """
    tree, said = parser.parse(Source("formula", text))
    if tree is None:
        raise FormulaError(said)
    return tree


def show(tree: ast.Formula, width: int = printer.WIDTH) -> str:
    """The canonical text of a tree, in lines of at most `width` characters where that can be done.

    `parse(show(tree)) == tree` for every tree that `parse` gives.
    """
    return printer.show(tree, width)


def bind(tree: ast.Formula, project: Session | None = None, table: str | None = None) -> Bound:
    """The formula as understood in a row of a table, or on a page: its type, its body, its diagnostics.

    Never raises for an error in the formula: `diagnostics` has it, and the body still computes.
    """
    doc = project.project.doc if project is not None else Doc("no doc")
    if table and table not in doc.tables:
        raise KeyError(f"there is no table {table}")
    return bind_in(tree, Scope(doc, table or ""), None, action=True)


def evaluate(
    text: str, project: Session | None = None, table: str | None = None, row: Row | str | int | None = None
) -> object:
    """The value of a formula against a project's sample rows.

    table, row: The row that `thisRow` is: a Row, its display text, or its place in the table, from 1.
    Gives None for blank, a float, str, bool, date, datetime (with the doc's time zone), time, timedelta, list, dict,
    Row, Person, or an Error, which is also what a formula with faults gives.
    Raises KeyError for a table or row that is not there.
    """
    session = project if project is not None else Session.empty()
    owner = _row(session, table, row)
    return session.evaluate(Source("formula", text), owner.table if owner else table or "", owner)[1]


def arrow_schema(table: str, project: Session) -> Any:
    """The types of a table's columns in Arrow, a pyarrow.Schema: those of `project.compute().to_arrow(table)`.

    Raises KeyError for a table that is not there, and ImportError without the extra `parquet`.
    """
    doc = project.project.doc
    if table not in doc.tables:
        raise KeyError(f"there is no table {table}")
    require("parquet")
    return table_schema(doc.tables[table], doc.time_zone)


def _row(session: Session, table: str | None, row: Row | str | int | None) -> Row | None:
    if row is None or isinstance(row, Row):
        return row
    if not table or table not in session.project.doc.tables:
        raise KeyError(f"there is no table {table}")
    rows = session.book.rows(table)
    if isinstance(row, int):
        if not 1 <= row <= len(rows):
            raise KeyError(f"{table} has {len(rows)} rows, not a row {row}")
        return rows[row - 1]
    found = session.book.find(row, table)
    if found is None:
        raise KeyError(f"no row of {table} is displayed as {row}")
    return found


def literal(value: object) -> str:
    """A Python value as a Coda formula that gives it back. Raises ValueError for a Row, a Person or an Error.

    `evaluate(literal(value)) == value` for every other value that `evaluate` gives, as long as its formula is no longer
    than 200,000 characters, the most that is read.
    """
    if isinstance(value, Error):
        raise ValueError("no formula spells an error value")
    return notation.literal(value)
