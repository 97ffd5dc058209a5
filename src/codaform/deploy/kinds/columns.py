"""New columns, columns that go, other names and another display column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from codaform.coda.wire.filling import column_formula
from codaform.coda.wire.formula_text import compare_formulas
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.tool_formats import has_tool_format
from codaform.deploy.kinds.change import (
    DONE,
    TO_DO,
    ChangeState,
    ColumnUpdate,
    Instructions,
    Paste,
    Phase,
    Removal,
    SchemaChange,
    TableChange,
    conflict,
    formula_paste,
    lines,
    open_header,
    renamed_doc,
    update_of,
    with_table,
    without,
)
from codaform.deploy.kinds.column_settings import SetAction, SetFormula, button_settings, format_by_hand, formula_file
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds, rows_of
from codaform.deploy.kinds.routes import Route, ToolUse
from codaform.deploy.remote.columns import (
    button_of,
    column_line,
    displayed_by,
    menu_type,
    position_of,
    shape_of,
)
from codaform.deploy.remote.inspector import Observation, ObservedColumn, ObservedTable
from codaform.deploy.remote.writer import Writer
from codaform.model.schema import Column, Doc
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite
from codaform.semantics.renaming import Renaming


@dataclass(frozen=True, slots=True)
class AddColumn(TableChange):
    """A new column, with its formula or its button, without its default."""

    table: str
    column: Column

    VERB = "add"

    def __str__(self) -> str:
        return f"add column {self.subject}"

    @property
    def subject(self) -> str:
        return f"{self.table}.{self.column.name}"

    @property
    def column_after(self) -> str:
        return self.column.name

    @property
    def phase(self) -> Phase:
        """Plain columns come before relations, and these before what is computed."""
        if self.column.computed:
            return Phase.FORMULAS
        return Phase.RELATIONS if self.column.kind == "relation" else Phase.PLAIN_COLUMNS

    @property
    def rank(self) -> int:
        """Buttons come last."""
        return 3 if self.column.kind == "button" else 0

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("cells", self.table, self.column.name)

    @property
    def shows(self) -> GraphNode:
        return self.recomputed

    def needs(self, formulas: FormulaNeeds) -> Iterable[GraphNode]:
        """Its table, and what the column reads."""
        return *rows_of(self.table), *formulas.of_column(self.table, self.column)

    def split(self, wanted: Doc) -> tuple[SchemaChange, SchemaChange, str] | None:
        column = self.column
        if column.kind == "button":
            bare = replace(column, action=None, disable_if=None)
            rest: SchemaChange = SetAction(self.table, column.name, button_of(bare), button_of(column))
            because = "what it does reads what shows the button, which has to be there first"
        elif (text := column_formula(column, wanted.tables[self.table], wanted)) is not None:
            bare = replace(column, formula=None, reverse="")
            rest = SetFormula(self.table, column.name, None, text)
            because = "it reads what needs the column, which has to be there first"
        else:
            return None
        return AddColumn(self.table, bare), rest, because

    def apply_to(self, doc: Doc, wanted: Doc | None = None) -> Doc:
        table, name = doc.tables[self.table], self.column.name
        columns = {**table.columns, name: self.column}
        if wanted is not None and self.table in wanted.tables:
            names = [other for other in columns if other != name]
            names.insert(position_of(name, names, [*wanted.tables[self.table].columns]), name)
            columns = {other: columns[other] for other in names}
        table = replace(table, columns=columns)
        return with_table(doc, displayed_by(table, name) if self.column.display else table)

    def text(self, wanted: Doc) -> str:
        """The formula, the settings of a button, or the column on one line."""
        column, table = self.column, wanted.tables.get(self.table)
        if column.kind == "button":
            return lines(("type", "button"), *button_settings(button_of(column)))
        if table is None:
            return column.formula.text.strip() if column.formula is not None else column_line(column)
        return column_formula(column, table, wanted) or column_line(column)

    def instructions(self, wanted: Doc) -> Instructions:
        column, table = self.column, wanted.tables.get(self.table)
        first = f"In the table {self.table}, press + at the right end of the headers"
        names = [*table.columns] if table is not None else []
        before = names[names.index(column.name) - 1] if column.name in names[1:] else ""
        if before and names[-1] != column.name:
            first = f"{open_header(self.table, before)} and choose Add column right"
        name = Paste("name", column.name)
        if column.kind == "button":
            clicks: tuple[str, ...] = (first, "Choose Button, name the column, and fill in the button")
            settings = button_settings(button_of(column))
            return Instructions(clicks, (name, *(Paste(label, text) for label, text in settings if text is not None)))
        text = column_formula(column, table, wanted) if table is not None else None
        steps = (
            (True, f"Choose {menu_type(column)}, and name the column"),
            (column.options, "Make these the options, a line each"),
            (text is not None, "Choose Edit formula, paste, and press Enter"),
            (column.display, "Make it the display column: menu of the header, Set as display column"),
        )
        options = (Paste("options", "\n".join(column.options)),) if column.options else ()
        about = (Paste("description", column.about),) if column.about else ()
        clicks = (first, *(step for needed, step in steps if needed))
        return Instructions(clicks, (name, *options, *formula_paste(text), *about))

    def tool_use(self) -> ToolUse | Route:
        computed = self.column.computed and self.column.kind != "button"
        names = ("name", "format.type", *(("formula",) if computed else ()))
        arguments = ("uri", "data.action", *(f"data.columns.{name}" for name in names))
        return format_by_hand(shape_of(self.column)) or ToolUse("table_columns_manage", arguments)

    @property
    def batch(self) -> tuple[str, ...]:
        return "add columns", self.table

    def state_in(self, table: ObservedTable, observed: Observation) -> ChangeState:
        """A column of the name that is there by now is ours if it has the same formula."""
        there = table.column(self.column.name)
        if there is None:
            return TO_DO
        text = column_formula(self.column, observed.wanted.tables[self.table], observed.wanted) or ""
        if bool(text) == bool(there.formula) and (not text or compare_formulas(there.formula, text) != "different"):
            return DONE if there.has_type_of(self.column) or text else TO_DO
        return conflict(f"a column {there.name} is there by now, and it is another")

    def shortfall(self, table: ObservedTable, observed: Observation) -> str:
        """Another type that is there after it was written."""
        there = table.column(self.column.name)
        known = there is not None and bool(there.format) and has_tool_format(self.column)
        if there is not None and known and not there.has_type_of(self.column):
            return f"{self.subject} is of the type {there.type}"
        return self.state_in(table, observed).shortfall

    def write(self, writer: Writer, observed: Observation, along: Sequence[SchemaChange]) -> None:
        """Add it and the others of its table, each at its place in the folder's order."""
        columns = [change.column for change in (self, *along) if isinstance(change, AddColumn)]
        writer.add_placed(
            self.table,
            {column.name: _fields(writer, self.table, column) for column in columns},
            self.table_in(observed),
        )

    def learn(self, observed: Observation) -> dict[str, str]:
        found = observed.table.column(self.column.name) if observed.table is not None else None
        if found is None:
            return {}
        observed.ids.columns[self.table, self.column.name] = found.id
        return {f"column {self.subject}": found.id}

    @property
    def formula_places(self) -> Iterable[FormulaSite]:
        yield FormulaSite("formula", self.table, self.column.name)
        yield FormulaSite("action", self.table, self.column.name)
        yield FormulaSite("disable_if", self.table, self.column.name)

    def source(self, _: Doc) -> str:
        return formula_file(self.table, self.column)


