"""The steps that the subcommands of `migrate` share: open a place, rehearse, ask, carry out, report."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from codaform.cli.names import pick
from codaform.cli.output.drawing import DrawnCell, Heading, put_table
from codaform.cli.select import label, recall_sound
from codaform.cli.terminal import can_ask, counted, drawn, put, put_json, rich_console, say
from codaform.files import make_folders, write_file
from codaform.migrate.file_place import FILES, FilePlace
from codaform.migrate.journal import MigrationJournal, journal_of
from codaform.migrate.place import Place, Progress
from codaform.migrate.rollback import WayBack, way_back
from codaform.migrate.rollback import carry_out as carry_back_out
from codaform.migrate.running import MigrationRun, PhaseReport
from codaform.project.files import CannotRead, rewrite
from codaform.project.locate import MIGRATIONS, reason
from codaform.project.migration_file import Migration, MigrationPhase
from codaform.project.migrations.certifying import Certificate, as_data
from codaform.project.migrations.decisions import decided
from codaform.project.migrations.planning import breaks, steps
from codaform.project.migrations.stages import PartReader, has, is_over, without
from codaform.project.migrations.taking import RefusedRow
from codaform.project.rows import RawCell
from codaform.project.session import Session
from codaform.site.certificates import certificate_text
from codaform.text import harmless

CERTIFICATES = "certificates"
"""The folder of certificates, in that of migrations."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of every subcommand. place: `files`, `local` or an environment."""

    place: str
    name: str | None
    project: Path | None
    mcp: bool
    alone: bool = False


@dataclass(frozen=True, slots=True)
class AtPlace:
    """A migration at an open place."""

    session: Session
    migration: Migration
    place: Place
    run: MigrationRun

    @property
    def journal(self) -> MigrationJournal:
        """The journal of the place."""
        return self.run.journal


def chosen(session: Session, name: str | None) -> Migration:
    """The migration of a name, or the only one. Raises CannotRead."""
    known = {migration.id: migration for migration in session.project.migrations}
    if not known:
        raise CannotRead(f"the project has no migrations: they are files in {MIGRATIONS}/")
    if name is None and len(known) > 1:
        raise CannotRead(f"there are several migrations; --migration names one of {', '.join(known)}")
    return known[pick("migration", name or next(iter(known)), known)]


@contextmanager
def opened(options: Options) -> Iterator[AtPlace]:
    """A migration at its place, until the block ends. Raises CannotRead."""
    session = Session.recalled(recall_sound(options.project))
    migration = chosen(session, options.name)
    root = session.project.root
    with ExitStack() as stack:
        place: Place
        if options.place == FILES:
            place = FilePlace(session)
        else:
            place = _coda(session, options, stack)
        journal = stack.enter_context(journal_of(root, migration.id, options.place))
        progress = stack.enter_context(_progress())
        keep = _keeper(root, migration)
        run = MigrationRun(migration, place, journal, session.project.tests, progress, keep)
        run.reading = lambda: (f"{reader.what} reads it: {reader.why}" for _, reader in _reading(session, migration))
        yield AtPlace(session, migration, place, run)


def _coda(session: Session, options: Options, stack: ExitStack) -> Place:
    from codaform.cli.connect import connect
    from codaform.cli.deployment import backup_writer, target_of
    from codaform.cli.options import require_extras
    from codaform.deploy.applying.journal import journal_of as deploy_journal_of

    require_extras(options.place)
    from codaform.migrate.coda_place import CodaPlace

    root = session.project.root
    connection = stack.enter_context(connect(session.project, options.place, options.mcp, if_there=True))
    journal = stack.enter_context(deploy_journal_of(root, options.place))
    target = replace(target_of(connection), alone=options.alone)
    return stack.enter_context(CodaPlace(session, target, journal, backup_writer(root, options.place)))


