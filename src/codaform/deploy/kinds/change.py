"""The record of a kind of schema change: its words, its place in a plan, how it is made, and how it is checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import ClassVar, Literal, TypeVar

from codaform.coda.wire.formula_text import compare_formulas
from codaform.coda.wire.json_data import Json
from codaform.deploy.ids import IdKind
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds, rows_of
from codaform.deploy.kinds.routes import Capabilities, Route, ToolUse
from codaform.deploy.remote.inspector import Observation, ObservedColumn, ObservedTable
from codaform.deploy.remote.writer import NotKnown, NoTool, Stop, Writer
from codaform.model.schema import Doc, Table
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import FormulaSite, program_of
from codaform.semantics.renaming import Renaming, renamed
from codaform.source import Source

_V = TypeVar("_V")

Risk = Literal["none", "values", "loss"]
"""The risk of a change for the content of the doc: none, other values in cells, or a loss."""


class Phase(IntEnum):
    """When a change is made, if its needs leave a choice."""

    RENAMES = 0
    TABLES = 1
    PLAIN_COLUMNS = 2
    RELATIONS = 3
    SETTINGS = 4
    FORMULAS = 5
    LOOKS = 6
    DEFAULTS = 7
    DROPS = 8


@dataclass(frozen=True, slots=True)
class Paste:
    """A text to be pasted. label: Into what."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Instructions:
    """How a person makes a change: what to click, step by step, and what to paste."""

    clicks: tuple[str, ...]
    pastes: tuple[Paste, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Whether the doc has a change at this moment. why: The observation behind a conflict."""

    state: Literal["to do", "done", "conflict"]
    why: str = ""

    @property
    def shortfall(self) -> str:
        """The reason why a change that was written is not there; empty if it is."""
        return "" if self.state == "done" else self.why or "the read does not show it"


TO_DO, DONE = ChangeState("to do"), ChangeState("done")


def conflict(why: str) -> ChangeState:
    """The state of a change that no longer fits the doc."""
    return ChangeState("conflict", why)


class SchemaChange(ABC):
    """A change of a doc's schema; `str` gives it in a few words, by which journals know it.

    Each kind is a frozen dataclass whose fields are what a plan file keeps. It overrides what is special about it.
    """

    __slots__ = ()

    VERB: ClassVar[Literal["add", "change", "remove"]] = "change"
    """The total of a plan that counts it."""

    PHASE: ClassVar[Phase]
    """When it is made, if its needs leave a choice."""

    RANK: ClassVar[int] = 0
    """Its place within its phase, after the dependencies."""

    @abstractmethod
    def __str__(self) -> str: ...

    # ------------------------------------------------------------ in words

    @property
    def subject(self) -> str:
        """What it is about, as `table.column`, so that two changes of one column count once."""
        return str(self)

    @property
    def note(self) -> str:
        """A sentence on the part that no API writes; empty if there is none."""
        return ""

    @property
    def replaced_text(self) -> tuple[str, str] | None:
        """The formula before and after it, if both are there."""
        return None

    # ------------------------------------------------------------ in a plan

    @property
    def phase(self) -> Phase:
        """When it is made, if its needs leave a choice."""
        return self.PHASE

    @property
    def rank(self) -> int:
        """Its place within its phase, after the dependencies."""
        return self.RANK

    @property
    def recomputed(self) -> GraphNode | None:
        """The thing that is computed differently afterwards; None for none."""
        return None

    @property
    def gives(self) -> Iterable[GraphNode]:
        """The things that are missing, or have other names or values, until it is made."""
        return (self.recomputed,) if self.VERB == "add" and self.recomputed is not None else ()

    @property
    def frees(self) -> str:
        """The name that nothing has afterwards; all but columns share their names."""
        return ""

    def needs(self, _: FormulaNeeds) -> Iterable[GraphNode]:
        """The things that have to be there before it can be made."""
        return ()

    def split(self, _: Doc) -> tuple[SchemaChange, SchemaChange, str] | None:
        """Two changes for one that needs itself, and why the second comes later; None if it cannot be split."""
        return None

    def touched(self, _: Impact) -> tuple[Touched, ...]:
        """The things that are computed from it, the changed thing first."""
        return ()

    def risk(self, _: Sequence[Touched]) -> Risk:
        """Its risk for the content of the doc, by the things that it touches."""
        return "loss" if self.VERB == "remove" else "none"

    @abstractmethod
    def apply_to(self, doc: Doc, wanted: Doc | None = None) -> Doc:
        """The doc after it. Raises KeyError if the doc does not have what it changes.

        wanted: The doc whose order a new column is put into; without it, the column comes last.
        """

    # ------------------------------------------------------------ by hand

    def text(self, wanted: Doc) -> str:
        """The text that a person enters: a formula as Coda's editor takes it, or one line for each setting."""
        pastes = self.instructions(wanted).pastes
        return pastes[0].text if len(pastes) == 1 else ""

    @abstractmethod
    def instructions(self, wanted: Doc) -> Instructions:
        """How a person makes it."""

    @property
    def shows(self) -> GraphNode | None:
        """The cells or the named formula whose type and value a person can check afterwards."""
        return None

    # ------------------------------------------------------------ by the tools; kinds without a tool stay as here

    @abstractmethod
    def tool_use(self) -> ToolUse | Route:
        """The tool that makes it, or the route if no tool does."""

    def route(self, capabilities: Capabilities) -> Route:
        """The way by which a deploy with these capabilities makes it."""
        use = self.tool_use()
        return use if isinstance(use, Route) else use.route(capabilities)

    @property
    def owner(self) -> str:
        """The table that it belongs to; empty for what is on a page."""
        return ""

    @property
    def batch(self) -> tuple[str, ...]:
        """Changes of the same batch can go in one call; those of an empty one cannot."""
        return ()

    def inspect(self, observed: Observation, _: Mapping[str, str]) -> Observation:
        """The doc at this moment, with the table that it belongs to. Raises Failure.

        _: The ids that this run, or one that was killed, has made, by what they are, as `table jobs`.
        """
        return observed.with_table(observed.ids.tables.get(self.owner) if self.owner else None)

    def state(self, _: Observation) -> ChangeState:
        """Whether it is still to be made, is there already, or conflicts with the doc. Raises Failure."""
        return conflict(f"no tool can {self}")

    def fault(self, observed: Observation) -> str:
        """The fault after it was written; empty for none. Raises Failure."""
        return self.state(observed).shortfall

    def write(self, writer: Writer, observed: Observation, along: Sequence[SchemaChange]) -> None:  # noqa: ARG002
        """Make it. along: The other changes of its batch. Raises Failure, NoTool for a kind only a person makes, and
        Stop if nothing more may be written.
        """
        raise NoTool(str(self))

    def learn(self, _: Observation) -> dict[str, str]:
        """Note its ids once it is there; returns the new ones, by what they are."""
        return {}

    @property
    def formula_places(self) -> Iterable[FormulaSite]:
        """Where the formulas are that it writes."""
        return ()

    def source(self, _: Doc) -> str:
        """The file of its formula, or its place in the folder; empty if it has no formula."""
        return ""


class TableChange(SchemaChange):
    """A change of something that belongs to a table that is there."""

    __slots__ = ()

    table: str

    @property
    def owner(self) -> str:
        """The table."""
        return self.table

    def needs(self, _: FormulaNeeds) -> Iterable[GraphNode]:
        """The table."""
        return rows_of(self.owner)

    @property
    def column_after(self) -> str:
        """The column that it is about, by the name it has afterwards; empty if it is about none."""
        return ""

    def state(self, observed: Observation) -> ChangeState:
        """Whether it is still to be made, is there already, or conflicts with the doc."""
        return (
            self.state_in(observed.table, observed)
            if observed.table is not None
            else conflict(f"the table {self.owner} is gone")
        )

    def table_in(self, observed: Observation) -> ObservedTable:
        """The table that it belongs to. Raises Stop if that is gone."""
        if observed.table is None:
            raise Stop(f"the table {self.owner} is gone; make a new plan")
        return observed.table

    @abstractmethod
    def state_in(self, table: ObservedTable, observed: Observation) -> ChangeState:
        """Its state by the table that it belongs to."""

    def fault(self, observed: Observation) -> str:
        """The fault after it was written, or the error that Coda reports for its formula."""
        if observed.table is None:
            return f"the table {self.owner} is gone"
        column = observed.table.column(self.column_after) if self.column_after else None
        if column is not None and column.error:
            where = f"{place}: " if (place := self.source(observed.wanted)) else ""
            return f"{where}Coda finds the formula of {self.owner}.{self.column_after} wrong: {column.error}"
        return self.shortfall(observed.table, observed)

    def shortfall(self, table: ObservedTable, observed: Observation) -> str:
        """The part of it that is not there after it was written; empty if all is."""
        return self.state_in(table, observed).shortfall


class Removal(SchemaChange):
    """The removal of the thing that is then no longer computed."""

    __slots__ = ()

    VERB = "remove"
    PHASE = Phase.DROPS

    @property
    @abstractmethod
    def recomputed(self) -> GraphNode:
        """The thing that is removed."""

    @property
    def frees(self) -> str:
        """Its name, unless it is a column."""
        return "" if self.recomputed.kind == "cells" else self.recomputed.name or self.recomputed.table

    def learn(self, observed: Observation) -> dict[str, str]:
        """Forget its id."""
        thing = self.recomputed
        observed.ids.forget(_ID_KINDS[thing.kind], thing.name or thing.table, thing.table)
        return {}


_ID_KINDS: Mapping[str, IdKind] = {
    "rows": "table",
    "cells": "column",
    "view": "view",
    "named": "formula",
    "control": "control",
}


class ColumnUpdate(TableChange):
    """A change of a column that is there; the tools take several of one table in one call."""

    __slots__ = ()

    PHASE = Phase.SETTINGS

    @property
    @abstractmethod
    def column_before(self) -> str:
        """The name that the column has until it is made."""

    @property
    def column_after(self) -> str:
        """The name that the column has once it is made."""
        return self.column_before

    @property
    def batch(self) -> tuple[str, ...]:
        """Columns of one table."""
        return "update columns", self.owner

    def column_in(self, table: ObservedTable, observed: Observation) -> ObservedColumn | None:
        """The column at this moment."""
        return table.column(self.column_before, observed.ids.columns.get((self.owner, self.column_before)))

    def state_in(self, table: ObservedTable, observed: Observation) -> ChangeState:
        """Its state by the column."""
        column = self.column_in(table, observed)
        return self.state_of(column) if column is not None else conflict(f"the column {self.column_before} is gone")

    def state_of(self, column: ObservedColumn) -> ChangeState:
        """Its state by the column that is there."""
        return conflict(f"no tool can {self}: {column.name}")

    def write(self, writer: Writer, observed: Observation, along: Sequence[SchemaChange]) -> None:
        """Change it and the others of its table in one call."""
        table = self.table_in(observed)
        fields: dict[str, dict[str, Json]] = {}
        for change in (self, *along):
            assert isinstance(change, ColumnUpdate)
            column = change.column_in(table, observed)
            if column is None:
                raise NotKnown(f"column {self.owner}.{change.column_before}")
            these = fields.setdefault(column.id, {})
            these |= change.fields(writer, column, these)
        writer.update_columns(self.owner, fields)

    def fields(self, writer: Writer, column: ObservedColumn, sofar: Mapping[str, Json]) -> dict[str, Json]:  # noqa: ARG002
        """The fields that the tools take, for a column as it is there. sofar: The fields of the column's other changes.
        Raises NoTool for a kind that only a person makes.
        """
        raise NoTool(str(self))


# ------------------------------------------------------------ parts that kinds share


def update_of(field: str) -> ToolUse:
    """The tool that writes a field of a column."""
    arguments = ("uri", "data.action", "data.columns.columnId", f"data.columns.updatedFields.{field}")
    return ToolUse("table_columns_manage", arguments)


def open_header(table: str, column: str) -> str:
    """The first click of a change of a column."""
    return f"In the table {table}, open the menu of the header {column}"


def values_may_change(touches: Sequence[Touched]) -> bool:
    """Whether values may change, given what a change of a formula touches."""
    return not touches or any(touched.rows != 0 for touched in touches)


def text_state(now: str, before: str | None, after: str | None, what: str) -> ChangeState:
    """The state of a formula's text. If texts cannot tell old from new, it is written again, which changes nothing."""
    as_before = not now if before is None else bool(now) and compare_formulas(now, before) != "different"
    as_after = not now if after is None else bool(now) and compare_formulas(now, after) == "same"
    if as_after and not as_before:
        return DONE
    return TO_DO if as_before or as_after else conflict(f"{what} was changed since: {short(now)}")


def value_state(now: object, before: object, after: object, what: str) -> ChangeState:
    """The state of a setting by the value that is there."""
    if now == after:
        return DONE
    return TO_DO if now == before else conflict(f"{what} was changed since")


def short(text: str) -> str:
    """A text on one line of at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def lines(*settings: tuple[str, str | None]) -> str:
    """One line for each setting that has a value."""
    return "\n".join(f"{name}: {value}" for name, value in settings if value is not None)


def formula_paste(text: str | None) -> tuple[Paste, ...]:
    """A formula to paste; nothing for none."""
    return (Paste("formula", text),) if text else ()


def renamed_doc(doc: Doc, renaming: Renaming) -> Doc:
    """The doc after a renaming, with every formula following."""
    return renamed(doc, program_of(doc), renaming)


def with_table(doc: Doc, table: Table) -> Doc:
    """The doc with a table in place of the one of its name."""
    return replace(doc, tables={**doc.tables, table.name: table})


def without(known: Mapping[str, _V], name: str) -> dict[str, _V]:
    """The members but one. Raises KeyError if that is not among them."""
    known[name]
    return {key: value for key, value in known.items() if key != name}


def source_of(name: str, text: str | None) -> Source | None:
    """The source of a formula's text; None for none. name: What it belongs to."""
    return Source(name, text) if text is not None else None
