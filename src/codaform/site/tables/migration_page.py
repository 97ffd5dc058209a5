"""The page of a migration: its phases, every column of its copies, what it does to the sample rows, what stays open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from codaform.model.schema import Doc
from codaform.project import loading
from codaform.project.migration_file import CopyRule, Migration, MigrationPhase, Part, UpdateRule
from codaform.project.migrations.canonical import Labels, entered
from codaform.project.migrations.certifying import certify
from codaform.project.migrations.checking import check_migration
from codaform.project.migrations.planning import known_issues
from codaform.project.migrations.stages import is_over
from codaform.project.migrations.taking import PhaseWork, Taking
from codaform.project.rows import RawCell
from codaform.site.certificates import certificate_body
from codaform.site.markdown import code, escaped, join_blocks, table
from codaform.site.pages import Page
from codaform.site.tables.doc_index import DocIndex
from codaform.site.tables.places import migration_path

_UNSEEN = (
    "automations that ran since: no API lists them",
    "messages and calls that buttons sent outside of the doc",
    "the looks of views, and comments on rows that are removed",
)
"""What no API shows of a doc in Coda."""


def migration_page(index: DocIndex, migration: Migration) -> Page:
    """The page of a migration, with its effects on the sample rows."""
    project = index.session.project
    path = migration_path(tuple(one.id for one in project.migrations), migration.id)
    sound = not any(one.rule.severity == "error" for one in check_migration(project.doc, migration))
    over = is_over(project.doc, migration)
    done = _rehearsed(index, migration) if sound and not over else {}
    parts = [f"# {escaped(migration.name)}", escaped(migration.about), _phases(migration)]
    if over:
        parts.append("The tables that it empties are gone from this folder: the migration is over here.")
    for phase in migration.phases:
        parts += [f"## {phase.number}. {escaped(phase.name)}", escaped(phase.about)]
        parts += _phase(project.doc, phase, done.get(phase.number, ("", PhaseWork(phase)))[1])
        if done and (phase.copies or phase.updates):
            parts += ["### On the sample rows", done[phase.number][0]]
    parts += _decisions(migration)
    if sound and not over:
        tables = {rule.to for rule in migration.copies}
        issues = [*known_issues(project.doc, migration, tables, since_cutover=True), *_UNSEEN]
        parts += ["## What no rollback takes back", "\n".join(f"- {escaped(issue)}" for issue in issues)]
    text = join_blocks(*(part for part in parts if part))
    return Page(path, f"Migration: {migration.name}", text, migration.about or f"The migration {migration.name}.")


def _rehearsed(index: DocIndex, migration: Migration) -> dict[int, tuple[str, PhaseWork]]:
    """By phase, its certificate on the sample rows and what it does to them."""
    project = index.session.project
    book = index.session.workbook()
    loading.load(book, project.rows)
    labels = Labels(book)
    taking = Taking(migration, book, labels, project.tests)
    found: dict[int, tuple[str, PhaseWork]] = {}
    at = index.session.now.isoformat(timespec="seconds")
    for phase in migration.phases:
        work = taking.phase(phase)
        taking.apply(work)
        again = taking.phase(phase)
        named = {(one.row, one.column) for one in again.updates}
        again.updates += [replace(one, state="same") for one in work.updates if (one.row, one.column) not in named]
        after = certify(migration, again, book, labels, "the sample rows", at)
        found[phase.number] = certificate_body(after, "####"), work
    return found


def _phases(migration: Migration) -> str:
    rows = [[f"{phase.number}", escaped(phase.name), escaped(_does(phase)), _back(phase)] for phase in migration.phases]
    return table(["Phase", "", "What it does", "Way back"], rows)


def _does(phase: MigrationPhase) -> str:
    said = [
        "makes tables and columns" if phase.created else "",
        f"copies rows of {', '.join(dict.fromkeys(rule.table for rule in phase.copies))}" if phase.copies else "",
        f"sets {', '.join(map(str, phase.updates))}" if phase.updates else "",
        f"says that {', '.join(map(str, phase.deprecated))} is old" if phase.deprecated else "",
        f"drops {', '.join(map(str, phase.dropped))}" if phase.dropped else "",
    ]
    return "; ".join(part for part in said if part)


def _back(phase: MigrationPhase) -> str:
    if phase.dropped:
        return "a backup alone"
    return "`codaform migrate rollback`"


def _phase(doc: Doc, phase: MigrationPhase, work: PhaseWork) -> Iterator[str]:
    if phase.created:
        yield f"New: {_parts(phase.created)}."
    for rule in phase.copies:
        yield f"### {escaped(rule.table)} to {escaped(rule.to)}"
        yield escaped(rule.about)
        yield f"Which rows: {_formula(rule.where.text) if rule.where else 'all'}"
        if rule.subset is not None:
            yield f"As a try in phase 1: {_formula(rule.subset.text)}"
        yield _mapping(doc, rule)
    for update in phase.updates:
        yield f"### Set {escaped(str(update))}"
        yield escaped(update.about)
        yield _update(update)
        open_rows = [one.label for one in work.unmatched if one.row.table == update.table]
        if open_rows:
            yield f"Nothing is found for {escaped(', '.join(open_rows))}."
    for part in phase.deprecated:
        yield f"The subtitle of the page of {code(str(part))} says that it is old. Its rows do not change."
    if phase.dropped:
        yield f"Gone for good: {_parts(phase.dropped)}."
        if phase.keep_days:
            yield f"Not before {phase.keep_days} days after the cutover, and not while anything reads them."


def _parts(parts: Sequence[Part]) -> str:
    return ", ".join(code(str(part)) for part in parts)


def _formula(text: str) -> str:
    return code(" ".join(text.split()))


def _mapping(doc: Doc, rule: CopyRule) -> str:
    """Every column that can be entered, of the copy and of the old table."""
    rows: list[list[str]] = []
    if rule.to in doc.tables:
        for column in entered(doc.tables[rule.to]):
            source = rule.settings.get(column.name)
            rows.append([code(f"{rule.to}.{column.name}"), _formula(source.text) if source else "stays blank"])
    rows += [[f"{code(f'{rule.table}.{name}')} is left", escaped(why)] for name, why in rule.left.items()]
    return table(["Column", "From"], rows)


def _update(update: UpdateRule) -> str:
    rows = [[f"each {code(name)}", _formula(source.text)] for name, source in update.settings.items()]
    for row, written in update.rows.items():
        told = ", ".join(f"{code(name)}: {escaped(_cell(cell))}" for name, cell in written.cells.items())
        rows.append([escaped(row), told])
    where = f"Which rows: {_formula(update.where.text)}" if update.where else "All rows."
    return join_blocks(where, table(["What", "Gets"], rows)) if rows else where


def _cell(cell: RawCell) -> str:
    return (cell.text if isinstance(cell.text, str) else "; ".join(cell.text)) or "nothing"


def _decisions(migration: Migration) -> Iterator[str]:
    rows = [
        [code(name), escaped(row), escaped(f"to {one.to}" if one.to else "stays"), escaped(one.leave)]
        for name, decided in migration.decisions.items()
        for row, one in decided.items()
    ]
    if rows:
        yield "## Decisions"
        yield table(["Table", "Row", "What", "Why"], rows)
