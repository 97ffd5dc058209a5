"""A deploy from its beginning to its end: read, plan, keep safe, write, read back, remember."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from codaform.coda.door.failures import Failure
from codaform.coda.door.rest import Rest
from codaform.coda.door.tools import Tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.applying.apply import apply
from codaform.deploy.applying.guide_pages import publish
from codaform.deploy.applying.hold import Hold, NotBegun, guarded, nothing
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.looking import Progress
from codaform.deploy.applying.outcomes import Extra, Outcome, Report
from codaform.deploy.applying.row_writing import NotConfirmed, RowWriter
from codaform.deploy.applying.verify import confirmed, verify
from codaform.deploy.ids import Ids
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry, control_hash, read_lock, remote_hash, write_lock
from codaform.deploy.planning.changes import (
    AddColumn,
    AddFormula,
    AddView,
    SetAction,
    SetControl,
    SetFormula,
    SetNamedFormula,
    SetView,
)
from codaform.deploy.planning.plan import Plan, Wishes, check_current, plan
from codaform.deploy.planning.routes import Capabilities
from codaform.deploy.remote.inspector import PATIENCE, Eyes
from codaform.deploy.remote.schema import remote_schema
from codaform.model.schema import Doc
from codaform.project.session import Session
from codaform.semantics.program import Place


@dataclass(frozen=True, slots=True)
class Target:
    """A doc that is deployed to.

    tools: None without MCP. local: Whether it is a local Coda. alone: Whether nobody else can be at work on it.
    """

    environment: str
    doc: str
    rest: Rest
    tools: Tools | None = None
    local: bool = False
    patience: float = PATIENCE
    alone: bool = False

    def read(self, rows: bool = False) -> Snapshot:
        """The doc as it is, with everything that was ever accepted. Raises Failure."""
        return fetch_snapshot(self.rest.fresh(self.patience), self.tools, self.doc, rows=rows, view_columns=True)

    @property
    def capabilities(self) -> Capabilities:
        """What can be used."""
        return Capabilities(self.tools is not None, self.tools)


def entry_of(root: Path, environment: str) -> LockEntry:
    """What the lock knows of an environment. Raises CannotRead."""
    return read_lock(root).get(environment, NOTHING_KNOWN)


def plan_for(
    session: Session, target: Target, prune: bool = False, entry: LockEntry | None = None
) -> tuple[Plan, Snapshot]:
    """The plan for a doc as it is now, and what it was made from. Raises Failure and CannotRead.

    entry: What is known of the environment; by default what its lock says.
    """
    snapshot = target.read()
    entry = entry or entry_of(session.project.root, target.environment)
    wishes = Wishes(target.capabilities, prune)
    return plan(target.environment, snapshot, session, entry.of(target.doc), wishes), snapshot


def ids_before(snapshot: Snapshot, entry: LockEntry) -> Ids:
    """The ids of a doc as it was read, with the pages that the lock knows."""
    return replace(remote_schema(snapshot).ids, pages=dict(entry.ids.pages))


def check_saved(saved: Plan, snapshot: Snapshot, journal: Journal) -> None:
    """Raises PlanIsOld where the doc has moved since a plan was saved, but for what the same plan has moved itself: a
    run of it that was killed goes on."""
    if journal.unfinished() != saved.fingerprint:
        check_current(saved, snapshot)


@contextmanager
def held(target: Target, journal: Journal, began: Callable[[], None] = nothing) -> Iterator[tuple[Hold, Target]]:
    """The doc held against other deploys from its first write on, and the target whose writes see to that, until the
    block is left. began: Called when it is held, before the first write."""
    hold = Hold(target.rest, target.tools, target.doc, journal.holder, target.patience, began, target.alone)
    with guarded(hold, target.rest, target.tools) as rest:
        yield hold, replace(target, rest=rest)


def carry_through(
    made: Plan,
    snapshot: Snapshot,
    session: Session,
    target: Target,
    journal: Journal,
    rows: bool = False,
    guides: Mapping[str, str] | None = None,
    progress: Progress = lambda *_: None,
    keep_safe: Callable[[Snapshot], None] | None = None,
) -> Report:
    """Carry out a plan, read everything back, and remember it in the lock.

    snapshot: What the plan was made from, or what was read since. rows: Whether the sample rows are written too.
    guides: Texts of pages in Markdown, by the names of the pages. keep_safe: Given the doc with all its rows before the
    first write, where there are tables; where nothing is written, nothing is kept.

    Before anything is written, raises NotBegun where another deploy is at work. What Coda refuses later is not
    raised, it is in the report.
    """
    begun = False

    def begin() -> None:
        nonlocal begun
        if keep_safe is not None and snapshot.tables:
            keep_safe(target.read(rows=True))
        journal.compact()
        journal.write("started", said=made.fingerprint)
        begun = True

    with held(target, journal, begin) as (hold, guarded_target):
        report = _carried_through(made, snapshot, session, guarded_target, journal, hold, rows, guides or {}, progress)
    if begun:
        ended = not journal.open_keys(this_run=True)
    else:  # nothing was left to write: so ended what an earlier run began
        ended = not report.stopped and bool(journal.unfinished() or journal.open_keys())
    if ended:
        journal.write("finished")
    if hold.left:
        report = replace(report, extras=(*report.extras, Extra("the page of this deploy", "failed", hold.left)))
    return report


def _carried_through(
    made: Plan,
    snapshot: Snapshot,
    session: Session,
    target: Target,
    journal: Journal,
    hold: Hold,
    rows: bool,
    guides: Mapping[str, str],
    progress: Progress,
) -> Report:
    root, wanted = session.project.root, session.project.doc
    ids = ids_before(snapshot, entry_of(root, target.environment).of(target.doc))

    def keep(state: Ids) -> None:
        remember(root, target.environment, replace(entry_of(root, target.environment), ids=state.within(wanted)))

    eyes = Eyes(target.rest, target.tools, target.doc, target.patience) if target.tools is not None else None
    for key in journal.open_keys():
        # A page that a killed run was about to make was not there before: one of its name is ours.
        name = key.removeprefix("add ").removeprefix("page ")
        page = next((page.id for page in snapshot.pages if page.name == name), "")
        if page and key in (f"page {name}", f"add page {name}"):
            ids.pages[name] = page
            journal.write("found", [key], ids={f"page {name}": page})
    keep(ids)

    def take() -> None:
        hold.take(by_tools=True)

    outcomes, stopped = apply(made, session.program, ids, journal, eyes, target.tools, keep, progress, take)
    name = snapshot.doc.name
    extras: tuple[Extra, ...] = ()
    verified = None
    entry = entry_of(root, target.environment)
    try:
        after = target.read()
        name = after.doc.name
        ids = ids_before(after, entry_of(root, target.environment))
        if not stopped and all(one.state not in ("failed", "skipped") for one in outcomes):
            extras, sent = _besides(session, target, ids, journal, hold, rows, guides)
            entry = replace(entry_of(root, target.environment), sent=sent)
        entry = replace(entry, ids=ids.within(wanted))
        entry = confirmed(after, wanted, entry, {place for one in outcomes for place in _written(one)})
        entry = replace(entry, set_up=_set_up(wanted, entry, outcomes))
        remember(root, target.environment, entry)
        verified = verify(after, session, entry, Wishes(target.capabilities))
    except NotBegun:
        raise
    except Failure as failure:
        stopped = stopped or f"it could not be read back: {failure}"
    return Report(target.environment, target.doc, name, outcomes, extras, verified, stopped, target.local)


def _besides(
    session: Session,
    target: Target,
    ids: Ids,
    journal: Journal,
    hold: Hold,
    rows: bool,
    guides: Mapping[str, str],
) -> tuple[tuple[Extra, ...], Mapping[str, str]]:
    """Rows and pages; what came of them, and what stands for the texts that pages have now."""
    found: list[Extra] = []
    sent = entry_of(session.project.root, target.environment).sent
    try:
        if rows:
            writer = RowWriter(target.rest, ids, session.book, target.patience)
            if writer.is_behind():
                hold.take()
            found += writer.write()
        if guides:
            if any(sent.get(name) != remote_hash(text) for name, text in guides.items()):
                hold.take()
            told, sent = publish(guides, target.rest, ids, sent, journal, target.patience)
            found += told
    except NotBegun:
        raise
    except NotConfirmed as problem:
        found.append(Extra("rows", "not confirmed", str(problem)))
    except Failure as failure:
        unsure = getattr(failure, "uncertain", False)
        found.append(Extra("rows and pages", "not confirmed" if unsure else "failed", str(failure)))
    return tuple(found), sent


def remember(root: Path, environment: str, entry: LockEntry) -> None:
    """Write what is known of an environment into the lock, beside what it says of the others."""
    lock = read_lock(root)
    if lock.get(environment) != entry:
        write_lock(root, {**lock, environment: entry})


def _set_up(wanted: Doc, entry: LockEntry, outcomes: Iterable[Outcome]) -> Mapping[str, str]:
    """What stands for the controls that are in the doc, as the folder has them: what was written, what was handed to a
    person, and what is there for the first time. No API tells most of it, so nothing can be read back."""
    handed = ("done", "already", "by hand")
    steps = {one.step.change.after.name: one for one in outcomes if isinstance(one.step.change, SetControl)}
    found: dict[str, str] = {}
    for name, control in wanted.controls.items():
        if name in entry.ids.controls:
            before = entry.set_up.get(name)
            new = before is None or (name in steps and steps[name].state in handed)
            found[name] = control_hash(control) if new or before is None else before
    return found


def _written(outcome: Outcome) -> Iterator[Place]:
    """The places of the formulas that a step wrote and saw."""
    if outcome.state != "done":
        return
    match outcome.step.change:
        case AddColumn(table, column):
            yield Place("formula", table, column.name)
            yield Place("action", table, column.name)
            yield Place("disable_if", table, column.name)
        case SetFormula(table, name):
            yield Place("formula", table, name)
        case SetAction(table, name):
            yield Place("action", table, name)
            yield Place("disable_if", table, name)
        case AddView(view) | SetView(_, view):
            yield Place("filter", view.table, view.name)
        case AddFormula(formula) | SetNamedFormula(_, formula):
            yield Place("named", "", formula.name)
