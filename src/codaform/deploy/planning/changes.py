"""What can differ between two docs, as values, and the doc that comes of making such changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from codaform.deploy.planning.made_by import SHOWN_AS
from codaform.model.schema import Column, Doc, NamedFormula, Table, View
from codaform.semantics.program import understand
from codaform.semantics.renaming import Renaming, renamed
from codaform.source import Source

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Format:
    """What kind of values a column holds and how they are shown; an empty `format` is Coda's usual one."""

    kind: str
    many: bool = False
    to: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """What stands on a button and what it does, as texts."""

    label: str
    action: str | None = None
    disable_if: str | None = None


@dataclass(frozen=True, slots=True)
class AddTable:
    """A new table. Of its columns it has those that a person fills in and that refer to nothing."""

    table: Table


@dataclass(frozen=True, slots=True)
class DropTable:
    """A table to be removed, with its rows."""

    table: str


@dataclass(frozen=True, slots=True)
class RenameTable:
    """Another name for a table."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A new column, with its formula or its button, without its default."""

    table: str
    column: Column


@dataclass(frozen=True, slots=True)
class DropColumn:
    """A column to be removed, with its cells."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class RenameColumn:
    """Another name for a column; whatever names it follows, as it does in Coda."""

    table: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SetFormula:
    """Another formula for a column; None where there is none."""

    table: str
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class SetDefault:
    """Another formula for what a new row starts with."""

    table: str
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class SetAction:
    """Another label or action of a button."""

    table: str
    column: str
    before: Button
    after: Button


@dataclass(frozen=True, slots=True)
class SetFormat:
    """Another kind of column, or another way to show it."""

    table: str
    column: str
    before: Format
    after: Format


@dataclass(frozen=True, slots=True)
class SetOptions:
    """Other options of a select list."""

    table: str
    column: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetDescription:
    """Another description of a column."""

    table: str
    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class SetDisplay:
    """Another column that supplies the text of a table's rows."""

    table: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AddView:
    """A new view."""

    view: View


@dataclass(frozen=True, slots=True)
class SetView:
    """A view with another name, filter, order or other columns."""

    before: View
    after: View


@dataclass(frozen=True, slots=True)
class DropView:
    """A view to be removed; the rows stay."""

    table: str
    view: str


@dataclass(frozen=True, slots=True)
class AddFormula:
    """A new named formula."""

    formula: NamedFormula


@dataclass(frozen=True, slots=True)
class SetNamedFormula:
    """A named formula with another name or text."""

    before: NamedFormula
    after: NamedFormula


@dataclass(frozen=True, slots=True)
class DropFormula:
    """A named formula to be removed."""

    formula: str


Change = (
    AddTable
    | DropTable
    | RenameTable
    | AddColumn
    | DropColumn
    | RenameColumn
    | SetFormula
    | SetDefault
    | SetAction
    | SetFormat
    | SetOptions
    | SetDescription
    | SetDisplay
    | AddView
    | SetView
    | DropView
    | AddFormula
    | SetNamedFormula
    | DropFormula
)


# ------------------------------------------------------------ making them


def applied(doc: Doc, changes: Iterable[Change]) -> Doc:
    """The doc after the changes, one after the other. Raises KeyError for a change of what the doc does not have."""
    for change in changes:
        doc = _applied(doc, change)
    return doc


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
    | SetDisplay,
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
