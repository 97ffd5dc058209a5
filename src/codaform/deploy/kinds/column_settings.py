"""Changes of the settings of columns that are there: formula, default, button, format, options, description."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from codaform.coda.wire.formula_text import compare_formulas
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.tool_formats import has_tool_format, tool_format_members, tool_writable_format
from codaform.deploy.kinds.change import (
    DONE,
    TO_DO,
    ChangeState,
    ColumnUpdate,
    Instructions,
    Paste,
    Phase,
    Risk,
    conflict,
    formula_paste,
    lines,
    open_header,
    short,
    source_of,
    text_state,
    update_of,
    value_state,
    values_may_change,
    with_table,
)
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds, rows_of
from codaform.deploy.kinds.routes import Route, ToolUse
from codaform.deploy.remote.columns import (
    SHOWN_AS,
    Button,
    Shape,
    format_line,
    menu_type,
    shaped,
)
from codaform.deploy.remote.inspector import Observation, ObservedColumn, ObservedTable, tool_type
from codaform.deploy.remote.writer import Writer
from codaform.model.formats import NO_FORMAT
from codaform.model.schema import Column, Doc
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite


def format_by_hand(shape: Shape) -> Route | None:
    """Why the tools cannot write a type or format; None if they can."""
    column = shaped("", shape)
    if has_tool_format(column):
        written = tool_writable_format(column).members()
        beyond = [name for name in shape.format.members() if name not in written]
        return Route("hand", f"the tools cannot write this {', '.join(beyond)}") if beyond else None
    if shape.kind == "relation":
        return Route("unsupported", "it leads to an unknown table")
    if shape.kind in ("pack_object", "other"):
        return Route("unsupported", "only a Pack or an import makes such a column")
    return Route("hand", f"the tools have no format for a column of type {shape.kind}")


def button_settings(button: Button) -> tuple[tuple[str, str | None], ...]:
    """The settings of a button by their names."""
    return ("label", button.label), ("action", button.action), ("disable if", button.disable_if)


def formula_file(table: str, column: Column) -> str:
    """The file of a column's formula or action, or the column."""
    source = column.formula or column.action
    return source.name if source is not None else f"{table}.{column.name}"


@dataclass(frozen=True, slots=True)
class ColumnSetting(ColumnUpdate):
    """Another value of one of a column's settings."""

    table: str
    column: str

    @classmethod
    def between(cls, table: str, before: Column, after: Column) -> tuple[ColumnSetting, str] | None:  # noqa: ARG003
        """The change from a column to the wanted one, with its reason; None if the setting is the same.

        `differences.py` compares the settings that take more than the two columns.
        """
        return None

    @property
    def subject(self) -> str:
        return f"{self.table}.{self.column}"

    @property
    def column_before(self) -> str:
        return self.column

    def needs(self, formulas: FormulaNeeds) -> Iterable[GraphNode]:
        """The table and the column, and what the new value reads."""
        yield from rows_of(self.table)
        yield from self.value_needs(formulas)
        yield GraphNode("cells", self.table, self.column)

    def value_needs(self, _: FormulaNeeds) -> Iterable[GraphNode]:
        """What the new value reads."""
        return ()

    def apply_to(self, doc: Doc, _: Doc | None = None) -> Doc:
        table = doc.tables[self.table]
        return with_table(
            doc,
            replace(table, columns={**table.columns, self.column: self.apply_to_column(table.columns[self.column])}),
        )

    @abstractmethod
    def apply_to_column(self, column: Column) -> Column:
        """The column with the new value."""

    def source(self, wanted: Doc) -> str:
        table = wanted.tables.get(self.table)
        column = table.columns.get(self.column) if table is not None else None
        return formula_file(self.table, column) if column is not None else ""


