"""A doc in Coda as the files of a folder: what it holds, what ties it to the doc, and what cannot be known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from codaform.coda.snapshot.reading import doc_from_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.coda.wire.formats import format_from_rest, format_to_rest
from codaform.deploy.copying import besides
from codaform.deploy.copying.anonymising import Mask, masked, masked_controls, masked_values
from codaform.deploy.copying.sample_rows import as_texts, links, sample_rows
from codaform.deploy.environments import LOCAL
from codaform.deploy.lock import (
    NOTHING_KNOWN,
    Confirmed,
    Lock,
    LockEntry,
    changed_lock,
    control_hash,
    own_hash,
    remote_hash,
)
from codaform.deploy.planning.completing import Completed, completed
from codaform.deploy.planning.completing import renamings as planned_renamings
from codaform.deploy.remote.columns import shape_text, written_formulas
from codaform.deploy.remote.schema import RemoteSchema, remote_schema, shapes
from codaform.model.formats import Format, fitting_format
from codaform.model.schema import Column, Doc, formula_column
from codaform.project.project import Environment, Project
from codaform.project.writer import laid_out, project_files
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site
from codaform.semantics.renaming import Renaming

_NO_NAME = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that cannot be known or kept. place: Where, as a person names it; empty for the doc as a whole."""

    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """The files of a doc by their paths, with the lock among them.

    formerly: By YAML file, old names of columns, views and formulas by the new ones. rows: How many sample rows.
    notes: Things that cannot be known or kept. kept: Values that anonymising keeps, in sentences.
    """

    doc: Doc
    files: Mapping[Path, str]
    formerly: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)
    rows: int = 0
    notes: tuple[Note, ...] = ()
    kept: tuple[str, ...] = ()


def pulled(
    snapshot: Snapshot,
    environment: Environment,
    project: Project | None = None,
    lock: Lock | None = None,
    mask: Mask | None = None,
) -> Pulled:
    """A doc as files.

    snapshot: The doc; with rows, the sample rows are among the files. environment: Where it was read, for `doc.yml`
    and the lock. project: The folder that the files are for, if there is one. mask: With it, no cell's text is that of
    the doc, but for what `Pulled.kept` says.
    """
    snapshot = _presentable(snapshot)
    if mask is not None:
        pages = tuple(
            replace(page, subtitle=mask.text(page.subtitle)) if page.subtitle else page for page in snapshot.pages
        )
        snapshot = replace(snapshot, pages=pages)
        snapshot = replace(snapshot, formulas=masked_values(snapshot, mask), controls=masked_controls(snapshot, mask))
    there = remote_schema(snapshot)
    entry = (lock or {}).get(environment.name, NOTHING_KNOWN).of(environment.doc)
    ours = project.doc if project is not None else Doc(there.doc.name)
    whole = completed(there, ours, entry, links(snapshot, there))
    doc = whole.doc
    kept: tuple[str, ...] = ()
    notes = [*_doubts(snapshot, whole), *_losses(snapshot, there, doc, project)]
    cells, count = None, 0
    if snapshot.rows is not None:
        rows = sample_rows(snapshot, there, doc)
        if mask is not None:
            rows, kept = masked(rows, doc, mask, *_looked_at(project, doc))
        texts = as_texts(rows, doc)
        cells, count = texts.cells, sum(rows.counts.values())
        for (table, column), lost in texts.lost.items():
            notes.append(Note(f"{table}.{column}", f"{_cells(lost)} not what the column holds; the samples have none"))
        for table, unclear in texts.unclear.items():
            message = f"{_rows(unclear)} display text another row has too, or none; relations to it may be lost"
            notes.append(Note(table, message))
    into = replace(project, doc=whole.ours) if project is not None else None
    environments = {**(project.environments if project is not None else {})}
    if environment.name != LOCAL:
        environments[environment.name] = environment
    files = project_files(doc, cells, into, environments)
    found = _locked(there, environment, doc, whole, entry)
    file, text = changed_lock(lock or {}, environment.name, found)
    files[Path(file)] = text
    if beside := besides.besides(snapshot, _unheld_of(snapshot, there, doc)):
        files[Path(besides.FILE)] = besides.text(environment.name, beside)
        notes.append(Note("", besides.sentence(beside)))
    folders = laid_out(doc, into).folders
    formerly = {
        Path(folders.get(owner, ""), "table.yml" if owner else "doc.yml"): of for owner, of in whole.formerly.items()
    }
    return Pulled(doc, files, formerly, count, tuple(notes), kept)


def renamings(snapshot: Snapshot, environment: Environment, project: Project, lock: Lock) -> list[Renaming]:
    """The differences of names between a doc and a folder, as steps that give the folder the doc's names."""
    entry = lock.get(environment.name, NOTHING_KNOWN).of(environment.doc)
    return planned_renamings(remote_schema(_presentable(snapshot)), project.doc, entry)


def _presentable(snapshot: Snapshot) -> Snapshot:
    """The snapshot with names that a folder can hold: none is empty or has signs that control something."""

    def name(text: str, usual: str) -> str:
        found = _NO_NAME.sub(" ", text)
        return found if found.strip() else usual

    return replace(
        snapshot,
        doc=replace(snapshot.doc, name=name(snapshot.doc.name, "Untitled")),
        tables=tuple(
            replace(
                table,
                name=name(table.name, "Table"),
                columns=tuple(replace(column, name=name(column.name, "Column")) for column in table.columns),
            )
            for table in snapshot.tables
        ),
        views=tuple(replace(view, name=name(view.name, "View")) for view in snapshot.views),
        formulas=tuple(replace(formula, name=name(formula.name, "Formula")) for formula in snapshot.formulas),
        controls=tuple(replace(control, name=name(control.name, "Control")) for control in snapshot.controls),
    )