def _keeper(root: Path, migration: Migration) -> Callable[[Certificate], None]:
    """Writes the certificates of phases with rows into the folder of migrations."""

    def keep(certificate: Certificate) -> None:
        if not certificate.sources and not certificate.updates:
            return
        folder = root / MIGRATIONS / CERTIFICATES
        stem = folder / f"{migration.id}.{certificate.environment}.{certificate.phase}"
        from codaform.cli.terminal import as_json

        try:
            make_folders(folder, root)
            write_file(Path(f"{stem}.json"), as_json(as_data(certificate)) + "\n", root)
            write_file(Path(f"{stem}.md"), certificate_text(certificate), root)
        except OSError as error:
            raise CannotRead(f"{stem}.json cannot be written: {reason(error)}") from None
        say(f"certificate: {label(Path(f'{stem}.md'))}")

    return keep


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr, on a terminal only, with the time left at the pace so far."""
    if not drawn(sys.stderr):
        yield lambda *_: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=rich_console(stderr=True), transient=True) as bar:
        tasks: dict[int, Any] = {}

        def on_rows(what: str, done: int, total: int) -> None:
            if total not in tasks:
                tasks[total] = bar.add_task("rows", total=total)
            bar.update(tasks[total], completed=done, description=harmless(what)[:40])

        yield on_rows


def _numbered(migration: Migration, phase: int | None) -> tuple[MigrationPhase, ...]:
    """The phase of a number, or all. Raises CannotRead."""
    found = tuple(one for one in migration.phases if phase in (None, one.number))
    if not found:
        raise CannotRead(f"{migration.id} has {counted(len(migration.phases), 'phase')}, and no phase {phase}")
    return found


# ------------------------------------------------------------ plan


def put_plan(at: AtPlace, phase: int | None, format_: str) -> bool:
    """Show what phases would do; gives whether nothing is open."""
    rehearsed = at.run.rehearsed(_numbered(at.migration, phase))
    planned = list(steps(at.place.doc, rehearsed))
    refused = [row for _, work in rehearsed for row in work.refused]
    reading = list(_reading(at.session, at.migration))
    if format_ == "json":
        put_json(
            {
                "migration": at.migration.id,
                "place": at.place.name,
                "steps": [
                    {
                        "phase": step.phase.number,
                        "name": step.phase.name,
                        "kind": step.kind,
                        "what": step.what,
                        "rows": step.rows,
                        "reversal": step.reversal,
                        "why": step.why,
                        "done": at.journal.is_done(step.phase.number),
                    }
                    for step in planned
                ],
                "refused": [_row_data(row) for row in refused],
                "unmatched": [
                    {"table": one.row.table, "row": one.label, "columns": list(one.columns)}
                    for _, work in rehearsed
                    for one in work.unmatched
                ],
                "readers": [asdict(reader) for _, reader in reading],
            }
        )
        return not refused and not reading
    for phase_of, found in groupby(planned, key=lambda step: step.phase):
        done = ": done" if at.journal.is_done(phase_of.number) else ""
        put(f"phase {phase_of.number} ({harmless(phase_of.name)}){done}")
        for step in found:
            rows = "" if step.rows is None else f", {counted(step.rows, 'row')}"
            why = f": {step.why}" if step.why else ""
            put(f"  {step.kind:<9} {harmless(step.what)}{rows}; {step.reversal}{harmless(why)}")
    _put_refused(refused)
    for _, work in rehearsed:
        for one in work.unmatched:
            say(f"nothing found for {harmless(one.row.table)} {harmless(one.label)}: {', '.join(one.columns)} stays")
    for broken, reader in reading:
        say(f"phase {broken.number} cannot drop yet: {harmless(reader.what)}: {harmless(reader.why)}")
    return not refused and not reading


def _reading(session: Session, migration: Migration) -> Iterator[tuple[MigrationPhase, PartReader]]:
    """What would break at each phase: formulas and files, then documents."""
    yield from breaks(session.project, migration)
    yield from _documents(session, migration)


def _documents(session: Session, migration: Migration) -> Iterator[tuple[MigrationPhase, PartReader]]:
    """The guides that would be false without what a phase drops."""
    from codaform.extras import MissingExtra, require

    gone = [part for part in migration.dropped if has(session.project.doc, part)]
    last = next((phase for phase in migration.phases if phase.dropped), None)
    if not gone or last is None:
        return
    try:
        require("docs")
    except MissingExtra:
        say("documents are not looked at: that needs codaform[docs]")
        return
    from codaform.site.guides.reading import find_documents
    from codaform.site.guides.rendering import render_document

    project = session.project
    smaller = without(project.doc, gone)
    rows = {
        name: [
            replace(row, cells={one: row.cells[one] for one in row.cells if one in table.columns})
            for row in project.rows[name]
        ]
        for name, table in smaller.tables.items()
        if name in project.rows
    }
    tests = tuple(
        test
        for test in project.tests
        if test.table in smaller.tables and (not test.column or test.column in smaller.tables[test.table].columns)
    )
    later = Session(replace(project, doc=smaller, rows=rows, tests=tests, cases=(), scenarios=(), migrations=()))
    for source, path in find_documents(project):
        known = {one.message for one in render_document(session, source, path).problems}
        new = [one for one in render_document(later, source, path).problems if one.message not in known]
        if new:
            more = f" and {len(new) - 1} more" if len(new) > 1 else ""
            yield last, PartReader(f"the document {source.name}", f"{new[0].message}{more}")


def _of_columns(cells: Mapping[str, RawCell], columns: Container[str]) -> dict[str, RawCell]:
    return {name: cell for name, cell in cells.items() if name in columns}


def put_breaks(options: Options, live: bool, format_: str) -> bool:
    """List what would break at each phase; gives whether nothing would."""
    session = Session.recalled(recall_sound(options.project))
    migration = chosen(session, options.name)
    found = list(_reading(session, migration))
    broken: list[str] = []
    if live:
        with opened(options) as at:
            broken = [*at.place.broken()]
    if format_ == "json":
        put_json(
            {
                "migration": migration.id,
                "breaks": [{"phase": phase.number, **asdict(reader)} for phase, reader in found],
                "live": broken,
            }
        )
    else:
        for phase, reader in found:
            put(f"phase {phase.number} ({harmless(phase.name)}): {harmless(reader.what)}: {harmless(reader.why)}")
        for sentence in broken:
            put(f"{options.place}: {harmless(sentence)}")
        if not found and not broken:
            say("nothing would break")
    return not found and not broken


# ------------------------------------------------------------ run


def carry_out(options: Options, phase: int | None, apply: bool, allow_loss: bool, format_: str) -> bool:
    """Carry out phases, or show what they would do; gives whether all is done and certified."""
    with opened(options) as at:
        wanted = _numbered(at.migration, phase)
        if not apply:
            fine = put_plan(at, phase, format_)
            say("nothing was written; --apply carries it out")
            return fine
        if phase is None:
            wanted = tuple(one for one in wanted if not at.journal.is_done(one.number) and not one.dropped)
        if any(one.dropped for one in wanted):
            _confirm(at, allow_loss)
        reports = []
        for report in at.run.phases(wanted):
            reports.append(report)
            if format_ == "text":
                _put_report(report)
        if format_ == "json":
            put_json([_report_data(report) for report in reports])
        else:
            for sentence in at.place.ended:
                say(sentence)
            if not wanted:
                say("every phase is done but the last: --phase says that you want it" if phase is None else "done")
        return all(not report.stopped for report in reports)


def _confirm(at: AtPlace, allowed: bool) -> None:
    """Ask before tables and columns go. Raises CannotRead without a confirmation."""
    if allowed or is_over(at.place.doc, at.migration):
        return
    parts = ", ".join(str(part) for part in at.migration.dropped)
    if not can_ask():
        raise CannotRead(f"{parts} would go, and this is no terminal to confirm it: give --allow-loss")
    typed = click.prompt(f"{parts} go for good. Type the name of the doc", default="", show_default=False, err=True)
    if typed.strip() != at.place.doc.name:
        raise CannotRead(f"that is not the doc's name, {at.place.doc.name}; nothing was written")


def _put_report(report: PhaseReport) -> None:
    phase = report.phase
    state = f"stopped: {report.stopped}" if report.stopped else "done"
    put(f"phase {phase.number} ({harmless(phase.name)}): {counted(report.written, 'row')} written; {harmless(state)}")
    for note in report.notes:
        say(f"note: {harmless(note)}")
    _put_refused(report.refused)
    if report.certificate is not None and report.stopped:
        put(certificate_text(report.certificate))


def _put_refused(refused: Sequence[RefusedRow]) -> None:
    if not refused:
        return
    say(f"{counted(len(refused), 'row')} to decide; `codaform migrate decide` writes a decision into the file")
    for row in refused:
        put(f"{harmless(row.table)} {harmless(row.label)}: {harmless(row.reason)}")


def _row_data(row: RefusedRow) -> dict[str, str]:
    return {"table": row.table, "row": row.label, "reason": row.reason}


def _report_data(report: PhaseReport) -> dict[str, Any]:
    return {
        "phase": report.phase.number,
        "name": report.phase.name,
        "written": report.written,
        "stopped": report.stopped,
        "notes": list(report.notes),
        "refused": [_row_data(row) for row in report.refused],
        "certificate": None if report.certificate is None else as_data(report.certificate),
    }


# ------------------------------------------------------------ status, verify, decide


def put_status(at: AtPlace, format_: str) -> None:
    """Say which phases are done, and what the last one waits for."""
    told = []
    for phase in at.migration.phases:
        done = at.journal.last("done", phase.number)
        state = "done" if done else "begun" if at.journal.is_begun(phase.number) else "open"
        why = at.run.why_not_drop(phase) if phase.dropped and not done else ""
        rows = sum(1 for _ in at.journal.rows(phase.number))
        told.append((phase, state, str(done["moment"]) if done else "", rows, why))
    if format_ == "json":
        put_json(
            [
                {"phase": phase.number, "name": phase.name, "state": state, "at": when, "rows": rows, "waits": why}
                for phase, state, when, rows, why in told
            ]
        )
        return
    headings = [Heading("Phase"), Heading("State"), Heading("At"), Heading("Rows", right=True), Heading("Waits for")]
    put_table(
        headings,
        [
            [
                DrawnCell(text)
                for text in (f"{phase.number} {phase.name}", state, when[:16].replace("T", " "), f"{rows:,}", why)
            ]
            for phase, state, when, rows, why in told
        ],
    )


def put_verified(at: AtPlace, format_: str) -> bool:
    """Measure the certificates of the phases that are done; gives whether they hold."""
    found: list[tuple[Certificate, bool]] = []
    for phase in at.migration.phases:
        done = at.journal.last("done", phase.number)
        if done is None or phase.dropped or not (phase.copies or phase.updates):
            continue
        certificate = at.run.certificate(phase)
        changed = bool(certificate.sources) and certificate.inputs != done["inputs"]
        found.append((certificate, changed))
    if format_ == "json":
        put_json([{**as_data(certificate), "changed_since": changed} for certificate, changed in found])
    elif format_ == "markdown":
        put("\n".join(certificate_text(certificate) for certificate, _ in found))
    else:
        for certificate, changed in found:
            verdict = "clean" if certificate.clean else "not clean"
            put(f"phase {certificate.phase} ({harmless(certificate.name)}): {verdict}")
            if changed:
                say("  the file, the schema or the old rows were changed since its certificate")
            for row in certificate.refused:
                say(f"  {harmless(row.table)} {harmless(row.row)}: {harmless(row.reason)}")
            for sentence in (*certificate.differing, *certificate.unresolved, *certificate.doubled):
                say(f"  {harmless(sentence)}")
    if not found:
        say(f"no phase with rows is done in {at.place.name}")
    return all(certificate.clean and not changed for certificate, changed in found)


def put_undecided(at: AtPlace, format_: str) -> bool:
    """List the rows that wait for a decision; gives whether there is none."""
    refused = [row for _, work in at.run.rehearsed(at.migration.phases) for row in work.refused]
    if format_ == "json":
        put_json([_row_data(row) for row in refused])
    elif refused:
        _put_refused(refused)
    else:
        say("no row waits for a decision")
    return not refused


def write_decision(options: Options, table: str, row: str, into: str, leave: str, cells: Sequence[str]) -> None:
    """Write a decision into the migration's file. Raises CannotRead where it fits neither the doc nor the file."""
    session = Session.recalled(recall_sound(options.project))
    migration = chosen(session, options.name)
    written: dict[str, str] = {}
    for cell in cells:
        name, equals, value = cell.partition("=")
        if not equals:
            raise click.BadParameter(f"{cell!r} is no COLUMN=VALUE.", param_hint="--cell")
        written[name.strip()] = value
    text = decided(session.project.doc, migration, table, row, into, leave, written)
    path = session.project.root / MIGRATIONS / f"{migration.id}.yml"
    rewrite(path, migration.source.text, text)
    say(f"{label(path)}: {table} {row}")


