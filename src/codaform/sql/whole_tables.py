"""Tables in files and back: what engines that read and write the files themselves have in common."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from codaform.model.types import Type
from codaform.semantics.dependencies import GraphNode
from codaform.sql.engine_error import EngineError
from codaform.sql.frames import column, named, table
from codaform.sql.plan import Group, Left, SqlPlan
from codaform.sql.relations import ROW, Cell


@dataclass
class WrittenTables:
    """The result of an engine that writes tables.

    rows: How many each written table has. flagged: By column, the cells that SQL does not give; they are null.
    left: The things without SQL, which are not written. notes: Further sentences about the work.
    """

    rows: dict[str, int] = field(default_factory=dict)
    flagged: dict[GraphNode, int] = field(default_factory=dict)
    left: list[Left] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


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


def check_columns(plan: SqlPlan, name: str, have: Collection[str]) -> None:
    """Raises EngineError for files that lack entered columns of their table."""
    lacking = [one.name for one, _ in plan.entered[name].cells if one.name not in have]
    if lacking:
        raise EngineError(
            f"the files of {name} have no column {', '.join(lacking)}; they have {', '.join(sorted(have))}"
        )


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
