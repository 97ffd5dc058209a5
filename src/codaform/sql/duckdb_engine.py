"""DuckDB computes the columns of a doc: rows go in with given types, values come out, flagged cells are left over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.extras import require
from codaform.model import types
from codaform.model.schema import column_of, value_type
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Error, Row
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, table
from codaform.sql.kinds import decoded, encoded, type_name
from codaform.sql.plan import Group, Left, SqlPlan, fits, make_plan
from codaform.sql.relations import PLACE, ROW, VALUE, Cell
from codaform.sql.trees import CannotLower


@dataclass
class Computed:
    """What an engine computed. values: By column, in the order of rows. flagged: The cells left to rows, by column."""

    values: dict[GraphNode, list[Any]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    flagged: dict[GraphNode, int] = field(default_factory=dict)


def compute(book: Workbook, needs: Graph, wanted: Collection[GraphNode]) -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's.

    Raises EngineError, and MissingExtra without DuckDB.
    """
    require("duckdb")
    import duckdb

    try:
        with duckdb.connect(":memory:") as connection:
            return _Run(book, connection).compute(needs, wanted)
    except duckdb.Error as fault:
        first = str(fault).strip().splitlines()[0]
        raise EngineError(f"DuckDB stopped: {first}; the engine rows computes the same") from fault
    except MemoryError:
        raise EngineError("DuckDB ran out of memory; the engine rows computes the same") from None


class _Run:
    def __init__(self, book: Workbook, connection: Any) -> None:
        self.book = book
        self.connection = connection
        self.places: dict[str, list[Row]] = {}

    def compute(self, needs: Graph, wanted: Collection[GraphNode]) -> Computed:
        plan = make_plan(self.book, needs, wanted, self.give)
        self.load(plan)
        found = Computed(left=plan.left)
        for step in plan.steps:
            if isinstance(step, Group):
                self.run(f"CREATE TEMPORARY TABLE {_sql(table(step.relation))} AS {_sql(step.select)}")
                self.fetch(step, wanted, found)
        for node in wanted:
            if node not in found.values:
                found.values[node] = self.by_rows(node)
        return found

    def run(self, statement: str) -> Any:
        return self.connection.execute(statement)

    # ------------------------------------------------------------ in

    def load(self, plan: SqlPlan) -> None:
        """The entered cells of all tables, with the types of their columns."""
        for name, columns in plan.entered.items():
            rows = self.book.rows(name)
            held: list[tuple[str, Type, list[Any]]] = [(ROW, RowOf(name), [row.id for row in rows])]
            for one in columns:
                cells = self.book.cells(name, one.name).values
                kind, place = value_type(one), plan.relations.cells[name, one.name]
                given = [cells[row.id] for row in rows]
                if not place.flag:
                    held.append((place.column, kind, [encoded(value) for value in given]))
                    continue
                sound = [fits(value, kind) for value in given]
                held.append(
                    (place.column, kind, [encoded(v) if fit else None for v, fit in zip(given, sound, strict=True)])
                )
                held.append((place.flag, types.BOOLEAN, [not fit for fit in sound]))
            self.insert(plan.relations.tables[name], held)

    def give(self, node: GraphNode, relation: str) -> Cell | None:
        """The values of the row-wise engine in a relation; of a view, its rows."""
        if node.kind == "view":
            shown, owner = self.book.rows(node.name), RowOf(node.table)
            places = list(range(1, len(shown) + 1))
            self.insert(relation, [(ROW, owner, [row.id for row in shown]), (PLACE, owner, places)])
            return Cell(relation, ROW, owner)
        declared = column_of(self.book.doc, node.name) if not node.table else None
        kind = value_type(declared or self.book.doc.tables[node.table].columns[node.name])
        try:
            type_name(kind)
        except CannotLower:
            return None
        values = self.by_rows(node)
        if not all(isinstance(value, Error) or fits(value, kind) for value in values):
            return None
        plain = [None if isinstance(value, Error) else encoded(value) for value in values]
        flags: list[Any] = [isinstance(value, Error) for value in values]
        held: list[tuple[str, Type, list[Any]]] = [(VALUE, kind, plain), (f"{VALUE} flag", types.BOOLEAN, flags)]
        if node.table:
            held.insert(0, (ROW, RowOf(node.table), [row.id for row in self.book.rows(node.table)]))
        self.insert(relation, held)
        return Cell(relation, VALUE, kind, f"{VALUE} flag" if any(flags) else "")

    def insert(self, relation: str, columns: Sequence[tuple[str, Type, list[Any]]]) -> None:
        """Make a table with given values."""
        import pyarrow

        typed = ", ".join(f"{_sql(column(name))} {type_name(kind)}" for name, kind, _ in columns)
        self.run(f"CREATE TABLE {_sql(table(relation))} ({typed})")
        arrays = [pyarrow.array(values, _arrow_type(kind)) for _, kind, values in columns]
        names = [f"c{number}" for number in range(len(columns))]
        self.connection.register("given rows", pyarrow.table(arrays, names=names))
        self.run(f'INSERT INTO {_sql(table(relation))} SELECT * FROM "given rows"')
        self.connection.unregister("given rows")

    # ------------------------------------------------------------ out

    def fetch(self, group: Group, wanted: Collection[GraphNode], found: Computed) -> None:
        """The values of a group; a flagged cell is computed row by row."""
        cells = {
            node: cell
            for name, cell in group.cells.items()
            if (node := GraphNode("cells" if group.table else "named", group.table, name)) in wanted
        }
        if not cells:
            return
        asked = exp.select().from_(table(group.relation))
        if group.table:
            asked.order_by(column(ROW), copy=False)
        for cell in cells.values():
            asked.select(column(cell.column), copy=False)
            asked.select(column(cell.flag) if cell.flag else exp.false(), copy=False)
        lines = self.run(_sql(asked)).fetchall()
        rows = self.book.rows(group.table) if group.table else [None]
        for number, (node, cell) in enumerate(cells.items()):
            values = found.values[node] = [decoded(line[2 * number], cell.kind, self.book.zone) for line in lines]
            for place, line in enumerate(lines):
                if line[2 * number + 1]:
                    row = rows[place]
                    values[place] = self.book.named_value(node.name) if row is None else self.book.value(row, node.name)
                    found.flagged[node] = found.flagged.get(node, 0) + 1

    def by_rows(self, node: GraphNode) -> list[Any]:
        """The values of the row-wise engine."""
        if not node.table:
            return [self.book.named_value(node.name)]
        return self.book.values(node.table, node.name)


_ARROW: dict[Type, str] = {
    types.NUMBER: "float64",
    types.BOOLEAN: "bool",
    types.DATE: "date32",
    types.DATETIME: "int64",
    types.TIME: "int64",
    types.DURATION: "int64",
}


def _arrow_type(kind: Type) -> Any:
    import pyarrow

    if isinstance(kind, ListOf):
        return pyarrow.list_(_arrow_type(kind.item))
    if isinstance(kind, RowOf):
        return pyarrow.int64()
    return pyarrow.type_for_alias(_ARROW.get(kind, "string"))


def _sql(tree: exp.Expr) -> str:
    return tree.sql(dialect="duckdb")
