"""Computed columns as a whole, by one of the engines: as values of the language, and as Arrow tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

from codaform.engines import ENGINES
from codaform.evaluation.workbook import Workbook
from codaform.extras import MissingExtra, require
from codaform.model.schema import Column, Doc, Table, column_of, value_type
from codaform.model.types import PERSON, Type, item_of
from codaform.model.values import Error, Person
from codaform.project.arrow_tables import arrow_type, arrow_values, table_schema
from codaform.project.rows import RawRow
from codaform.project.rows_file import RowsInFiles
from codaform.semantics.dependencies import GraphNode
from codaform.source import frozen, position
from codaform.sql.engine_error import EngineError

MANY_ROWS = 200_000
"""From so many rows of a table on, whole columns are computed in numpy: it takes a quarter of a second to begin."""


class Arrays(Protocol):
    """The columns of a doc in numpy, which is imported where they are used: a `columns.computing.ColumnBook`."""

    book: Workbook

    @property
    def filled(self) -> Workbook:
        """The workbook with its rows."""

    def context(self, kinds: Iterable[Type]) -> Workbook:
        """The workbook for values of some types: with its rows, if one of them may be a row."""

    def read_for(self, nodes: Iterable[GraphNode]) -> None:
        """Read the entered columns that some things are computed from, all at once."""

    def known(self, table: str, name: str) -> tuple[Any, Mapping[int, Any]]:
        """A column as an `ArrayColumn`, and by place the values that it has no form for."""

    def values(self, table: str, name: str) -> list[Any]:
        """The values of a column in the order of the rows; an Error where a cell has none."""

    def named_value(self, name: str) -> Any:
        """The value of a named formula or a control; an Error where it has none."""


@frozen
class UnfilledBook:
    """A workbook whose rows are still in the files, as the engine columns reads most of them without it.

    book: The workbook without rows. rows: Those of each table. fill: Enters them, unless they are there, and gives the
        workbook.
    """

    book: Workbook
    rows: Mapping[str, Sequence[RawRow]]
    fill: Callable[[], Workbook]


@frozen
class EngineChoice:
    """An engine, and why it is chosen."""

    engine: str
    why: str


def chosen_engine(book: Workbook | UnfilledBook) -> EngineChoice:
    """The engine for whole columns of a workbook."""
    if isinstance(book, UnfilledBook):
        counts = {name: len(book.rows.get(name, ())) for name in book.book.doc.tables}
    else:
        counts = {name: len(book.rows(name)) for name in book.doc.tables}
    most = max(counts, key=lambda name: counts[name], default="")
    told = f"{most} has {counts[most]:,} rows" if most else "there is no table"
    if not most or counts[most] < MANY_ROWS:
        return EngineChoice("rows", f"{told}, and columns pay from {MANY_ROWS:,} on")
    if find_spec("numpy") is None:
        return EngineChoice("rows", f"{told}; columns would be faster, with the extra columns")
    return EngineChoice("columns", told)


@frozen
class ComputedColumns:
    """Computed columns of a doc.

    engine: What computed them. columns: By column, the values in the order of rows; an Error where a cell has none.
    notes: What the engine left to the row-wise engine, in sentences.
    arrays: The entered columns as arrays, where they were read as such; of the engine columns, the computed ones, too.
    """

    book: Workbook
    engine: str
    columns: Mapping[GraphNode, list[Any]]
    notes: tuple[str, ...] = ()
    arrays: Arrays | None = None

    def values(self, table: str, column: str) -> list[Any]:
        """The values of any column, in the order of rows. Raises KeyError for a column that is not there."""
        node = GraphNode("cells", table, self.book.doc.tables[table].columns[column].name)
        if node in self.columns:
            return self.columns[node]
        return self.book.values(table, column) if self.arrays is None else self.arrays.values(table, column)

    def count_errors(self) -> int:
        """How many of the computed cells are errors."""
        if self.arrays is None or self.engine != "columns":
            values: Iterable[Any] = (value for cells in self.columns.values() for value in cells)
        else:
            values = (
                value
                for node in self.columns
                for value in (
                    self.arrays.known(node.table, node.name)[1].values() if node.table else self.columns[node]
                )
            )
        return sum(isinstance(value, Error) for value in values)

    def texts_from(self, node: GraphNode) -> Workbook:
        """The workbook that tells the texts of a column's values: with its rows, if the values may be rows."""
        if self.arrays is None or not node.table:
            return self.book
        return self.arrays.context([value_type(self.book.doc.tables[node.table].columns[node.name])])

    def to_arrow(self, table: str) -> Any:
        """A table as a pyarrow.Table: entered and computed columns. Raises KeyError and MissingExtra.

        The types are those of `codaform.arrow_schema`. A cell that is an error is null.
        """
        require("parquet")
        import pyarrow as pa

        owner = self.book.doc.tables[table]
        schema = table_schema(owner, self.book.doc.time_zone)
        return pa.Table.from_arrays([self._as_arrow(owner, column) for column in owner.columns.values()], schema=schema)

    def _as_arrow(self, table: Table, column: Column) -> Any:
        if self.arrays is not None and (self.engine == "columns" or not column.computed):
            from codaform.project.arrow_arrays import arrow_array

            found, others = self.arrays.known(table.name, column.name)
            kind = value_type(column)
            if all(isinstance(value, Error) for value in others.values()):
                made = arrow_array(found, kind, arrow_type(kind, self.book.doc.time_zone))
                if made is not None:
                    return made
        filled = self.book if self.arrays is None else self.arrays.filled
        return arrow_values(self.values(table.name, column.name), column, filled)

    def to_pandas(self, table: str) -> Any:
        """A table as a pandas.DataFrame, through Arrow. Raises KeyError, and ImportError without pandas.

        Rows are of the type Int32 and truths of the type boolean, since pandas has no blanks in its plain ones.
        """
        from importlib import import_module

        import pyarrow as pa

        pandas = import_module("pandas")
        nullable = {pa.int32(): pandas.Int32Dtype(), pa.bool_(): pandas.BooleanDtype()}
        return self.to_arrow(table).to_pandas(types_mapper=nullable.get)

    def to_polars(self, table: str) -> Any:
        """A table as a polars.DataFrame, through Arrow. Raises KeyError, and ImportError without polars."""
        return import_module("polars").from_arrow(self.to_arrow(table))


