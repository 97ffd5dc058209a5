"""A database computes the columns of a doc: rows go in, values come out; flagged cells are left to the rows engine."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import frexp
from typing import Any, Protocol

from sqlglot import exp

from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.schema import column_of, value_type
from codaform.model.types import RowOf, Type
from codaform.model.values import Error
from codaform.semantics.dependencies import Graph, GraphNode
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.entered_rows import EnteredRows, GivenValues, WorkbookRows
from codaform.sql.fitting import fits
from codaform.sql.frames import column, table
from codaform.sql.kinds import AS_HELD, decoded, encoded, literal, type_name
from codaform.sql.plan import Group, Left, SqlPlan, make_plan
from codaform.sql.relations import PLACE, ROW, VALUE, Cell
from codaform.sql.trees import CannotLower

GivenColumn = tuple[str, Type, GivenValues]
"""The name of a column, the type of its values, and these."""


class Database(Protocol):
    """Where relations are made and read. Its methods raise what its driver raises."""

    @property
    def dialect(self) -> Dialect:
        """What it speaks."""

    def insert(self, relation: str, columns: Sequence[GivenColumn]) -> None:
        """Make a relation of given values."""

    def index(self, relation: str, name: str) -> None:
        """Keep a column of a relation in order, if that helps to find rows within limits."""

    def keep(self, relation: str, select: exp.Select) -> None:
        """Make a relation of the rows that a SELECT finds."""

    def read(self, select: exp.Select) -> Iterator[Sequence[Any]]:
        """The lines that a SELECT finds."""


@dataclass
class Computed:
    """The results of an engine. values: By column, in the order of rows. flagged: The cells left to rows, by column."""

    values: dict[GraphNode, list[Any]] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    flagged: dict[GraphNode, int] = field(default_factory=dict)


def compute(
    book: Workbook, needs: Graph, wanted: Collection[GraphNode], database: Database, rows: EnteredRows | None = None
) -> Computed:
    """The values of columns; cells that SQL does not give are the row-wise engine's.

    rows: The rows; by default those of the book.
    """
    return _Run(book, database, rows or WorkbookRows(book)).compute(needs, wanted)


def enter(rows: EnteredRows, plan: SqlPlan, database: Database) -> None:
    """The entered cells of all tables, with the types of their columns."""
    for name, entered in plan.entered.items():
        held: list[GivenColumn] = [(ROW, RowOf(name), rows.numbers(name))]
        for declared, place in entered.cells:
            given = rows.cells(name, declared, database.dialect)
            held.append((place.column, place.kind, given.values))
            if place.flag:
                held.append((place.flag, types.BOOLEAN, given.misfits))
        database.insert(entered.relation, held)


def keep(group: Group, database: Database) -> Collection[str]:
    """Compute a group; the names of the columns of which a flag is raised."""
    for relation, name in sorted(group.ranged):
        database.index(relation, name)
    database.keep(group.relation, group.select)
    flags = {name: cell.flag for name, cell in group.cells.items() if cell.flag}
    if not flags:
        return ()
    some = database.dialect.total
    asked = exp.select(*(some("bool_or", column(flag)) for flag in flags.values())).from_(table(group.relation))
    found = next(iter(database.read(asked)))
    return [name for name, is_raised in zip(flags, found, strict=True) if is_raised]


def adds_exactly(relation: str, name: str, count: int, database: Database) -> bool:
    """Whether so many numbers of a column have the same sum in any order, bit for bit.

    They have, if each is a multiple of one power of two, and no sum has more bits than a double: quarters of hours
    have, cents have not.
    """
    dialect, numbers = database.dialect, column(name)

    def one(tree: exp.Expr) -> Any:
        return next(iter(database.read(exp.select(tree).from_(table(relation)))))[0]

    most = one(dialect.total("max", dialect.word("abs", numbers)))
    if not most:
        return True
    bits = 53 - (frexp(most)[1] + max(count, 1).bit_length())
    if bits < 0:
        return False
    steps = exp.Mul(this=numbers, expression=literal(2.0 ** min(bits, 40), types.NUMBER))
    return one(dialect.total("bool_and", exp.EQ(this=steps, expression=dialect.word("trunc", steps)))) is not False


_AT_ONCE = 10_000
"""So many lines of a result are in the memory beside the values that are made of them."""


def _columns(lines: list[Sequence[Any]]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Values by column, and flags; a line has a value and a flag by turns."""
    columns = list(zip(*lines, strict=True))
    return columns[::2], columns[1::2]


