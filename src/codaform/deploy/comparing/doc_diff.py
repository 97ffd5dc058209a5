"""What differs between two states of a doc, in makers' words: parts, formulas, values of sample rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from codaform.deploy.ids import Ids
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry, read_lock
from codaform.deploy.planning.differences import Difference, diff
from codaform.deploy.remote.schema import RemoteSchema
from codaform.model.schema import Doc
from codaform.project.moved_values import Former, MovedColumn, moved_values
from codaform.project.session import Session
from codaform.semantics.program import FormulaSite, formulas
from codaform.source import Source, Span
from codaform.syntax.parser import parse
from codaform.syntax.printer import formatted
from codaform.syntax.tree_diff import changed_parts

Locks = Mapping[str, LockEntry]
"""The entries of a lock file, by environment."""


@dataclass(frozen=True, slots=True)
class FormulaChange:
    """A formula that says something else. before, after: As codaform formats it. parts: The texts that differ, each
    before and after; one is empty where something was added or removed."""

    place: FormulaSite
    before: str
    after: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DocDiff:
    """All that differs. changes: Parts that were added, removed, renamed or set otherwise. moved: None if the values
    were not compared. notes: Doubts, in sentences."""

    changes: tuple[Difference, ...]
    formulas: tuple[FormulaChange, ...]
    moved: tuple[MovedColumn, ...] | None
    notes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything differs."""
        return bool(self.changes or self.formulas or self.moved)


def diff_sessions(old: Session, new: Session) -> DocDiff:
    """What differs between two folders of one project. Lock files connect the names of one part."""
    there, entry = _by_locks(old.project.doc, read_lock(old.project.root), read_lock(new.project.root))
    found = diff(there, new.project.doc, entry, prune=True)
    changed = tuple(_changed_formulas(found.now, new.project.doc))
    changes = tuple(one for one in found.changes if one.change.replaced_text is None)
    former = _former(old.project.doc, found.now)
    return DocDiff(changes, changed, tuple(moved_values(old, new, former)))


def diff_snapshot(there: RemoteSchema, new: Session) -> DocDiff:
    """What differs between a snapshot and a folder. The names of one part are known by the folder's lock file."""
    locks = read_lock(new.project.root).values()
    entry = next((known for known in locks if known.doc == there.ids.doc), NOTHING_KNOWN)
    found = diff(there, new.project.doc, entry, prune=True)
    different = {one.change.replaced_text for one in found.changes} - {None}
    changed = [
        change
        for change in _changed_formulas(found.now, new.project.doc)
        if any(_same(change, texts) for texts in different if texts is not None)
    ]
    changes = tuple(one for one in found.changes if one.change.replaced_text is None)
    return DocDiff(changes, tuple(changed), None, found.notes)


def _same(change: FormulaChange, texts: tuple[str, str]) -> bool:
    return formatted(Source("", texts[1])) == change.after


def former_names(old: Doc, was: Locks, new: Doc, now: Locks) -> Former:
    """How the parts of a doc were called in an older state of it. was, now: What the lock files of the two say."""
    there, entry = _by_locks(old, was, now)
    return _former(old, diff(there, new, entry, prune=True).now)


def _by_locks(old: Doc, was: Locks, now: Locks) -> tuple[RemoteSchema, LockEntry]:
    """The old doc with the ids that both lock files have for one environment."""
    name = next((name for name in now if name in was and was[name].doc == now[name].doc), None)
    if name is None:
        return RemoteSchema(old), NOTHING_KNOWN
    ids: Ids = was[name].ids.within(old)
    return RemoteSchema(old, ids), replace(now[name], confirmed={})


def _changed_formulas(before: Doc, after: Doc) -> Iterator[FormulaChange]:
    known: Mapping[FormulaSite, Source] = {place: source for place, source, _ in formulas(before)}
    for place, source, _ in formulas(after):
        old = known.get(place)
        if old is None:
            continue
        one, other = formatted(old), formatted(source)
        if one != other:
            yield FormulaChange(place, one, other, tuple(parts_that_differ(one, other)))


def parts_that_differ(before: str, after: str) -> Iterator[tuple[str, str]]:
    """The smallest texts in which two formulas differ, each before and after."""
    old, new = parse(Source("before", before))[0], parse(Source("after", after))[0]
    if old is None or new is None:
        yield " ".join(before.split()), " ".join(after.split())
        return

    def cut(text: str, span: Span | None) -> str:
        return "" if span is None else " ".join(text[span.start : span.end].split())

    for part in changed_parts(old, new):
        yield cut(before, part.before), cut(after, part.after)


def _former(old: Doc, renamed: Doc) -> Former:
    """The former names, from the old doc and the same doc with the new names: both have their parts in one order."""
    tables = {now: was for was, now in zip(old.tables, renamed.tables, strict=True)}
    columns = {
        (table.name, now): was
        for table in renamed.tables.values()
        for was, now in zip(old.tables[tables[table.name]].columns, table.columns, strict=True)
    }
    names = {now: was for was, now in zip(old.formulas, renamed.formulas, strict=True)}

    def former(table: str, name: str) -> tuple[str, str] | None:
        if not table:
            return ("", names[name]) if name in names else None
        if table not in tables:
            return None
        if not name:
            return tables[table], ""
        was = columns.get((table, name))
        return None if was is None else (tables[table], was)

    return former
