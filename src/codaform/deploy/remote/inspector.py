"""A doc as it is at this moment, looked at part by part, before a write and after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codaform.coda.door.claims import is_claim
from codaform.coda.door.failures import NotFound, ToolFailed, Unreadable
from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.coda.wire.json_data import Json

PATIENCE = 180.0
"""For how many seconds a read waits until it shows everything that was accepted; large docs take minutes."""


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """A column as the tools tell it. format: In the tools' own terms."""

    id: str
    name: str
    format: Mapping[str, Json]
    formula: str = ""
    about: str = ""
    error: str = ""
    display: bool = False


@dataclass(frozen=True, slots=True)
class SeenView:
    """A view as the tools tell it. sorts: Ids of columns, with whether they go down."""

    id: str
    name: str
    filter: str = ""
    sorts: tuple[tuple[str, bool], ...] = ()
    hidden: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenTable:
    """A table as the tools tell it. page: The id of the page that it stands on."""

    id: str
    name: str
    page: str
    rows: int
    columns: Mapping[str, SeenColumn] = field(default_factory=dict)
    views: Mapping[str, SeenView] = field(default_factory=dict)

    def column(self, name: str, id: str | None = None) -> SeenColumn | None:
        """The column of an id, or of a name where the id is not known or not there."""
        found = next((column for column in self.columns.values() if id and column.id == id), None)
        folded = name.casefold()
        return found or next((column for column in self.columns.values() if column.name.casefold() == folded), None)


@dataclass(frozen=True, slots=True)
class SeenFormula:
    """A named formula. page: Where it stands. text: None where no tool told it."""

    id: str
    page: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class SeenControl:
    """A control. page: Where it stands. kind: As the API names it. label: What stands on a button."""

    id: str
    page: str
    kind: str
    label: str = ""


class Eyes:
    """Looks at one doc. Everything raises `failures.Failure`.

    The lists of what there is come by REST, whose reads wait until they show every accepted change; what a table
    consists of comes by the tools, which show at once what was done.
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
        return {str(told.get("name")): str(told.get("id")) for told in listed if told.get("tableType") != "view"}

    def pages(self) -> list[tuple[str, str]]:
        """The pages in their order, by id and name; one that says that the doc is held is none."""
        listed = (told for told in self._rest.pages(self.doc) if not is_claim(told))
        return [(str(told.get("id")), str(told.get("name"))) for told in listed]

    def pages_with_tables(self) -> set[str]:
        """The ids of the pages that a table or a view stands on."""
        parents = (told.get("parent") for told in self._rest.tables(self.doc))
        return {str(parent.get("id")) for parent in parents if isinstance(parent, dict)}

    def formulas(self) -> dict[str, SeenFormula]:
        """The named formulas by their names, without their texts."""
        found: dict[str, SeenFormula] = {}
        for told in self._rest.formulas(self.doc):
            parent = told.get("parent")
            page = str(parent.get("id")) if isinstance(parent, dict) else ""
            found[str(told.get("name"))] = SeenFormula(str(told.get("id")), page)
        return found

    def formula(self, name: str) -> SeenFormula | None:
        """A named formula with its text; None where there is none."""
        known = self.formulas().get(name)
        if known is None:
            return None
        page = known.page or self._page_of_formula(known.id)
        told = self._asked("content_read", self.uri("canvases", page), contentTypesToInclude=["formulas"])
        for formula in _records(told.get("formulas")):
            if _text(formula, "formulaUri").rpartition("/")[2] == known.id:
                return SeenFormula(known.id, page, _text(formula, "formula"))
        return SeenFormula(known.id, page)

    def controls(self) -> dict[str, str]:
        """The ids of the controls by their names."""
        return {str(told.get("name")): str(told.get("id")) for told in self._rest.controls(self.doc)}

    def control(self, name: str) -> SeenControl | None:
        """A control as it is; None where there is none."""
        id = self.controls().get(name)
        if id is None:
            return None
        told = self._rest.control(self.doc, id)
        parent = told.get("parent")
        page = str(parent.get("id")) if isinstance(parent, dict) else ""
        return SeenControl(id, page, _text(told, "controlType"), _text(told, "value"))

    def _page_of_formula(self, id: str) -> str:
        parent = self._rest.formula(self.doc, id).get("parent")
        return str(parent.get("id")) if isinstance(parent, dict) else ""

    def table(self, id: str) -> SeenTable | None:
        """A table as it is; None where there is none of that id."""
        try:
            told = self._asked("table_columns_read", self.uri("tables", id), include=["formats", "views"])
        except ToolFailed:
            # The tools word it in their own way when there is no such table; REST has a status for it.
            try:
                self._rest.table(self.doc, id)
            except NotFound:
                return None
            raise
        return _table(id, told)

    def _asked(self, tool: str, uri: str, **arguments: Json) -> Mapping[str, Json]:
        told = self._tools.call(tool, {"uri": uri, **arguments})
        if not isinstance(told, dict):
            raise Unreadable(f"{tool}: the reply is no record")
        return told


def _table(id: str, told: Mapping[str, Json]) -> SeenTable:
    columns = {}
    for column in _records(told.get("columns")):
        error = column.get("error")
        message = error.get("message") if isinstance(error, dict) else error
        format = column.get("format")
        seen = SeenColumn(
            _text(column, "columnId"),
            _text(column, "name"),
            format if isinstance(format, dict) else {},
            _text(column, "formula"),
            _text(column, "description"),
            str(message) if message else "",
            column.get("isDisplayColumn") is True,
        )
        columns[seen.id] = seen
    views = {}
    for view in _records(told.get("views")):
        last = _text(view, "viewUri").rpartition("/")[2]
        if last in ("", id, "default"):
            continue  # how the table shows itself
        views[_text(view, "name")] = SeenView(
            last,
            _text(view, "name"),
            _text(view, "filterFormula"),
            tuple(
                (_text(sort, "columnId"), sort.get("direction") == "descending") for sort in _records(view.get("sorts"))
            ),
            frozenset(_texts(view.get("hiddenColumnIds"))),
            tuple(_texts(view.get("orderedColumnIds"))),
        )
    rows = told.get("rowCount")
    page = _text(told, "canvasUri").rpartition("/")[2]
    return SeenTable(id, _text(told, "name"), page, rows if isinstance(rows, int) else 0, columns, views)


def _text(told: Mapping[str, Json], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _records(value: Json) -> list[dict[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