def computed_columns(doc: Doc) -> list[GraphNode]:
    """All columns whose cells are computed, in the doc's order."""
    return [
        GraphNode("cells", table.name, column.name)
        for table in doc.tables.values()
        for column in table.columns.values()
        if column.computed
    ]


def compute(book: Workbook | UnfilledBook, nodes: Iterable[GraphNode], engine: str = "") -> ComputedColumns:
    """Compute columns and named formulas.

    engine: One of ENGINES; by default the one that the size of the doc asks for.
    Raises MissingExtra where the engine is not installed, EngineError where it fails.
    """
    wanted = list(nodes)
    if (
        not engine
        and isinstance(book, UnfilledBook)
        and isinstance(book.rows, RowsInFiles)
        and book.rows.may_have(MANY_ROWS)
    ):
        column_book(book).read_for(wanted)  # a file is read once, for the number of its rows and for its columns
    name = engine or chosen_engine(book).engine
    if name not in ENGINES:
        raise ValueError(f"there is no engine {name}")
    if name == "rows":
        filled = _filled(book)
        return ComputedColumns(filled, name, {node: _by_rows(filled, node) for node in wanted})
    with _rows_offered(name):
        require(name)
        return _by_columns(book, wanted) if name == "columns" else _by_sql(name, entered_rows(book, wanted), wanted)


@contextmanager
def _rows_offered(engine: str) -> Iterator[None]:
    """Say that the engine rows computes the same where another one is missing, or has too little memory."""
    try:
        yield
    except MissingExtra as lack:
        raise MissingExtra(f"{lack}; --engine rows computes the same without it") from None
    except MemoryError:
        raise EngineError(f"the engine {engine} ran out of memory; --engine rows computes the same") from None


def _has_no_formula(column: Column) -> bool:
    """Whether a column is a button, or Coda fills it."""
    return column.formula is None and not column.reverse


def fill(book: Workbook, engine: str, nodes: Iterable[GraphNode] | None = None) -> tuple[str, ...]:
    """Let an engine compute a workbook before anyone asks for a value. Returns the notes of the engine.

    nodes: Columns and named formulas; by default all. The engine rows computes each value when it is asked for.
    Raises what `compute` raises.
    """
    if engine == "rows":
        return ()
    doc = book.doc
    everything = [*computed_columns(doc), *(GraphNode("named", "", name) for name in doc.formulas)]
    wanted = everything if nodes is None else list(nodes)
    if engine == "columns":  # it has columns alone: a named formula is computed from them when it is asked for
        wanted = [node for node in wanted if node.table]
    found = compute(book, wanted, engine)
    book.fill(dict(found.columns))
    return found.notes


def computed_among(book: Workbook, things: Iterable[GraphNode]) -> list[GraphNode]:
    """The computed columns and the named formulas among things of a doc, and those that its views and names read."""
    asked: set[GraphNode] = set()
    waiting = list(things)
    while waiting:
        one = waiting.pop()
        if one not in asked and one.kind in ("view", "named") and one in book.needs:
            waiting.extend(book.needs[one].things)
        asked.add(one)
    computed = {*computed_columns(book.doc), *(GraphNode("named", "", name) for name in book.doc.formulas)}
    return sorted(asked & computed, key=lambda one: (one.table, one.name))


