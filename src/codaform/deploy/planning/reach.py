"""What a change moves: the computed things that follow from it, and how many sample rows get other values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from codaform.deploy.planning.changes import (
    Change,
    DropColumn,
    DropControl,
    DropTable,
    SetFormula,
    SetNamedFormula,
    SetOptions,
    SetView,
)
from codaform.deploy.planning.needs import thing_of
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Doc, value_type
from codaform.model.values import Error
from codaform.project import loading
from codaform.project.session import Session
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import Reads, Thing, graph, order
from codaform.semantics.program import Place, Program, bind_at
from codaform.source import Source

Rows = int | None
"""How many sample rows get another value; None where that cannot be worked out."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Something computed that a change moves. rows: Of a view or a named formula, 1 where it gives something else."""

    thing: Thing
    rows: Rows


class Reach:
    """Works out what changes move, by the sample rows of a project.

    now: The program of the doc, with the names that things are about to get.
    """

    def __init__(self, session: Session, now: Program) -> None:
        self._session = session
        self._wanted = session.project.doc
        self._now = now

    @cached_property
    def needs(self) -> Mapping[Thing, Reads]:
        """What the wanted doc's computed things read."""
        return graph(self._session.program)

    @cached_property
    def needs_now(self) -> Mapping[Thing, Reads]:
        """What the doc's computed things read now."""
        return graph(self._now)

    @cached_property
    def _readers(self) -> Mapping[Thing, list[Thing]]:
        return _turned(self.needs)

    @cached_property
    def _readers_now(self) -> Mapping[Thing, list[Thing]]:
        return _turned(self.needs_now)

    @cached_property
    def _trial(self) -> Workbook:
        """The sample rows once more, to be computed with other formulas."""
        book = self._session.workbook()
        loading.load(book, self._session.project.rows)
        return book

    def touched(self, change: Change) -> tuple[Touched, ...]:
        """What there is both in the doc and in the folder and is moved by the change, the changed thing first."""
        thing = thing_of(change)
        match change:
            case SetFormula() | SetView() | SetNamedFormula():
                assert thing is not None
                things = [known for known in _behind(thing, self._readers) if self._is_there(known)]
                rows = self._rows(change, things)
                return tuple(Touched(known, rows.get(known)) for known in things)
            case SetOptions(table, column, before, after):
                # The sample rows hold none of those that go: no row of a folder may.
                gone = set(before) - set(after)
                return (Touched(Thing("cells", table, column), None),) if gone else ()
            case DropColumn() | DropControl():
                assert thing is not None
                return tuple(Touched(known, None) for known in _behind(thing, self._readers_now)[1:])
            case DropTable(name):
                columns = [Thing("cells", name, column) for column in self._now.doc.tables[name].columns]
                roots = (Thing("rows", name), *columns)
                found = {known for root in roots for known in _behind(root, self._readers_now)}
                lost = sorted((known for known in found if known.table != name), key=_key)
                return tuple(Touched(known, None) for known in lost)
        return ()

    def _is_there(self, thing: Thing) -> bool:
        return _has(self._now.doc, thing) and _has(self._wanted, thing)

    # ------------------------------------------------------------ rows

    def _rows(self, change: SetFormula | SetView | SetNamedFormula, things: list[Thing]) -> dict[Thing, Rows]:
        """For each thing, how many rows give another value after the change than before it, all else as wanted."""
        tables = {thing.table for thing in things if thing.kind not in ("named", "control")}
        if tables and not any(self._session.book.rows(table) for table in tables):
            return {}  # without rows, that none of them changes says nothing
        before = self._place_before(change)
        if before is None:
            rows: Rows = len(self._session.book.rows(change.table)) if isinstance(change, SetFormula) else None
            return {things[0]: rows} if things else {}
        place, text = before
        kind = None
        if place.role == "formula":
            kind = value_type(self._wanted.tables[place.table].columns[place.name])
        bound, said = bind_at(self._wanted, place, Source(place.name, text), kind)
        if any(diagnostic.rule.severity == "error" for diagnostic in said):
            return {}
        thing = things[0] if things else None
        if isinstance(change, SetFormula) and thing is not None and thing not in self._circular:
            return self._tried(change, bound, things)
        return self._rebuilt(change, place, bound, things)

    @cached_property
    def _circular(self) -> set[Thing]:

        groups = order(self.needs)
        return {
            thing for group in groups if len(group) > 1 or group[0] in self.needs[group[0]].things for thing in group
        }

    def _place_before(self, change: SetFormula | SetView | SetNamedFormula) -> tuple[Place, str] | None:
        """Where the change is and what stands there now; None where nothing computes it by now."""
        match change:
            case SetFormula(table, column, before):
                return (Place("formula", table, column), before) if before is not None else None
            case SetView(before_view, view):
                text = before_view.filter.text if before_view.filter is not None else "true"
                return Place("filter", view.table, view.name), text
            case SetNamedFormula(before_formula, formula):
                return Place("named", "", formula.name), before_formula.formula.text

    def _tried(self, change: SetFormula, bound: Bound, things: list[Thing]) -> dict[Thing, Rows]:
        """By the values that the formula gave, put into the column's cells for as long as it takes."""
        trial = self._trial
        cells = [(row, trial.evaluate(bound, row)) for row in trial.rows(change.table)]
        trial.enter_column(change.table, change.column, cells)
        found: dict[Thing, Rows] = {thing: self._moved(trial, thing) for thing in things}
        trial.withdraw_column(change.table, change.column)
        return found

    def _rebuilt(
        self, change: SetView | SetNamedFormula | SetFormula, place: Place, bound: Bound, things: list[Thing]
    ) -> dict[Thing, Rows]:
        """By a doc of its own that has the formula."""
        doc = self._wanted
        if isinstance(change, SetView):
            owner = doc.tables[change.after.table]
            before = replace(change.before, name=change.after.name)
            views = tuple(before if view.name == before.name else view for view in owner.views)
            doc = replace(doc, tables={**doc.tables, owner.name: replace(owner, views=views)})
        program = Program(doc, {**self._session.program.formulas, place: bound})
        book = Workbook(program, self._session.now, self._session.project.user)
        loading.load(book, self._session.project.rows)
        return {thing: self._moved(book, thing) for thing in things}

    def _moved(self, before: Workbook, thing: Thing) -> int:
        """How many rows have another value of a thing than in the other workbook; of views and formulas 0 or 1."""
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
    return book.evaluate(book.program.formulas[Place("named", "", name)])


