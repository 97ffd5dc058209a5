"""Keeping docs in files, and bringing them back from there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from codaform.cli.connect import Connection, connection
from codaform.cli.deployment import target_of
from codaform.cli.input.opening import label, open_project
from codaform.cli.output.terminal import put, say
from codaform.coda.door.rest import Rest
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.applying.deployment import held
from codaform.deploy.applying.journal import journal_of
from codaform.deploy.applying.rebuilding import new_doc
from codaform.deploy.copying.backup import lacks, load, save, usual_path
from codaform.deploy.copying.restoring import Keys, Restore, carry_out, planned
from codaform.deploy.environments import LOCAL
from codaform.model.schema import Doc
from codaform.project.files import CannotRead
from codaform.project.own_folder import own_folder
from codaform.project.project import Environment, Project


def run_backup(folder: Path, environment: str, out: Path | None, mcp: bool) -> None:
    """Write a backup and tell where it is. Raises CannotRead."""
    project = open_project(folder)
    with connection(project, environment, mcp, if_there=True) as way:
        snapshot = fetch_snapshot(way.rest, way.tools, way.environment.doc, rows=True)
    path = out if out is not None else usual_path(Path(label(project.root)), environment, snapshot.read_at)
    if out is None:
        own_folder(project.root)
    save(snapshot, path)
    put(path.as_posix())
    say(f"{snapshot.doc.name}: {_count(len(snapshot.tables), 'table')}, {_count(_rows(snapshot), 'row')}")
    for said in lacks(snapshot):
        say(f"not in it: {said}")


def run_restore(
    folder: Path, file: Path, environment: str, name: str | None, mcp: bool, apply: bool, alone: bool = False
) -> None:
    """Tell what a restore would do, or do it. Raises CannotRead; exits with 1 where something is left."""
    saved = load(file)
    if name is not None:
        _into_new(folder, saved, environment, name, mcp, apply)
        return
    project = open_project(folder)
    with connection(project, environment, mcp) as way:
        keys = {table.name: key for table in project.doc.tables.values() if (key := _key_of(project, table.name))}
        whole = planned(saved, _now(way, way.environment.doc), keys)
        _tell(whole)
        if whole.doubled:
            raise CannotRead(f"{'; '.join(whole.doubled)}; nothing was written: change a row, or the key in table.yml")
        if whole.is_done:
            say(f"{environment} has everything that the backup has")
        elif not apply:
            say("nothing was written; --apply does it")
        else:
            whom = replace(target_of(way), alone=alone)
            with journal_of(project.root, environment) as journal, held(whom, journal) as (hold, target):
                hold.take()
                _write(saved, way, target.rest, target.doc, keys)
            if hold.left:
                say(hold.left)
                raise click.exceptions.Exit(1)


def _into_new(folder: Path, saved: Snapshot, environment: str, name: str, mcp: bool, apply: bool) -> None:
    told = f"{_count(len(saved.tables), 'table')} and {_count(_rows(saved), 'row')}"
    if not apply:
        way_of = (
            told if mcp or environment == LOCAL else f"{_count(len(saved.pages), 'page')}, since REST makes no tables"
        )
        say(f"a new doc {name} would get {way_of}; nothing was written; --apply does it")
        return
    try:
        project = open_project(folder)
    except CannotRead:
        project = Project(Path(), Doc("", time_zone=""), (), {}, (), (), "", None, (), ())
    if environment != LOCAL:
        # Only its host and its tokens count: the doc is not there yet.
        known = project.environments.get(environment, Environment(environment))
        doc = replace(known, doc=known.doc or saved.doc.id)
        project = replace(project, environments={**project.environments, environment: doc})
    with connection(project, environment, mcp) as way:
        rebuilt = new_doc(saved, name, way.rest, way.tools, time_zone=project.doc.time_zone)
        put(rebuilt.doc)
        for said in rebuilt.undone:
            say(f"not made: {said}")
        if way.tools is not None:
            _write(saved, way, way.rest, rebuilt.doc, {})
    if rebuilt.undone:
        raise click.exceptions.Exit(1)


def _write(saved: Snapshot, way: Connection, rest: Rest, doc: str, keys: Keys) -> None:
    done = carry_out(saved, rest, doc, lambda: _now(way, doc), keys)
    say(f"{_count(done.added, 'row')} added, {done.changed} changed, nothing deleted")
    for note in done.left.notes if done.left is not None else ():
        say(f"warning: {note}")
    left = sum(len(table.changes) for table in done.left.tables) if done.left is not None else 0
    if done.unconfirmed:
        say(f"{_count(done.unconfirmed, 'write')} accepted, not confirmed: `restore` again tells what is there")
    if left:
        say(f"{_count(left, 'row')} read back otherwise than in the backup")
    if done.unconfirmed or left:
        raise click.exceptions.Exit(1)


def _now(way: Connection, doc: str) -> Snapshot:
    return fetch_snapshot(way.rest.fresh(), None, doc, rows=True)


def _key_of(project: Project, table: str) -> str:
    return next((column.name for column in project.doc.tables[table].columns.values() if column.key), "")


def _tell(whole: Restore) -> None:
    for note in whole.notes:
        say(f"warning: {note}")
    for table in whole.tables:
        if table.changes:
            by = (
                ""
                if table.key or not table.added
                else "; without a key, rows that are gone are told by their ids alone"
            )
            changed = len(table.changes) - table.added
            put(f"{table.table.name}: {table.added} to add, {changed} to change, {table.same} as they were{by}")
        if table.others:
            say(f"{table.table.name}: {_count(table.others, 'row')} not in the backup; nothing is deleted")


def _rows(snapshot: Snapshot) -> int:
    return sum(len(rows) for rows in (snapshot.rows or {}).values())


def _count(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
