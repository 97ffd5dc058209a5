"""Parity: every computed cell of a doc computed here once more, and compared with what Coda has in it.

Each formula is given Coda's own values for whatever else the doc computes; so a cell that differs is the fault of its
own column's formula, and not of one further up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from codaform.coda.snapshot.reading import doc_from_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.coda.wire.rich import read_shown
from codaform.coda.wire.texts import InvalidValue
from codaform.deploy.comparing.agreement import agree
from codaform.deploy.comparing.suspects import function_name, names, nodes
from codaform.deploy.copying.sample_rows import sample_rows
from codaform.deploy.remote.schema import RemoteSchema, remote_schema
from codaform.evaluation.explain import ExplainedStep, explain, value_text
from codaform.evaluation.workbook import Workbook
from codaform.model.notation import notate
from codaform.model.schema import NO_ASSUMPTIONS, SYSTEM_TYPES, Assumptions, Column, Doc
from codaform.model.values import Row
from codaform.semantics import ir
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import Dependencies, GraphNode, dependencies_of, graph
from codaform.semantics.program import FormulaSite, Program, program_of

_MOST_TOLD = 3
"""How many differing cells of a column a report shows."""


class CannotCompare(Exception):
    """Why there is nothing to compare, in one line."""


@dataclass(frozen=True, slots=True)
class DocSettings:
    """The settings of a doc that no API returns: its time zone, the first day of its week (1 is Monday), and what the
    project takes for true of Coda."""

    time_zone: str
    first_day_of_week: int = 7
    assume: Assumptions = NO_ASSUMPTIONS


def settings_of(doc: Doc) -> DocSettings:
    """The settings of a project's doc."""
    return DocSettings(doc.time_zone, doc.first_day_of_week, doc.assume)


