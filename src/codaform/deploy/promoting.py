"""What one environment has verified, as what another is brought to: nothing that was not confirmed there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from codaform.coda.snapshot.reading import doc_from_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.comparing.drift import Drift, drift, sentences, what_of
from codaform.deploy.lock import NOTHING_KNOWN, Confirmed, LockEntry, control_hash, lock_file, own_hash
from codaform.deploy.planning.completing import completed
from codaform.deploy.planning.differences import diff
from codaform.deploy.remote.schema import RemoteSchema, remote_schema, schema_of
from codaform.model.schema import Column, Doc, Table, View
from codaform.project.project import Project
from codaform.project.rows import RawRow
from codaform.project.session import Session
from codaform.semantics.program import FormulaSite, Role, formulas
from codaform.source import Source

_MOST_SAID = 3


class CannotPromote(Exception):
    """Why nothing is promoted, in one line."""


@dataclass(frozen=True, slots=True)
class VerifiedDoc:
    """The verified state of an environment.

    left_out: The differences of the folder, in words; they were not verified. spelled: By place, the words in `doc` of
    formulas that only came back. entry: The environment's entry in the lock file.
    """

    doc: Doc
    left_out: tuple[str, ...] = ()
    spelled: Mapping[FormulaSite, str] = field(default_factory=dict)
    entry: LockEntry = NOTHING_KNOWN

    def known_as_here(self, entry: LockEntry) -> LockEntry:
        """The lock entry of another environment, where the same text came back: for the words of `doc`."""
        here = self.entry.confirmed
        known = {
            place: Confirmed(one.remote, own_hash(self.spelled[place]))
            for place, one in entry.confirmed.items()
            if place in self.spelled and place in here and here[place].remote == one.remote
        }
        return replace(entry, confirmed={**entry.confirmed, **known})

    def known_as_remembered(self, entry: LockEntry) -> LockEntry:
        """The same for the words that were confirmed here, which the folder may have again one day."""
        here = self.entry.confirmed
        known = {
            place: here[place]
            for place, one in entry.confirmed.items()
            if place in self.spelled and place in here and here[place].remote == one.remote
        }
        return replace(entry, confirmed={**entry.confirmed, **known})


def verified(name: str, snapshot: Snapshot, ours: Doc, entry: LockEntry) -> VerifiedDoc:
    """The confirmed doc of an environment: in the folder's words where these were confirmed, else in Coda's.

    name: The environment. snapshot: Its doc. entry: Its entry in the lock file. Raises CannotPromote if
    the doc differs from its confirmed state, or this is unknown.
    """
    there = remote_schema(snapshot)
    _as_confirmed(name, drift(there, entry))
    whole = completed(there, ours, entry)
    own = {place: source.text for place, source, _ in formulas(whole.ours)}
    # Which of both texts `completed` takes is its own affair: none of the folder's stays that was not confirmed.
    unsure = {
        place
        for place, source, _ in formulas(whole.doc)
        if source.text == own.get(place)
        and not _is_confirmed(place, source.text, entry)
        and (place.table, place.name) not in there.calculated
        and not _of_control(place)
    }
    for control in whole.ours.controls.values():
        if control.name in there.ids.controls and entry.set_up.get(control.name) != control_hash(control):
            said = f"the control {control.name} is not as {name} had it set up, and no API tells how that was"
            raise CannotPromote(said)
    for place in there.untold:
        if place in own and not _of_control(place) and not _is_confirmed(place, own[place], entry):
            said = f"{what_of(place)} is not as {name} confirmed it"
            raise CannotPromote(f"{said}, and REST does not return the confirmed formulas: --via mcp reads them")
    _, doubts = doc_from_snapshot(snapshot)
    for place in unsure:
        if doubts.get(place):
            said = f"{what_of(place)} is not as {name} confirmed it"
            raise CannotPromote(f"{said}, and what came back leaves open what was confirmed: {doubts[place][0]}")
    doc = _in_codas_words(whole.doc, there, unsure)
    left_out = tuple(str(found.change) for found in diff(schema_of(doc), ours, prune=True).changes)
    spelled = {
        place: source.text
        for place, source, _ in formulas(doc)
        if place in entry.confirmed and entry.confirmed[place].ours != own_hash(source.text)
    }
    return VerifiedDoc(doc, left_out, spelled, entry)


def _of_control(place: FormulaSite) -> bool:
    """Whether a formula belongs to a control; no API tells such a one."""
    return not place.table and place.role in ("choices", "action", "disable_if")


def _as_confirmed(name: str, found: Drift) -> None:
    """Raises CannotPromote where an environment has drifted."""
    if not found.found:
        return
    said = sentences(found)
    more = f" and {len(said) - _MOST_SAID} more" if len(said) > _MOST_SAID else ""
    raise CannotPromote(f"{name} differs from its confirmed state: {', '.join(said[:_MOST_SAID])}{more}")


def may_be_changed(name: str, snapshot: Snapshot, entry: LockEntry) -> None:
    """Raises CannotPromote where a doc was changed by hand, or has things of which nothing is remembered."""
    if entry.doc and entry.doc != snapshot.doc.id:
        raise CannotPromote(f"{lock_file(name)} remembers the doc {entry.doc} of {name}, which leads to another by now")
    if entry.doc:
        _as_confirmed(name, drift(remote_schema(snapshot), entry))
    elif snapshot.tables:
        said = f"{name} has {len(snapshot.tables)} tables, and {lock_file(name)} has no entry for it"
        raise CannotPromote(f"{said}: pull or deploy first")


def session_of(project: Project, doc: Doc) -> Session:
    """A project at work whose doc is another: with the sample rows that fit it, and without what is tested."""
    rows = {
        name: [_fitting(row, doc.tables[name]) for row in of] for name, of in project.rows.items() if name in doc.tables
    }
    return Session(replace(project, doc=doc, rows=rows, tests=(), cases=(), scenarios=()))


def _fitting(row: RawRow, table: Table) -> RawRow:
    known = {
        name: cell for name, cell in row.cells.items() if name in table.columns and not table.columns[name].computed
    }
    return replace(row, cells=known)


def _is_confirmed(place: FormulaSite, text: str, entry: LockEntry) -> bool:
    """Whether a text of the folder is the one that was confirmed at a place."""
    known = entry.confirmed.get(place)
    return known is not None and known.ours == own_hash(text)


def _in_codas_words(doc: Doc, there: RemoteSchema, unsure: set[FormulaSite]) -> Doc:
    """The doc with the texts that came back at some places, and all known descriptions."""
    texts = {place: source for place, source, _ in formulas(there.doc) if place in unsure}

    def text(role: Role, owner: str, name: str, source: Source | None) -> Source | None:
        place = FormulaSite(role, owner, name)
        return texts.get(place) if place in unsure else source

    tables = {
        table.name: replace(
            table,
            columns={name: _column(column, table.name, there, text) for name, column in table.columns.items()},
            views=tuple(_view(view, text) for view in table.views),
        )
        for table in doc.tables.values()
    }
    named = {
        name: replace(known, formula=text("named", "", name, known.formula) or known.formula)
        for name, known in doc.formulas.items()
    }
    return replace(doc, tables=tables, formulas=named)


_Text = Callable[[Role, str, str, Source | None], Source | None]


def _column(column: Column, owner: str, there: RemoteSchema, text: _Text) -> Column:
    seen: Mapping[str, Column] = there.doc.tables[owner].columns
    unseen = (owner, column.name) in there.unseen
    return replace(
        column,
        about=column.about if unseen else seen[column.name].about,
        formula=text("formula", owner, column.name, column.formula),
        default=text("default", owner, column.name, column.default),
        action=text("action", owner, column.name, column.action),
        disable_if=text("disable_if", owner, column.name, column.disable_if),
    )


def _view(view: View, text: _Text) -> View:
    return replace(view, filter=text("filter", view.table, view.name, view.filter))
