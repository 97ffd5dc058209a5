"""What the rules of a migration do to the rows of a workbook: which rows are copied, set, left or refused, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from codaform.evaluation.workbook import Workbook
from codaform.model import types
from codaform.model.formats import LIMITED
from codaform.model.number_text import number_text
from codaform.model.schema import Column, Table, value_type
from codaform.model.types import Type
from codaform.model.values import Error, Row, identity, is_blank
from codaform.project import loading
from codaform.project.cells import BadCell
from codaform.project.column_formats import out_of_limits
from codaform.project.migration_file import (
    CopyRule,
    Migration,
    MigrationPhase,
    RowDecision,
    UpdateRule,
    WrittenCells,
)
from codaform.project.migrations.canonical import Labels, canonical, entered
from codaform.project.migrations.checking import bind_rule, key_of
from codaform.project.project import DataTest
from codaform.project.rows import read_raw
from codaform.semantics.bind import Bound
from codaform.semantics.dependencies import dependencies_of
from codaform.source import Source

CellState = Literal["add", "change", "same", "kept"]
"""What a rule finds: a row or a cell that is still to be written; one with another value to come; one that is as
wanted; one that a person changed after it was written, and that stays."""


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """What earlier runs wrote into a row. cells: By column, the values, in canonical form, that the cell may have if no
    person changed it. sure: Whether the writing is known to have ended."""

    cells: Mapping[str, tuple[object, ...]]
    sure: bool = True


Base = Mapping[tuple[str, str], WrittenRow]
"""What earlier runs wrote, by table and label of the row."""


@dataclass(frozen=True, slots=True)
class CopiedRow:
    """A row of an old table, and its copy. target: The copy, if it is there. cells: The wanted cells by column."""

    rule: CopyRule
    source: Row
    key: str
    cells: Mapping[str, object]
    target: Row | None
    state: CellState


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that blocks its phase until a person decides. table, label: Of the row."""

    table: str
    label: str
    row: Row
    reason: str


@dataclass(frozen=True, slots=True)
class LeftRow:
    """A row that a person decided not to copy."""

    row: Row
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class CellUpdate:
    """A cell that an update sets."""

    rule: UpdateRule
    row: Row
    column: str
    before: object
    after: object
    state: CellState


@dataclass(frozen=True, slots=True)
class UnmatchedRow:
    """A row that an update found nothing for. label: Of the row."""

    row: Row
    label: str
    columns: tuple[str, ...]


