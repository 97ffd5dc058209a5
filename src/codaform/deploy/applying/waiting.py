"""What a change needs to be there before it, and what is missing as long as another is not made."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from codaform.deploy.planning.changes import (
    AddColumn,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropFormula,
    RenameColumn,
    RenameTable,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetView,
)
from codaform.deploy.planning.ordering import thing_of
from codaform.model.schema import Doc
from codaform.semantics.dependencies import Reads, Thing, graph, reads
from codaform.semantics.program import Program


def needs_of(program: Program) -> dict[Thing, Reads]:
    """What each thing of a doc reads, buttons too."""
    actions = {
        Thing("cells", place.table, place.name): reads(program.doc, bound.body)
        for place, bound in program.formulas.items()
        if place.role == "action"
    }
    return {**graph(program), **actions}


def missing_without(change: Change) -> Iterator[Thing]:
    """What is not there, or not under its name, as long as a change is not made."""
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
        case AddView(view):
            yield Thing("view", view.table, view.name)
        case SetView(before, after) if before.name != after.name:
            yield Thing("view", after.table, after.name)
        case AddFormula(formula):
            yield Thing("named", "", formula.name)
        case SetNamedFormula(one, other) if one.name != other.name:
            yield Thing("named", "", other.name)


def waits_for(change: Change, missing: Collection[Thing], needs: Mapping[Thing, Reads], wanted: Doc) -> Thing | None:
    """The first thing that a change needs and that is missing; None where there is all that it needs."""
    return next((thing for thing in _needed(change, needs, wanted) if thing in missing), None)


def _needed(change: Change, needs: Mapping[Thing, Reads], wanted: Doc) -> Iterator[Thing]:
    table = _table_of(change)
    if table:
        yield Thing("rows", table)
    match change:
        case AddTable() | RenameTable() | RenameColumn():
            return
        case AddColumn(_, column):
            if column.to:
                yield Thing("rows", column.to)
            if column.reverse:
                yield Thing("cells", column.to, column.reverse)
            if column.kind == "relation" and column.formula is None:
                return
        case SetFormat(_, _, _, shape) if shape.to:
            yield Thing("rows", shape.to)
        case AddView(view) | SetView(_, view):
            for name in (view.sort, *view.columns):
                if name:
                    yield Thing("cells", view.table, name)
        case SetFormula():
            pass
        case _ if table and getattr(change, "column", ""):
            yield Thing("cells", table, str(getattr(change, "column", "")))
    own = thing_of(change)
    read = needs.get(own) if own is not None else None
    if read is None:
        return
    for thing in sorted(read.things, key=lambda thing: (thing.kind, thing.table, thing.name)):
        yield thing
        if thing.table and thing.table in wanted.tables:
            yield Thing("rows", thing.table)


def _table_of(change: Change) -> str:
    """The table whose part a change is of; empty for a table itself and for what stands on a page."""
    match change:
        case AddTable() | RenameTable() | AddFormula() | SetNamedFormula() | DropFormula():
            return ""
        case AddView(view) | SetView(_, view):
            return view.table
    return str(change.table)
