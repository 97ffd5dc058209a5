"""Where the rows and cells of a doc are in a database: tables of entered cells, relations of computed ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from codaform.model.schema import Doc, views
from codaform.model.types import Type

ROW = "row"
"""The column that numbers the rows of a table, and of every relation that has cells of it."""

PLACE = "place"
"""The column that has the place of a row in a view."""

VALUE = "value"
"""The column of a relation that has the one value of a named formula or a control."""


@dataclass(frozen=True)
class Cell:
    """Where the cells of a column are.

    flag: The column that says which cells are not given; empty if all are. sure: Whether no cell is NULL.
    most: The largest number in it, or of microseconds, without its sign; infinite where that is not known.
    """

    relation: str
    column: str
    kind: Type
    flag: str = ""
    sure: bool = False
    most: float = inf


@dataclass
class Relations:
    """The relations of a doc, by what they hold. Names differ by more than upper and lower case.

    longest: The most bytes of a name. adds_exactly: Whether the numbers of a column of a relation have the same sum,
        bit for bit, in any order.
    """

    doc: Doc
    longest: int | None = None
    adds_exactly: Callable[[str, str], bool] = lambda _relation, _column: False
    tables: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    named: dict[str, Cell] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    _columns: dict[tuple[str, str], str] = field(default_factory=dict)
    _flags: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.doc.tables:
            self.tables[name] = self.relation(name)
        for name, table in self.doc.tables.items():
            taken = {ROW}
            for column in table.columns:
                self._columns[name, column] = unused(column, taken, self.longest)
            for column in table.columns:
                self._flags[name, column] = unused(f"{column} flag", taken, self.longest)

    def relation(self, name: str) -> str:
        """A name for a relation that no other has."""
        return unused(name, self.taken, self.longest)

    def column(self, table: str, column: str) -> str:
        """The name of a column in a relation of its table."""
        return self._columns[table, column]

    def view_table(self, view: str) -> str:
        """The table whose rows a view shows."""
        return next(one.table for one in views(self.doc) if one.name == view)

    def flag(self, table: str, column: str) -> str:
        """The name of the flag of a column."""
        return self._flags[table, column]


def unused(name: str, taken: set[str], longest: int | None = None) -> str:
    """A name that is not taken yet, in no case, of so many bytes at most; it is taken from now on."""
    found, number = _cut(name, longest), 1
    while found.casefold() in taken:
        number += 1
        mark = f" {number}"
        found = _cut(name, longest and longest - len(mark)) + mark
    taken.add(found.casefold())
    return found


def _cut(name: str, longest: int | None) -> str:
    return name if longest is None else name.encode()[:longest].decode(errors="ignore")