class _Run:
    def __init__(self, book: Workbook, database: Database, rows: EnteredRows) -> None:
        self.book = book
        self.database = database
        self.rows = rows

    def compute(self, needs: Graph, wanted: Collection[GraphNode]) -> Computed:
        self.wanted = wanted
        self.found = found = Computed()
        found.left = make_plan(self.book, needs, wanted, self.database.dialect, self, rows=self.rows).left
        for node in wanted:
            if node not in found.values:
                found.values[node] = self.by_rows(node)
        return found

    # ------------------------------------------------------------ in

    def enter(self, plan: SqlPlan) -> None:
        """The entered cells of all tables."""
        enter(self.rows, plan, self.database)

    def give(self, node: GraphNode, relation: str) -> Cell | None:
        """The values of the row-wise engine in a relation; of a view, its rows."""
        if node.kind == "view":
            shown, owner = self.rows.filled.rows(node.name), RowOf(node.table)
            places = list(range(1, len(shown) + 1))
            self.database.insert(relation, [(ROW, owner, [row.id for row in shown]), (PLACE, owner, places)])
            return Cell(relation, ROW, owner)
        declared = column_of(self.book.doc, node.name) if not node.table else None
        kind = value_type(declared or self.book.doc.tables[node.table].columns[node.name])
        try:
            type_name(kind)
            self.database.dialect.check(kind)
        except CannotLower:
            return None
        values = self.by_rows(node)
        if not all(isinstance(value, Error) or fits(value, kind, self.database.dialect) for value in values):
            return None
        plain = [None if isinstance(value, Error) else encoded(value) for value in values]
        flags: list[Any] = [isinstance(value, Error) for value in values]
        held: list[GivenColumn] = [(VALUE, kind, plain), (f"{VALUE} flag", types.BOOLEAN, flags)]
        if node.table:
            held.insert(0, (ROW, RowOf(node.table), self.rows.numbers(node.table)))
        self.database.insert(relation, held)
        return Cell(relation, VALUE, kind, f"{VALUE} flag" if any(flags) else "")

    # ------------------------------------------------------------ out

    def keep(self, group: Group) -> Collection[str]:
        """Compute a group; the names of the columns of which a flag is raised."""
        raised = keep(group, self.database)
        self.fetch(group, raised)
        return raised

    def adds_exactly(self, relation: str, column: str, count: int) -> bool:
        """Whether so many numbers of a column have the same sum in any order, bit for bit."""
        return adds_exactly(relation, column, count, self.database)

    def fetch(self, group: Group, raised: Collection[str]) -> None:
        """The values of a group; a flagged cell is computed row by row."""
        found = self.found
        cells = {
            node: cell
            for name, cell in group.cells.items()
            if (node := GraphNode("cells" if group.table else "named", group.table, name)) in self.wanted
        }
        if not cells:
            return
        asked = exp.select().from_(table(group.relation))
        if group.table:
            asked.order_by(column(ROW), copy=False)
        for node, cell in cells.items():
            asked.select(column(cell.column), copy=False)
            asked.select(column(cell.flag) if node.name in raised else exp.false(), copy=False)
        for node in cells:
            found.values[node] = []
        lines = self.database.read(asked)
        while some := list(islice(lines, _AT_ONCE)):
            for (node, cell), held, flags in zip(cells.items(), *_columns(some), strict=True):
                values = found.values[node]
                start = len(values)
                values += (
                    held if cell.kind in AS_HELD else [decoded(value, cell.kind, self.book.zone) for value in held]
                )
                for place in [place for place, flag in enumerate(flags, start) if flag]:
                    values[place] = self.by_row(group.table, node.name, place)
                    found.flagged[node] = found.flagged.get(node, 0) + 1

    def by_rows(self, node: GraphNode) -> list[Any]:
        """The values of the row-wise engine."""
        book = self.rows.filled
        return book.values(node.table, node.name) if node.table else [book.named_value(node.name)]

    def by_row(self, table: str, name: str, place: int) -> Any:
        """The value of the row-wise engine in the row at a place; of a named formula, without a table."""
        book = self.rows.filled
        return book.value(book.rows(table)[place], name) if table else book.named_value(name)
