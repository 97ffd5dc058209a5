"""The schema of a doc: tables, columns, views, named formulas, controls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, fields
from typing import Literal

from codaform.model import types
from codaform.model.formats import NO_FORMAT, Format
from codaform.model.types import Type
from codaform.source import Source, frozen

COLUMN_TYPES: dict[str, Type] = {
    "text": types.TEXT,
    "canvas": types.TEXT,
    "number": types.NUMBER,
    "percent": types.NUMBER,
    "currency": types.NUMBER,
    "slider": types.NUMBER,
    "scale": types.NUMBER,
    "progress": types.NUMBER,
    "date": types.DATE,
    "datetime": types.DATETIME,
    "time": types.TIME,
    "duration": types.DURATION,
    "checkbox": types.BOOLEAN,
    "toggle": types.BOOLEAN,
    "select": types.TEXT,
    "relation": types.ANY_ROW,
    "person": types.PERSON,
    "email": types.TEXT,
    "link": types.TEXT,
    "image": types.OBJECT,
    "file": types.OBJECT,
    "button": types.ACTION,
    "reaction": types.ListOf(types.PERSON),
    "created_on": types.DATETIME,
    "created_by": types.PERSON,
    "modified_on": types.DATETIME,
    "modified_by": types.PERSON,
    "row_id": types.NUMBER,
    "pack_object": types.OBJECT,
    "other": types.ANY,
}
"""Coda's column types and the type that a formula sees in their cells (language.md section 5)."""

SYSTEM_TYPES = frozenset({"created_on", "created_by", "modified_on", "modified_by", "row_id"})
"""Column types whose values Coda makes by itself."""


@frozen
class Column:
    """A column of a table.

    kind: A key of COLUMN_TYPES.
    to: The target table of a relation.
    reverse: For the other side of a relation: the column of the target table that it mirrors.
    format: How the values are shown, and the limits that are set.
    formula: The text that computes the cells; the cells are entered by hand without one.
    default: The formula whose value a new row starts with.
    action, disable_if: A button's action, and the condition that disables it.
    owner: Where its cells are written: `coda`, or `mirror`, the doc's tables in PostgreSQL.
    """

    name: str
    kind: str
    about: str = ""
    many: bool = False
    to: str = ""
    reverse: str = ""
    options: tuple[str, ...] = ()
    format: Format = NO_FORMAT
    key: bool = False
    display: bool = False
    label: str = ""
    formula: Source | None = None
    default: Source | None = None
    action: Source | None = None
    disable_if: Source | None = None
    owner: str = "coda"

    @property
    def computed(self) -> bool:
        """Whether its cells are made by the doc and not by a person."""
        return bool(self.formula or self.reverse or self.kind in SYSTEM_TYPES or self.kind == "button")


COLUMN_MARKS = tuple(known.name for known in fields(Column) if known.type == "bool" and known.name != "many")
"""The marks of a column: `table.yml` has them with true, and they are read and written by their names."""


def value_type(column: Column) -> Type:
    """The type that a formula sees in the column's cells."""
    kind = types.RowOf(column.to) if column.kind == "relation" else COLUMN_TYPES[column.kind]
    return types.ListOf(kind) if column.many and not isinstance(kind, types.ListOf) else kind


@frozen
class View:
    """Some rows of a table in some order. Its name, in a formula, is the list of the rows it shows.

    filter: A condition on the row. sort: the column to order by. limit: how many rows it shows at most.
    """

    name: str
    table: str
    about: str = ""
    filter: Source | None = None
    sort: str = ""
    descending: bool = False
    limit: int | None = None
    columns: tuple[str, ...] = ()


@frozen
class NamedFormula:
    """A formula on a page of the doc, known everywhere by its name."""

    name: str
    kind: str
    formula: Source
    about: str = ""
    many: bool = False
    to: str = ""
    format: Format = NO_FORMAT


CONTROL_TYPES: dict[str, str] = {
    "text": "text",
    "checkbox": "checkbox",
    "toggle": "toggle",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "date_range": "date",
    "slider": "slider",
    "scale": "scale",
    "select": "select",
    "relation": "relation",
    "person": "person",
    "button": "button",
    "reaction": "reaction",
    "ai_block": "other",
}
"""The types of controls, and the column type whose values each holds; a range of dates holds its two ends."""

