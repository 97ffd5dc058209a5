"""The parts of a doc at this moment, before and after each write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from codaform.coda.door.claims import is_claim
from codaform.coda.door.failures import NotFound, ToolFailed, Unreadable
from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.tool_formats import format_to_tool
from codaform.deploy.ids import Ids
from codaform.model.schema import Column, Doc

PATIENCE = 180.0
"""The seconds that a read waits until it shows all accepted changes; large docs take minutes."""


@dataclass(frozen=True, slots=True)
class ObservedColumn:
    """A column as the tools return it. record: The column in the tools' own terms."""

    record: Mapping[str, Json]

    @property
    def id(self) -> str:
        """Its id."""
        return _text(self.record, "columnId")

    @property
    def name(self) -> str:
        """Its name."""
        return _text(self.record, "name")

    @property
    def format(self) -> Mapping[str, Json]:
        """Its format in the tools' terms."""
        format = self.record.get("format")
        return format if isinstance(format, dict) else {}

    @property
    def formula(self) -> str:
        """Its formula; empty for none."""
        return _text(self.record, "formula")

    @property
    def about(self) -> str:
        """Its description."""
        return _text(self.record, "description")

    @property
    def error(self) -> str:
        """The error that Coda finds in its formula; empty for none."""
        error = self.record.get("error")
        message = error.get("message") if isinstance(error, dict) else error
        return str(message) if message else ""

    @property
    def display(self) -> bool:
        """Whether it is the display column."""
        return self.record.get("isDisplayColumn") is True

    @property
    def type(self) -> str:
        """Its type in the tools' terms; empty if they did not return it."""
        return str(self.format.get("type", ""))

    @property
    def action(self) -> str:
        """The action of a button; empty for none."""
        return _text(self.format, "actionFormula")

    @property
    def options(self) -> tuple[str, ...]:
        """The names of a select list's options."""
        options = self.format.get("selectOptions")
        listed = options if isinstance(options, list) else []
        return tuple(str(option.get("name") if isinstance(option, dict) else option) for option in listed)

    def has_type_of(self, column: Column) -> bool:
        """Whether a column of the folder has this type in Coda."""
        return self.type == tool_type(column)


@dataclass(frozen=True, slots=True)
class ObservedView:
    """A view as the tools return it. sorts: Ids of columns, each with whether it sorts downwards."""

    id: str
    name: str
    filter: str = ""
    sorts: tuple[tuple[str, bool], ...] = ()
    hidden: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObservedTable:
    """A table as the tools return it. page: The id of its page."""

    id: str
    name: str
    page: str
    rows: int
    columns: Mapping[str, ObservedColumn] = field(default_factory=dict)
    views: Mapping[str, ObservedView] = field(default_factory=dict)

    def column(self, name: str, id: str | None = None) -> ObservedColumn | None:
        """The column of an id, or of a name if there is no id or no such column."""
        found = next((column for column in self.columns.values() if id and column.id == id), None)
        folded = name.casefold()
        return found or next((column for column in self.columns.values() if column.name.casefold() == folded), None)

    def view(self, id: str | None, *names: str) -> ObservedView | None:
        """The view of an id, or of the first of these names if there is no such id."""
        found = next((view for view in self.views.values() if view.id == id), None)
        return found or next((self.views[name] for name in names if name in self.views), None)


@dataclass(frozen=True, slots=True)
class ObservedFormula:
    """A named formula. page: The id of its page. text: None if no tool returned it."""

    id: str
    page: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ObservedControl:
    """A control. page: The id of its page. kind: As the API names it. label: The label of a button."""

    id: str
    page: str
    kind: str
    label: str = ""