def _fields(writer: Writer, table: str, column: Column) -> dict[str, Json]:
    """A new column as the tools take it, with its formula."""
    text = column_formula(column, writer.wanted.tables[table], writer.wanted)
    return {
        "name": column.name,
        **({"format": writer.format(column)} if has_tool_format(column) else {}),
        **({"formula": text} if text is not None else {}),
        **writer.marks(column),
    }


@dataclass(frozen=True, slots=True)
class DropColumn(Removal, TableChange):
    """A column to be removed, with its cells."""

    table: str
    column: str

    RANK = 1  # columns come after views and formulas

    def __str__(self) -> str:
        return f"drop column {self.subject}"

    @property
    def subject(self) -> str:
        return f"{self.table}.{self.column}"

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("cells", self.table, self.column)

    def touched(self, impact: Impact) -> tuple[Touched, ...]:
        return tuple(Touched(thing, None) for thing in impact.lost_with(self.recomputed)[1:])

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        table = doc.tables[self.table]
        return with_table(doc, replace(table, columns=without(table.columns, self.column)))

    def instructions(self, _: Doc) -> Instructions:
        return Instructions((f"{open_header(self.table, self.column)} and choose Delete column",))

    def tool_use(self) -> ToolUse:
        return ToolUse("table_columns_delete", ("uri", "columnIds"))

    def state_in(self, table: ObservedTable, observed: Observation) -> ChangeState:
        return DONE if table.column(self.column, observed.ids.columns.get((self.table, self.column))) is None else TO_DO

    def write(self, writer: Writer, _: Observation, __: Sequence[SchemaChange]) -> None:
        id = writer.column_id(self.table, self.column)
        writer.call("table_columns_delete", writer.table_uri(self.table), columnIds=[id])


