"""The doc that comes of making changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

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
    SetDescription,
    SetDisplay,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetOptions,
    SetOrder,
    SetView,
)
from codaform.deploy.remote.columns import SHOWN_AS
from codaform.model.schema import Doc, Table
from codaform.semantics.program import understand
from codaform.semantics.renaming import Renaming, renamed
from codaform.source import Source

V = TypeVar("V")


def applied(doc: Doc, changes: Iterable[Change], wanted: Doc | None = None) -> Doc:
    """The doc after the changes, one after the other. Raises KeyError for a change of what the doc does not have.

    wanted: The doc whose order of columns new ones are put into; without it they come last.
    """
    for change in changes:
        doc = _applied(doc, change)
        if isinstance(change, AddColumn) and wanted is not None and change.table in wanted.tables:
            owner = doc.tables[change.table]
            others = [name for name in owner.columns if name != change.column.name]
            others.insert(
                place_of(change.column.name, others, [*wanted.tables[owner.name].columns]), change.column.name
            )
            doc = _with_table(doc, replace(owner, columns={name: owner.columns[name] for name in others}))
    return doc


def place_of(name: str, there: Sequence[str], wanted: Sequence[str]) -> int:
    """Where among the columns that are there a new one goes: behind the nearest that comes before it in the wanted
    order, or else before the nearest that comes after it, or else last."""
    folded = [known.casefold() for known in there]
    order = [known.casefold() for known in wanted]
    at = order.index(name.casefold()) if name.casefold() in order else len(order)
    for known in reversed(order[:at]):
        if known in folded:
            return folded.index(known) + 1
    return next((folded.index(known) for known in order[at:] if known in folded), len(folded))


def reordered(there: Iterable[str], after: Sequence[str]) -> list[str]:
    """Names of which some are in another order; the others keep their places."""
    order = iter(after)
    return [next(order) if name in after else name for name in there]


def _applied(doc: Doc, change: Change) -> Doc:
    match change:
        case AddTable(table):
            return replace(doc, tables={**doc.tables, table.name: table})
        case DropTable(name):
            doc.tables[name]
            return replace(doc, tables=_without(doc.tables, name))
        case RenameTable(before, after):
            doc.tables[before]
            return renamed(doc, understand(doc)[0], Renaming("table", before, after))
        case RenameColumn(table, before, after):
            doc.tables[table].columns[before]
            return renamed(doc, understand(doc)[0], Renaming("column", before, after, table))
        case AddView(view):
            owner = doc.tables[view.table]
            return _with_table(doc, replace(owner, views=(*owner.views, view)))
        case SetView(before, after):
            if before.name != after.name:
                doc = renamed(doc, understand(doc)[0], Renaming("view", before.name, after.name))
            owner = doc.tables[after.table]
            views = tuple(after if view.name == after.name else view for view in owner.views)
            return _with_table(doc, replace(owner, views=views))
        case DropView(table, name):
            owner = doc.tables[table]
            return _with_table(doc, replace(owner, views=tuple(view for view in owner.views if view.name != name)))
        case AddFormula(formula):
            return replace(doc, formulas={**doc.formulas, formula.name: formula})
        case SetNamedFormula(before, after):
            if before.name != after.name:
                doc = renamed(doc, understand(doc)[0], Renaming("formula", before.name, after.name))
            return replace(doc, formulas={**doc.formulas, after.name: after})
        case DropFormula(name):
            doc.formulas[name]
            return replace(doc, formulas=_without(doc.formulas, name))
        case AddControl(control):
            return replace(doc, controls={**doc.controls, control.name: control})
        case SetControl(one, other):
            if one.name != other.name:
                doc = renamed(doc, understand(doc)[0], Renaming("control", one.name, other.name))
            return replace(doc, controls={**doc.controls, other.name: other})
        case DropControl(name):
            doc.controls[name]
            return replace(doc, controls=_without(doc.controls, name))
    owner = doc.tables[change.table]
    return _with_table(doc, _with_column_changed(owner, change))


def _with_column_changed(
    owner: Table,
    change: AddColumn
    | DropColumn
    | SetFormula
    | SetDefault
    | SetAction
    | SetFormat
    | SetOptions
    | SetDescription
    | SetDisplay
    | SetOrder,
) -> Table:
    match change:
        case AddColumn(_, column):
            table = replace(owner, columns={**owner.columns, column.name: column})
            return displayed_by(table, column.name) if column.display else table
        case DropColumn(_, name):
            owner.columns[name]
            return replace(owner, columns=_without(owner.columns, name))
        case SetDisplay(_, _, name):
            owner.columns[name]
            return displayed_by(owner, name)
        case SetOrder(_, _, names):
            return replace(owner, columns={name: owner.columns[name] for name in reordered(owner.columns, names)})
    column = owner.columns[change.column]
    match change:
        case SetFormula(_, name, _, after):
            kind = SHOWN_AS.get(column.kind, column.kind)
            column = replace(column, kind=kind, formula=_source(name, after), reverse="")
        case SetDefault(_, name, _, after):
            column = replace(column, default=_source(name, after))
        case SetAction(_, name, _, button):
            column = replace(
                column,
                label=button.label,
                action=_source(name, button.action),
                disable_if=_source(name, button.disable_if),
            )
        case SetFormat(_, _, _, shape):
            options = column.options if shape.kind == "select" else ()
            column = replace(
                column, kind=shape.kind, many=shape.many, to=shape.to, format=shape.format, options=options
            )
        case SetOptions(_, _, _, options):
            column = replace(column, options=options)
        case SetDescription(_, _, _, about):
            column = replace(column, about=about)
    return replace(owner, columns={**owner.columns, column.name: column})


def displayed_by(table: Table, name: str) -> Table:
    """The table whose rows show the text of this column."""
    columns = {column.name: replace(column, display=column.name == name) for column in table.columns.values()}
    return replace(table, columns=columns)


def _with_table(doc: Doc, table: Table) -> Doc:
    return replace(doc, tables={**doc.tables, table.name: table})


def _without(known: Mapping[str, V], name: str) -> dict[str, V]:
    return {key: value for key, value in known.items() if key != name}


def _source(name: str, text: str | None) -> Source | None:
    return Source(name, text) if text is not None else None