@dataclass(frozen=True, slots=True)
class SetFormula(ColumnSetting):
    """Another formula for a column; None for none."""

    before: str | None
    after: str | None

    def __str__(self) -> str:
        return f"{'clear' if self.after is None else 'set'} formula of {self.subject}"

    @property
    def replaced_text(self) -> tuple[str, str] | None:
        return (self.before, self.after) if self.before is not None and self.after is not None else None

    @property
    def phase(self) -> Phase:
        """A formula is cleared before others are set."""
        return Phase.FORMULAS if self.after is not None else Phase.SETTINGS

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("cells", self.table, self.column)

    @property
    def shows(self) -> GraphNode:
        return self.recomputed

    def value_needs(self, formulas: FormulaNeeds) -> Iterable[GraphNode]:
        table = formulas.doc.tables.get(self.table)
        if self.after is not None and table is not None and self.column in table.columns:
            return formulas.of_column(self.table, table.columns[self.column])
        return ()

    def touched(self, impact: Impact) -> tuple[Touched, ...]:
        return impact.of_formula(self.recomputed, FormulaSite("formula", self.table, self.column), self.before)

    def risk(self, touches: Sequence[Touched]) -> Risk:
        """A first formula replaces the entered values, unless the column is new."""
        if self.before is None:
            return "loss" if touches else "none"
        return "values" if self.after is None or values_may_change(touches) else "none"

    def apply_to_column(self, column: Column) -> Column:
        kind = SHOWN_AS.get(column.kind, column.kind)
        return replace(column, kind=kind, formula=source_of(self.column, self.after), reverse="")

    def instructions(self, _: Doc) -> Instructions:
        do = "delete the formula" if self.after is None else "paste"
        click = f"{open_header(self.table, self.column)}, choose Edit formula, {do}, and press Enter"
        return Instructions((click,), formula_paste(self.after))

    def tool_use(self) -> ToolUse | Route:
        return update_of("formula") if self.after is not None else Route("hand", "no API is known to clear a formula")

    def state_of(self, column: ObservedColumn) -> ChangeState:
        return text_state(column.formula, self.before, self.after, f"the formula of {self.column}")

    def shortfall(self, table: ObservedTable, observed: Observation) -> str:
        """Another formula that is there after it was written."""
        return _text_shortfall(self, self.column_in(table, observed), "formula", self.after)

    def fields(self, _: Writer, __: ObservedColumn, ___: Mapping[str, Json]) -> dict[str, Json]:
        return {"formula": self.after or ""}

    @property
    def formula_places(self) -> Iterable[FormulaSite]:
        yield FormulaSite("formula", self.table, self.column)


def _text_shortfall(change: ColumnSetting, column: ObservedColumn | None, role: str, after: str | None) -> str:
    if column is None:
        return f"there is no column {change.column}"
    now: str = getattr(column, role)
    if bool(now) == bool(after) and (not now or compare_formulas(now, after or "") != "different"):
        return ""
    return f"{change.subject} says {short(now) or 'nothing'}"


@dataclass(frozen=True, slots=True)
class SetDefault(ColumnSetting):
    """Another formula for the value that a new row starts with; None for none."""

    before: str | None
    after: str | None

    PHASE = Phase.DEFAULTS

    def __str__(self) -> str:
        return f"{'clear' if self.after is None else 'set'} default of {self.subject}"

    @property
    def replaced_text(self) -> tuple[str, str] | None:
        return (self.before, self.after) if self.before is not None and self.after is not None else None

    @property
    def shows(self) -> GraphNode:
        return GraphNode("cells", self.table, self.column)

    def value_needs(self, formulas: FormulaNeeds) -> Iterable[GraphNode]:
        return formulas.of_formula("default", self.table, self.column) if self.after is not None else ()

    def apply_to_column(self, column: Column) -> Column:
        return replace(column, default=source_of(self.column, self.after))

    def instructions(self, _: Doc) -> Instructions:
        do = "and clear it" if self.after is None else "paste, and press Enter"
        return Instructions(
            (f"{open_header(self.table, self.column)}, open Value for new rows, {do}",), formula_paste(self.after)
        )

    def tool_use(self) -> Route:
        """No tool writes it."""
        return Route("hand", "no API writes what a new row starts with")