@dataclass(frozen=True, slots=True)
class RenameColumn(ColumnUpdate):
    """Another name for a column; formulas follow, like in Coda."""

    table: str
    before: str
    after: str

    PHASE = Phase.RENAMES

    def __str__(self) -> str:
        return f"rename column {self.table}.{self.before} to {self.after}"

    @property
    def column_before(self) -> str:
        return self.before

    @property
    def column_after(self) -> str:
        return self.after

    @property
    def gives(self) -> Iterable[GraphNode]:
        yield GraphNode("cells", self.table, self.after)

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        doc.tables[self.table].columns[self.before]
        return renamed_doc(doc, Renaming("column", self.before, self.after, self.table))

    def instructions(self, _: Doc) -> Instructions:
        return Instructions((f"{open_header(self.table, self.before)}, choose Rename",), (Paste("name", self.after),))

    def tool_use(self) -> ToolUse:
        return update_of("name")

    def state_in(self, table: ObservedTable, observed: Observation) -> ChangeState:
        found = self.column_in(table, observed)
        if found is None:
            gone = conflict(f"the column {self.before} is gone")
            return DONE if table.column(self.after) is not None else gone
        return DONE if found.name == self.after else TO_DO

    def fields(self, _: Writer, __: ObservedColumn, ___: Mapping[str, Json]) -> dict[str, Json]:
        return {"name": self.after}

    def learn(self, observed: Observation) -> dict[str, str]:
        observed.ids.rename("column", self.before, self.after, self.table)
        return {}


@dataclass(frozen=True, slots=True)
class SetDisplay(ColumnUpdate):
    """Another column that gives the text of a table's rows."""

    table: str
    before: str
    after: str

    PHASE = Phase.LOOKS

    def __str__(self) -> str:
        return f"show rows of {self.table} by {self.after}"

    @property
    def column_before(self) -> str:
        """The column that becomes the display column."""
        return self.after

    @property
    def column_after(self) -> str:
        """None: an error of the display column has nothing to do with this."""
        return ""

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        table = doc.tables[self.table]
        table.columns[self.after]
        return with_table(doc, displayed_by(table, self.after))

    def text(self, _: Doc) -> str:
        return self.after

    def instructions(self, _: Doc) -> Instructions:
        return Instructions((f"{open_header(self.table, self.after)} and choose Set as display column",))

    def tool_use(self) -> ToolUse:
        return update_of("isDisplayColumn")

    def state_of(self, column: ObservedColumn) -> ChangeState:
        return DONE if column.display else TO_DO

    def fields(self, _: Writer, __: ObservedColumn, ___: Mapping[str, Json]) -> dict[str, Json]:
        return {"isDisplayColumn": True}
