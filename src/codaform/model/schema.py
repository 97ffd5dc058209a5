"""The schema of a doc: tables, columns, views, named formulas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from codaform.model import types
from codaform.model.types import Type
from codaform.source import Source

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


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    kind: A key of COLUMN_TYPES.
    to: The target table of a relation.
    reverse: For the other side of a relation: the column of the target table that it mirrors.
    formula: The text that computes the cells; the cells are entered by hand without one.
    default: The formula whose value a new row starts with.
    action, disable_if: What a button does, and when it cannot be pressed.
    """

    name: str
    kind: str
    about: str = ""
    many: bool = False
    to: str = ""
    reverse: str = ""
    options: tuple[str, ...] = ()
    format: str = ""
    key: bool = False
    display: bool = False
    label: str = ""
    formula: Source | None = None
    default: Source | None = None
    action: Source | None = None
    disable_if: Source | None = None

    @property
    def computed(self) -> bool:
        """Whether its cells are made by the doc and not by a person."""
        return bool(self.formula or self.reverse or self.kind in SYSTEM_TYPES or self.kind == "button")


def value_type(column: Column) -> Type:
    """The type that a formula sees in the column's cells."""
    kind = types.RowOf(column.to) if column.kind == "relation" else COLUMN_TYPES[column.kind]
    return types.ListOf(kind) if column.many and not isinstance(kind, types.ListOf) else kind


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class NamedFormula:
    """A formula on a page of the doc, known everywhere by its name."""

    name: str
    kind: str
    formula: Source
    about: str = ""
    many: bool = False
    to: str = ""


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Doc:
    """A doc with its settings."""

    name: str
    tables: dict[str, Table] = field(default_factory=dict)
    formulas: dict[str, NamedFormula] = field(default_factory=dict)
    about: str = ""
    time_zone: str = "UTC"
    first_day_of_week: int = 7


def formula_type(formula: NamedFormula) -> Type:
    """The declared type of a named formula."""
    return value_type(Column(formula.name, formula.kind, many=formula.many, to=formula.to))


def views(doc: Doc) -> Iterator[View]:
    """All views of the doc, table by table."""
    for table in doc.tables.values():
        yield from table.views