@dataclass(frozen=True, slots=True)
class SetAction(ColumnSetting):
    """Another label, action or condition of a button."""

    before: Button
    after: Button

    PHASE = Phase.FORMULAS
    RANK = 3  # buttons come last

    def __str__(self) -> str:
        return f"set button {self.subject}"

    @property
    def recomputed(self) -> GraphNode:
        return GraphNode("cells", self.table, self.column)

    def value_needs(self, formulas: FormulaNeeds) -> Iterator[GraphNode]:
        yield from formulas.of_formula("action", self.table, self.column)
        yield from formulas.of_formula("disable_if", self.table, self.column)

    def apply_to_column(self, column: Column) -> Column:
        action, condition = (source_of(self.column, text) for text in (self.after.action, self.after.disable_if))
        return replace(column, label=self.after.label, action=action, disable_if=condition)

    def text(self, _: Doc) -> str:
        return lines(*button_settings(self.after))

    def instructions(self, _: Doc) -> Instructions:
        pastes = (Paste("label", self.after.label), Paste("action", self.after.action or ""))
        condition = (Paste("disable if", self.after.disable_if),) if self.after.disable_if else ()
        click = f"{open_header(self.table, self.column)}, choose Edit column, and fill in the button"
        return Instructions((click,), (*pastes, *condition))

    def tool_use(self) -> ToolUse:
        return update_of("format.type")

    def state_of(self, column: ObservedColumn) -> ChangeState:
        """The label and the condition are written along with the action, again if need be, which changes nothing."""
        state = text_state(column.action, self.before.action, self.after.action, f"the action of {self.column}")
        return state if state.state == "conflict" else TO_DO

    def shortfall(self, table: ObservedTable, observed: Observation) -> str:
        """Another action that is there after it was written."""
        return _text_shortfall(self, self.column_in(table, observed), "action", self.after.action)

    def fields(self, _: Writer, __: ObservedColumn, ___: Mapping[str, Json]) -> dict[str, Json]:
        """The button as a format."""
        action: dict[str, Json] = {"actionFormula": self.after.action} if self.after.action is not None else {}
        condition = self.after.disable_if or ""
        return {"format": {"type": "button", "label": self.after.label, **action, "disableIfFormula": condition}}

    @property
    def formula_places(self) -> Iterable[FormulaSite]:
        yield FormulaSite("action", self.table, self.column)
        yield FormulaSite("disable_if", self.table, self.column)


@dataclass(frozen=True, slots=True)
class SetFormat(ColumnSetting):
    """Another type of a column, or another format."""

    before: Shape
    after: Shape

    def __str__(self) -> str:
        return f"set format of {self.subject}"

    @property
    def phase(self) -> Phase:
        """A format alone comes after formulas, a type before them."""
        return Phase.LOOKS if self.before.has_type_of(self.after) else Phase.SETTINGS

    @property
    def gives(self) -> Iterable[GraphNode]:
        """The cells of the new type."""
        if not self.before.has_type_of(self.after):
            yield GraphNode("cells", self.table, self.column)

    @property
    def shows(self) -> GraphNode:
        return GraphNode("cells", self.table, self.column)

    def value_needs(self, _: FormulaNeeds) -> Iterable[GraphNode]:
        """The table of a relation."""
        return rows_of(self.after.to)

    def risk(self, _: Sequence[Touched]) -> Risk:
        """Another type may change values."""
        return "none" if self.before.has_type_of(self.after) else "values"

    def apply_to_column(self, column: Column) -> Column:
        after = self.after
        options = column.options if after.kind == "select" else ()
        return replace(column, kind=after.kind, many=after.many, to=after.to, format=after.format, options=options)

    def text(self, _: Doc) -> str:
        return format_line(self.after)

    def instructions(self, _: Doc) -> Instructions:
        chosen = menu_type(shaped(self.column, self.after))
        return Instructions((f"{open_header(self.table, self.column)}, choose Column type, and there {chosen}",))

    def tool_use(self) -> ToolUse | Route:
        return format_by_hand(self.after) or update_of("format.type")

    def state_of(self, column: ObservedColumn) -> ChangeState:
        """A type of values that is new is written again rather than taken for done, which changes nothing."""
        if column.type not in (_type(self.before), _type(self.after)):
            return conflict(f"the column {self.column} is of another kind by now")
        wanted = tool_format_members(shaped("", self.after))
        alike = self.before.has_type_of(self.after)
        return DONE if alike and wanted and wanted.items() <= column.format.items() else TO_DO

    def shortfall(self, table: ObservedTable, observed: Observation) -> str:
        """Another type or format that is there after it was written."""
        column = self.column_in(table, observed)
        if column is None or column.type != _type(self.after):
            return f"{self.subject} is of the type {column.type if column is not None else 'nothing'}"
        for member, value in tool_format_members(shaped("", self.after)).items():
            if member in column.format and column.format[member] != value:
                return f"{self.subject} still has the {member} {column.format[member]}"
        return ""

    def fields(self, writer: Writer, column: ObservedColumn, _: Mapping[str, Json]) -> dict[str, Json]:
        """The format; of the same type, the members that the folder does not set stay."""
        wanted = shaped(self.column, self.after)
        made = writer.format(wanted)
        if column.type != made["type"]:
            return {"format": made}
        written: dict[str, Json] = tool_format_members(wanted)  # type: ignore[assignment]
        kind: dict[str, Json] = {
            name: made[name] for name in ("type", "multiple", "objectId", "displayType") if name in made
        }
        return {"format": {**column.format, **kind, **written}}


