"""Whether a migration fits its doc: names, formulas by their types before and after, and an order that can work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix, Rule
from codaform.model import types
from codaform.model.schema import Column, Doc, Table, value_type
from codaform.model.types import Type
from codaform.project.cell_findings import bad_cell
from codaform.project.cells import BadCell
from codaform.project.migration_file import CopyRule, Migration, MigrationPhase, Part, UpdateRule, WrittenCells
from codaform.project.migrations.stages import at_phase, has, is_over
from codaform.project.rows import read_raw
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site
from codaform.source import Source, Span
from codaform.spelling import did_you_mean, nearest


def check_migration(doc: Doc, migration: Migration) -> list[Diagnostic]:
    """All findings about a migration; none about one whose old tables the folder has no more."""
    if is_over(doc, migration):
        return []
    work = _Checking(doc, migration)
    for phase in migration.phases:
        work.phase(phase)
    work.order()
    work.decisions()
    return work.found


@dataclass
class _Checking:
    doc: Doc
    migration: Migration
    found: list[Diagnostic] = field(default_factory=list)

    def say(self, rule: Rule, message: str, span: Span, help: str = "", fix: Fix | None = None) -> None:
        self.found.append(Diagnostic(rule, message, self.migration.source, span, help, fix))

    # ------------------------------------------------------------ phases

    def phase(self, phase: MigrationPhase) -> None:
        now = at_phase(self.doc, self.migration, phase.number)
        for part in (*phase.created, *phase.deprecated, *phase.dropped):
            self.part(part)
        for copy in phase.copies:
            self.copy(copy, now)
        for update in phase.updates:
            self.update(update, now)
        if phase.keep_days and not phase.dropped:
            message = f"the phase {phase.name} keeps old things for {phase.keep_days} days, and drops none"
            self.say(rules.CONTRADICTION, message, phase.span, "keep_days belongs to the phase with drop")

    def order(self) -> None:
        """What is made comes before what is copied, and what goes comes last."""
        dropped: dict[str, MigrationPhase] = {}
        for phase in self.migration.phases:
            used = [*(rule.table for rule in phase.copies), *(rule.to for rule in phase.copies)]
            used += [rule.table for rule in phase.updates] + [part.table for part in phase.deprecated]
            for name in dict.fromkeys(used):
                if name in dropped:
                    message = f"{phase.name} uses {name}, which {dropped[name].name} drops before"
                    self.say(rules.CONTRADICTION, message, phase.span, "drop it in the last phase")
            dropped |= {part.table: phase for part in phase.dropped if not part.column}
        if self.migration.dropped and self.migration.cutover > len(self.migration.phases):
            message = "the migration drops things, and no phase deprecates a table before"
            help = "deprecate: [OLD TABLE] in an earlier phase says from when on the old rows are only read"
            self.say(rules.CONTRADICTION, message, self.migration.dropped[0].span, help)

    def part(self, part: Part) -> None:
        table = self.table(part.table, part.span)
        if table is not None and part.column and part.column not in table.columns:
            self.no_column(table, part.column, self.scalar(part.span, "column", part.column, last=True))

    # ------------------------------------------------------------ rules

    def copy(self, rule: CopyRule, now: Doc) -> None:
        table, to = self.table(rule.table, rule.span, "from"), self.table(rule.to, rule.span, "to")
        if table is None or to is None:
            return
        if table is to:
            self.say(rules.CONTRADICTION, f"{rule.table} is copied into itself", rule.span, "name two tables")
            return
        self.condition(rule.where, table, now)
        self.condition(rule.subset, table, now)
        self.settings("set", rule.settings, to, table, rule.spans, now)
        self.settings("back", rule.back, table, to, rule.spans, now)
        self.key(rule, to)
        for name in rule.left:
            if name not in table.columns:
                self.no_column(table, name, rule.spans["left", name])
        for name, why in rule.left.items():
            if name in table.columns and not why.strip():
                self.say(rules.WRONG_SHAPE, f"{name} is left behind without a reason", rule.spans["left", name], _WHY)

    def key(self, rule: CopyRule, to: Table) -> None:
        key = key_of(to)
        if key is None:
            help = "mark one with key: true in its table.yml; a second run finds the copies by it"
            self.say(rules.CONTRADICTION, f"{to.name} has no key column", rule.span, help)
        elif key.name not in rule.settings:
            help = f'a formula that gives each row its own, as {key.name}: Concatenate("C-", RowId(thisRow))'
            message = f"the copies get no {key.name}, which is the key of {to.name}"
            self.say(rules.CONTRADICTION, message, rule.span, help)

    def update(self, rule: UpdateRule, now: Doc) -> None:
        table = self.table(rule.table, rule.span, "table")
        if table is None:
            return
        self.condition(rule.where, table, now)
        self.settings("set", rule.settings, table, table, rule.spans, now)
        for cells in rule.rows.values():
            self.cells(cells, table)
        if not rule.settings and not rule.rows:
            self.say(
                rules.CONTRADICTION, f"the update of {rule.table} sets nothing", rule.span, "set: or rows: says what"
            )

    def settings(
        self,
        key: str,
        settings: Mapping[str, Source],
        into: Table,
        rows: Table,
        spans: Mapping[tuple[str, str], Span],
        now: Doc,
    ) -> None:
        """Formulas for columns of a table, in rows of another one."""
        for name, source in settings.items():
            column = into.columns.get(name)
            if column is None:
                self.no_column(into, name, spans[key, name])
            elif column.computed:
                self.computed(into, column, spans[key, name])
            else:
                self.formula(source, rows, value_type(column), now)

    def condition(self, source: Source | None, table: Table, now: Doc) -> None:
        if source is not None:
            self.formula(source, table, types.BOOLEAN, now)

    def formula(self, source: Source, table: Table, wanted: Type, now: Doc) -> None:
        """A formula in rows of a table, at its phase and in the whole doc."""
        _, said = bind_rule(self.doc, source, table.name, wanted)
        self.found.extend(said)
        if _has_error(said):
            return
        _, then = bind_rule(now, source, table.name, wanted)
        for one in then:
            if one.rule.severity == "error":
                help = "at this phase it is not made yet, or gone"
                self.found.append(Diagnostic(one.rule, one.message, one.source, one.span, help))

    # ------------------------------------------------------------ what a person wrote

    def decisions(self) -> None:
        for name, decided in self.migration.decisions.items():
            copies = [rule for rule in self.migration.copies if rule.table == name]
            if not copies:
                span = next(iter(decided.values())).span if decided else self.migration.tree.span
                self.say(rules.CONTRADICTION, f"no rows of {name} are copied, so there is nothing to decide", span)
                continue
            targets = {rule.to for rule in copies}
            for row, decision in decided.items():
                if not (decision.to or decision.leave or decision.cells.cells):
                    message = f"of {row} it is not said what happens to it"
                    self.say(rules.CONTRADICTION, message, decision.span, "write to: TABLE, or leave: and why")
                elif decision.cells.cells and decision.leave and not decision.to:
                    message = f"{row} is not copied, and has cells for its copy"
                    self.say(rules.CONTRADICTION, message, decision.span, "write to: TABLE too, or no cells")
                elif decision.to and decision.to not in targets:
                    close = nearest(decision.to, targets)
                    message = f"no rule copies rows of {name} to {decision.to}"
                    help = did_you_mean(close, f"there are rules for {', '.join(sorted(targets))}")
                    self.say(rules.CONTRADICTION, message, decision.span, help)
                into = [decision.to] if decision.to else sorted(targets)
                known = [self.doc.tables[one] for one in into if one in self.doc.tables]
                if len(known) == 1:
                    self.cells(decision.cells, known[0])

    def cells(self, written: WrittenCells, table: Table) -> None:
        for name, cell in written.cells.items():
            column = table.columns.get(name)
            if column is None:
                self.no_column(table, name, written.spans[name])
            elif column.computed:
                self.computed(table, column, written.spans[name])
            else:
                try:
                    read_raw(cell, column, ZoneInfo(self.doc.time_zone))
                except BadCell as problem:
                    self.found.append(bad_cell(problem, self.migration.source, cell.span))

    # ------------------------------------------------------------ names

    def table(self, name: str, span: Span, key: str = "") -> Table | None:
        found = self.doc.tables.get(name)
        if found is None and name:
            close = nearest(name, self.doc.tables)
            at = self.scalar(span, key, name)
            fix = Fix(f"write {close}", (Edit(at, close),), safe=False) if close and at != span else None
            self.say(rules.UNKNOWN_TABLE, f"there is no table {name}", at, did_you_mean(close), fix)
        return found

    def scalar(self, span: Span, key: str, name: str, last: bool = False) -> Span:
        """The place of a name within that of its rule, or of the part that it ends."""
        if not key:
            return span
        text = self.migration.source.text
        at = text.rfind(name, span.start, span.end) if last else text.find(name, span.start, span.end)
        return Span(at, at + len(name)) if at >= 0 else span

    def no_column(self, table: Table, name: str, span: Span) -> None:
        close = nearest(name, table.columns)
        help = did_you_mean(close, f"it has {', '.join(table.columns)}")
        self.say(rules.UNKNOWN_COLUMN, f"table {table.name} has no column {name}", span, help)

    def computed(self, table: Table, column: Column, span: Span) -> None:
        help = "only entered columns can be set"
        self.say(rules.CONTRADICTION, f"{table.name}.{column.name} is computed", span, help)


_WHY = "write why its values are not needed, or set a column from it"


def bind_rule(doc: Doc, source: Source, table: str, wanted: Type) -> tuple[Bound, tuple[Diagnostic, ...]]:
    """The formula of a rule, in rows of a table, and what there is to say of it."""
    return bind_site(doc, FormulaSite("test", table, ""), source, wanted)


def key_of(table: Table) -> Column | None:
    """The column that tells the rows of a table apart."""
    return next((column for column in table.columns.values() if column.key), None)


def unknown_parts(doc: Doc, parts: Iterable[Part]) -> Iterator[Part]:
    """The parts that a doc does not have."""
    return (part for part in parts if not has(doc, part))


def _has_error(said: Iterable[Diagnostic]) -> bool:
    return any(one.rule.severity == "error" for one in said)
