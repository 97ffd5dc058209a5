"""The meaning of a name at a place: the scopes of language.md section 3.2, innermost first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from codaform.model.schema import Column, Control, Doc, NamedFormula, Table, View, views
from codaform.model.types import ListOf, RowOf, Type, given_row
from codaform.source import frozen

V = TypeVar("V")


@frozen
class Item:
    """A value held in a slot: `CurrentValue` (no name), or what `WithName` has named."""

    name: str
    slot: int
    type: Type


@frozen
class Scope:
    """Where a formula stands.

    table: The table whose row owns the formula; empty on a page.
    column: The column that the formula defines; empty for filters, defaults, buttons and tests.
    items: What loops and WithName hold, innermost first.
    """

    doc: Doc
    table: str = ""
    column: str = ""
    items: tuple[Item, ...] = ()


@frozen
class ItemColumn:
    """A column of the item of an enclosing loop."""

    item: Item
    table: Table
    column: Column


@frozen
class OwnColumn:
    """A column of the row that owns the formula. `hides` is the table or view of the same name."""

    table: Table
    column: Column
    hides: Table | View | None


Meaning = Item | ItemColumn | OwnColumn | Table | View | NamedFormula | Control


def inside(scope: Scope, item: Item) -> Scope:
    """The scope of a formula that is asked with this item."""
    return replace(scope, items=(item, *scope.items))


def current_item(scope: Scope) -> Item | None:
    """What `CurrentValue` is."""
    return next((item for item in scope.items if not item.name), None)


def row_table(scope: Scope, kind: Type) -> Table | None:
    """The table of a row, or of a list of rows."""
    kind = given_row(kind.item if isinstance(kind, ListOf) else kind)
    return scope.doc.tables.get(kind.table) if isinstance(kind, RowOf) else None


def find(named: Mapping[str, V], name: str) -> V | None:
    """The value of a name: spelled exactly so, else in any case."""
    if name in named:
        return named[name]
    folded = name.casefold()
    for key in named:
        if key.casefold() == folded:
            return named[key]
    return None


def resolve(scope: Scope, name: str, columns: bool = True) -> Meaning | None:
    """The meaning of a bare name; without `columns`, its meaning in the whole doc."""
    if columns:
        local = find({item.name: item for item in reversed(scope.items) if item.name}, name)
        if local is not None:
            return local
        for item in scope.items:
            table = None if item.name or isinstance(item.type, ListOf) else row_table(scope, item.type)
            column = find(table.columns, name) if table else None
            if table and column:
                return ItemColumn(item, table, column)
    shared = doc_wide(scope.doc, name)
    own = scope.doc.tables.get(scope.table) if columns else None
    if own is not None:
        column = find(own.columns, name)
        hidden = shared if isinstance(shared, Table | View) else None
        if column is not None and not (column.name == scope.column and shared is not None):
            return OwnColumn(own, column, hidden)
    return shared


def own_column(scope: Scope, name: str) -> OwnColumn | None:
    """The column of the formula's own row with this name, whatever else has it."""
    own = scope.doc.tables.get(scope.table)
    column = find(own.columns, name) if own else None
    return OwnColumn(own, column, None) if own and column else None


def doc_wide(doc: Doc, name: str) -> Table | View | NamedFormula | Control | None:
    """The table, view, named formula or control of this name."""
    table = find(doc.tables, name)
    if table is not None:
        return table
    view = find({view.name: view for owner in doc.tables.values() if owner.views for view in owner.views}, name)
    if view is not None:
        return view
    formula = find(doc.formulas, name)
    return formula if formula is not None else find(doc.controls, name)


def is_option(doc: Doc, text: str) -> bool:
    """Whether some select list of the doc offers this option."""
    return any(text in owner.options for owner in _select_lists(doc))


def has_open_options(doc: Doc) -> bool:
    """Whether the doc has a select list whose options are not listed."""
    return any(not owner.options for owner in _select_lists(doc))


def _select_lists(doc: Doc) -> Iterator[Column | Control]:
    for table in doc.tables.values():
        yield from (column for column in table.columns.values() if column.kind == "select")
    yield from (control for control in doc.controls.values() if control.kind == "select")


def visible_names(scope: Scope) -> list[str]:
    """Every name that would mean something here."""
    found = [item.name for item in scope.items if item.name]
    for item in scope.items:
        table = row_table(scope, item.type)
        found.extend(table.columns if table and not item.name else ())
    own = scope.doc.tables.get(scope.table)
    found.extend(own.columns if own else ())
    found.extend((*scope.doc.tables, *(view.name for view in views(scope.doc))))
    found.extend((*scope.doc.formulas, *scope.doc.controls))
    return list(dict.fromkeys(found))
