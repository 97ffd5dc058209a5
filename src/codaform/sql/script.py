"""The script that makes tables, rows and computed columns in an empty database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.types import RowOf, Type
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.dialects import Dialect
from codaform.sql.frames import column, named, table
from codaform.sql.kinds import cast, literal, type_name
from codaform.sql.plan import Group, SqlPlan, fits, make_plan
from codaform.sql.relations import ROW
from codaform.sql.trees import NOTATION
from codaform.text import shorten

_ROWS_A_STATEMENT = 500


def statements(
    book: Workbook, needs: Graph, wanted: Collection[GraphNode], whole: bool, dialect: Dialect
) -> Iterator[str]:
    """The statements that compute columns as views, without semicolons; comments name the columns that have no SQL.

    whole: Whether the tables and their rows come first, and last a view of each table with all its columns.
    """
    plan = make_plan(book, needs, wanted, dialect, everything=whole)
    if whole:
        yield from _tables(book, plan, dialect)
    for left in plan.left:
        yield f"-- {shorten(f'{left.node.table}.{left.node.name}'.lstrip('.'))} is not in SQL: {shorten(left.why)}"
    for group in plan.steps:
        if isinstance(group, Group):
            yield _view(group.relation, group.select, dialect)
    if whole:
        for name in plan.entered:
            newest = plan.relations.tables[name]
            every = exp.select("*").from_(table(newest)).order_by(column(ROW))
            yield _view(plan.relations.relation(f"{name} complete"), every, dialect)


def _view(relation: str, select: exp.Select, dialect: Dialect) -> str:
    view = exp.Create(this=table(relation), kind="VIEW", expression=select)
    if dialect.temporary:
        view.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
    return dialect.sql(view, pretty=True)


def _tables(book: Workbook, plan: SqlPlan, dialect: Dialect) -> Iterator[str]:
    for name, entered in plan.entered.items():
        cells: list[tuple[str, Type, list[Any]]] = []
        rows = book.rows(name)
        for declared, place in entered.cells:
            held, kind = book.cells(name, declared.name).values, place.kind
            values = [held[row.id] for row in rows]
            sound = [fits(value, kind, plan.dialect) for value in values]
            cells.append((place.column, kind, [v if fit else None for v, fit in zip(values, sound, strict=True)]))
            if place.flag:
                cells.append((place.flag, types.BOOLEAN, [not fit for fit in sound]))
        cells.insert(0, (ROW, RowOf(name), list(rows)))
        if dialect.temporary:
            yield _view(entered.relation, _held(cells), dialect)
            continue
        yield _made(entered.relation, cells, dialect)
        yield from _inserted(entered.relation, cells, dialect)


def _made(relation: str, cells: Sequence[tuple[str, Type, list[Any]]], dialect: Dialect) -> str:
    defined = []
    for name, kind, _ in cells:
        key = [exp.ColumnConstraint(kind=exp.PrimaryKeyColumnConstraint())] if name == ROW else []
        typed = exp.DataType.build(type_name(kind), dialect=NOTATION)
        defined.append(exp.ColumnDef(this=exp.to_identifier(name, quoted=True), kind=typed, constraints=key))
    schema = exp.Schema(this=table(relation), expressions=defined)
    return dialect.sql(exp.Create(this=schema, kind="TABLE"), pretty=True)


def _held(cells: Sequence[tuple[str, Type, list[Any]]]) -> exp.Select:
    """Rows as a SELECT of their values."""
    names = [f"c{number}" for number in range(len(cells))]
    blank = exp.Tuple(expressions=[cast(exp.Null(), kind) for _, kind, _ in cells])
    lines = [exp.Tuple(expressions=line) for line in _lines(cells, 0, len(cells[0][2]))]
    given = exp.Values(expressions=lines or [blank], alias=exp.TableAlias(this=exp.to_identifier("v"), columns=names))
    select = exp.select(*(named(column(one), name) for one, (name, _, _) in zip(names, cells, strict=True)))
    return select.from_(given) if lines else select.from_(given).where(exp.false())


def _lines(cells: Sequence[tuple[str, Type, list[Any]]], start: int, end: int) -> Iterator[list[exp.Expr]]:
    for place in range(start, end):
        yield [literal(values[place], kind) for _, kind, values in cells]


def _inserted(relation: str, cells: Sequence[tuple[str, Type, list[Any]]], dialect: Dialect) -> Iterator[str]:
    count = len(cells[0][2])
    schema = exp.Schema(this=table(relation), expressions=[column(name).this for name, *_ in cells])
    for start in range(0, count, _ROWS_A_STATEMENT):
        part = _lines(cells, start, min(start + _ROWS_A_STATEMENT, count))
        lines = [exp.Tuple(expressions=line) for line in part]
        yield dialect.sql(exp.Insert(this=schema.copy(), expression=exp.Values(expressions=lines)))