@dataclass(frozen=True, slots=True)
class Executed:
    """An expression that both computed. ours, theirs: The values as written."""

    text: str
    functions: frozenset[str]
    agrees: bool
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class ComparedPart:
    """A part of a formula, its value here, and the name or sign of its function."""

    text: str
    value: str
    function: str


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """A cell that differs: the display text of its row, both values as text, and the parts of ours, outer first."""

    row: str
    ours: str
    theirs: str
    parts: tuple[ComparedPart, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """The outcome of a column.

    agree, differ: How many cells. unread: How many hold what the API has no value for. cells: The first that differ.
    functions: What the formula consists of. skipped: Why it was not compared; empty where it was. doubts: What its
    text, as it came back, leaves open.
    """

    table: str
    column: str
    agree: int = 0
    differ: int = 0
    unread: int = 0
    cells: tuple[ComparedCell, ...] = ()
    functions: frozenset[str] = frozenset()
    skipped: str = ""
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parity:
    """The outcome of a doc. columns: All computed columns. notes: Assumptions."""

    doc: str
    read_at: str
    columns: tuple[Compared, ...]
    notes: tuple[str, ...] = ()

    @property
    def differ(self) -> int:
        """How many cells differ."""
        return sum(column.differ for column in self.columns)


def parity(snapshot: Snapshot, settings: DocSettings | None = None) -> Parity:
    """Compare the computed cells of a snapshot with what this library makes of the same formulas.

    settings: The doc's settings; by default the snapshot's own time zone, or UTC. Raises CannotCompare where the
    snapshot has no rows.
    """
    if snapshot.rows is None:
        raise CannotCompare("the snapshot has no rows; one of `codaform backup` has")
    there = remote_schema(snapshot)
    doc, doubts = doc_from_snapshot(snapshot)
    notes = []
    if settings is None:
        settings = DocSettings(snapshot.doc.time_zone or "UTC")
        if not snapshot.doc.time_zone:
            notes.append("no API returns the doc's time zone; UTC is assumed")
    doc = replace(
        doc,
        time_zone=settings.time_zone,
        first_day_of_week=settings.first_day_of_week,
        assume=settings.assume,
    )
    program = program_of(doc)
    now = datetime.fromisoformat(snapshot.read_at).astimezone(ZoneInfo(doc.time_zone))
    shown = _shown(snapshot, there, program.doc)
    work = _Work(program, _filled(program, now, snapshot, there, shown), doubts, shown, graph(program))
    columns = tuple(work.compared(table, column) for table, column in _computed(doc))
    return Parity(snapshot.doc.name, snapshot.read_at, columns, tuple(notes))


def _computed(doc: Doc) -> Iterator[tuple[str, Column]]:
    for table in doc.tables.values():
        for column in table.columns.values():
            if column.formula is not None:
                yield table.name, column


Shown = Mapping[tuple[str, str], Mapping[int, object]]
"""By computed column, what Coda shows in the row of each number; a cell whose value cannot be read is not there."""


def _shown(snapshot: Snapshot, there: RemoteSchema, doc: Doc) -> Shown:
    rows = snapshot.rows or {}
    numbers = {table: {row.id: at for at, row in enumerate(found, 1)} for table, found in rows.items()}
    names = {id: name for name, id in there.ids.tables.items()}
    zone = ZoneInfo(doc.time_zone)

    def find(row: str, table: str) -> Row | None:
        number = numbers.get(table, {}).get(row)
        return None if number is None else Row(names[table], number)

    found: dict[tuple[str, str], dict[int, object]] = {}
    for table in doc.tables.values():
        for column in table.columns.values():
            if column.kind == "button" or not (column.computed or column.kind in SYSTEM_TYPES):
                continue
            id = there.ids.columns[table.name, column.name]
            cells = found[table.name, column.name] = {}
            for number, row in enumerate(rows.get(there.ids.tables[table.name], ()), 1):
                try:
                    cells[number] = read_shown(row.values.get(id), column, zone, find)
                except InvalidValue:
                    continue
    return found


def _filled(program: Program, now: datetime, snapshot: Snapshot, there: RemoteSchema, shown: Shown) -> Workbook:
    """The doc with every value that Coda shows, entered and computed ones alike."""
    book = Workbook(program, now)
    entered = sample_rows(snapshot, there, program.doc)
    for table, count in entered.counts.items():
        columns = {**entered.values.get(table, {})}
        columns |= {name: dict(cells) for (owner, name), cells in shown.items() if owner == table}
        for number in range(1, count + 1):
            values = {name: cells[number] for name, cells in columns.items() if number in cells}
            book.add(table, values, defaults=False, id=number)
    return book


@dataclass(frozen=True, slots=True)
class _Work:
    program: Program
    book: Workbook
    doubts: Mapping[FormulaSite, list[str]]
    shown: Shown
    needs: Mapping[GraphNode, Dependencies]

    def compared(self, table: str, column: Column) -> Compared:
        place = FormulaSite("formula", table, column.name)
        bound = self.program.formulas[place]
        doubts = tuple(self.doubts.get(place, ()))
        functions = names(bound.body)
        skipped = self.why_not(bound.body)
        if skipped:
            return Compared(table, column.name, functions=functions, skipped=skipped, doubts=doubts)
        run = self.book.formula(bound)
        told = self.shown[table, column.name]
        same = differ = 0
        cells: list[ComparedCell] = []
        rows = self.book.rows(table)
        for row in rows:
            if row.id not in told:
                continue
            value = self.book.run(run, row)
            if agree(value, told[row.id], self.book):
                same += 1
                continue
            differ += 1
            if len(cells) < _MOST_TOLD:
                cells.append(self.cell(column, bound, row, value, told[row.id]))
        return Compared(table, column.name, same, differ, len(rows) - len(told), tuple(cells), functions, doubts=doubts)

    def cell(self, column: Column, bound: Bound, row: Row, ours: object, theirs: object) -> ComparedCell:
        assert column.formula is not None
        steps = explain(column.formula, bound, self.book, row)
        parts = tuple(
            ComparedPart(step.text, value_text(step, self.book), function_name(step.text)) for step in _steps(steps)
        )
        return ComparedCell(_display(self.book, row), notate(ours, self.book), notate(theirs, self.book), parts)

    def why_not(self, body: ir.Node) -> str:
        """Why a formula cannot be compared; empty where it can."""
        fails = next((node for node in nodes(body) if isinstance(node, ir.Fails)), None)
        if fails is not None:
            return f"it cannot be computed here: {fails.message}"
        waiting, seen = [dependencies_of(self.program.doc, body)], set[GraphNode]()
        for read in waiting:
            if read.volatile:
                return "it depends on the clock or on chance"
            # Columns have Coda's values; views and named formulas are computed on the way.
            for thing in read.things - seen:
                seen.add(thing)
                if thing.kind not in ("view", "named"):
                    continue
                place = FormulaSite("filter" if thing.kind == "view" else "named", thing.table, thing.name)
                if thing.kind == "view" and place in self.doubts:
                    return f"it reads the view {thing.name}, whose filter REST does not tell; MCP does"
                waiting.append(self.needs[thing])
        return ""


def _steps(step: ExplainedStep) -> Iterator[ExplainedStep]:
    yield step
    for child in step.children:
        yield from _steps(child)


def _display(book: Workbook, row: Row) -> str:
    return notate(row, book).removeprefix("@")
