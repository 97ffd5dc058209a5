"""What a deploy sees of a change: where it stands before it is written, what is wrong after it, what is known then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from codaform.coda.door.tools import Tools
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.outcomes import Outcome
from codaform.deploy.applying.standing import (
    DONE,
    TO_DO,
    Standing,
    TableChange,
    shortfall,
    standing,
    standing_of_control,
    standing_of_formula,
    standing_of_table,
)
from codaform.deploy.ids import Ids
from codaform.deploy.planning.changes import (
    AddColumn,
    AddControl,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    RenameTable,
    SetControl,
    SetNamedFormula,
    SetView,
)
from codaform.deploy.planning.plan import Plan
from codaform.deploy.remote.inspector import Eyes, SeenTable
from codaform.model.schema import Doc
from codaform.semantics.program import Program

Keep = Callable[[Ids], None]
"""Told what is known after each write, so that ids are remembered as soon as there are any."""

Progress = Callable[[int, int, str], None]
"""Told how many steps are dealt with, how many there are, and which one is next."""


@dataclass(slots=True)
class Application:
    """A plan that is being carried out.

    eyes, tools: None where no MCP server is open; everything is then made by hand. take: Holds the doc. refused: The
    words in which the step before was refused; empty where it was not.
    """

    plan: Plan
    program: Program
    ids: Ids
    journal: Journal
    eyes: Eyes | None = None
    tools: Tools | None = None
    keep: Keep = lambda _: None
    progress: Progress = lambda *_: None
    take: Callable[[], None] = lambda: None
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    stopped: str = ""
    refused: str = ""

    @property
    def wanted(self) -> Doc:
        """The doc as it is to be."""
        return self.program.doc


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of what a change concerns. table: None where there is none."""

    table: SeenTable | None = None


def look(work: Application, change: Change) -> Look:
    """Looks at the table that a change concerns; nothing where it concerns none."""
    assert work.eyes is not None
    name = owner_of(change)
    if not name:
        return Look()
    id = work.ids.tables.get(name)
    if isinstance(change, AddTable):
        # A list may be behind; what this run or a killed one has made is known by its id.
        id = work.eyes.tables().get(name) or work.journal.made().get(f"table {name}")
    return Look(work.eyes.table(id) if id is not None else None)


def owner_of(change: Change) -> str:
    """The table that a change concerns; empty for what stands on a page."""
    match change:
        case AddFormula() | SetNamedFormula() | DropFormula() | AddControl() | SetControl() | DropControl():
            return ""
        case AddTable(table):
            return table.name
        case AddView(view) | SetView(_, view):
            return view.table
        case RenameTable(before, _):
            return before
    return change.table


def standing_now(work: Application, change: Change, seen: Look) -> Standing:
    """Where a change stands against what was seen. Raises Failure."""
    assert work.eyes is not None
    match change:
        case AddTable():
            return standing_of_table(change, seen.table, work.wanted)
        case DropTable(name):
            return DONE if seen.table is None else TO_DO
        case AddFormula(formula):
            return standing_of_formula(None, formula.formula.text, work.eyes.formula(formula.name), formula.name)
        case SetNamedFormula(before, after):
            now = work.eyes.formula(before.name) or work.eyes.formula(after.name)
            where = standing_of_formula(before.formula.text, after.formula.text, now, before.name)
            renamed = before.name == after.name or work.eyes.formula(before.name) is None
            return where if where.state != "done" or renamed else TO_DO
        case DropFormula(name):
            return DONE if work.eyes.formula(name) is None else TO_DO
        case AddControl(control):
            return standing_of_control(control, work.eyes.control(control.name))
        case SetControl(old, new):
            # What a button does is not told: it is written again rather than taken for done.
            there = work.eyes.control(old.name) or work.eyes.control(new.name)
            return TO_DO if there is not None else Standing("overtaken", f"the control {old.name} is gone")
        case DropControl(name):
            return DONE if work.eyes.control(name) is None else TO_DO
        case RenameTable(_, name):
            return Standing("overtaken", f"no tool renames a table: {name}")
    if seen.table is None:
        return Standing("overtaken", f"the table {owner_of(change)} is gone")
    return standing(cast("TableChange", change), seen.table, work.ids, work.wanted)