def _filled(book: Workbook | UnfilledBook) -> Workbook:
    return book.fill() if isinstance(book, UnfilledBook) else book


def _by_rows(book: Workbook, node: GraphNode) -> list[Any]:
    return book.values(node.table, node.name) if node.table else [book.named_value(node.name)]


def _by_columns(book: Workbook | UnfilledBook, nodes: list[GraphNode]) -> ComputedColumns:
    arrays = column_book(book)
    arrays.read_for(nodes)
    for node in nodes:
        if node.table:
            arrays.known(node.table, node.name)
    return ComputedColumns(arrays.book, "columns", _Decoded(nodes, arrays), arrays=arrays)


def column_book(book: Workbook | UnfilledBook) -> Any:
    """The columns of a workbook, a ColumnBook: computed when they are asked for. Raises MissingExtra without numpy."""
    require("columns")
    from codaform.columns.computing import ColumnBook
    from codaform.project.entered import EnteredColumns

    if isinstance(book, UnfilledBook):
        return ColumnBook(book.book, EnteredColumns(book.book, book.rows, book.fill))
    return ColumnBook(book)


class _Decoded(Mapping[GraphNode, list[Any]]):
    """The values of columns, made of their arrays when they are first asked for."""

    def __init__(self, nodes: Iterable[GraphNode], arrays: Arrays) -> None:
        self._values: dict[GraphNode, list[Any] | None] = dict.fromkeys(nodes)
        self._arrays = arrays

    def __getitem__(self, node: GraphNode) -> list[Any]:
        found = self._values[node]
        if found is None:
            arrays = self._arrays
            with _rows_offered("columns"):
                found = arrays.values(node.table, node.name) if node.table else [arrays.named_value(node.name)]
            self._values[node] = found
        return found

    def __iter__(self) -> Iterator[GraphNode]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def entered_rows(book: Workbook | UnfilledBook, nodes: Iterable[GraphNode]) -> Any:
    """The rows as a database is given them, a `sql.entered_rows.EnteredRows`.

    They come straight from the files where one is large, else from the workbook.
    nodes: The things that it will compute. Raises CannotRead.
    """
    if isinstance(book, UnfilledBook) and isinstance(book.rows, RowsInFiles) and book.rows.may_have(1):
        from codaform.project.array_rows import ArrayRows

        return ArrayRows(column_book(book), nodes)
    from codaform.sql.entered_rows import WorkbookRows

    return WorkbookRows(_filled(book))


def _by_sql(engine: str, rows: Any, nodes: list[GraphNode]) -> ComputedColumns:
    book = rows.book
    people = [node for node in nodes if _has_addresses(rows, node)]
    in_sql = [node for node in nodes if node not in people]
    found = import_module(f"codaform.sql.{engine}_engine").compute(book, book.needs, in_sql, rows=rows)
    found.values.update((node, _by_rows(rows.filled, node)) for node in people)
    notes = [f"{_name(node)}: SQL keeps only the names of people; the engine rows computes it" for node in people]
    for left in found.left:
        if left.node.kind == "cells" and _has_no_formula(book.doc.tables[left.node.table].columns[left.node.name]):
            continue
        place = ""
        if left.source is not None and left.source.name:
            at = position(left.source, left.span.start)
            place = f"{left.source.name}:{at.line}:{at.column}: "
        notes.append(f"{place}{left.why}; the engine rows computes {_name(left.node)}")
    for node, count in found.flagged.items():
        cells = "cell" if count == 1 else "cells"
        told = f"the engine rows computes {count} {cells}, where SQL would differ or fail"
        notes.append(f"{_name(node)}: {told}")
    arrays = getattr(rows, "columns", None)
    return ComputedColumns(book, engine, {node: found.values[node] for node in nodes}, tuple(notes), arrays)


def _name(node: GraphNode) -> str:
    return f"{node.table}.{node.name}" if node.table else node.name


def _has_addresses(rows: Any, node: GraphNode) -> bool:
    """Whether something is a person, or people, and people of the doc have addresses."""
    book = rows.book
    column = column_of(book.doc, node.name) if not node.table else book.doc.tables[node.table].columns[node.name]
    if item_of(value_type(column)) != PERSON:
        return False
    known = [
        value
        for table in book.doc.tables.values()
        for column in table.columns.values()
        if not column.computed and item_of(value_type(column)) == PERSON
        for value in rows.filled.values(table.name, column.name)
    ]
    people = (one for value in [book.user, *known] for one in (value if isinstance(value, list) else [value]))
    return any(isinstance(one, Person) and one.email for one in people)
