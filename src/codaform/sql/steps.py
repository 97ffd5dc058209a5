"""What a database's plan for a doc is made of, and what carries it out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Protocol

from sqlglot import exp

from codaform.model.schema import Column
from codaform.semantics.dependencies import GraphNode
from codaform.source import Source, Span
from codaform.sql.dialects.dialect import Dialect
from codaform.sql.relations import Cell, Relations


@dataclass(frozen=True)
class Left:
    """A computed thing without SQL. source, span: The place in its formula that has none, where one is to blame."""

    node: GraphNode
    why: str
    source: Source | None
    span: Span


@dataclass
class Group:
    """Columns of one table, or a named formula, that one statement computes.

    cells: By the name of the column. ranged: The columns of other relations that it looks rows up by, within limits.
    aside: Whether it has nothing but what it computes, which is a total over other rows, or reads one.
    """

    relation: str
    table: str
    select: exp.Select
    cells: dict[str, Cell]
    ranged: frozenset[tuple[str, str]] = frozenset()
    aside: bool = False


@dataclass
class Given:
    """A relation with values of the row-wise engine: of a column, or of a named formula or a control."""

    relation: str
    node: GraphNode
    cell: Cell


@dataclass
class EnteredTable:
    """A relation of entered cells, and where in it each column is."""

    relation: str
    cells: list[tuple[Column, Cell]]


@dataclass
class SqlPlan:
    """The steps in order, and the things that are left out. entered: By table, the entered columns that are read.

    controls: Those whose values are not known yet, in views that stay: the reader of the plan has them in a relation
    of one row each, with a flag.
    """

    dialect: Dialect
    relations: Relations
    entered: dict[str, EnteredTable] = field(default_factory=dict)
    steps: list[Group | Given] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    controls: dict[str, Cell] = field(default_factory=dict)


class Carrier(Protocol):
    """Carries a plan out while it is made: the results of a step are there before the next step is planned."""

    def enter(self, plan: SqlPlan) -> None:
        """Have the entered cells of all tables in their relations."""

    def give(self, node: GraphNode, relation: str) -> Cell | None:
        """Have the values of a thing without SQL in a relation of a name; None where that is not possible."""

    def keep(self, group: Group) -> Collection[str]:
        """Have what a group computes in its relation; the names of the columns of which a flag is raised."""

    def adds_exactly(self, relation: str, column: str, count: int) -> bool:
        """Whether so many numbers of a column of a relation have the same sum in any order, bit for bit."""