CODA_CONTROLS: dict[str, tuple[str, bool]] = {
    "textbox": ("text", False),
    "checkbox": ("checkbox", False),
    "datePicker": ("date", False),
    "dateTimePicker": ("datetime", False),
    "timePicker": ("time", False),
    "dateRangePicker": ("date_range", False),
    "slider": ("slider", False),
    "scale": ("scale", False),
    "select": ("select", False),
    "multiselect": ("select", True),
    "lookup": ("relation", False),
    "button": ("button", False),
    "reaction": ("reaction", False),
    "aiBlock": ("ai_block", False),
}
"""Coda's own names of the types of controls: the type, and whether such a control holds several values."""

UNSETTABLE = frozenset({"button", "reaction", "ai_block"})
"""Types of controls whose value no action and no scenario sets."""


@frozen
class Control:
    """A control on a page of the doc: what a person sets or presses there, known everywhere by its name.

    kind: A key of CONTROL_TYPES.
    value: What it is set to at first: a value of its type, of several a tuple, of a row or a person its text.
    choices: The formula that gives the options of a select list, or the rows that a relation may be set to.
    action, disable_if: A button's action, and the condition that disables it.
    """

    name: str
    kind: str
    about: str = ""
    many: bool = False
    to: str = ""
    options: tuple[str, ...] = ()
    format: Format = NO_FORMAT
    label: str = ""
    value: object = None
    choices: Source | None = None
    action: Source | None = None
    disable_if: Source | None = None


@frozen
class Table:
    """A table: its columns in order, and its views."""

    name: str
    columns: dict[str, Column]
    about: str = ""
    views: tuple[View, ...] = ()

    @property
    def display(self) -> Column | None:
        """The column that supplies the text of the table's rows: the one so marked, else the key, else the first."""
        columns = self.columns.values()
        marked = (column for column in columns if column.display)
        keys = (column for column in columns if column.key)
        return next(marked, None) or next(keys, None) or next(iter(columns), None)


@frozen
class Assumptions:
    """What a doc takes for true where makers saw Coda do otherwise than codaform does by default (doc.yml, `assume:`).

    max_of_nothing: What Max, Min, Average, Median, Mode and Percentile of nothing give.
    circles: `columns` computes columns and tables that need each other cell by cell, as long as no cell needs itself.
        `tables` leaves them blank: columns that reach each other through other rows, and the computed columns of tables
        that read each other.
    press: Whether each action of a button sees what the one before it did (`stepwise`), or all see the rows as they
        were before the press (`snapshot`).
    """

    max_of_nothing: Literal["blank", "error"] = "blank"
    circles: Literal["columns", "tables"] = "columns"
    press: Literal["stepwise", "snapshot"] = "stepwise"
    stated: tuple[str, ...] = ()
    """The sorted names of the assumptions in doc.yml: its makers know of the doubt."""


NO_ASSUMPTIONS = Assumptions()
"""The defaults: what codaform did before anybody reported otherwise; one maker's word is no proof."""


@frozen
class Doc:
    """A doc with its settings."""

    name: str
    tables: dict[str, Table] = field(default_factory=dict)
    formulas: dict[str, NamedFormula] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    about: str = ""
    time_zone: str = "UTC"
    first_day_of_week: int = 7
    assume: Assumptions = NO_ASSUMPTIONS


def formula_type(formula: NamedFormula) -> Type:
    """The declared type of a named formula."""
    return value_type(formula_column(formula))


def formula_column(formula: NamedFormula) -> Column:
    """A column for values of a named formula's type, with its format."""
    return Column(formula.name, formula.kind, many=formula.many, to=formula.to, format=formula.format)


def control_column(control: Control) -> Column:
    """A column for the values of a control, with its format."""
    return Column(
        control.name,
        CONTROL_TYPES[control.kind],
        about=control.about,
        many=control.many or control.kind == "date_range",
        to=control.to,
        options=control.options,
        format=control.format,
        label=control.label,
        action=control.action,
        disable_if=control.disable_if,
    )


def control_type(control: Control) -> Type:
    """The type that a formula sees in a control; a button is the action that it runs."""
    return value_type(control_column(control))


def column_of(doc: Doc, name: str) -> Column:
    """A column that holds the value of a control or a named formula, or the rows of a view. Raises KeyError."""
    if name in doc.controls:
        return control_column(doc.controls[name])
    if name in doc.formulas:
        return formula_column(doc.formulas[name])
    shown = next((view for view in views(doc) if view.name == name), None)
    if shown is None:
        raise KeyError(name)
    return Column(name, "relation", many=True, to=shown.table)


def views(doc: Doc) -> Iterator[View]:
    """All views of the doc, table by table."""
    for table in doc.tables.values():
        yield from table.views
