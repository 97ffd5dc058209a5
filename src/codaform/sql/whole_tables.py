"""Tables in files and back: what engines that read and write the files themselves have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from codaform.model.schema import Table
from codaform.model.types import ListOf, RowOf, Type, describe
from codaform.semantics.dependencies import GraphNode
from codaform.sql.dialects.dialect import placed, written
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, named, table
from codaform.sql.plan import Group, Left, SqlPlan
from codaform.sql.relations import ROW, Cell


@dataclass
class WrittenTables:
    """The result of an engine that writes tables.

    rows: How many each written table has. flagged: By column, the cells that SQL does not give; they are null.
    left: The things without SQL, which are not written. notes: Further sentences about the work.
    plans: How the engine computed, as it tells it itself, statement by statement.
    """

    rows: dict[str, int] = field(default_factory=dict)
    flagged: dict[GraphNode, int] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TargetFolder:
    """Where tables go. folder: It is filled at the end. root: The folder that the user named. names: Files by table."""

    folder: Path
    root: Path
    names: Mapping[str, str]


def read_tables(plan: SqlPlan, given: Collection[str]) -> list[str]:
    """The tables that have files. Raises EngineError for one that is read and has none."""
    groups = [step for step in plan.steps if isinstance(step, Group)]
    read = {one.name for group in groups for one in group.select.find_all(exp.Table)}
    for name, entered in plan.entered.items():
        if name not in given and entered.relation in read:
            raise EngineError(f"{name} is read, and no files are named for it: --input {name}=FILES")
    return [name for name in plan.entered if name in given]


def are_csv(name: str, files: Collection[str]) -> bool:
    """Whether the files of a table are CSV, by their names. Raises EngineError where some are and some are not."""
    found = {file.casefold().removesuffix(".gz").endswith(".csv") for file in files}
    if len(found) > 1:
        raise EngineError(f"the files of {name} are CSV and Parquet; a table's files are of one kind")
    return found.pop()


def check_header(owner: Table, headers: Sequence[Sequence[str]]) -> None:
    """Raise EngineError where a CSV file of a table has other columns than those that are entered, or than another."""
    entered = [column.name for column in owner.columns.values() if not column.computed]
    for header in headers:
        other = [name for name in header if name not in entered]
        if other:
            known = f"{owner.name} has no entered column {', '.join(other)}, as its files have"
            raise EngineError(f"{known}; it has {', '.join(entered)}")
        if sorted(header) != sorted(headers[0]):
            raise EngineError(f"the files of {owner.name} do not all have the same columns")


@dataclass(frozen=True)
class FileTypes:
    """How an engine reads the values of its files.

    dialect: Whose templates these are. whole: Its types of whole numbers, of which references are made.
    templates: By type, a template for each type of files that has its values.
    names: What a person is told of these types of files, where their own names do not say enough.
    items: The type of the items of a list; empty for what is no list. each: A list `a` with `b` for each item `one`.
    """

    dialect: str
    whole: tuple[str, ...]
    templates: Mapping[Type, Mapping[str, str]]
    names: Mapping[Type, str]
    items: Callable[[str], str]
    each: str

    def select(self, select: exp.Select, plan: SqlPlan, name: str, have: Mapping[str, str]) -> None:
        """Add the entered columns of a table to a SELECT from its files. Raises EngineError.

        have: The type of each column of the files.
        """
        entered = plan.entered[name]
        lacking = [one.name for one, _ in entered.cells if one.name not in have]
        if lacking:
            raise EngineError(
                f"the files of {name} have no column {', '.join(lacking)}; they have {', '.join(sorted(have))}"
            )
        for one, place in entered.cells:
            tree = self.read(column(one.name), have[one.name], place.kind)
            if tree is None:
                known = f"{name}.{one.name} is {have[one.name]} in its files"
                raise EngineError(f"{known}; {describe(place.kind)} is read from {self.told(place.kind)}")
            select.select(named(tree, place.column), copy=False)

    def read(self, cell: exp.Expr, held: str, kind: Type) -> exp.Expr | None:
        """A cell of a file as a value of the engine; None where the file's type has no such values."""
        if isinstance(kind, ListOf):
            inside = self.items(held)
            one = self.read(exp.column("one"), inside, kind.item) if inside else None
            if one is None:
                return None
            step = placed(written(self.dialect, self.each), {"a": cell})
            return step.transform(lambda node: one.copy() if node == exp.column("b") else node)
        if isinstance(kind, RowOf):
            return exp.cast(cell, "BIGINT") if held in self.whole else None
        template = self.templates.get(kind, {}).get(held.partition("(")[0])
        return None if template is None else placed(written(self.dialect, template), {"a": cell})

    def told(self, kind: Type) -> str:
        """The types of files from which values of a type are read."""
        if isinstance(kind, ListOf):
            return f"a list: its items from {self.told(kind.item)}"
        if isinstance(kind, RowOf):
            return "whole numbers: the place of a row from 0 on"
        return self.names.get(kind) or " or ".join(self.templates.get(kind, {"nothing": ""}))


def is_numbered(plan: SqlPlan, name: str, have: Mapping[str, str], whole: Collection[str]) -> bool:
    """Whether the files number their rows by a column of that name, which is none of the doc's."""
    own = {one.casefold() for one in plan.relations.doc.tables[name].columns}
    return ROW not in own and have.get(ROW) in whole


def whole_table(
    plan: SqlPlan, name: str, as_file: Callable[[exp.Expr, Type], exp.Expr]
) -> tuple[exp.Select, dict[GraphNode, exp.Column]]:
    """All columns of a table and their flags; and the flags by the columns that have one.

    as_file: A value of the engine, of a type, as files have it.
    """
    newest = plan.relations.tables[name]
    select = exp.select(named(column(ROW, newest), ROW)).from_(table(newest))
    flags: dict[GraphNode, exp.Column] = {}
    cells: dict[str, Cell] = {}
    for group in plan.steps:
        if isinstance(group, Group) and group.table == name:
            cells.update(group.cells)
    cells |= {one: cell for (owner, one), cell in plan.relations.cells.items() if owner == name}
    for other in dict.fromkeys(cell.relation for cell in cells.values() if cell.relation != newest):
        same = exp.EQ(this=column(ROW, other), expression=column(ROW, newest))
        select.join(table(other), on=same, join_type="left", copy=False)
    for one in plan.relations.doc.tables[name].columns:
        cell = cells.get(one)
        if cell is None:
            continue
        select.select(named(as_file(column(cell.column, cell.relation), cell.kind), cell.column), copy=False)
        if cell.flag:
            flags[GraphNode("cells", name, one)] = column(cell.flag)
            select.select(named(column(cell.flag, cell.relation), cell.flag), copy=False)
    return select, flags
