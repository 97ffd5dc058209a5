"""A plan: the steps that make a doc as its folder says, with the impact and the risk of each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from codaform.coda.snapshot.records import Snapshot, schema_fingerprint
from codaform.deploy.kinds.change import Risk, SchemaChange
from codaform.deploy.kinds.impact import Impact, Touched
from codaform.deploy.kinds.needs import FormulaNeeds
from codaform.deploy.kinds.routes import REST_ALONE, Capabilities, Way
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry
from codaform.deploy.planning.differences import Difference, diff
from codaform.deploy.planning.doubles import doubles
from codaform.deploy.planning.ordering import ordered
from codaform.deploy.remote.schema import RemoteSchema, remote_schema
from codaform.model.schema import Doc, views
from codaform.project.session import Session
from codaform.semantics.program import program_of


@dataclass(frozen=True, slots=True)
class Step:
    """A change to make.

    because: The reason for it. touches: The things that are computed from it. risk: Its risk for the content of the
    doc. route, why_route: The way to make it, and the reason for this way. text: The text that a person enters for it.
    """

    change: SchemaChange
    because: str
    touches: tuple[Touched, ...]
    risk: Risk
    route: Way
    why_route: str
    text: str

    @property
    def rows_changed(self) -> int | None:
        """How many sample cells get another value; None if that is unknown for a part."""
        rows = [touched.rows for touched in self.touches if touched.thing.kind == "cells"]
        return None if None in rows else sum(row for row in rows if row is not None)


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order to make them.

    environment, doc, doc_name: The doc that it is for. fingerprint, read_at: The schema that it starts from, and when
    it was read. notes: Sentences on what is unknown. unmanaged: The things of the doc that the folder does not have,
    and that stay. doubled: Sentences on things that the doc has twice and the folder once.
    """

    environment: str
    doc: str
    doc_name: str
    fingerprint: str
    read_at: str
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, int]:
        """How many steps add, change and remove something."""
        verbs = Counter(step.change.VERB for step in self.steps)
        return {verb: verbs[verb] for verb in ("add", "change", "remove")}


class PlanIsOld(Exception):
    """Why a plan must not be applied any more, in one line."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a plan is made. prune: Whether to drop what the folder does not have."""

    capabilities: Capabilities = REST_ALONE
    prune: bool = False


_NO_OPTIONS = PlanOptions()


def plan(
    environment: str,
    snapshot: Snapshot,
    session: Session,
    entry: LockEntry = NOTHING_KNOWN,
    options: PlanOptions = _NO_OPTIONS,
) -> Plan:
    """The plan that makes a doc as a project says.

    snapshot: The doc. session: The project, whose sample rows show the impact. entry: The lock entry of the doc.
    """
    steps, notes, unmanaged = planned(remote_schema(snapshot), session, entry, options)
    notes = (*_unread(snapshot, session.project.doc), *notes)
    mark = schema_fingerprint(snapshot)
    twice = doubles(snapshot, session.project.doc, entry.ids.pages)
    return Plan(environment, snapshot.doc.id, snapshot.doc.name, mark, snapshot.read_at, steps, notes, unmanaged, twice)


def planned(
    there: RemoteSchema, session: Session, entry: LockEntry = NOTHING_KNOWN, options: PlanOptions = _NO_OPTIONS
) -> tuple[tuple[Step, ...], tuple[str, ...], tuple[str, ...]]:
    """The steps, the notes and the unmanaged things for a doc of this schema."""
    wanted = session.project.doc
    found = diff(there, wanted, entry, options.prune)
    kept = _kept_here(wanted)
    if not found.changes:
        return (), (*found.notes, *kept), found.unmanaged
    impact = Impact(session, program_of(found.now))
    in_order = ordered(found.changes, wanted, FormulaNeeds(session.program), impact)
    steps = tuple(_step(difference, impact, wanted, options.capabilities) for difference in in_order)
    return steps, (*found.notes, *(note for step in steps if (note := step.change.note)), *kept), found.unmanaged


def check_current(known: Plan, snapshot: Snapshot) -> None:
    """Raise PlanIsOld if a plan was made for another doc or another schema."""
    if known.doc != snapshot.doc.id:
        raise PlanIsOld(f"the plan is for the doc {known.doc}, not for {snapshot.doc.id}")
    mark = schema_fingerprint(snapshot)
    if known.fingerprint.partition(":")[0] != mark.partition(":")[0]:
        raise PlanIsOld("the plan was made with another set of APIs: make a new one")
    if known.fingerprint != mark:
        raise PlanIsOld(f"the schema of {known.doc_name} was changed since {known.read_at}: make a new plan")


# ------------------------------------------------------------ one step


def _step(difference: Difference, impact: Impact, wanted: Doc, capabilities: Capabilities) -> Step:
    change = difference.change
    touches, route = change.touched(impact), change.route(capabilities)
    risk = "values" if difference.guessed else change.risk(touches)
    return Step(change, difference.because, touches, risk, route.way, route.why, change.text(wanted))


# ------------------------------------------------------------ notes


def _kept_here(wanted: Doc) -> list[str]:
    """Notes on what the folder has and no API takes or returns."""
    about = {
        "tables": sum(bool(table.about) for table in wanted.tables.values()),
        "views": sum(bool(view.about) for view in views(wanted)),
        "named formulas": sum(bool(formula.about) for formula in wanted.formulas.values()),
    }
    kinds = [f"{what} ({count})" for what, count in about.items() if count]
    return [f"the descriptions of {', '.join(kinds)} stay in the folder: no API takes or returns them"] if kinds else []


def _unread(snapshot: Snapshot, wanted: Doc) -> list[str]:
    """Notes on what the folder has and this snapshot does not contain."""
    described = sum(bool(column.about) for table in wanted.tables.values() for column in table.columns.values())
    if "mcp" in snapshot.ways or not described or not snapshot.tables:
        return []
    return [f"REST returns no descriptions: those of {described} columns of the folder are not compared"]
