"""A deploy from beginning to end: read, plan, back up, write, read back, update the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from codaform.coda.door.failures import Failure
from codaform.coda.door.pace import LIMITS
from codaform.coda.door.rest import MOST_ROWS, Rest
from codaform.coda.door.tools import Tools
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.applying.apply import Progress, apply
from codaform.deploy.applying.guide_pages import publish
from codaform.deploy.applying.hold import Hold, NotBegun, guarded, nothing
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.outcomes import DeployReport, SideOutcome, StepOutcome
from codaform.deploy.applying.row_writing import NotConfirmed, RowWriter
from codaform.deploy.applying.verify import confirmed, verify
from codaform.deploy.ids import Ids
from codaform.deploy.kinds.controls import SetControl
from codaform.deploy.kinds.routes import Capabilities
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry, control_hash, read_lock, remote_hash, write_lock
from codaform.deploy.planning.plan import Plan, PlanOptions, check_current, plan
from codaform.deploy.remote.inspector import PATIENCE, Inspector
from codaform.deploy.remote.schema import remote_schema
from codaform.model.schema import Doc
from codaform.project.session import Session


@dataclass(frozen=True, slots=True)
class Target:
    """A doc that a deploy changes.

    tools: None without MCP. local: Whether it is in a local Coda. alone: Whether no other deploy can run.
    """

    environment: str
    doc: str
    rest: Rest
    tools: Tools | None = None
    local: bool = False
    patience: float = PATIENCE
    alone: bool = False

    def read(self, rows: bool = False) -> Snapshot:
        """A snapshot of the doc with all changes that Coda has accepted. Raises Failure."""
        return fetch_snapshot(self.rest.fresh(self.patience), self.tools, self.doc, rows=rows, view_columns=True)

    @property
    def capabilities(self) -> Capabilities:
        """The APIs that the deploy can use."""
        return Capabilities(self.tools is not None, self.tools)


def entry_of(root: Path, environment: str) -> LockEntry:
    """The lock entry of an environment. Raises CannotRead."""
    return read_lock(root).get(environment, NOTHING_KNOWN)


def plan_for(
    session: Session, target: Target, prune: bool = False, entry: LockEntry | None = None
) -> tuple[Plan, Snapshot]:
    """The plan for a doc, and the snapshot that it was made from. Raises Failure and CannotRead.

    entry: The lock entry to plan with; by default the environment's own.
    """
    snapshot = target.read()
    entry = entry or entry_of(session.project.root, target.environment)
    options = PlanOptions(target.capabilities, prune)
    return plan(target.environment, snapshot, session, entry.of(target.doc), options), snapshot


def ids_before(snapshot: Snapshot, entry: LockEntry) -> Ids:
    """The ids in a snapshot, with the pages from the lock."""
    return replace(remote_schema(snapshot).ids, pages=dict(entry.ids.pages))


def check_saved(saved: Plan, snapshot: Snapshot, journal: Journal) -> None:
    """Raise PlanIsOld if the doc was changed since a plan was saved, but not by a killed run of the same plan."""
    if journal.unfinished() != saved.fingerprint:
        check_current(saved, snapshot)


@contextmanager
def held(target: Target, journal: Journal, began: Callable[[], None] = nothing) -> Iterator[tuple[Hold, Target]]:
    """Hold the doc against other deploys from the first write to the end of the block; gives the hold, and the target
    that takes it. began: Called before the first write."""
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
) -> DeployReport:
    """Apply a plan, read everything back, and update the lock.

    snapshot: The doc that the plan was made from, or a later one. rows: Whether to write the sample rows too. guides:
    Texts of pages in Markdown, by the names of the pages. keep_safe: Called with the doc and all its rows before the
    first write, if the doc has tables.

    Raises NotBegun before the first write if another deploy is at work. The report contains what Coda refuses later.
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
    else:  # there was nothing to write: this ends what an earlier run began
        ended = not report.stopped and bool(journal.unfinished() or journal.open_keys())
    if ended:
        journal.write("finished")
    if hold.problem:
        report = replace(
            report, extras=(*report.extras, SideOutcome("the page of this deploy", "failed", hold.problem))
        )
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
) -> DeployReport:
    root, wanted = session.project.root, session.project.doc
    ids = ids_before(snapshot, entry_of(root, target.environment).of(target.doc))

    def keep(state: Ids) -> None:
        remember(root, target.environment, replace(entry_of(root, target.environment), ids=state.within(wanted)))

    inspector = Inspector(target.rest, target.tools, target.doc, target.patience) if target.tools is not None else None
    for key in journal.open_keys():
        # A killed run was about to make this page, so the doc did not have it before: it is ours.
        name = key.removeprefix("add ").removeprefix("page ")
        page = next((page.id for page in snapshot.pages if page.name == name), "")
        if page and key in (f"page {name}", f"add page {name}"):
            ids.pages[name] = page
            journal.write("found", [key], ids={f"page {name}": page})
    keep(ids)

    def take() -> None:
        hold.take(by_tools=True)

    outcomes, stopped = apply(made, session.program, ids, journal, inspector, target.tools, keep, progress, take)
    name = snapshot.doc.name
    extras: tuple[SideOutcome, ...] = ()
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
        entry = confirmed(
            after,
            wanted,
            entry,
            {place for one in outcomes if one.state == "done" for place in one.step.change.formula_places},
        )
        entry = replace(entry, set_up=_set_up(wanted, entry, outcomes))
        remember(root, target.environment, entry)
        verified = verify(after, session, entry, PlanOptions(target.capabilities))
    except NotBegun:
        raise
    except Failure as failure:
        stopped = stopped or f"the doc could not be read back: {failure}"
    return DeployReport(target.environment, target.doc, name, outcomes, extras, verified, stopped, target.local)


