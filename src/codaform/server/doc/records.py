"""The data of a local doc: pages, tables and their rows, views, formulas, controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from codaform.coda.page.lines import Line
from codaform.coda.wire.formats import control_from_rest, control_to_rest
from codaform.model.formats import Format
from codaform.model.schema import NO_ASSUMPTIONS, Assumptions, Column, Control, NamedFormula, View
from codaform.server.doc.stored_values import from_json, to_json
from codaform.source import Source

Json = Any
"""A value as JSON has it: None, bool, int, float, str, a list, or a dict by text."""


Misfits = dict[str, str | float]
"""Values that do not fit their columns, by the ids of these."""


@dataclass(slots=True)
class PageRecord:
    """A page with its text.

    kind: `canvas`, `embed` or `syncPage`. settings: Other members (cover, width …), without effect here.
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
    """A view with its id. settings: Layout, groups, conditional formats and other members without effect on rows."""

    id: str
    view: View
    page: str
    created: datetime
    updated: datetime
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class TableRecord:
    """A table with its id, its columns and views.

    page: The id of its page; empty for a table that was left over when its page was deleted.
    settings: The table's own looks, as of a view. last: The highest number that one of its rows ever had.
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
    """The entered values of a row, by the ids of its columns.

    number: The number of the row in its table, from 1. version: The doc's version that changed it last.
    invalid_text: Entered texts that do not fit their columns, and numbers in columns of dates. Coda keeps and shows
    them; formulas read a blank.
    """

    id: str
    number: int
    created: datetime
    updated: datetime
    entered: dict[str, object] = field(default_factory=dict)
    invalid_text: Misfits = field(default_factory=dict)
    version: int = 0


@dataclass(slots=True)
class FormulaRecord:
    """A named formula on a page. settings: As of a column."""

    id: str
    formula: NamedFormula
    page: str
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class ControlRecord:
    """A control or a button on a page.

    kind: Its name in the API: `button`, `checkbox`, `select`, `slider`, `reaction` … value: Its value in the form of
    `stored_values`. settings: Its looks, in the tools' form, and the members that `as_control` reads.
    """

    id: str
    name: str
    page: str
    kind: str
    value: Json = None
    settings: dict[str, Json] = field(default_factory=dict)


@dataclass(slots=True)
class CommentRecord:
    """A comment of the user. reactions: The user's own, by name."""

    id: str
    content: str
    created: datetime
    reactions: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ThreadRecord:
    """A thread of comments on an element of a page, or on a row, by ids. text: The quoted part of the element."""

    id: str
    page: str = ""
    element: str = ""
    text: str = ""
    table: str = ""
    row: str = ""
    resolved: bool = False
    comments: list[CommentRecord] = field(default_factory=list)


@dataclass(slots=True)
class DocRecord:
    """A doc with everything except the rows of its tables.

    version: The number of its changes. first_day_of_week: 1 is Monday, 7 Sunday.
    published: Slug, mode and so on, of a published doc. deleted: The ids of deleted pages.
    domains: Its own domains. automations: The actions of automations with a webhook, by the ids of their rules.
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
    assume: Assumptions = NO_ASSUMPTIONS
    version: int = 0
    pages: list[PageRecord] = field(default_factory=list)
    tables: list[TableRecord] = field(default_factory=list)
    formulas: list[FormulaRecord] = field(default_factory=list)
    controls: list[ControlRecord] = field(default_factory=list)
    permissions: list[dict[str, Json]] = field(default_factory=list)
    sharing: dict[str, bool] = field(default_factory=dict)
    published: dict[str, Json] | None = None
    deleted: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    automations: dict[str, str] = field(default_factory=dict)
    threads: list[ThreadRecord] = field(default_factory=list)


Rows = dict[str, dict[int, RowRecord]]
"""The rows of a doc: by table id, by number, in order."""


_TEXTS = {"choicesFormula": "choices", "actionFormula": "action", "disableIfFormula": "disable_if"}
"""The settings that are formulas, and their fields of a control."""


def as_control(record: ControlRecord, tables: Mapping[str, str]) -> Control:
    """The control of a record. tables: The names of tables by their ids."""
    settings = record.settings
    kind, many = control_from_rest(settings.get("type") or record.kind)
    first = from_json(settings.get("first"))
    texts: dict[str, Any] = {
        field: Source(record.name, settings[name]) for name, field in _TEXTS.items() if settings.get(name)
    }
    return Control(
        record.name,
        kind,
        about=settings.get("about") or "",
        many=many or bool(settings.get("many")),
        to=tables.get(settings.get("table") or "", ""),
        options=tuple(settings.get("options") or ()),
        format=Format(**(settings.get("format") or {})),
        label=settings.get("label") or "",
        value=tuple(first) if isinstance(first, list) else first,
        **texts,
    )


def control_record(control: Control, id: str, page: str, table: str, value: object) -> ControlRecord:
    """The record of a control. table: The id of the table of its rows. value: Its value."""
    first = list(control.value) if isinstance(control.value, tuple) else control.value
    settings: dict[str, Json] = {
        "type": control.kind,
        "many": control.many,
        "about": control.about,
        "table": table,
        "options": list(control.options),
        "format": control.format.members(),
        "label": control.label or (control.name if control.kind == "button" else ""),
        "first": to_json(first),
    }
    texts = {name: getattr(control, field) for name, field in _TEXTS.items()}
    settings |= {name: source.text.strip() for name, source in texts.items() if source is not None}
    kept = {name: member for name, member in settings.items() if member not in ("", None, False, [])}
    return ControlRecord(id, control.name, page, control_to_rest(control), to_json(value), kept)
