"""Changes of whole tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from codaform.coda.wire.json_data import Json
from codaform.deploy.kinds.change import (
    DONE,
    TO_DO,
    ChangeState,
    Instructions,
    Paste,
    Phase,
    Removal,
    SchemaChange,
    conflict,
    renamed_doc,
    with_table,
    without,
)
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds, rows_of
from codaform.deploy.kinds.routes import Route, ToolUse
from codaform.deploy.remote.columns import column_line, menu_type, reordered
from codaform.deploy.remote.inspector import Observation
from codaform.deploy.remote.writer import CHECKS, MOST_COLUMNS, Writer, id_in
from codaform.model.schema import Column, Doc, Table
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.renaming import Renaming


@dataclass(frozen=True, slots=True)
class AddTable(SchemaChange):
    """A new table. Of its columns it has those that a person fills in and that refer to nothing."""

    table: Table
    VERB = "add"
    PHASE = Phase.TABLES

    def __str__(self) -> str:
        return f"add table {self.table.name}"

    @property
    def owner(self) -> str:
        return self.table.name

    @property
    def gives(self) -> Iterable[GraphNode]:
        yield GraphNode("rows", self.table.name)
        for name in self.table.columns:
            yield GraphNode("cells", self.table.name, name)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        return with_table(doc, self.table)

    def text(self, _: Doc) -> str:
        return "\n".join(column_line(column) for column in self.table.columns.values())

    def instructions(self, wanted: Doc) -> Instructions:
        first = next(iter(wanted.tables[self.table.name].columns), "")
        return Instructions(
            (
                "On the page for the table, type /table and choose a blank table",
                f"Name it {self.table.name}, and rename its first column to {first}",
                "Delete the other columns that it came with; the next items add those of the folder",
                *(f"Add the column {column.name}: {menu_type(column)}" for column in self.table.columns.values()),
            ),
            (Paste("name", self.table.name),),
        )

    def tool_use(self) -> ToolUse | Route:
        """The tool makes no table without a column."""
        if not self.table.columns:
            return Route("hand", "the tools make a table with a column at least, and every one here needs another")
        return ToolUse("table_create", ("uri", "name", "columns.name", "columns.format.type"))

    def inspect(self, observed: Observation, made: Mapping[str, str]) -> Observation:
        """A list may be behind; what this run or a killed one has made is known by its id."""
        name = self.table.name
        return observed.with_table(observed.inspector.tables().get(name) or made.get(f"table {name}"))

    def state(self, observed: Observation) -> ChangeState:
        """A table that is there by now is ours if it has no other columns than ours; what it lacks is added."""
        if observed.table is None:
            return TO_DO
        ours = {name.casefold() for name in observed.wanted.tables[self.table.name].columns}
        there = {column.name.casefold(): column for column in observed.table.columns.values()}
        strange = [column.name for name, column in there.items() if name not in ours]
        if strange:
            return conflict(f"a table {observed.table.name} is there by now, and it has a column {strange[0]}")
        complete = all(
            name.casefold() in there and there[name.casefold()].has_type_of(column)
            for name, column in self.table.columns.items()
        )
        return DONE if complete else TO_DO

    def write(self, writer: Writer, observed: Observation, _: Sequence[SchemaChange]) -> None:
        """Make the table with its columns, or add to one that was begun what it lacks.

        A check column of a new table may arrive as a select list of true and false, so it begins as a text, and a
        second call sets its format. So may any column of numbers; those are read back, and repaired by that call.
        """
        table = self.table.name
        rest = [*self.table.columns.values()]
        if observed.table is None:
            columns: list[Json] = [_fields(writer, column) for column in rest[:MOST_COLUMNS]]
            page = writer.uri("canvases", writer.page_for(table))
            reply = writer.call("table_create", page, name=table, columns=columns)
            writer.ids.tables[table] = id_in(reply, "tableUri")
            writer.learn_columns(table, reply)
            rest = [column for column in rest if (table, column.name) not in writer.ids.columns]
            for start in range(0, len(rest), MOST_COLUMNS):
                writer.add_columns(table, [_fields(writer, column) for column in rest[start : start + MOST_COLUMNS]])
        else:
            self.learn(observed)
            rest = [column for column in rest if (table, column.name) not in writer.ids.columns]
            writer.add_placed(table, {column.name: _fields(writer, column) for column in rest}, observed.table)
        wrong = [column for column in self.table.columns.values() if column.kind in CHECKS]
        wrong += _misread(writer, table, self.table.columns.values()) if observed.table is None else []
        for start in range(0, len(wrong), MOST_COLUMNS):
            part = wrong[start : start + MOST_COLUMNS]
            formats = {writer.column_id(table, column.name): {"format": writer.format(column)} for column in part}
            writer.update_columns(table, formats)

    def learn(self, observed: Observation) -> dict[str, str]:
        if observed.table is None:
            return {}
        name = self.table.name
        observed.ids.tables[name] = observed.table.id
        observed.ids.columns |= {(name, column.name): column.id for column in observed.table.columns.values()}
        return {f"table {name}": observed.table.id}


_NUMBERS = frozenset({"num", "per", "curr"})
"""The formats of numbers, by the tools' names."""