# ------------------------------------------------------------ back


def take_back(options: Options, to_phase: int, carry: bool, apply: bool, allow_loss: bool, format_: str) -> bool:
    """Take phases back, or show what that would do; gives whether nothing stays open."""
    with opened(options) as at:
        loaded = at.run.loaded()
        found = way_back(at.run, to_phase, loaded)
        if format_ == "json":
            put_json(_back_data(found))
        else:
            _put_back(found)
        if not apply:
            say("nothing was written; --apply carries it out")
            return True
        lost = [one for one in found.losses if not (carry and one.carried)]
        if lost and not allow_loss:
            hint = "--carry-back writes what it can into the old tables, " if any(one.carried for one in lost) else ""
            raise CannotRead(
                f"{counted(len(lost), 'row')} or cells that people wrote would be lost; {hint}--allow-loss goes on"
            )
        carry_back_out(at.run, found, loaded, carry)
        for sentence in at.place.ended:
            say(sentence)
        say(f"phases taken back: {', '.join(str(phase.number) for phase in found.phases) or 'none'}")
        return not found.kept


def _put_back(found: WayBack) -> None:
    cells = sum(len(of) for of in found.restored.values())
    for phase in found.phases:
        put(f"phase {phase.number} ({harmless(phase.name)}) is taken back")
    put(f"{counted(len(found.removed), 'row')} removed, {counted(cells, 'cell')} as before")
    for sentence in found.kept:
        say(f"kept: {harmless(sentence)}")
    for loss in found.losses:
        state = "can be carried back" if loss.carried else "cannot be carried back"
        say(f"{state}: {harmless(loss.what)}{f' ({harmless(loss.why)})' if loss.why else ''}")
    for sentence in found.issues:
        say(f"known issue: {harmless(sentence)}")


def _back_data(found: WayBack) -> dict[str, Any]:
    return {
        "phases": [phase.number for phase in found.phases],
        "removed": len(found.removed),
        "restored": sum(len(of) for of in found.restored.values()),
        "kept": found.kept,
        "losses": [asdict(loss) for loss in found.losses],
        "issues": found.issues,
    }