class Inspector:
    """Inspects one doc. All methods raise `failures.Failure`.

    Lists come from REST, whose reads wait until they show every accepted change; the parts of a table come from the
    tools, which show a change at once.
    """

    def __init__(self, rest: Rest, tools: Tools, doc: str, patience: float = PATIENCE) -> None:
        self._rest = rest.fresh(patience)
        self._tools = tools
        self.doc = doc

    def uri(self, *steps: str) -> str:
        """An address within the doc. steps: A kind and an id, by turns."""
        return "/".join((f"coda://docs/{self.doc}", *steps))

    def tables(self) -> dict[str, str]:
        """The ids of the tables by their names."""
        listed = self._rest.tables(self.doc)
        return {
            str(record.get("name")): str(record.get("id")) for record in listed if record.get("tableType") != "view"
        }

    def pages(self) -> list[tuple[str, str]]:
        """The ids and names of the pages in their order, without the one that holds the doc for a deploy."""
        listed = (record for record in self._rest.pages(self.doc) if not is_claim(record))
        return [(str(record.get("id")), str(record.get("name"))) for record in listed]

    def formulas(self) -> dict[str, ObservedFormula]:
        """The named formulas by their names, without their texts."""
        found: dict[str, ObservedFormula] = {}
        for record in self._rest.formulas(self.doc):
            parent = record.get("parent")
            page = str(parent.get("id")) if isinstance(parent, dict) else ""
            found[str(record.get("name"))] = ObservedFormula(str(record.get("id")), page)
        return found

    def formula(self, name: str) -> ObservedFormula | None:
        """A named formula with its text; None if there is none of the name."""
        known = self.formulas().get(name)
        if known is None:
            return None
        page = known.page or self._page_of_formula(known.id)
        record = self._call("content_read", self.uri("canvases", page), contentTypesToInclude=["formulas"])
        for formula in _records(record.get("formulas")):
            if _text(formula, "formulaUri").rpartition("/")[2] == known.id:
                return ObservedFormula(known.id, page, _text(formula, "formula"))
        return ObservedFormula(known.id, page)

    def controls(self) -> dict[str, str]:
        """The ids of the controls by their names."""
        return {str(record.get("name")): str(record.get("id")) for record in self._rest.controls(self.doc)}

    def control(self, name: str) -> ObservedControl | None:
        """A control; None if there is none of the name."""
        id = self.controls().get(name)
        if id is None:
            return None
        record = self._rest.control(self.doc, id)
        parent = record.get("parent")
        page = str(parent.get("id")) if isinstance(parent, dict) else ""
        return ObservedControl(id, page, _text(record, "controlType"), _text(record, "value"))

    def _page_of_formula(self, id: str) -> str:
        parent = self._rest.formula(self.doc, id).get("parent")
        return str(parent.get("id")) if isinstance(parent, dict) else ""

    def table(self, id: str) -> ObservedTable | None:
        """A table; None if there is none of the id."""
        try:
            record = self._call("table_columns_read", self.uri("tables", id), include=["formats", "views"])
        except ToolFailed:
            # The tools report a missing table in words of their own; REST has a status for it.
            try:
                self._rest.table(self.doc, id)
            except NotFound:
                return None
            raise
        return _table(id, record)

    def _call(self, tool: str, uri: str, **arguments: Json) -> Mapping[str, Json]:
        record = self._tools.call(tool, {"uri": uri, **arguments})
        if not isinstance(record, dict):
            raise Unreadable(f"{tool}: the reply is no record")
        return record


@dataclass(frozen=True, slots=True)
class Observation:
    """The part of a doc that a change is about, at this moment.

    ids: What each name means in the doc; a change adds what it makes. wanted: The doc as the folder has it. table: The
    table that the change belongs to; None if it belongs to none, or there is none.
    """

    inspector: Inspector
    ids: Ids
    wanted: Doc
    table: ObservedTable | None = None

    def with_table(self, id: str | None) -> Observation:
        """This with a table at this moment. id: None for none. Raises Failure."""
        return replace(self, table=self.inspector.table(id) if id is not None else None)


def tool_type(column: Column) -> str:
    """The type that the tools have for a column."""
    return str(format_to_tool(column, {}, str)["type"])


def _table(id: str, record: Mapping[str, Json]) -> ObservedTable:
    columns = {column.id: column for column in map(ObservedColumn, _records(record.get("columns")))}
    views = {}
    for view in _records(record.get("views")):
        last = _text(view, "viewUri").rpartition("/")[2]
        if last in ("", id, "default"):
            continue  # the table's own layout
        views[_text(view, "name")] = ObservedView(
            last,
            _text(view, "name"),
            _text(view, "filterFormula"),
            tuple(
                (_text(sort, "columnId"), sort.get("direction") == "descending") for sort in _records(view.get("sorts"))
            ),
            frozenset(_texts(view.get("hiddenColumnIds"))),
            tuple(_texts(view.get("orderedColumnIds"))),
        )
    rows = record.get("rowCount")
    page = _text(record, "canvasUri").rpartition("/")[2]
    return ObservedTable(id, _text(record, "name"), page, rows if isinstance(rows, int) else 0, columns, views)


def _text(record: Mapping[str, Json], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _records(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