def _misread(writer: Writer, table: str, columns: Iterable[Column]) -> list[Column]:
    """The columns of numbers in a new table that arrived as select lists."""
    numbers = [column for column in columns if writer.format(column).get("type") in _NUMBERS]
    if not numbers or not writer.tools.has("table_columns_read", "uri"):
        return []
    there = writer.call("table_columns_read", writer.table_uri(table)).get("columns")
    there = there if isinstance(there, list) else []
    formats = {record.get("columnId"): record.get("format") for record in there if isinstance(record, dict)}
    found = ((column, formats.get(writer.column_id(table, column.name))) for column in numbers)
    return [column for column, format in found if isinstance(format, dict) and format.get("type") == "sl"]


def _fields(writer: Writer, column: Column) -> dict[str, Json]:
    """A column of a new table as the tools take it."""
    format: Json = {"type": "none"} if column.kind in CHECKS else writer.format(column)
    return {"name": column.name, "format": format, **writer.marks(column)}


@dataclass(frozen=True, slots=True)
class DropTable(Removal):
    """A table to be removed, with its rows."""

    table: str
    RANK = 2  # tables come after their columns

    def __str__(self) -> str:
        return f"drop table {self.table}"

    @property
    def owner(self) -> str:
        return self.table

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("rows", self.table)

    def touched(self, impact: Impact) -> tuple[Touched, ...]:
        """What other tables compute from it."""
        roots = (
            self.recomputed,
            *(GraphNode("cells", self.table, name) for name in impact.now.tables[self.table].columns),
        )
        lost = {thing for root in roots for thing in impact.lost_with(root) if thing.table != self.table}
        return tuple(
            Touched(thing, None) for thing in sorted(lost, key=lambda thing: (thing.kind, thing.table, thing.name))
        )

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        return replace(doc, tables=without(doc.tables, self.table))

    def instructions(self, _: Doc) -> Instructions:
        return Instructions((f"Open the menu of the table {self.table} (⋮ above it) and choose Delete",))

    def tool_use(self) -> ToolUse:
        return ToolUse("table_delete")

    def state(self, observed: Observation) -> ChangeState:
        return DONE if observed.table is None else TO_DO

    def write(self, writer: Writer, _: Observation, __: Sequence[SchemaChange]) -> None:
        writer.call("table_delete", writer.table_uri(self.table))
        writer.ids.forget("table", self.table)


@dataclass(frozen=True, slots=True)
class RenameTable(SchemaChange):
    """Another name for a table."""

    before: str
    after: str
    PHASE = Phase.RENAMES

    def __str__(self) -> str:
        return f"rename table {self.before} to {self.after}"

    @property
    def owner(self) -> str:
        return self.before

    @property
    def gives(self) -> Iterable[GraphNode]:
        return rows_of(self.after)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        doc.tables[self.before]
        return renamed_doc(doc, Renaming("table", self.before, self.after))

    def instructions(self, _: Doc) -> Instructions:
        click = f"Click the name of the table {self.before} and type the new one"
        return Instructions((click,), (Paste("name", self.after),))

    def tool_use(self) -> Route:
        """No tool renames a table."""
        return Route("hand", "no API renames a table")


@dataclass(frozen=True, slots=True)
class SetOrder(SchemaChange):
    """Another order of the columns that both the doc and the folder have."""

    table: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    PHASE = Phase.TABLES

    def __str__(self) -> str:
        return f"order columns of {self.table}"

    @property
    def owner(self) -> str:
        return self.table

    def needs(self, _: FormulaNeeds) -> Iterable[GraphNode]:
        return rows_of(self.table)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        table = doc.tables[self.table]
        return with_table(
            doc, replace(table, columns={name: table.columns[name] for name in reordered(table.columns, self.after)})
        )

    def text(self, _: Doc) -> str:
        return "\n".join(self.after)

    def instructions(self, wanted: Doc) -> Instructions:
        order = ", ".join(wanted.tables[self.table].columns)
        return Instructions((f"In the table {self.table}, drag the headers into this order: {order}",))

    def tool_use(self) -> Route:
        """No tool moves a column."""
        return Route("hand", "no API moves a column that is there")
