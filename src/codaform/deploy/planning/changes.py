"""What can differ between two docs, as values."""

from __future__ import annotations

from dataclasses import dataclass

from codaform.deploy.remote.columns import Button, Shape
from codaform.model.schema import Column, Control, NamedFormula, Table, View


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
    before: Shape
    after: Shape


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
class SetOrder:
    """Another order of a table's columns; of those that both have."""

    table: str
    before: tuple[str, ...]
    after: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class AddControl:
    """A new control. first: What it is set to at first, as texts."""

    control: Control
    first: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetControl:
    """A control with another name, type, options, label or formulas."""

    before: Control
    after: Control


@dataclass(frozen=True, slots=True)
class DropControl:
    """A control to be removed."""

    control: str


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
    | SetOrder
    | AddView
    | SetView
    | DropView
    | AddFormula
    | SetNamedFormula
    | DropFormula
    | AddControl
    | SetControl
    | DropControl
)