@dataclass
class PhaseWork:
    """What the rules of a phase do. blocked: Whether a person has to decide first."""

    phase: MigrationPhase
    copies: list[CopiedRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    left: list[LeftRow] = field(default_factory=list)
    updates: list[CellUpdate] = field(default_factory=list)
    unmatched: list[UnmatchedRow] = field(default_factory=list)

    @property
    def blocked(self) -> bool:
        """Whether a person has to decide before anything is written."""
        return bool(self.refused)

    @property
    def to_write(self) -> int:
        """How many rows and cells are still to be written."""
        states = [*(one.state for one in self.copies), *(one.state for one in self.updates)]
        return sum(state in ("add", "change") for state in states)


class Taking:
    """The rules of a migration on the rows of a workbook.

    tests: What must hold for the rows. base: What earlier runs wrote. fits: Why a place cannot hold a value; empty
    where it can.
    """

    def __init__(
        self,
        migration: Migration,
        book: Workbook,
        labels: Labels,
        tests: Sequence[DataTest] = (),
        base: Base | None = None,
        fits: Callable[[Column, object], str] = lambda _, __: "",
    ) -> None:
        self.migration = migration
        self.book = book
        self.labels = labels
        self._tests = tests
        self._base: Base = base or {}
        self._fits = fits
        self._bound = cache(self._bind)
        self._by_key: dict[str, dict[str, Row]] = {}

    def phase(self, phase: MigrationPhase, subset: bool = False) -> PhaseWork:
        """What a phase does to the rows as they are. subset: Whether only those are copied that a try takes."""
        work = PhaseWork(phase)
        rules = self.migration.copies if subset else phase.copies
        for table in dict.fromkeys(rule.table for rule in rules):
            self._copies([rule for rule in rules if rule.table == table], work, subset)
        if not subset:
            for rule in phase.updates:
                self._updates(rule, work)
        return work

    def subset(self) -> PhaseWork:
        """What a try copies, before the phase of the copies."""
        first = self.migration.phases[0]
        rules = [rule for rule in self.migration.copies if rule.subset is not None]
        return self.phase(first, subset=True) if rules else PhaseWork(first)

    def apply(self, work: PhaseWork) -> None:
        """Write what a phase does into the workbook."""
        for copy in work.copies:
            if copy.state == "add":
                self.book.add(copy.rule.to, copy.cells, defaults=False)
                self.labels.forget(copy.rule.to)
                self._by_key.pop(copy.rule.to, None)
            elif copy.state == "change" and copy.target is not None:
                self.book.change(copy.target, copy.cells)
        for update in work.updates:
            if update.state in ("add", "change"):
                self.book.change(update.row, {update.column: update.after})

    # ------------------------------------------------------------ copies

    def _copies(self, rules: Sequence[CopyRule], work: PhaseWork, subset: bool) -> None:
        """The rows of one old table."""
        table = rules[0].table
        refuse = self._refuser(work, table)
        made: dict[tuple[str, str], str] = {}
        unique = _Unique(self, rules)
        for row in self.book.rows(table):
            label = self.labels.of(row)
            decision = self._decision(row, label)
            if subset and not any(
                rule.subset and self._value(rule.subset, row, types.BOOLEAN) is True for rule in rules
            ):
                continue
            if decision is not None and decision.leave and not decision.to:
                work.left.append(LeftRow(row, label, decision.leave))
                continue
            rule, why = self._rule_for(row, rules, decision)
            if rule is None:
                if not subset:
                    refuse(row, why)
                continue
            cells, why = self._cells(rule, row, decision)
            key = self._key(rule.to, cells)
            if not why and not key:
                why = f"its copy would have no {self._key_column(rule.to).name}"
            if not why and (rule.to, key) in made:
                why = f"its copy would have the key {key}, as that of {made[rule.to, key]}"
            why = why or unique.broken(rule, key, cells)
            if not why and (decision is None or not decision.leave):
                why = self._left_behind(rule, row)
            if why:
                refuse(row, why)
                continue
            made[rule.to, key] = label
            target = self.target(rule.to, key)
            state, why = self._state(rule.to, key, cells, target)
            if why:
                refuse(row, why)
            else:
                unique.take(rule, key, cells)
                work.copies.append(CopiedRow(rule, row, key, cells, target, state))

    def _refuser(self, work: PhaseWork, table: str) -> Callable[[Row, str], None]:
        def refuse(row: Row, reason: str) -> None:
            work.refused.append(RefusedRow(table, self.labels.of(row), row, reason))

        return refuse

    def _decision(self, row: Row, label: str) -> RowDecision | None:
        known = self.migration.decisions.get(row.table, {})
        return known.get(label) or known.get(loading.display(self.book, row).strip() or label)

    def _rule_for(
        self, row: Row, rules: Sequence[CopyRule], decision: RowDecision | None
    ) -> tuple[CopyRule | None, str]:
        """The rule that takes a row, or why none does."""
        if decision is not None and decision.to:
            chosen = next((rule for rule in rules if rule.to == decision.to), None)
            return chosen, f"the decision names {decision.to}, to which no rule copies"
        taking: list[CopyRule] = []
        for rule in rules:
            value = True if rule.where is None else self._value(rule.where, row, types.BOOLEAN)
            if isinstance(value, Error):
                return None, f"the condition of the copy to {rule.to} fails: {value.message}"
            if value is True:
                taking.append(rule)
        if len(taking) == 1:
            return taking[0], ""
        if not taking:
            return None, "no rule takes it"
        return None, f"several rules take it: those to {', '.join(rule.to for rule in taking)}"

    def _cells(self, rule: CopyRule, row: Row, decision: RowDecision | None) -> tuple[dict[str, object], str]:
        """The cells of a copy, and why there is none."""
        to = self.book.doc.tables[rule.to]
        cells: dict[str, object] = {}
        written = self._written(decision.cells, to) if decision is not None else ({}, "")
        if written[1]:
            return {}, written[1]
        for name, source in rule.settings.items():
            if name in written[0]:
                continue
            value = self._value(source, row, value_type(to.columns[name]))
            if isinstance(value, Error):
                return {}, f"{rule.to}.{name} would be an error: {value.message}"
            cells[name] = value
        cells |= written[0]
        for name, value in cells.items():
            if why := self._misfit(to, to.columns[name], value):
                return {}, why
        for test in self._tests:
            if (
                test.table == rule.to
                and test.kind == "not_null"
                and not to.columns[test.column].computed
                and is_blank(cells.get(test.column))
            ):
                return {}, f"{rule.to}.{test.column} would be blank, and it must not be"
        return cells, ""

    def _misfit(self, table: Table, column: Column, value: object) -> str:
        """Why a column cannot hold a value; empty where it can."""
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Row) and not self.book.holds(item):
                return f"{table.name}.{column.name} would lead to a row that is not there"
            if column.options and isinstance(item, str) and item and item not in column.options:
                return f"{item} is no option of {table.name}.{column.name}"
            if column.kind in LIMITED and (beyond := out_of_limits(column.kind, column.format, item)):
                return f"{table.name}.{column.name}: {beyond}"
        why = self._fits(column, value)
        return f"{table.name}.{column.name} {why}" if why else ""

    def _left_behind(self, rule: CopyRule, row: Row) -> str:
        """Why a value of a row would be lost; empty where each has a place or a reason."""
        carried = self._carried(rule)
        lost = [
            column.name
            for column in entered(self.book.doc.tables[rule.table])
            if column.name not in carried
            and column.name not in rule.left
            and canonical(self.book.value(row, column.name), self.labels.of) is not None
        ]
        if not lost:
            return ""
        cells = "its value" if len(lost) == 1 else "their values"
        return f"{', '.join(lost)} would be left behind: no setting of the copy to {rule.to} reads {cells}"

    def _carried(self, rule: CopyRule) -> frozenset[str]:
        """The columns of the old table that the settings of a rule read."""
        found: set[str] = set()
        for name, source in rule.settings.items():
            bound = self._bound(source, rule.table, value_type(self.book.doc.tables[rule.to].columns[name]))
            found |= {
                thing.name
                for thing in dependencies_of(self.book.doc, bound.body).things
                if thing.kind == "cells" and thing.table == rule.table
            }
        return frozenset(found)

    def target(self, table: str, key: str) -> Row | None:
        """The row with a key."""
        if table not in self._by_key:
            column = self._key_column(table).name
            self._by_key[table] = {
                as_text(self.book.value(row, column)): row for row in reversed(self.book.rows(table))
            }
        return self._by_key[table].get(key)

    def _state(self, table: str, key: str, cells: Mapping[str, object], target: Row | None) -> tuple[CellState, str]:
        """What is to be done for a copy, and why nothing may be done."""
        base = self._base.get((table, key))
        if target is None:
            if base is not None and base.sure:
                return "kept", f"its copy {key} was deleted after it was written"
            return "add", ""
        states = set[CellState]()
        for name, value in cells.items():
            state, why = self._cell_state(
                self.book.value(target, name), value, None if base is None else base.cells.get(name, ())
            )
            if base is None and state == "change":
                return "kept", f"{table} has a row {key} already, with another {name}"
            if why:
                return "kept", f"{name} of its copy {key} was changed by a person, and the old row too"
            states.add(state)
        return next((state for state in ("change", "kept") if state in states), "same"), ""

    def _cell_state(self, present: object, wanted: object, known: tuple[object, ...] | None) -> tuple[CellState, str]:
        """What is to be done for a cell, and why nothing may be. known: What earlier runs wrote; None if none did."""
        there, new = canonical(present, self.labels.of), canonical(wanted, self.labels.of)
        if there == new:
            return "same", ""
        if known is None or there in known:
            return "change", ""
        return "kept", "" if new in known else "both were changed"

    def _key(self, table: str, cells: Mapping[str, object]) -> str:
        return as_text(cells.get(self._key_column(table).name))

    def _key_column(self, table: str) -> Column:
        found = key_of(self.book.doc.tables[table])
        assert found is not None, "checked before"
        return found

    # ------------------------------------------------------------ updates

    def _updates(self, rule: UpdateRule, work: PhaseWork) -> None:
        table = self.book.doc.tables[rule.table]
        for row in self.book.rows(rule.table):
            label = self.labels.of(row)
            written = rule.rows.get(label) or rule.rows.get(loading.display(self.book, row).strip())
            if written is None:
                taken = True if rule.where is None else self._value(rule.where, row, types.BOOLEAN)
                if isinstance(taken, Error):
                    work.refused.append(RefusedRow(rule.table, label, row, f"the condition fails: {taken.message}"))
                    continue
                if taken is not True:
                    continue
            cells, why = self._new_cells(rule, table, row, written)
            if why:
                work.refused.append(RefusedRow(rule.table, label, row, why))
                continue
            missing = tuple(name for name in rule.columns if is_blank(cells.get(name)))
            if missing and written is None:
                work.unmatched.append(UnmatchedRow(row, label, missing))
            for name, value in cells.items():
                if is_blank(value) and written is None:
                    continue  # nothing was found, so what is there stays
                before = self.book.value(row, name)
                base = self._base.get((rule.table, label))
                known = base.cells.get(name) if base is not None else None
                state, why = self._cell_state(before, value, known)
                work.updates.append(CellUpdate(rule, row, name, before, value, "kept" if why else state))

    def _new_cells(
        self, rule: UpdateRule, table: Table, row: Row, written: WrittenCells | None
    ) -> tuple[dict[str, object], str]:
        decided, why = self._written(written, table) if written is not None else ({}, "")
        if why:
            return {}, why
        cells: dict[str, object] = {}
        for name, source in rule.settings.items():
            if name in decided:
                continue
            value = self._value(source, row, value_type(table.columns[name]))
            if isinstance(value, Error):
                return {}, f"{rule.table}.{name} would be an error: {value.message}"
            cells[name] = value
        cells |= decided
        for name, value in cells.items():
            if why := self._misfit(table, table.columns[name], value):
                return {}, why
        return cells, ""

    def unique_columns(self, table: str) -> list[str]:
        """The columns of a table whose values must differ from row to row."""
        columns = self.book.doc.tables[table].columns
        return [
            test.column
            for test in self._tests
            if test.table == table and test.kind == "unique" and not columns[test.column].computed
        ]

    # ------------------------------------------------------------ values

    def _written(self, written: WrittenCells, table: Table) -> tuple[dict[str, object], str]:
        """The cells that a person wrote, and why one has no value."""
        cells: dict[str, object] = {}
        for name, cell in written.cells.items():
            column = table.columns[name]
            try:
                value = read_raw(cell, column, self.book.zone)
            except BadCell as problem:
                return {}, str(problem)
            if column.kind == "relation" and value:
                texts = [str(text) for text in value] if isinstance(value, list) else [str(value)]
                rows = [
                    self.labels.row(column.to, text) or loading.find_row(self.book, column.to, text) for text in texts
                ]
                missing = [text for text, row in zip(texts, rows, strict=True) if row is None]
                if missing:
                    return {}, f"no row of {column.to} is called {missing[0]}"
                value = rows if column.many else rows[0]
            cells[name] = value
        return cells, ""

    def _value(self, source: Source, row: Row, wanted: Type) -> object:
        bound = self._bound(source, row.table, wanted)
        return self.book.evaluate(bound, row)

    def _bind(self, source: Source, table: str, wanted: Type) -> Bound:
        return bind_rule(self.book.doc, source, table, wanted)[0]


