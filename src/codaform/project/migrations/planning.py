"""The steps of a migration in their order, each with what it can lose, and what would break at each phase."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from codaform.model import types
from codaform.model.schema import Doc
from codaform.project.migration_file import Migration, MigrationPhase, Part
from codaform.project.migrations.checking import check_migration
from codaform.project.migrations.stages import PartReader, has, readers, told, without
from codaform.project.migrations.taking import PhaseWork
from codaform.project.project import Project, cases
from codaform.project.scenarios import title
from codaform.project.validation import check_case, check_scenario, validation
from codaform.semantics.dependencies import dependencies_of
from codaform.semantics.program import FormulaSite, bind_site, formulas

StepKind = Literal["create", "copy", "verify", "update", "deprecate", "drop"]
Reversal = Literal["reversible", "lossy", "one-way"]
"""Whether a rollback brings back everything, or all but what copies have no place for, or only a backup does."""


@dataclass(frozen=True, slots=True)
class MigrationStep:
    """A step. what: As `db_templates to process_templates`. rows: How many rows or cells it takes; None for no rows.
    why: What is lost, or stays open."""

    phase: MigrationPhase
    kind: StepKind
    what: str
    reversal: Reversal
    rows: int | None = None
    why: str = ""


def steps(doc: Doc, work: Sequence[tuple[MigrationPhase, PhaseWork]]) -> Iterator[MigrationStep]:
    """The steps of phases: what is new, copies, their certificate, updates, marks, and what goes.

    work: What each phase does, as rehearsed.
    """
    for phase, found in work:
        if phase.created:
            made = [str(part) for part in phase.created if not has(doc, part)]
            why = f"the folder lacks {', '.join(made)}" if made else "deploy makes what the doc lacks"
            yield MigrationStep(phase, "create", _listed(phase.created), "reversible", None, why)
        for rule in phase.copies:
            count = sum(copy.rule is rule for copy in found.copies)
            behind = ", ".join(rule.left)
            reversal: Reversal = "lossy" if behind else "reversible"
            yield MigrationStep(phase, "copy", str(rule), reversal, count, f"no copy has {behind}" if behind else "")
        if phase.copies:
            open_rows = len(found.refused)
            why = f"{open_rows} rows wait for a decision" if open_rows else ""
            yield MigrationStep(phase, "verify", "certificate of no loss", "reversible", None, why)
        for update in phase.updates:
            count = sum(one.rule is update for one in found.updates)
            mine = {*update.columns}
            open_rows = sum(one.row.table == update.table and mine.issuperset(one.columns) for one in found.unmatched)
            why = f"nothing is found for {open_rows}" if open_rows else ""
            yield MigrationStep(phase, "update", str(update), "reversible", count, why)
        for part in phase.deprecated:
            yield MigrationStep(phase, "deprecate", str(part), "reversible")
        if phase.dropped:
            why = f"{phase.keep_days} days after the cutover at the earliest" if phase.keep_days else ""
            yield MigrationStep(phase, "drop", _listed(phase.dropped), "one-way", None, why)


def _listed(parts: Sequence[Part]) -> str:
    return ", ".join(map(str, parts))


# ------------------------------------------------------------ what breaks


def breaks(project: Project, migration: Migration) -> Iterator[tuple[MigrationPhase, PartReader]]:
    """What would be broken after each phase, as it reads a thing that is gone by then."""
    gone: list[Part] = []
    for phase in migration.phases:
        gone += [part for part in phase.dropped if has(project.doc, part)]
        if phase.dropped:
            for found in everything(project, gone, migration):
                yield phase, found


def everything(project: Project, gone: Sequence[Part], migration: Migration | None = None) -> Iterator[PartReader]:
    """Everything of a project that breaks when parts go: formulas, views, tests, cases, scenarios, other migrations."""
    if not gone:
        return
    doc = project.doc
    after = without(doc, gone)
    yield from readers(doc, gone)
    yield from _of_tests(project, after)
    yield from _of_cases(project, after)
    for other in project.migrations:
        if migration is not None and other.id == migration.id:
            continue
        told = {one.message for one in check_migration(doc, other)}
        wrong_ones = [one for one in check_migration(after, other) if one.message not in told]
        if wrong_ones:
            yield PartReader(f"the migration {other.id}", wrong_ones[0].message)


def _of_tests(project: Project, after: Doc) -> Iterator[PartReader]:
    """The data tests that break."""
    for test in project.tests:
        if test.table not in after.tables:
            continue
        if test.column and test.column not in after.tables[test.table].columns:
            continue
        where = f"the test {test.name} of {test.table}{f'.{test.column}' if test.column else ''}"
        if test.to and (test.to not in after.tables or test.to_column not in after.tables[test.to].columns):
            yield PartReader(where, f"it looks for values in {test.to}.{test.to_column}")
        if test.formula is not None:
            place = FormulaSite("test", test.table, test.name)
            _, said = bind_site(after, place, test.formula, types.BOOLEAN)
            wrong = next((one for one in said if one.rule.severity == "error"), None)
            if wrong is not None:
                yield PartReader(where, wrong.message)


def _of_cases(project: Project, after: Doc) -> Iterator[PartReader]:
    """The cases and scenarios that break."""
    now, then = validation(project.doc), validation(after)
    for file in project.cases:
        if file.place.table and file.place.table not in after.tables:
            continue
        owner = after.tables.get(file.place.table)
        if owner is not None and file.place.role == "formula" and file.place.name not in owner.columns:
            continue
        for name, node in cases(file):
            before = len(check_case(now, file, node))
            if len(found := check_case(then, file, node)) > before:
                yield PartReader(f"the case {name} in {file.source.name}", found[-1].message)
    for scenario in project.scenarios:
        known = {one.message for one in check_scenario(now, scenario)}
        new = [one for one in check_scenario(then, scenario) if one.message not in known]
        if new:
            yield PartReader(f"the scenario {title(scenario)}", new[0].message)


# ------------------------------------------------------------ what no rollback takes back


def known_issues(doc: Doc, migration: Migration, removed: Collection[str], since_cutover: bool) -> Iterator[str]:
    """What stays as people or buttons made it when copies are removed, from what a doc has.

    removed: The tables that lose rows. since_cutover: Whether people worked with the new tables.
    """
    if since_cutover:
        tables = {rule.to for rule in migration.copies} | {rule.table for rule in migration.copies}
        for place, source, _ in formulas(doc):
            if place.role == "action":
                bound, _said = bind_site(doc, place, source, None)
                if tables & {thing.table for thing in dependencies_of(doc, bound.body).things}:
                    yield f"rows that {told(place)} wrote since the cutover"
        for table in sorted(removed):
            for view in doc.tables[table].views:
                yield f"the view {view.name} shows {table}, which people leave again"
    pointing = {
        f"{table.name}.{column.name}"
        for table in doc.tables.values()
        for column in table.columns.values()
        if column.kind == "relation" and not column.computed and column.to in removed
    }
    for column in sorted(pointing):
        yield f"links that people set in {column} to rows that are removed"
