"""What a local doc holds, as data: pages, tables and their rows, views, formulas, controls."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from codaform.coda.page.lines import Line
from codaform.model.schema import Column, NamedFormula, View

Json = Any
"""A value as JSON has it: None, bool, int, float, str, a list, or a dict by text."""


@dataclass(slots=True)
class PageRecord:
    """A page with what is written on it.

    kind: `canvas`, `embed` or `syncPage`. settings: What was said of it that changes nothing here (cover, width …).
    """

    id: str
    name: str
    created: datetime
    updated: datetime
    subtitle: str = ""
    icon: str = ""
    image: str = ""
    hidden: bool = False
    parent: str = ""
    kind: str = "canvas"
    lines: list[Line] = field(default_factory=list)
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class ColumnRecord:
    """A column with its id.

    settings: Members of its format that the schema does not hold, such as a number's precision.
    """

    id: str
    column: Column
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class ViewRecord:
    """A view with its id. settings: Layout, groups, conditional formats and whatever else changes no row."""

    id: str
    view: View
    page: str
    created: datetime
    updated: datetime
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class TableRecord:
    """A table with its id, its columns and views.

    settings: What was configured of the table as a view of itself. last: The highest number that a row of it ever had.
    """

    id: str
    name: str
    page: str
    created: datetime
    updated: datetime
    about: str = ""
    columns: list[ColumnRecord] = field(default_factory=list)
    views: list[ViewRecord] = field(default_factory=list)
    settings: dict[str, Json] = field(default_factory=dict)
    last: int = 0


@dataclass(slots=True)
class RowRecord:
    """What was entered in a row, by the ids of its columns.

    number: Which row of its table it is, counted from 1. version: The doc's version that changed it last.
    unfit: Entered texts that their columns cannot hold. Coda keeps them silently and shows them; formulas see a blank.
    """

    id: str
    number: int
    created: datetime
    updated: datetime
    entered: dict[str, object] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    version: int = 0


@dataclass(slots=True)
class FormulaRecord:
    """A formula on a page, known by its name. settings: As a column's."""

    id: str
    formula: NamedFormula
    page: str
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class ControlRecord:
    """A control or a button on a page.

    kind: As the API names it: `button`, `checkbox`, `select`, `slider`, `reaction` … value: What it is set to, as
    `stored_values` keeps it. settings: How it looks, as a tool names it, and what `controls.as_control` reads.
    """

    id: str
    name: str
    page: str
    kind: str
    value: Json = None
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class DocRecord:
    """A doc with everything in it but the rows of its tables.

    version: How often it was changed. first_day_of_week: 1 is Monday, 7 Sunday.
    published: Slug, mode and so on once it is published. deleted: The ids of pages that were there once.
    """

    id: str
    name: str
    created: datetime
    updated: datetime
    icon: str = ""
    about: str = ""
    source: str = ""
    folder: str = ""
    workspace: str = ""
    time_zone: str = "UTC"
    first_day_of_week: int = 7
    version: int = 0
    pages: list[PageRecord] = field(default_factory=list)
    tables: list[TableRecord] = field(default_factory=list)
    formulas: list[FormulaRecord] = field(default_factory=list)
    controls: list[ControlRecord] = field(default_factory=list)
    permissions: list[dict[str, Json]] = field(default_factory=list)
    sharing: dict[str, bool] = field(default_factory=dict)
    published: dict[str, Json] | None = None
    deleted: list[str] = field(default_factory=list)


Rows = dict[str, dict[int, RowRecord]]
"""The rows of a doc: by table id, by number, in order."""
