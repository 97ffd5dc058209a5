"""What each change gives and what it needs: the one place that says what has to be there before what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
    SetAction,
    SetControl,
    SetDefault,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetView,
)
from codaform.model.schema import Column
from codaform.semantics.dependencies import Thing, reads
from codaform.semantics.program import Place, Program, Role


def thing_of(change: Change) -> Thing | None:
    """What is computed otherwise after a change; None for a change after which nothing is."""
    match change:
        case AddColumn(table, column):
            return Thing("cells", table, column.name)
        case SetView(_, view) | AddView(view):
            return Thing("view", view.table, view.name)
        case SetNamedFormula(_, formula) | AddFormula(formula):
            return Thing("named", "", formula.name)
        case SetFormula(table, name) | SetAction(table, name) | DropColumn(table, name):
            return Thing("cells", table, name)
        case DropView(table, name):
            return Thing("view", table, name)
        case DropFormula(name):
            return Thing("named", "", name)
        case AddControl(control) | SetControl(_, control):
            return Thing("control", "", control.name)
        case DropControl(name):
            return Thing("control", "", name)
        case DropTable(table):
            return Thing("rows", table)
    return None


def given(change: Change) -> Iterator[Thing]:
    """What is not there, or not under its name, or holds other values, as long as a change is not made."""
    match change:
        case AddTable(table):
            yield Thing("rows", table.name)
            for name in table.columns:
                yield Thing("cells", table.name, name)
        case RenameTable(_, after):
            yield Thing("rows", after)
        case AddColumn(table, column):
            yield Thing("cells", table, column.name)
        case RenameColumn(table, _, after):
            yield Thing("cells", table, after)
        case SetFormat(table, name, one, other) if (one.kind, one.many, one.to) != (other.kind, other.many, other.to):
            yield Thing("cells", table, name)
        case AddView(view):
            yield Thing("view", view.table, view.name)
        case SetView(before, after) if before.name != after.name:
            yield Thing("view", after.table, after.name)
        case AddFormula(formula):
            yield Thing("named", "", formula.name)
        case SetNamedFormula(one, other) if one.name != other.name:
            yield Thing("named", "", other.name)
        case AddControl(control):
            yield Thing("control", "", control.name)
        case SetControl(old, new) if old.name != new.name or old.kind != new.kind:
            yield Thing("control", "", new.name)


class Needs:
    """What changes need that lead to one doc.

    A formula needs all that it reads; a view the columns that it shows and is sorted by; a relation its table, and the
    other side of one the column that it mirrors; and whatever belongs to a table needs the table.
    """

    def __init__(self, wanted: Program) -> None:
        self._wanted = wanted
        self._read: dict[Place, tuple[Thing, ...]] = {}

    def of(self, change: Change) -> Sequence[Thing]:
        """What has to be there before a change can be made, without what it gives itself by being made."""
        return tuple(dict.fromkeys(self._of(change)))

    def _of(self, change: Change) -> Iterator[Thing]:
        match change:
            case AddTable() | RenameTable() | DropTable() | DropFormula() | DropControl():
                return
            case AddControl(control) | SetControl(_, control):
                yield from _rows(control.to)
                roles: tuple[Role, ...] = ("choices", "action", "disable_if")
                for role in roles:
                    if getattr(control, role) is not None:
                        yield from self._reads(role, "", control.name)
                return
            case AddFormula(formula) | SetNamedFormula(_, formula):
                yield from _rows(formula.to)
                yield from self._reads("named", "", formula.name)
                return
            case AddView(view) | SetView(_, view):
                yield from _rows(view.table)
                yield from (Thing("cells", view.table, name) for name in self._shown(change) if name)
                if view.filter is not None:
                    yield from self._reads("filter", view.table, view.name)
                return
            case AddColumn(table, column):
                yield from _rows(table)
                yield from self._of_column(table, column)
                return
        yield from _rows(change.table)
        match change:
            case RenameColumn() | DropView() | DropColumn():
                return
            case SetFormat(_, _, _, shape):
                yield from _rows(shape.to)
            case SetFormula(table, name, _, after) if after is not None:
                owner = self._wanted.doc.tables.get(table)
                if owner is not None and name in owner.columns:
                    yield from self._of_column(table, owner.columns[name])
            case SetAction(table, name):
                yield from self._reads("action", table, name)
                yield from self._reads("disable_if", table, name)
            case SetDefault(table, name, _, after) if after is not None:
                yield from self._reads("default", table, name)
        if name := getattr(change, "column", ""):
            yield Thing("cells", change.table, str(name))

    def _shown(self, change: AddView | SetView) -> Iterator[str]:
        """The columns that a view names, and all of them where it is to show all again."""
        match change:
            case AddView(view):
                yield from (view.sort, *view.columns)
            case SetView(before, view):
                owner = self._wanted.doc.tables.get(view.table)
                every = owner.columns if owner is not None and before.columns and not view.columns else ()
                yield from (view.sort, *view.columns, *every)

    def _of_column(self, table: str, column: Column) -> Iterator[Thing]:
        """What a column needs to be there with all that it says, but for its default."""
        yield from _rows(column.to)
        if column.reverse:
            yield Thing("cells", column.to, column.reverse)
        of_column: tuple[Role, ...] = ("formula", "action", "disable_if")
        for role in of_column:
            if getattr(column, role) is not None:
                yield from self._reads(role, table, column.name)

    def _reads(self, role: Role, table: str, name: str) -> Sequence[Thing]:
        """What the formula of a place reads, and the tables to which that belongs."""
        place = Place(role, table, name)
        if place not in self._read:
            bound = self._wanted.formulas.get(place)
            found = reads(self._wanted.doc, bound.body).things if bound is not None else frozenset()
            steps = sorted(found, key=lambda thing: (thing.kind, thing.table, thing.name))
            tables = self._wanted.doc.tables
            self._read[place] = tuple(
                each for thing in steps for each in (thing, *(_rows(thing.table) if thing.table in tables else ()))
            )
        return self._read[place]


def _rows(table: str) -> tuple[Thing, ...]:
    return (Thing("rows", table),) if table else ()
