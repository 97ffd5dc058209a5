"""Reading a doc back: the things of the folder that it has and lacks, and the lock entry that follows from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from codaform.coda.snapshot.records import Snapshot
from codaform.coda.wire.formula_text import compare_formulas
from codaform.deploy.applying.outcomes import Verification
from codaform.deploy.kinds.tables import AddTable
from codaform.deploy.lock import Confirmed, LockEntry, own_hash, remote_hash
from codaform.deploy.planning.doubles import doubles
from codaform.deploy.planning.plan import PlanOptions, planned
from codaform.deploy.remote.columns import shape_text, written_formulas
from codaform.deploy.remote.schema import remote_schema, shapes
from codaform.model.schema import Doc, formula_column, views
from codaform.project.session import Session
from codaform.semantics.program import FormulaSite


def verify(snapshot: Snapshot, session: Session, entry: LockEntry, options: PlanOptions) -> Verification:
    """The result of reading a doc back. snapshot: The doc after all writes."""
    there, wanted = remote_schema(snapshot), session.project.doc
    steps, notes, _ = planned(there, session, entry, replace(options, prune=False))
    wrong = (*_wrong(snapshot, wanted), *doubles(snapshot, wanted, entry.ids.pages))
    everything = sum(1 for _ in _things(wanted))
    bad = {step.change.subject for step in steps} | {said.partition(":")[0] for said in wrong}
    new = (step.change.table for step in steps if isinstance(step.change, AddTable))
    bad.update(f"{table.name}.{name}" for table in new for name in table.columns)
    return Verification(max(everything - len(bad), 0), steps, notes, wrong, snapshot.read_at)


def confirmed(snapshot: Snapshot, wanted: Doc, entry: LockEntry, written: Collection[FormulaSite]) -> LockEntry:
    """The lock entry with the formulas that Coda returned with the same meaning as the folder's.

    written: Places that this deploy has just written, so that no other change is likely: a returned text that may mean
    the same is enough there.
    """
    there = remote_schema(snapshot)
    known = {name.casefold() for name in _names(wanted)} | {name.casefold() for name in _names(there.doc)}
    found = {}
    for place, text in written_formulas(wanted):
        back = there.returned.get(place)
        if back is None:
            if place in there.untold and place in entry.confirmed:
                found[place] = entry.confirmed[place]  # an earlier reading returned it, this one did not
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
    """The names of all tables, columns, views, named formulas and controls of a folder."""
    for table in doc.tables.values():
        yield table.name
        yield from (f"{table.name}.{name}" for name in table.columns)
    yield from (f"view {view.name}" for view in views(doc))
    yield from (f"formula {name}" for name in doc.formulas)
    yield from (f"control {name}" for name in doc.controls)


def _wrong(snapshot: Snapshot, wanted: Doc) -> Iterator[str]:
    """The errors that Coda reports for columns of the folder."""
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