def _type(shape: Shape) -> str:
    return tool_type(shaped("", replace(shape, format=NO_FORMAT)))


@dataclass(frozen=True, slots=True)
class SetOptions(ColumnSetting):
    """Other options of a select list."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    @classmethod
    def between(cls, table: str, before: Column, after: Column) -> tuple[ColumnSetting, str] | None:
        """Other options of a select list that people fill."""
        if after.kind != "select" or not after.options or after.formula is not None or after.options == before.options:
            return None
        return cls(table, after.name, before.options, after.options), "the folder has other options"

    def __str__(self) -> str:
        return f"set options of {self.subject}"

    def touched(self, _: Impact) -> tuple[Touched, ...]:
        """The column, if options go; the sample rows have only options of the folder."""
        return (Touched(GraphNode("cells", self.table, self.column), None),) if self._lost else ()

    def risk(self, _: Sequence[Touched]) -> Risk:
        """Cells lose the options that go."""
        return "values" if self._lost else "none"

    @property
    def _lost(self) -> set[str]:
        return set(self.before) - set(self.after)

    def apply_to_column(self, column: Column) -> Column:
        return replace(column, options=self.after)

    def instructions(self, _: Doc) -> Instructions:
        click = f"{open_header(self.table, self.column)}, choose Edit column, and make these the options, a line each"
        return Instructions((click,), (Paste("options", "\n".join(self.after)),))

    def tool_use(self) -> ToolUse:
        return update_of("format.type")

    def state_of(self, column: ObservedColumn) -> ChangeState:
        return value_state(column.options, self.before, self.after, f"the options of {self.column}")

    def fields(self, _: Writer, column: ObservedColumn, sofar: Mapping[str, Json]) -> dict[str, Json]:
        """The options as part of the format; one that is there already keeps its look."""
        format = sofar.get("format") or column.format
        assert isinstance(format, Mapping)
        there = column.format.get("selectOptions")
        known = {
            str(option.get("name")): option
            for option in (there if isinstance(there, list) else ())
            if isinstance(option, dict)
        }
        options: list[Json] = [known.get(name, {"name": name}) for name in self.after]
        return {"format": {**format, "selectOptions": options}}


@dataclass(frozen=True, slots=True)
class SetDescription(ColumnSetting):
    """Another description of a column."""

    before: str
    after: str

    def __str__(self) -> str:
        return f"describe {self.subject}"

    def risk(self, _: Sequence[Touched]) -> Risk:
        """A description that goes is lost."""
        return "none" if self.after else "loss"

    def apply_to_column(self, column: Column) -> Column:
        return replace(column, about=self.after)

    def instructions(self, _: Doc) -> Instructions:
        click = f"{open_header(self.table, self.column)}, choose Add description"
        return Instructions((click,), (Paste("description", self.after),))

    def tool_use(self) -> ToolUse:
        return update_of("description")

    def state_of(self, column: ObservedColumn) -> ChangeState:
        return value_state(column.about, self.before, self.after, f"the description of {self.column}")

    def fields(self, _: Writer, __: ObservedColumn, ___: Mapping[str, Json]) -> dict[str, Json]:
        return {"description": self.after or None}
