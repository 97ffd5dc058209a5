"""Carrying out the phases of a migration, each with its certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from codaform.migrate.journal import MigrationJournal, restored, told_cells
from codaform.migrate.place import Loaded, Place, Progress, RowWrite
from codaform.model.values import Row
from codaform.project.cells import BadCell
from codaform.project.migration_file import Migration, MigrationPhase, Part
from codaform.project.migrations.canonical import as_line, canonical, entered
from codaform.project.migrations.certifying import Certificate, certify
from codaform.project.migrations.stages import is_over
from codaform.project.migrations.taking import CellUpdate, PhaseWork, RefusedRow, Taking
from codaform.project.project import DataTest


@dataclass(frozen=True, slots=True)
class PhaseReport:
    """The outcome of a phase. written: How many rows and cells. stopped: Why it did not end; empty where it did."""

    phase: MigrationPhase
    written: int = 0
    certificate: Certificate | None = None
    refused: tuple[RefusedRow, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: str = ""


def nothing(_: str, __: int, ___: int) -> None:
    """Tell nobody."""


@dataclass
class MigrationRun:
    """A run of a migration at a place. tests: What must hold for rows. keep: Takes each certificate.
    reading: What still reads the things that the last phase drops, in sentences.
    """

    migration: Migration
    place: Place
    journal: MigrationJournal
    tests: Sequence[DataTest]
    progress: Progress = nothing
    keep: Callable[[Certificate], None] = lambda _: None
    reading: Callable[[], Iterable[str]] = lambda: ()
    _notes: list[str] = field(default_factory=list)

    # ------------------------------------------------------------ what would be done

    def rehearsed(self, phases: Sequence[MigrationPhase]) -> list[tuple[MigrationPhase, PhaseWork]]:
        """What phases would do, each to what the one before left; nothing is written."""
        loaded = self.loaded()
        found: list[tuple[MigrationPhase, PhaseWork]] = []
        for phase in self.migration.phases:
            taking = self.taking(loaded)
            work = self.work(loaded, phase, taking)
            if phase in phases:
                found.append((phase, work))
            taking.apply(work)
        return found

    def loaded(self) -> Loaded:
        """The rows of the place. Raises CannotRead and Failure."""
        return self.place.load()

    def taking(self, loaded: Loaded) -> Taking:
        """The rules on rows, with what earlier runs wrote."""
        base = self.journal.base([phase.number for phase in self.migration.phases])
        return Taking(self.migration, loaded.book, loaded.labels, self.tests, base, self.place.fits)

    def work(self, loaded: Loaded, phase: MigrationPhase, taking: Taking | None = None) -> PhaseWork:
        """What a phase does to rows, with what later phases set in its old tables taken back in thought."""
        taking = taking or self.taking(loaded)
        if is_over(loaded.book.doc, self.migration):
            return PhaseWork(phase)
        later = [one for one in self.migration.phases if one.number > phase.number]
        changed = _in_thought(loaded, self.journal, later, {rule.table for rule in phase.copies})
        try:
            work = taking.phase(phase)
        finally:
            for row, cells in changed:
                loaded.book.change(row, cells)
        used = {rule.table for rule in phase.copies} | {rule.to for rule in phase.copies}
        used |= {rule.table for rule in phase.updates}
        for (table, column), count in loaded.unread.items():
            if table in used:
                reason = f"{count} cells of {table}.{column} have values that its type does not hold"
                rows = loaded.book.rows(table)
                if rows:
                    work.refused.append(RefusedRow(table, column, rows[0], reason))
        return work

    # ------------------------------------------------------------ doing it

    def phases(self, phases: Sequence[MigrationPhase]) -> Iterator[PhaseReport]:
        """Carry out phases in order; a phase that stops is the last. Raises CannotRead and Failure."""
        for phase in phases:
            report = self.phase(phase)
            yield report
            if report.stopped:
                return

    def phase(self, phase: MigrationPhase) -> PhaseReport:
        """Carry out one phase. Raises CannotRead and Failure; what was written by then is in the journal."""
        before = [
            one for one in self.migration.phases if one.number < phase.number and not self.journal.is_done(one.number)
        ]
        if before:
            names = ", ".join(f"{one.number} ({one.name})" for one in before)
            return PhaseReport(phase, stopped=f"earlier phases are not done: {names}")
        if phase.dropped:
            stopped = self.why_not_drop(phase)
            if stopped:
                return PhaseReport(phase, stopped=stopped)
        self._notes = []
        lacking = self.place.lacks(phase.created)
        if lacking:
            self._begin(phase)
            self.journal.add("created", phase.number, parts=lacking)
            self.place.create(phase.created)
        written, work = self._rows(phase)
        if work.blocked:
            count = len(work.refused)
            rows = "1 row waits" if count == 1 else f"{count} rows wait"
            return PhaseReport(phase, written, refused=tuple(work.refused), stopped=f"{rows} for a decision")
        for part in phase.deprecated:
            self._mark(phase, part)
        certificate = self.certificate(phase)
        self.keep(certificate)
        if not certificate.clean:
            return PhaseReport(phase, written, certificate, stopped="the certificate is not clean")
        if phase.dropped:
            self._begin(phase)
            self.place.drop(phase.dropped)
        # The certificate has seen every row, those of a run that was killed too.
        for batch in self.journal.unsure(phase.number):
            self.journal.add("written", phase.number, batch=batch)
        if not self.journal.is_done(phase.number):
            if phase.number == self.migration.cutover:
                self.journal.add("cutover", phase.number, rows=marks(self.migration, self.place.load()))
            self.journal.add("done", phase.number, inputs=certificate.inputs, moment=self.place.now.isoformat())
        return PhaseReport(phase, written, certificate, notes=tuple(self._notes))

    def certificate(self, phase: MigrationPhase) -> Certificate:
        """The certificate of a phase, from the rows as they are now. Raises CannotRead and Failure."""
        loaded = self.loaded()
        later = [one for one in self.migration.phases if one.number > phase.number]
        work = self.work(loaded, phase)
        if not is_over(loaded.book.doc, self.migration):
            _in_thought(loaded, self.journal, later, {rule.table for rule in phase.copies})
        work.updates += self._set_before(loaded, phase, work)
        at = self.place.now.isoformat(timespec="seconds")
        return certify(self.migration, work, loaded.book, loaded.labels, self.place.name, at)

    def _set_before(self, loaded: Loaded, phase: MigrationPhase, work: PhaseWork) -> list[CellUpdate]:
        """The cells that a phase set, and that its conditions do not name any more."""
        named = {(update.row, update.column) for update in work.updates}
        found: list[CellUpdate] = []
        for told in self.journal.rows(phase.number):
            row = loaded.row(told.table, told.name) if not told.new else None
            if row is None:
                continue
            for rule in phase.updates:
                for name in told.cells.keys() & {*rule.columns}:
                    if rule.table == told.table and (row, name) not in named:
                        named.add((row, name))
                        value = loaded.book.value(row, name)
                        kept = canonical(value, loaded.labels.of) != told.cells[name][2]
                        found.append(CellUpdate(rule, row, name, value, value, "kept" if kept else "same"))
        return found

    def _begin(self, phase: MigrationPhase) -> None:
        if not self.journal.is_begun(phase.number):
            self.journal.add("begun", phase.number)

    def _rows(self, phase: MigrationPhase) -> tuple[int, PhaseWork]:
        """Write the rows of a phase, batch by batch; gives how many, and what the rules said."""
        loaded = self.loaded()
        taking = self.taking(loaded)
        work = taking.subset() if phase.number == 1 and not phase.copies else PhaseWork(phase)
        if not work.copies:
            work = self.work(loaded, phase, taking)
        if work.blocked or not work.to_write:
            return 0, work
        self._begin(phase)
        before = _before(work, loaded)
        taking.apply(work)
        writes = list(_writes(work, taking, loaded))
        done = 0
        for batch in self.place.batches(writes):
            number = self.journal.next_batch
            rows = [
                {
                    "label": loaded.labels.of(write.row),
                    "name": "" if write.new else loaded.name(write.row),
                    "new": write.new,
                    "cells": told_cells(write.row, write.cells, before.get(write.row, {}), loaded),
                }
                for write in batch
            ]
            self.journal.add("batch", phase.number, batch=number, table=batch[0].row.table, rows=rows)
            self.place.write(loaded, batch)
            done += len(batch)
            self.progress(batch[0].row.table, done, len(writes))
        self.place.write_links(loaded, writes)
        return done, work

    def _mark(self, phase: MigrationPhase, part: Part) -> None:
        """Say of a table that it is old."""
        known = next((told for told in self.journal.marks(phase.number) if told["table"] == part.table), None)
        if known is not None:
            self.place.mark(part.table, known["text"])
            return
        before = self.place.marked(part.table)
        if before is None:
            self._notes.append(f"{self.place.name} has no place to say that {part.table} is deprecated")
            return
        targets = ", ".join(dict.fromkeys(rule.to for rule in self.migration.copies if rule.table == part.table))
        text = f"{part.table} is deprecated since {self.place.now:%Y-%m-%d}; use {targets}"
        self._begin(phase)
        self.journal.add("mark", phase.number, table=part.table, text=text, before=before)
        self.place.mark(part.table, text)

    # ------------------------------------------------------------ the end

    def why_not_drop(self, phase: MigrationPhase) -> str:
        """Why a phase may not drop anything yet; empty where it may."""
        cutover = self.journal.last("done", self.migration.cutover)
        if cutover is None:
            return "the cutover is not done here"
        due = datetime.fromisoformat(cutover["moment"]) + timedelta(days=phase.keep_days)
        if self.place.now < due:
            return f"old things stay until {due:%Y-%m-%d %H:%M}, {phase.keep_days} days after the cutover"
        reading = next(iter(self.reading()), "")
        return f"{reading}; `codaform migrate check` lists all" if reading else ""


# ------------------------------------------------------------ parts


def _in_thought(
    loaded: Loaded, journal: MigrationJournal, phases: Sequence[MigrationPhase], tables: set[str]
) -> list[tuple[Row, dict[str, object]]]:
    """Take back, in the workbook alone, what phases set in some tables; gives the cells as they were."""
    changed: list[tuple[Row, dict[str, object]]] = []
    for phase in reversed(phases):
        for told in reversed([*journal.rows(phase.number)]):
            row = loaded.row(told.table, told.name) if told.table in tables and not told.new else None
            if row is None:
                continue
            columns = loaded.book.doc.tables[row.table].columns
            back: dict[str, object] = {}
            for name, (before, _, now) in told.cells.items():
                if canonical(loaded.book.value(row, name), loaded.labels.of) == now:
                    try:
                        back[name] = restored(before, columns[name], loaded)
                    except BadCell:
                        continue
            if back:
                changed.append((row, {name: loaded.book.value(row, name) for name in back}))
                loaded.book.change(row, back)
    return changed[::-1]


def _before(work: PhaseWork, loaded: Loaded) -> dict[Row, dict[str, object]]:
    """The cells that a phase changes, as they are."""
    found: dict[Row, dict[str, object]] = {}
    for copy in work.copies:
        if copy.state == "change" and copy.target is not None:
            found[copy.target] = {name: loaded.book.value(copy.target, name) for name in copy.cells}
    for update in work.updates:
        found.setdefault(update.row, {}).setdefault(update.column, update.before)
    return found


def _writes(work: PhaseWork, taking: Taking, loaded: Loaded) -> Iterator[RowWrite]:
    """What the place has to write, after the workbook got it; the rows of a table one after the other."""
    found: dict[Row, RowWrite] = {}
    for copy in work.copies:
        if copy.state in ("add", "change"):
            row = taking.target(copy.rule.to, copy.key)
            assert row is not None, "the workbook has it"
            found[row] = RowWrite(row, copy.state == "add", copy.cells)
    for update in work.updates:
        if update.state in ("add", "change"):
            known = found.get(update.row, RowWrite(update.row, False, {}))
            found[update.row] = replace(known, cells={**known.cells, update.column: update.after})
    for table in loaded.book.doc.tables:
        yield from (write for row, write in found.items() if row.table == table)


def marks(migration: Migration, loaded: Loaded) -> dict[str, dict[str, str]]:
    """By new table and label, a hash of each row, by which a later change shows."""
    tables = dict.fromkeys(rule.to for rule in migration.copies)
    return {
        table: {loaded.labels.of(row): row_mark(row, loaded) for row in loaded.book.rows(table)}
        for table in tables
        if table in loaded.book.doc.tables
    }


def row_mark(row: Row, loaded: Loaded) -> str:
    """A hash of the entered cells of a row."""
    columns = entered(loaded.book.doc.tables[row.table])
    cells: Mapping[str, Any] = {
        column.name: canonical(loaded.book.value(row, column.name), loaded.labels.of) for column in columns
    }
    return hashlib.sha256(as_line(cells).encode("utf-8", "surrogatepass")).hexdigest()[:16]