def _besides(
    session: Session,
    target: Target,
    ids: Ids,
    journal: Journal,
    hold: Hold,
    rows: bool,
    guides: Mapping[str, str],
) -> tuple[tuple[SideOutcome, ...], Mapping[str, str]]:
    """Write rows and pages; returns their outcomes, and the hashes of the texts on the pages."""
    found: list[SideOutcome] = []
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
            pages, sent = publish(guides, target.rest, ids, sent, journal, target.patience)
            found += pages
    except NotBegun:
        raise
    except NotConfirmed as problem:
        found.append(SideOutcome("rows", "not confirmed", str(problem)))
    except Failure as failure:
        unsure = getattr(failure, "uncertain", False)
        found.append(SideOutcome("rows and pages", "not confirmed" if unsure else "failed", str(failure)))
    return tuple(found), sent


def remember(root: Path, environment: str, entry: LockEntry) -> None:
    """Write the entry of an environment into the lock, and keep the other entries."""
    lock = read_lock(root)
    if lock.get(environment) != entry:
        write_lock(root, {**lock, environment: entry})


def _set_up(wanted: Doc, entry: LockEntry, outcomes: Iterable[StepOutcome]) -> Mapping[str, str]:
    """The hashes of the controls that are in the doc, as the folder had them when a step wrote them, when a person got
    them to make, or when they were first seen. No API returns most of a control."""
    handed = ("done", "already", "by hand")
    steps = {one.step.change.after.name: one for one in outcomes if isinstance(one.step.change, SetControl)}
    found: dict[str, str] = {}
    for name, control in wanted.controls.items():
        if name in entry.ids.controls:
            before = entry.set_up.get(name)
            new = before is None or (name in steps and steps[name].state in handed)
            found[name] = control_hash(control) if new or before is None else before
    return found


# ------------------------------------------------------------ duration


def duration_estimate(plan: Plan, rows_of: Session | None, pages: int, local: bool) -> float:
    """The seconds that a deploy takes at least, by the limits of the APIs.

    rows_of: The project whose sample rows are written; None for none. pages: The number of pages. local: Whether the
    doc is in a local Coda, which has no limits.
    """
    if local:
        return 0.0
    steps = sum(step.route == "mcp" for step in plan.steps)
    calls = 0
    if rows_of is not None:
        doc = rows_of.project.doc
        calls = sum(2 * ceil(len(rows_of.book.rows(name)) / MOST_ROWS) for name in doc.tables)
    return steps * 3 * _TOOL_SECONDS + calls * _pause("write") + pages * _pause("content")


def _pause(kind: str) -> float:
    most, window = LIMITS[kind]
    return window / most


_TOOL_SECONDS = 1.0
"""The estimate for a call of a tool; the tools have no published limit."""