def _same(one: object, other: object) -> bool:
    if isinstance(one, Error) and isinstance(other, Error):
        return one.rule == other.rule
    return type(one) is type(other) and one == other


def _has(doc: Doc, thing: Thing) -> bool:
    match thing.kind:
        case "named":
            return thing.name in doc.formulas
        case "control":
            return thing.name in doc.controls
        case "view":
            return thing.table in doc.tables and any(view.name == thing.name for view in doc.tables[thing.table].views)
    return thing.table in doc.tables and (not thing.name or thing.name in doc.tables[thing.table].columns)


def _turned(needs: Mapping[Thing, Reads]) -> dict[Thing, list[Thing]]:
    readers: defaultdict[Thing, list[Thing]] = defaultdict(list)
    for thing, read in needs.items():
        for step in read.things:
            readers[step].append(thing)
    return dict(readers)


def _behind(thing: Thing, readers: Mapping[Thing, list[Thing]]) -> list[Thing]:
    """A thing and everything that is computed from it, the nearest first."""
    found = [thing]
    seen = {thing}
    for known in found:
        for reader in sorted(readers.get(known, ()), key=_key):
            if reader not in seen:
                seen.add(reader)
                found.append(reader)
    return found


def _key(thing: Thing) -> tuple[str, str, str]:
    return thing.kind, thing.table, thing.name
