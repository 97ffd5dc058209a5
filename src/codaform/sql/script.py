"""The script that makes tables, rows and computed columns in an empty database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.schema import Column
from codaform.model.types import RowOf, Type
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.csv_cells import CsvTables
from codaform.sql.dialects import DUCKDB, Dialect
from codaform.sql.duckdb_csv import WORDS as DUCKDB_CSV
from codaform.sql.duckdb_csv import CsvFile
from codaform.sql.duckdb_csv import texts as csv_texts
from codaform.sql.fitting import fits
from codaform.sql.frames import column, named, table
from codaform.sql.kinds import cast, literal, type_name
from codaform.sql.plan import Group, SqlPlan, make_plan
from codaform.sql.relations import ROW
from codaform.sql.trees import NOTATION
from codaform.text import shorten

_ROWS_A_STATEMENT = 500


def statements(
    book: Workbook,
    needs: Graph,
    wanted: Collection[GraphNode],
    whole: bool,
    dialect: Dialect,
    files: Mapping[str, CsvFile] | None = None,
) -> Iterator[str]:
    """The statements that compute columns as views, without semicolons; comments name the columns that have no SQL.

    whole: Whether the tables and their rows come first, and last a view of each table with all its columns.
    files: By table, the file that the script reads its rows from, of which the book need have none; for DuckDB alone.
    Raises EngineError where the script cannot read them.
    """
    plan = make_plan(book, needs, wanted, dialect, everything=whole)
    if whole:
        if dialect.references:
            yield "BEGIN"
        yield from _tables(book, plan, dialect, files or {})
    for left in plan.left:
        yield f"-- {shorten(f'{left.node.table}.{left.node.name}'.lstrip('.'))} is not in SQL: {shorten(left.why)}"
    for group in plan.steps:
        if isinstance(group, Group):
            yield _view(group.relation, group.select, dialect)
    if whole:
        for name in plan.entered:
            yield _view(plan.relations.relation(f"{name} complete"), _complete(plan, name), dialect)
        if dialect.references:
            yield "COMMIT"


def _complete(plan: SqlPlan, name: str) -> exp.Select:
    """All columns of a table: those of its newest relation, and other sides of relations, which no later one has."""
    newest = plan.relations.tables[name]
    every = exp.select(exp.Column(this=exp.Star(), table=exp.to_identifier("t")))
    every = every.from_(table(newest, "t")).order_by(column(ROW, "t"))
    for number, group in enumerate(plan.steps):
        if not isinstance(group, Group) or group.table != name or group.relation == newest:
            continue
        lost = [cell for one, cell in group.cells.items() if (name, one) not in plan.relations.cells]
        if lost:
            own = f"g{number}"
            names = (one for cell in lost for one in (cell.column, cell.flag) if one)
            same = exp.EQ(this=column(ROW, "t"), expression=column(ROW, own))
            every.select(*(column(one, own) for one in names), copy=False)
            every.join(table(group.relation, own), on=same, join_type="left", copy=False)
    return every


def _view(relation: str, select: exp.Select, dialect: Dialect) -> str:
    view = exp.Create(this=table(relation), kind="VIEW", expression=select)
    if dialect.temporary:
        view.set("properties", exp.Properties(expressions=[exp.TemporaryProperty()]))
    return dialect.sql(view, pretty=True)


@dataclass
class _Cells:
    """A column of a table in the database. declared: That of the doc; None for a flag and the numbers of rows."""

    name: str
    kind: Type
    values: list[Any]
    declared: Column | None = None

    @property
    def refers_to(self) -> str:
        """The table whose rows its cells are; empty without one."""
        return self.kind.table if self.declared is not None and isinstance(self.kind, RowOf) else ""


def _tables(book: Workbook, plan: SqlPlan, dialect: Dialect, files: Mapping[str, CsvFile]) -> Iterator[str]:
    """The tables, so that a row may point to any; their rows; then what is quicker made when the rows are there."""
    made = {name: list((_empty_columns if name in files else _columns)(book, plan, name)) for name in plan.entered}
    for name, cells in made.items():
        relation = plan.entered[name].relation
        if dialect.temporary:
            yield _view(relation, _held(cells), dialect)
        else:
            yield dialect.sql(_made(relation, cells, plan), pretty=True)
    for name, cells in made.items():
        if not dialect.temporary and name not in files:
            yield from _inserted(plan.entered[name].relation, cells, dialect)
    for name, cells in made.items():
        for one in cells:
            if one.refers_to in plan.entered and dialect.references:
                yield from _related(plan, name, one)
    yield from _read(plan, files)


def _read(plan: SqlPlan, files: Mapping[str, CsvFile]) -> Iterator[str]:
    """The rows of tables from their files, by way of tables of texts."""
    written = CsvTables(DUCKDB_CSV, plan, {name: header for name, (_, header) in files.items()})
    for name, file in files.items():
        texts = exp.Create(this=table(written.relations[name]), kind="TABLE", expression=csv_texts([file], 1))
        yield DUCKDB.sql(texts, pretty=True)
    for name in files:
        into = exp.Insert(this=table(plan.entered[name].relation), expression=written.entered(name))
        yield DUCKDB.sql(into, pretty=True)
    for name in files:
        yield DUCKDB.sql(exp.Drop(tables=[table(written.relations[name])], kind="TABLE"))


def _empty_columns(_book: Workbook, plan: SqlPlan, name: str) -> Iterator[_Cells]:
    """The columns of a table whose rows come later."""
    yield _Cells(ROW, RowOf(name), [])
    for declared, place in plan.entered[name].cells:
        yield _Cells(place.column, place.kind, [], declared)
        if place.flag:
            yield _Cells(place.flag, types.BOOLEAN, [])


def _columns(book: Workbook, plan: SqlPlan, name: str) -> Iterator[_Cells]:
    """The columns of a table; a flag beside one says which of its cells SQL has not."""
    rows = book.rows(name)
    yield _Cells(ROW, RowOf(name), list(rows))
    for declared, place in plan.entered[name].cells:
        held, kind = book.cells(name, declared.name).values, place.kind
        values = [held[row.id] for row in rows]
        sound = [fits(value, kind, plan.dialect) for value in values]
        yield _Cells(place.column, kind, [v if fit else None for v, fit in zip(values, sound, strict=True)], declared)
        if place.flag:
            yield _Cells(place.flag, types.BOOLEAN, [not fit for fit in sound])


def _made(relation: str, columns: Sequence[_Cells], plan: SqlPlan) -> exp.Create:
    """A table with its key, and with what its columns have to comply with."""
    defined = []
    for one in columns:
        kinds: list[exp.Expr] = [exp.PrimaryKeyColumnConstraint()] if one.name == ROW else []
        if one.refers_to in plan.entered and plan.dialect.references == "with the table":
            # Rows may point to rows that come later: they are there when the script ends.
            kinds.append(_reference(plan, one, ["DEFERRABLE", "INITIALLY DEFERRED"]))
        options = one.declared.options if one.declared is not None and one.kind == types.TEXT else ()
        if options and plan.dialect.references and all(value in (None, "", *options) for value in one.values):
            allowed = [exp.Literal.string(option) for option in options]
            kinds.append(exp.CheckColumnConstraint(this=exp.In(this=column(one.name), expressions=allowed)))
        constraints = [exp.ColumnConstraint(kind=kind) for kind in kinds]
        typed = exp.DataType.build(type_name(one.kind), dialect=NOTATION)
        defined.append(exp.ColumnDef(this=column(one.name).this, kind=typed, constraints=constraints))
    return exp.Create(this=exp.Schema(this=table(relation), expressions=defined), kind="TABLE")


def _held(columns: Sequence[_Cells]) -> exp.Select:
    """Rows as a SELECT of their values."""
    names = [f"c{number}" for number in range(len(columns))]
    blank = exp.Tuple(expressions=[cast(exp.Null(), one.kind) for one in columns])
    lines = [exp.Tuple(expressions=line) for line in _lines(columns, 0, len(columns[0].values))]
    given = exp.Values(expressions=lines or [blank], alias=exp.TableAlias(this=exp.to_identifier("v"), columns=names))
    select = exp.select(*(named(column(name), one.name) for name, one in zip(names, columns, strict=True)))
    return select.from_(given) if lines else select.from_(given).where(exp.false())


def _lines(columns: Sequence[_Cells], start: int, end: int) -> Iterator[list[exp.Expr]]:
    for place in range(start, end):
        yield [literal(one.values[place], one.kind) for one in columns]


def _reference(plan: SqlPlan, one: _Cells, options: list[str]) -> exp.Reference:
    target = exp.Schema(this=table(plan.entered[one.refers_to].relation), expressions=[column(ROW).this])
    return exp.Reference(this=target, options=options)


def _related(plan: SqlPlan, name: str, one: _Cells) -> Iterator[str]:
    """A relation's foreign key, if the table has it not yet, and its index."""
    relation = table(plan.entered[name].relation)
    if plan.dialect.references == "after the rows":
        key = exp.ForeignKey(expressions=[column(one.name).this], reference=_reference(plan, one, []))
        added = exp.AddConstraint(expressions=[key])
        yield plan.dialect.sql(exp.Alter(this=relation.copy(), kind="TABLE", actions=[added]))
    index = exp.to_identifier(plan.relations.relation(f"{name} by {one.name}"), quoted=True)
    params = exp.IndexParameters(columns=[column(one.name)])
    yield plan.dialect.sql(exp.Create(this=exp.Index(this=index, table=relation, params=params), kind="INDEX"))


def _inserted(relation: str, columns: Sequence[_Cells], dialect: Dialect) -> Iterator[str]:
    count = len(columns[0].values)
    schema = exp.Schema(this=table(relation), expressions=[column(one.name).this for one in columns])
    for start in range(0, count, _ROWS_A_STATEMENT):
        part = _lines(columns, start, min(start + _ROWS_A_STATEMENT, count))
        lines = [exp.Tuple(expressions=line) for line in part]
        yield dialect.sql(exp.Insert(this=schema.copy(), expression=exp.Values(expressions=lines)))
