"""The impact of a change: the things that are computed from it, and how many sample rows get other values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Doc, value_type
from codaform.model.values import Error
from codaform.project import loading
from codaform.project.session import Session
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import Graph, GraphNode, graph, order
from codaform.semantics.program import FormulaSite, Program, bind_site
from codaform.source import Source

_Rows = int | None
"""How many sample rows get another value; None if that cannot be worked out."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A thing that a change touches. rows: How many sample rows change; for a view or a named formula, 1 or 0."""

    thing: GraphNode
    rows: _Rows


class Impact:
    """Computes the impact of changes with the sample rows of a project.

    now: The program of the doc, with the names that things are about to get.
    """

    def __init__(self, session: Session, now: Program) -> None:
        self._session = session
        self.wanted = session.project.doc
        self.now = now.doc
        self._now = now

    @cached_property
    def graph(self) -> Graph:
        """What the wanted doc's computed things read."""
        return self._session.needs

    @cached_property
    def graph_now(self) -> Graph:
        """What the doc's computed things read now."""
        return graph(self._now)

    @cached_property
    def _trial(self) -> Workbook:
        """A second workbook of the sample rows, to compute with other formulas."""
        book = self._session.workbook()
        loading.load(book, self._session.project.rows)
        return book

    def lost_with(self, thing: GraphNode) -> list[GraphNode]:
        """A thing and all that the doc computes from it now."""
        return self.graph_now.followers([thing])

    def of_formula(
        self, thing: GraphNode, place: FormulaSite, before: str | None, wanted: Doc | None = None
    ) -> tuple[Touched, ...]:
        """The things in the doc and in the folder that a changed formula touches.

        before: The formula so far; None if people entered the cells. wanted: The wanted doc, if what the formula
        belongs to differs from it in more than the formula.
        """
        things = [known for known in self.graph.followers([thing]) if self._is_there(known)]
        rows = self._rows(place, before, wanted or self.wanted, things)
        return tuple(Touched(known, rows.get(known)) for known in things)

    def _is_there(self, thing: GraphNode) -> bool:
        return _has(self.now, thing) and _has(self.wanted, thing)

    # ------------------------------------------------------------ rows

    def _rows(
        self, place: FormulaSite, before: str | None, wanted: Doc, things: list[GraphNode]
    ) -> dict[GraphNode, _Rows]:
        """How many rows of each thing have another value with the formula than before it."""
        tables = {thing.table for thing in things if thing.kind not in ("named", "control")}
        if not things or (tables and not any(self._session.book.rows(table) for table in tables)):
            return {}  # without rows, that no row changes means nothing
        if before is None:
            return {things[0]: len(self._session.book.rows(place.table))}
        of_column = place.role == "formula"
        kind = value_type(self.wanted.tables[place.table].columns[place.name]) if of_column else None
        bound, diagnostics = bind_site(self.wanted, place, Source(place.name, before), kind)
        if any(diagnostic.rule.severity == "error" for diagnostic in diagnostics):
            return {}
        if of_column and things[0] not in self._circular:
            return self._tried(place, bound, things)
        program = Program(wanted, {**self._session.program.formulas, place: bound})
        book = Workbook(program, self._session.now, self._session.project.user)
        loading.load(book, self._session.project.rows)
        return {thing: self._changed(book, thing) for thing in things}

    @cached_property
    def _circular(self) -> set[GraphNode]:
        groups = order(self.graph)
        return {
            thing for group in groups if len(group) > 1 or group[0] in self.graph[group[0]].things for thing in group
        }

    def _tried(self, place: FormulaSite, bound: Bound, things: list[GraphNode]) -> dict[GraphNode, _Rows]:
        """The rows by the values of the old formula, entered into the cells of the column meanwhile."""
        trial = self._trial
        cells = [(row, trial.evaluate(bound, row)) for row in trial.rows(place.table)]
        trial.enter_column(place.table, place.name, cells)
        found: dict[GraphNode, _Rows] = {thing: self._changed(trial, thing) for thing in things}
        trial.withdraw_column(place.table, place.name)
        return found

    def _changed(self, before: Workbook, thing: GraphNode) -> int:
        """How many rows of a thing have another value than in the other workbook; of views and formulas 0 or 1."""
        after = self._session.book
        match thing.kind:
            case "cells":
                return sum(
                    not _same(before.value(row, thing.name), after.value(row, thing.name))
                    for row in after.rows(thing.table)
                )
            case "view":
                return int(before.rows(thing.name) != after.rows(thing.name))
            case "named":
                return int(not _same(_named(before, thing.name), _named(after, thing.name)))
        return 0


def _named(book: Workbook, name: str) -> object:
    return book.evaluate(book.program.formulas[FormulaSite("named", "", name)])


def _same(one: object, other: object) -> bool:
    if isinstance(one, Error) and isinstance(other, Error):
        return one.rule == other.rule
    return type(one) is type(other) and one == other


def _has(doc: Doc, thing: GraphNode) -> bool:
    match thing.kind:
        case "named":
            return thing.name in doc.formulas
        case "control":
            return thing.name in doc.controls
        case "view":
            return thing.table in doc.tables and any(view.name == thing.name for view in doc.tables[thing.table].views)
    return thing.table in doc.tables and (not thing.name or thing.name in doc.tables[thing.table].columns)