def place_of(work: Application, change: Change) -> str:
    """Where in the folder the formula of a change stands; empty for a change without one."""
    match change:
        case AddFormula(formula) | SetNamedFormula(_, formula):
            return formula.formula.name
        case AddControl(control) | SetControl(_, control):
            return control.action.name if control.action is not None else ""
        case AddView(view) | SetView(_, view):
            return view.filter.name if view.filter is not None else ""
    table, name = getattr(change, "table", ""), getattr(change, "column", "")
    column = change.column if isinstance(change, AddColumn) else None
    if column is None and isinstance(table, str) and isinstance(name, str):
        owner = work.wanted.tables.get(table)
        column = owner.columns.get(name) if owner is not None else None
    if column is None:
        return ""
    source = column.formula or column.action
    return source.name if source is not None else f"{table}.{column.name}"


def fault_of(work: Application, change: Change, seen: Look) -> str:
    """What is wrong with a change that was written; empty where nothing is."""
    match change:
        case SetControl(_, control):
            assert work.eyes is not None
            there = work.eyes.control(control.name)
            if there is None:
                return "the read does not show it"
            label = control.label or control.name
            return "" if control.kind != "button" or there.label == label else f"{there.label} stands on it"
        case SetNamedFormula(before, formula):
            # The text may be as it was: how a named formula is shown is told by no read.
            assert work.eyes is not None
            if before.name != formula.name and work.eyes.formula(before.name) is not None:
                return f"the read shows it as {before.name}"
            there_now = work.eyes.formula(formula.name)
            after = standing_of_formula(None, formula.formula.text, there_now, formula.name)
            return "" if after.state == "done" else after.why or "the read does not show it"
        case AddTable() | DropTable() | AddFormula() | DropFormula() | AddControl() | DropControl():
            after = standing_now(work, change, seen)
            return "" if after.state == "done" else after.why or "the read does not show it"
    if seen.table is None:
        return f"the table {owner_of(change)} is gone"
    name = change.after if isinstance(change, RenameColumn) else _column(change)
    column = seen.table.column(name) if name else None
    if column is not None and column.error:
        place = place_of(work, change)
        return (
            f"{f'{place}: ' if place else ''}Coda finds the formula of {owner_of(change)}.{name} wrong: {column.error}"
        )
    return shortfall(cast("TableChange", change), seen.table, work.ids, work.wanted)


def _column(change: Change) -> str:
    column = getattr(change, "column", "")
    return column if isinstance(column, str) else str(column.name)


def remember(work: Application, change: Change, seen: Look) -> dict[str, str]:
    """What is known after a change that is there; gives the ids that are new with it."""
    ids = work.ids
    match change:
        case AddTable(table) if seen.table is not None:
            ids.tables[table.name] = seen.table.id
            ids.columns |= {(table.name, column.name): column.id for column in seen.table.columns.values()}
            return {f"table {table.name}": seen.table.id}
        case DropTable(name):
            ids.forget("table", name)
        case AddColumn(name, column) if seen.table is not None:
            found = seen.table.column(column.name)
            if found is not None:
                ids.columns[name, column.name] = found.id
                return {f"column {name}.{column.name}": found.id}
        case DropColumn(name, column_name):
            ids.forget("column", column_name, name)
        case RenameColumn(name, before, after) if (name, before) in ids.columns:
            ids.rename("column", before, after, name)
        case AddView(view) if seen.table is not None and view.name in seen.table.views:
            ids.views[view.name] = seen.table.views[view.name].id
            return {f"view {view.name}": ids.views[view.name]}
        case SetView(before, after) if before.name in ids.views:
            ids.views[after.name] = ids.views.pop(before.name)
        case DropView(_, name):
            ids.forget("view", name)
        case SetNamedFormula(before, formula) if before.name in ids.formulas:
            ids.formulas[formula.name] = ids.formulas.pop(before.name)
        case AddFormula(formula) | SetNamedFormula(_, formula) if formula.name not in ids.formulas:
            assert work.eyes is not None
            there = work.eyes.formula(formula.name)
            if there is not None:
                ids.formulas[formula.name] = there.id
            return {f"formula {formula.name}": there.id} if there is not None else {}
        case DropFormula(name):
            ids.forget("formula", name)
        case AddControl(control) if control.name not in ids.controls:
            assert work.eyes is not None
            id = work.eyes.controls().get(control.name)
            if id is not None:
                ids.controls[control.name] = id
            return {f"control {control.name}": id} if id is not None else {}
        case DropControl(name):
            ids.forget("control", name)
    return {}
