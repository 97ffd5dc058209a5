"""Reading a doc back: what of the folder is there, what is not, what nobody can tell, and what may be remembered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from codaform.coda.snapshot.records import Snapshot
from codaform.coda.wire.formula_text import compare_formulas
from codaform.deploy.applying.outcomes import Verified
from codaform.deploy.lock import Confirmed, LockEntry, own_hash, remote_hash
from codaform.deploy.planning.changes import AddTable
from codaform.deploy.planning.doubles import doubles
from codaform.deploy.planning.needs import thing_of
from codaform.deploy.planning.plan import Step, Wishes, planned
from codaform.deploy.planning.wording import title
from codaform.deploy.remote.columns import shape_text, written_formulas
from codaform.deploy.remote.schema import remote_schema, shapes
from codaform.model.schema import Doc, formula_column, views
from codaform.project.session import Session
from codaform.semantics.program import Place


def verify(snapshot: Snapshot, session: Session, entry: LockEntry, wishes: Wishes) -> Verified:
    """What reading a doc back says of a project. snapshot: The doc, read after everything that was written."""
    there, wanted = remote_schema(snapshot), session.project.doc
    steps, notes, _ = planned(there, session, entry, replace(wishes, prune=False))
    wrong = (*_wrong(snapshot, wanted), *doubles(snapshot, wanted, entry.ids.pages))
    everything = sum(1 for _ in _things(wanted))
    bad = {_thing(step) for step in steps} | {said.partition(":")[0] for said in wrong}
    new = (step.change.table for step in steps if isinstance(step.change, AddTable))
    bad.update(f"{table.name}.{name}" for table in new for name in table.columns)
    return Verified(max(everything - len(bad), 0), steps, notes, wrong, snapshot.read_at)


def confirmed(snapshot: Snapshot, wanted: Doc, entry: LockEntry, written: Collection[Place]) -> LockEntry:
    """The lock with the formulas that were read back and say the same as the folder's.

    written: Places that were just written, and that nobody else can have changed: of them it is enough that the text
    that came back may mean the same.
    """
    there = remote_schema(snapshot)
    known = {name.casefold() for name in _names(wanted)} | {name.casefold() for name in _names(there.doc)}
    found = {}
    for place, text in written_formulas(wanted):
        back = there.returned.get(place)
        if back is None:
            if place in there.untold and place in entry.confirmed:
                found[place] = entry.confirmed[place]  # this reading was not told of it, an earlier one was
            continue
        answer = compare_formulas(back, text, lambda name: name.casefold() in known)
        if answer == "same" or (answer == "cannot tell" and place in written):
            found[place] = Confirmed(remote_hash(back), own_hash(text))
        elif answer == "cannot tell" and place in entry.confirmed:
            found[place] = entry.confirmed[place]
    columns = {(table.name, name) for table in wanted.tables.values() for name in table.columns}
    told = {key: text for key, text in shapes(there).items() if key in columns}
    named = {("", formula.name): shape_text(formula_column(formula)) for formula in wanted.formulas.values()}
    return replace(entry, confirmed=found, shapes=told | named)


def _things(doc: Doc) -> Iterator[str]:
    """Everything that a folder asks for: tables, columns, views, named formulas."""
    for table in doc.tables.values():
        yield table.name
        yield from (f"{table.name}.{name}" for name in table.columns)
    yield from (f"view {view.name}" for view in views(doc))
    yield from (f"formula {name}" for name in doc.formulas)
    yield from (f"control {name}" for name in doc.controls)


def _thing(step: Step) -> str:
    """What a step is about, so that two steps about one column count once."""
    thing = thing_of(step.change)
    if thing is not None and thing.kind == "cells":
        return f"{thing.table}.{thing.name}"
    table, column = getattr(step.change, "table", ""), getattr(step.change, "column", "")
    column = getattr(column, "name", column)
    return f"{table}.{column}" if isinstance(column, str) and column else title(step.change)


def _wrong(snapshot: Snapshot, wanted: Doc) -> Iterator[str]:
    """Errors that Coda itself reports of columns that the folder has."""
    for table in snapshot.tables:
        ours = wanted.tables.get(table.name)
        for column in table.columns:
            if column.error and ours is not None and column.name in ours.columns:
                yield f"{table.name}.{column.name}: {column.error}"


def _names(doc: Doc) -> Iterator[str]:
    yield from doc.tables
    yield from doc.formulas
    yield from doc.controls
    yield from (view.name for view in views(doc))
    for table in doc.tables.values():
        yield from table.columns