class _Unique:
    """The values that a table's unique columns have, so that no copy doubles one."""

    def __init__(self, taking: Taking, rules: Sequence[CopyRule]) -> None:
        self._taking = taking
        book = taking.book
        self._known: dict[tuple[str, str], dict[object, str]] = {}
        for table in dict.fromkeys(rule.to for rule in rules):
            key = key_of(book.doc.tables[table])
            for name in taking.unique_columns(table):
                known = self._known[table, name] = {}
                for row in book.rows(table):
                    value = book.value(row, name)
                    if not is_blank(value):
                        known[identity(value)] = as_text(book.value(row, key.name)) if key is not None else ""

    def broken(self, rule: CopyRule, key: str, cells: Mapping[str, object]) -> str:
        """Why a copy would double a value; empty where it would not."""
        for name, value in self._of(rule, cells):
            owner = self._known[rule.to, name].get(identity(value))
            if owner is not None and owner != key:
                return f"{rule.to}.{name} must differ from row to row, and {owner} has this one"
        return ""

    def take(self, rule: CopyRule, key: str, cells: Mapping[str, object]) -> None:
        """Note the values of a copy."""
        for name, value in self._of(rule, cells):
            self._known[rule.to, name][identity(value)] = key

    def _of(self, rule: CopyRule, cells: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        for table, name in self._known:
            if table == rule.to and not is_blank(cells.get(name)):
                yield name, cells[name]


def as_text(value: object) -> str:
    """The text of a key."""
    if isinstance(value, float):
        return number_text(value)
    return "" if value is None else str(value)
