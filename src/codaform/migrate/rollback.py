"""The way back: what phases wrote is set back or removed, what people wrote since is named, and can be carried back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from codaform.evaluation.workbook import Workbook
from codaform.migrate.journal import JournalRow, restored
from codaform.migrate.place import Loaded, RowWrite
from codaform.migrate.running import MigrationRun, row_mark
from codaform.model.schema import Column, value_type
from codaform.model.values import Error, Row, is_blank
from codaform.project.cells import BadCell
from codaform.project.migration_file import CopyRule, MigrationPhase
from codaform.project.migrations.canonical import canonical
from codaform.project.migrations.checking import bind_rule, key_of
from codaform.project.migrations.planning import known_issues
from codaform.project.migrations.stages import is_over
from codaform.project.migrations.taking import as_text
from codaform.semantics import ir


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that people wrote since, and that goes back only if it is carried. carried: Whether that can be done,
    and why not."""

    what: str
    carried: bool
    why: str = ""


@dataclass
class WayBack:
    """What a rollback does. removed: Copies. restored: Cells that get their value of before. kept: Cells that people
    changed since, and that stay. losses: What people wrote into the new tables since. carried: Rows and cells of old
    tables that a carrying back writes. issues: What no rollback takes back."""

    phases: tuple[MigrationPhase, ...]
    removed: list[Row] = field(default_factory=list)
    restored: dict[Row, dict[str, object]] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    carried: list[tuple[Row | None, str, dict[str, object]]] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to write."""
        return not self.removed and not self.restored


def way_back(run: MigrationRun, to_phase: int, loaded: Loaded) -> WayBack:
    """What a rollback to the end of a phase does; 0 for the start. Nothing is written."""
    phases = tuple(
        phase
        for phase in reversed(run.migration.phases)
        if phase.number > to_phase and (run.journal.is_begun(phase.number) or run.journal.is_done(phase.number))
    )
    found = WayBack(phases)
    removed: set[Row] = set()
    for phase in phases:
        _undo(run, phase, loaded, found, removed)
    found.removed = [row for table in loaded.book.doc.tables for row in loaded.book.rows(table) if row in removed]
    _losses(run, to_phase, loaded, found, removed)
    found.issues = list(_issues(run, phases, loaded, removed))
    return found


def carry_out(run: MigrationRun, found: WayBack, loaded: Loaded, carry: bool) -> None:
    """Do what `way_back` said. carry: Whether what people wrote goes into the old tables first. Raises CannotRead and
    Failure; a second run goes on where this one ended."""
    place, book = run.place, loaded.book
    if carry and found.carried:
        writes: list[RowWrite] = []
        for row, table, cells in found.carried:
            new = row is None
            target = book.add(table, cells, defaults=False) if row is None else row
            if not new:
                book.change(target, cells)
            loaded.labels.forget(table)
            writes.append(RowWrite(target, new, cells))
        _write(run, loaded, writes)
        for one in found.losses:
            if one.carried:
                place.ended.append(f"carried back: {one.what}")
    writes = []
    for row, cells in found.restored.items():
        book.change(row, cells)
        writes.append(RowWrite(row, False, cells))
    _write(run, loaded, writes)
    for phase in found.phases:
        for told in run.journal.marks(phase.number):
            if place.marked(told["table"]) == told["text"]:
                place.mark(told["table"], told["before"])
    if found.removed:
        place.delete(loaded, found.removed)
        run.progress("rows that are removed", len(found.removed), len(found.removed))
    for phase in found.phases:
        run.journal.add("undone", phase.number)


def _write(run: MigrationRun, loaded: Loaded, writes: list[RowWrite]) -> None:
    done = 0
    for batch in run.place.batches(writes):
        run.place.write(loaded, batch)
        done += len(batch)
        run.progress(batch[0].row.table, done, len(writes))
    run.place.write_links(loaded, writes)


# ------------------------------------------------------------ what is undone


def _undo(run: MigrationRun, phase: MigrationPhase, loaded: Loaded, found: WayBack, removed: set[Row]) -> None:
    """Set back what a phase wrote, last first."""
    for told in reversed([*run.journal.rows(phase.number)]):
        if told.table not in loaded.book.doc.tables:
            continue
        if told.new:
            row = loaded.labels.row(told.table, told.label)
            if row is not None and (told.sure or _is_ours(told, row, loaded)):
                removed.add(row)
                found.restored.pop(row, None)
            continue
        row = loaded.row(told.table, told.name)
        if row is None or row in removed:
            continue
        columns = loaded.book.doc.tables[row.table].columns
        for name, (before, was, now) in told.cells.items():
            if name not in columns:
                continue
            planned = found.restored.get(row, {})
            present = canonical(planned.get(name, loaded.book.value(row, name)), loaded.labels.of)
            if present == was:
                continue
            if present != now:
                found.kept.append(f"{row.table}.{name} of {told.label} was changed since, and stays")
                continue
            try:
                found.restored.setdefault(row, {})[name] = restored(before, columns[name], loaded)
            except BadCell as problem:
                found.kept.append(f"{row.table}.{name} of {told.label}: {problem}")


def _is_ours(told: JournalRow, row: Row, loaded: Loaded) -> bool:
    """Whether a row has what an interrupted batch wrote, or a part of it."""
    values = {name: canonical(loaded.book.value(row, name), loaded.labels.of) for name in told.cells}
    return all(values[name] in (None, now) for name, (_, _, now) in told.cells.items())


# ------------------------------------------------------------ what people wrote since


def _losses(run: MigrationRun, to_phase: int, loaded: Loaded, found: WayBack, removed: set[Row]) -> None:
    """The rows that people wrote since the copies were made, and what of them can be carried back."""
    cutover = run.journal.last("cutover", run.migration.cutover)
    written = _written(run, found.phases)
    carrying = _Carrying(run, loaded, found)
    for row in removed:
        cells = written.get((row.table, loaded.labels.of(row)), {})
        changed = [
            name for name, now in cells.items() if canonical(loaded.book.value(row, name), loaded.labels.of) != now
        ]
        if changed:
            carrying.edited(row, changed)
    if cutover is None or run.migration.cutover <= to_phase:
        return
    known: Mapping[str, Mapping[str, str]] = cutover["rows"]
    for table, marks in known.items():
        for row in loaded.book.rows(table) if table in loaded.book.doc.tables else ():
            label = loaded.labels.of(row)
            if row in removed:
                continue
            if label not in marks:
                carrying.new(row)
            elif marks[label] != row_mark(row, loaded):
                what = f"{table} {label} was changed since the cutover"
                found.losses.append(Loss(what, False, "it is no copy, so it stays as it is"))


def _written(run: MigrationRun, phases: Iterable[MigrationPhase]) -> dict[tuple[str, str], dict[str, object]]:
    found: dict[tuple[str, str], dict[str, object]] = {}
    for phase in reversed([*phases]):
        for told in run.journal.rows(phase.number):
            found.setdefault((told.table, told.label), {}).update({name: cell[2] for name, cell in told.cells.items()})
    return found


@dataclass
class _Carrying:
    run: MigrationRun
    loaded: Loaded
    found: WayBack

    @property
    def book(self) -> Workbook:
        """The rows."""
        return self.loaded.book

    def edited(self, row: Row, changed: list[str]) -> None:
        """A copy that people changed: each cell that is a plain copy goes back into its column."""
        label = self.loaded.labels.of(row)
        work = [copy for phase in self.run.migration.phases for copy in self.run.work(self.loaded, phase).copies]
        copy = next((one for one in work if one.target == row), None)
        for name in changed:
            what = f"{row.table}.{name} of {label}"
            old = _plain(copy.rule, name, self.book) if copy is not None else ""
            if copy is None or not old:
                self.found.losses.append(Loss(what, False, "no column of the old table has the same value"))
                continue
            column = self.book.doc.tables[copy.rule.table].columns[old]
            value = self.book.value(row, name)
            if why := _misfit(column, value):
                self.found.losses.append(Loss(what, False, why))
            else:
                self.found.carried.append((copy.source, copy.rule.table, {old: value}))
                self.found.losses.append(Loss(what, True))

    def new(self, row: Row) -> None:
        """A row that people added to a new table: `back` says what it is in the old one."""
        what = f"{row.table} {self.loaded.labels.of(row)}"
        rule = next((one for one in self.run.migration.copies if one.to == row.table and one.back), None)
        if rule is None:
            self.found.losses.append(Loss(what, False, "no rule says with `back` what it is in the old table"))
            return
        cells: dict[str, object] = {}
        columns = self.book.doc.tables[rule.table].columns
        for name, source in rule.back.items():
            bound = bind_rule(self.book.doc, source, row.table, value_type(columns[name]))[0]
            value = self.book.evaluate(bound, row)
            why = value.message if isinstance(value, Error) else _misfit(columns[name], value)
            if why:
                self.found.losses.append(Loss(what, False, f"{rule.table}.{name}: {why}"))
                return
            cells[name] = value
        key = key_of(self.book.doc.tables[rule.table])
        if key is not None and any(
            as_text(self.book.value(other, key.name)) == as_text(cells.get(key.name))
            for other in self.book.rows(rule.table)
        ):
            self.found.losses.append(Loss(what, True, "it was carried before"))
            return
        self.found.carried.append((None, rule.table, cells))
        self.found.losses.append(Loss(what, True))


def _plain(rule: CopyRule, name: str, book: Workbook) -> str:
    """The column of the old table that a column of the copy has unchanged; empty if there is none."""
    source = rule.settings.get(name)
    if source is None:
        return ""
    wanted = value_type(book.doc.tables[rule.to].columns[name])
    body = bind_rule(book.doc, source, rule.table, wanted)[0].body
    return body.column if isinstance(body, ir.Field) and isinstance(body.row, ir.Local) else ""


def _misfit(column: Column, value: object) -> str:
    items = value if isinstance(value, list) else [value]
    wrong = [item for item in items if column.options and isinstance(item, str) and item not in column.options]
    return f"{wrong[0]} is no option of {column.name}" if wrong and not is_blank(wrong[0]) else ""


# ------------------------------------------------------------ known issues


def _issues(run: MigrationRun, phases: Iterable[MigrationPhase], loaded: Loaded, removed: set[Row]) -> Iterator[str]:
    """What no rollback takes back, from what the doc has."""
    doc = loaded.book.doc
    numbers = {phase.number for phase in phases}
    created = [part for phase in phases for part in run.journal.created(phase.number)]
    if created:
        yield f"what was made stays: {', '.join(created)}; `codaform deploy --prune` removes what the folder lacks"
    if any(phase.dropped for phase in phases):
        yield "what the contract dropped comes back from a backup alone: `codaform restore`"
    if not is_over(doc, run.migration):
        since = run.migration.cutover in numbers
        yield from known_issues(doc, run.migration, {row.table for row in removed}, since)
    yield from run.place.blind_spots()
