"""Changes of views."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from codaform.coda.wire.formula_text import compare_formulas
from codaform.coda.wire.json_data import Json
from codaform.deploy.kinds.change import (
    DONE,
    TO_DO,
    ChangeState,
    Instructions,
    Paste,
    Phase,
    Removal,
    Risk,
    SchemaChange,
    TableChange,
    conflict,
    lines,
    renamed_doc,
    values_may_change,
    with_table,
)
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds, rows_of
from codaform.deploy.kinds.routes import ToolUse
from codaform.deploy.remote.columns import text_of
from codaform.deploy.remote.inspector import Observation, ObservedTable, ObservedView
from codaform.deploy.remote.writer import NotKnown, Writer, first_id, id_in
from codaform.model.schema import Doc, View
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite
from codaform.semantics.renaming import Renaming

_COLUMNS = ("data.columnVisibility.hideColumnIds", "data.columnOrder")


class _ViewChange(TableChange):
    """A new view, or another name, filter, order or other columns of one."""

    __slots__ = ()

    PHASE = Phase.FORMULAS
    RANK = 1  # views come after columns

    @property
    @abstractmethod
    def wanted(self) -> View:
        """The view as the folder has it."""

    @property
    def owner(self) -> str:
        return self.wanted.table

    @property
    def note(self) -> str:
        """The number of rows, which no API writes or returns."""
        name, limit = self.wanted.name, self.wanted.limit
        said = f"the view {name} shows {limit} rows at most: no API writes or returns that, set it by hand"
        return said if limit is not None else ""

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("view", self.wanted.table, self.wanted.name)

    def needs(self, formulas: FormulaNeeds) -> Iterator[GraphNode]:
        """Its table, the columns that it names, and what its filter reads."""
        view = self.wanted
        yield from rows_of(view.table)
        yield from (GraphNode("cells", view.table, name) for name in (view.sort, *view.columns) if name)
        if view.filter is not None:
            yield from formulas.of_formula("filter", view.table, view.name)

    def text(self, _: Doc) -> str:
        view = self.wanted
        order = f"{view.sort}, {'descending' if view.descending else 'ascending'}" if view.sort else None
        return lines(
            ("table", view.table),
            ("filter", text_of(view.filter)),
            ("sort", order),
            ("rows at most", str(view.limit) if view.limit is not None else None),
            ("columns", ", ".join(view.columns) or None),
        )

    def instructions(self, _: Doc) -> Instructions:
        view, filter = self.wanted, text_of(self.wanted.filter)
        steps = (
            self._first_click,
            "Add a filter, choose its formula, and paste" if filter is not None else "",
            f"Sort by {view.sort}, {'descending' if view.descending else 'ascending'}" if view.sort else "",
            f"Show only, in this order: {', '.join(view.columns)}" if view.columns else "",
            f"Let it show {view.limit} rows at most" if view.limit is not None else "",
        )
        pastes = (Paste("name", view.name), *((Paste("filter", filter),) if filter is not None else ()))
        return Instructions(tuple(step for step in steps if step), pastes)

    @property
    def _first_click(self) -> str:
        return f"Type /{self.wanted.table} on a page and choose a new view of it"

    def _arguments(self) -> tuple[str, ...]:
        view = self.wanted
        return (
            *(("data.sharedFilter",) if view.filter is not None else ()),
            *(("data.sorts",) if view.sort else ()),
            *(_COLUMNS if view.columns else ()),
        )

    @property
    def formula_places(self) -> Iterable[FormulaSite]:
        yield FormulaSite("filter", self.wanted.table, self.wanted.name)

    def source(self, _: Doc) -> str:
        return self.wanted.filter.name if self.wanted.filter is not None else ""


@dataclass(frozen=True, slots=True)
class AddView(_ViewChange):
    """A new view."""

    view: View

    VERB = "add"

    def __str__(self) -> str:
        return f"add view {self.view.name} of {self.view.table}"

    @property
    def wanted(self) -> View:
        return self.view

    def split(self, _: Doc) -> tuple[SchemaChange, SchemaChange, str] | None:
        """The view without its filter, which follows."""
        if self.view.filter is None:
            return None
        bare = replace(self.view, filter=None)
        because = "its filter reads what needs the view, which has to be there first"
        return AddView(bare), SetView(bare, self.view), because

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        table = doc.tables[self.view.table]
        return with_table(doc, replace(table, views=(*table.views, self.view)))

    def tool_use(self) -> ToolUse:
        arguments = ("uri", "data.action", "data.name", "data.pageUri", *self._arguments())
        return ToolUse("table_view_manage", arguments)

    def state_in(self, table: ObservedTable, _: Observation) -> ChangeState:
        """A view of the name that is there by now is ours if it is the same."""
        there = table.views.get(self.view.name)
        if there is None:
            return TO_DO
        columns = not self.view.columns or _shown(there, table) == [*self.view.columns]
        is_same = columns and _is_like(self.view, there, table)
        return DONE if is_same else conflict("a view of that name is there, and it is another")

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        """Add it on the page of its table."""
        table = self.table_in(observed)
        page: dict[str, Json] = {"pageUri": writer.uri("canvases", table.page)} if table.page else {}
        data: dict[str, Json] = {"action": "add", **_fields(self.view, table), **page}
        reply = writer.call("table_view_manage", writer.table_uri(self.view.table), data=data)
        if id := id_in(reply, "viewUri"):
            writer.ids.views[self.view.name] = id

    def learn(self, observed: Observation) -> dict[str, str]:
        name = self.view.name
        if observed.table is None or name not in observed.table.views:
            return {}
        observed.ids.views[name] = observed.table.views[name].id
        return {f"view {name}": observed.ids.views[name]}


@dataclass(frozen=True, slots=True)
class SetView(_ViewChange):
    """Another name, filter, order or other columns of a view."""

    before: View
    after: View

    def __str__(self) -> str:
        return f"set view {self.after.name} of {self.after.table}"

    @property
    def wanted(self) -> View:
        return self.after

    @property
    def gives(self) -> Iterable[GraphNode]:
        return (self.recomputed,) if self.before.name != self.after.name else ()

    def needs(self, formulas: FormulaNeeds) -> Iterator[GraphNode]:
        """All columns too if it is to show all again."""
        # zero-argument super does not work in a class with slots of its own
        yield from _ViewChange.needs(self, formulas)
        table = formulas.doc.tables.get(self.after.table)
        if table is not None and self.before.columns and not self.after.columns:
            yield from (GraphNode("cells", table.name, name) for name in table.columns)

    def touched(self, impact: Impact) -> tuple[Touched, ...]:
        table = impact.wanted.tables[self.after.table]
        before = replace(self.before, name=self.after.name)
        views = tuple(before if view.name == before.name else view for view in table.views)
        place, text = FormulaSite("filter", self.after.table, self.after.name), before.filter
        wanted = with_table(impact.wanted, replace(table, views=views))
        return impact.of_formula(self.recomputed, place, text.text if text is not None else "true", wanted)

    def risk(self, touches: Sequence[Touched]) -> Risk:
        """Values that are computed from the view may change."""
        return "values" if values_may_change(touches) else "none"

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        if self.before.name != self.after.name:
            doc = renamed_doc(doc, Renaming("view", self.before.name, self.after.name))
        table = doc.tables[self.after.table]
        views = tuple(self.after if view.name == self.after.name else view for view in table.views)
        return with_table(doc, replace(table, views=views))

    @property
    def _first_click(self) -> str:
        return f"Open the options of the view {self.before.name}"

    def tool_use(self) -> ToolUse:
        name = ("data.name",) if self.before.name != self.after.name else ()
        shown = _COLUMNS if self.before.columns and not self.after.columns else ()
        return ToolUse("table_view_manage", ("uri", "data.action", *name, *self._arguments(), *shown))

    def state_in(self, table: ObservedTable, observed: Observation) -> ChangeState:
        """Done if the view that is there is the same."""
        there = table.view(observed.ids.views.get(self.before.name), self.before.name, self.after.name)
        if there is None:
            return conflict(f"the view {self.before.name} is gone")
        shown = _shown(there, table)
        every = not there.hidden and shown in ([], [column.name for column in table.columns.values()])
        columns = shown == [*self.after.columns] if self.after.columns else every
        return DONE if columns and _is_like(self.after, there, table) else TO_DO

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        """Change it; further columns by which people sort it stay."""
        id = first_id(writer.ids.views, f"view {self.before.name}", self.before.name, self.after.name)
        fields = _fields(self.after, self.table_in(observed), again=bool(self.before.columns))
        if (self.before.sort, self.before.descending) == (self.after.sort, self.after.descending):
            del fields["sorts"]
        uri = writer.table_uri(self.after.table, "views", id)
        writer.call("table_view_manage", uri, data={"action": "configure", **fields})

    def learn(self, observed: Observation) -> dict[str, str]:
        observed.ids.rename("view", self.before.name, self.after.name)
        return {}


@dataclass(frozen=True, slots=True)
class DropView(Removal, TableChange):
    """A view to be removed; the rows stay."""

    table: str
    view: str

    def __str__(self) -> str:
        return f"drop view {self.view} of {self.table}"

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("view", self.table, self.view)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        table = doc.tables[self.table]
        return with_table(doc, replace(table, views=tuple(view for view in table.views if view.name != self.view)))

    def instructions(self, _: Doc) -> Instructions:
        return Instructions((f"Open the menu of the view {self.view} and choose Delete; the rows stay",))

    def tool_use(self) -> ToolUse:
        return ToolUse("table_view_delete")

    def state_in(self, table: ObservedTable, observed: Observation) -> ChangeState:
        return DONE if table.view(observed.ids.views.get(self.view), self.view) is None else TO_DO

    def write(self, writer: Writer, _: Observation, __: Sequence[SchemaChange]) -> None:
        id = first_id(writer.ids.views, f"view {self.view}", self.view)
        writer.call("table_view_delete", writer.table_uri(self.table, "views", id))


def _shown(there: ObservedView, table: ObservedTable) -> list[str]:
    """The names of the columns that a view shows, in their order."""
    return [table.columns[id].name for id in there.order if id in table.columns and id not in there.hidden]


def _is_like(wanted: View, there: ObservedView, table: ObservedTable) -> bool:
    """Whether a view has the wanted name, filter and order."""
    text = text_of(wanted.filter) or ""
    filtered = bool(text) == bool(there.filter) and (not text or compare_formulas(there.filter, text) != "different")
    first = there.sorts[0] if there.sorts else ("", False)
    sort = table.columns[first[0]].name if first[0] in table.columns else ""
    sorted_alike = (sort, first[1]) == (wanted.sort, wanted.descending if wanted.sort else False)
    return there.name == wanted.name and filtered and sorted_alike


def _fields(view: View, table: ObservedTable, again: bool = False) -> dict[str, Json]:
    """A view as the tools take it. again: Whether it has shown some columns only, and may have to show all."""

    def id_of(name: str) -> str:
        column = table.column(name)
        if column is None:
            raise NotKnown(f"column {view.table}.{name}")
        return column.id

    direction = "descending" if view.descending else "ascending"
    fields: dict[str, Json] = {
        "name": view.name,
        "sharedFilter": text_of(view.filter),
        "sorts": [{"columnId": id_of(view.sort), "direction": direction}] if view.sort else [],
    }
    if view.columns:
        shown = [id_of(name) for name in view.columns]
        hidden: list[Json] = [column.id for column in table.columns.values() if column.id not in shown]
        fields |= {"columnVisibility": {"hideColumnIds": hidden}, "columnOrder": [*shown]}
    elif again:
        fields |= {"columnVisibility": {"hideColumnIds": []}, "columnOrder": [*table.columns]}
    return fields