def _looked_at(project: Project | None, doc: Doc) -> tuple[list[Bound], list[str]]:
    """What the folder's tests of the rows read them by: formulas, and texts that are the only ones allowed."""
    tests = [test for test in project.tests if test.table in doc.tables] if project is not None else []
    bound = [
        bind_site(doc, FormulaSite("test", test.table, test.name), test.formula, None)[0]
        for test in tests
        if test.formula is not None
    ]
    return bound, [value for test in tests for value in test.values]


# ------------------------------------------------------------ the lock


def _locked(there: RemoteSchema, environment: Environment, doc: Doc, whole: Completed, entry: LockEntry) -> LockEntry:
    """The ids of everything. A formula that came back without a doubt is confirmed: it is what the folder has now."""
    confirmed = {
        place: known
        for place, known in entry.confirmed.items()
        if place in there.untold or remote_hash(there.returned.get(place, "")) == known.remote
    }
    for place, text in written_formulas(doc):
        back = there.returned.get(place)
        if back is not None and place not in whole.notes:
            confirmed[place] = Confirmed(remote_hash(back), own_hash(text))
    return replace(
        entry,
        ids=replace(there.ids.within(doc), doc=environment.doc, pages=entry.ids.pages),
        set_up={
            name: entry.set_up.get(name, control_hash(control))
            for name, control in doc.controls.items()
            if name in there.ids.controls
        },
        confirmed=confirmed,
        shapes=shapes(there)
        | {("", formula.name): shape_text(formula_column(formula)) for formula in doc.formulas.values()},
    )


# ------------------------------------------------------------ notes


def told(place: FormulaSite) -> str:
    """A place as a person names it."""
    match place.role:
        case "named":
            return place.name
        case "formula" | "test":
            return f"{place.table}.{place.name}"
        case "filter":
            return f"{place.table}, view {place.name}"
    return f"{place.table}.{place.name}, {place.role.replace('_', ' ')}" if place.table else place.name


def _doubts(snapshot: Snapshot, whole: Completed) -> list[Note]:
    """Notes on formulas with an uncertain meaning, except formulas whose text stays as in the folder."""
    _, doubts = doc_from_snapshot(snapshot)
    found = [Note(told(place), said) for place, all_ in doubts.items() if place not in whole.kept for said in all_]
    found += [Note(told(place), said) for place, all_ in whole.notes.items() for said in all_]
    return sorted(dict.fromkeys(found), key=lambda note: note.place)


def _losses(snapshot: Snapshot, there: RemoteSchema, doc: Doc, project: Project | None) -> list[Note]:
    """Things that a folder has no place for, or that no API returns."""
    found: list[Note] = []
    if project is None and snapshot.doc.time_zone is None:
        found.append(
            Note("", "neither API returns the doc's time zone: set time_zone: in doc.yml; until then it is UTC")
        )
    if project is None and there.ids.tables:
        found.append(Note("", "no API tells descriptions of tables, views and named formulas"))
    if any(there.ids.tables.values()) and "mcp" not in snapshot.ways:
        found.append(Note("", "only MCP returns descriptions, filters and named formulas (--via mcp)"))
    for remote, table in zip(snapshot.tables, there.doc.tables.values(), strict=True):
        for told_, name in zip(remote.columns, table.columns, strict=True):
            column = doc.tables[table.name].columns[name]
            if column.about and told_.about == "":
                found.append(Note(f"{table.name}.{name}", "the doc has no description of it; the folder's stays"))
            if told_.error:
                found.append(Note(f"{table.name}.{name}", f"Coda says: {told_.error}"))
    for name, members in _unheld_of(snapshot, there, doc).items():
        found.append(Note(name, f"a folder has no place for {', '.join(members)}"))
    said = "a folder has no place for the columns that it is sorted by then"
    found += [Note(f"view {view.name}", said) for view in snapshot.views if len(view.sorts) > 1]
    return found


def _unheld_of(snapshot: Snapshot, there: RemoteSchema, doc: Doc) -> dict[str, list[str]]:
    """By column, what of its format a folder cannot say."""
    return {
        f"{table.name}.{name}": members
        for remote, table in zip(snapshot.tables, there.doc.tables.values(), strict=True)
        for told_, name in zip(remote.columns, table.columns, strict=True)
        if (members := _unheld(told_.format, doc.tables[table.name].columns[name]))
    }


def _unheld(format: Mapping[str, object], column: Column) -> list[str]:
    """The parts of a column's format that the folder cannot say, since a deploy would change them."""
    try:
        fields, settings = format_from_rest(format, str)
        usual = format_to_rest(column, {}, lambda name: {"id": name})
    except ValueError:
        return []
    told, kind = cast("Format", fields["format"]), str(fields["kind"])
    held = fitting_format(kind, told).members()
    lost = [f"{name} {value}" for name, value in told.members().items() if name not in held]
    return lost + [f"{name} {value}" for name, value in settings.items() if name in usual and usual[name] != value]


def _cells(count: int) -> str:
    return "1 cell is" if count == 1 else f"{count} cells are"


def _rows(count: int) -> str:
    return "1 row has a" if count == 1 else f"{count} rows have a"
