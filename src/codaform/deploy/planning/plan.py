"""A plan: what has to be done for a doc to be as its folder says, step by step, with what each step moves and risks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from codaform.coda.snapshot.records import Snapshot, schema_fingerprint
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry
from codaform.deploy.planning.changes import (
    AddView,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    RenameColumn,
    SetDescription,
    SetFormat,
    SetFormula,
    SetNamedFormula,
    SetOptions,
    SetView,
)
from codaform.deploy.planning.differences import Difference, diff
from codaform.deploy.planning.doubles import doubles
from codaform.deploy.planning.needs import Needs
from codaform.deploy.planning.ordering import ordered
from codaform.deploy.planning.reach import Reach, Touched
from codaform.deploy.planning.routes import REST_ALONE, Capabilities, Way, route
from codaform.deploy.planning.wording import text_to_enter
from codaform.deploy.remote.schema import RemoteSchema, remote_schema
from codaform.model.schema import Doc, View, views
from codaform.project.session import Session
from codaform.semantics.program import understand

Risk = Literal["none", "values", "loss"]
"""What a step can do to what is in the doc: nothing, other values in cells, or something is gone afterwards."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change to be made.

    because: Why. touches: What is computed from what it changes. risk: What it can do to what is there.
    route, why_route: How it is made, and why so. text: What a person enters where it is made by hand.
    """

    change: Change
    because: str
    touches: tuple[Touched, ...]
    risk: Risk
    route: Way
    why_route: str
    text: str

    @property
    def rows_changed(self) -> int | None:
        """How many sample cells get another value; None where a part of it cannot be worked out."""
        rows = [touched.rows for touched in self.touches if touched.thing.kind == "cells"]
        return None if None in rows else sum(row for row in rows if row is not None)


_TOTALS = {"Add": "add", "Dro": "remove"}
"""What a change is counted as, by how its name begins."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are made.

    environment, doc, doc_name: What it is for. fingerprint, read_at: The schema that it starts from, and when it was
    read. notes: What cannot be told. left_alone: What the doc has, the folder has not, and nobody touches.
    doubled: What the doc has twice and the folder once.
    """

    environment: str
    doc: str
    doc_name: str
    fingerprint: str
    read_at: str
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()
    left_alone: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()

    @property
    def totals(self) -> dict[str, int]:
        """How many steps add something, change something and remove something."""
        verbs = Counter(_TOTALS.get(type(step.change).__name__[:3], "change") for step in self.steps)
        return {name: verbs[name] for name in ("add", "change", "remove")}


class PlanIsOld(Exception):
    """Why a plan must not be carried out any more, in one line."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a plan is made. prune: Whether what the folder does not have is dropped."""

    capabilities: Capabilities = REST_ALONE
    prune: bool = False


AS_IT_IS = Wishes()


def plan(
    environment: str, snapshot: Snapshot, session: Session, entry: LockEntry = NOTHING_KNOWN, wishes: Wishes = AS_IT_IS
) -> Plan:
    """The plan that makes a doc what a project says.

    snapshot: The doc as it is. session: The project, whose sample rows tell what moves. entry: What the lock knows.
    """
    steps, notes, left_alone = planned(remote_schema(snapshot), session, entry, wishes)
    notes = (*_unread(snapshot, session.project.doc), *notes)
    mark = schema_fingerprint(snapshot)
    twice = doubles(snapshot, session.project.doc, entry.ids.pages)
    return Plan(
        environment, snapshot.doc.id, snapshot.doc.name, mark, snapshot.read_at, steps, notes, left_alone, twice
    )


def planned(
    there: RemoteSchema, session: Session, entry: LockEntry = NOTHING_KNOWN, wishes: Wishes = AS_IT_IS
) -> tuple[tuple[Step, ...], tuple[str, ...], tuple[str, ...]]:
    """The steps for a doc of which this is known; what cannot be told; and what is left alone."""
    wanted = session.project.doc
    found = diff(there, wanted, entry, wishes.prune)
    kept = _kept_here(wanted)
    if not found.changes:
        return (), (*found.notes, *kept), found.left_alone
    reach = Reach(session, understand(found.now)[0])
    in_order = ordered(found.changes, wanted, Needs(session.program), reach.needs, reach.needs_now)
    steps = tuple(_step(difference, reach, wanted, wishes.capabilities) for difference in in_order)
    return steps, (*found.notes, *_limits(steps), *kept), found.left_alone


def check_current(known: Plan, snapshot: Snapshot) -> None:
    """Raises PlanIsOld where the doc is another, or has another schema, than the plan was made for."""
    if known.doc != snapshot.doc.id:
        raise PlanIsOld(f"the plan is for the doc {known.doc}, not for {snapshot.doc.id}")
    mark = schema_fingerprint(snapshot)
    if known.fingerprint.partition(":")[0] != mark.partition(":")[0]:
        raise PlanIsOld("the plan was made with another set of APIs: make a new one")
    if known.fingerprint != mark:
        raise PlanIsOld(f"the schema of {known.doc_name} was changed since {known.read_at}: make a new plan")


# ------------------------------------------------------------ one step


def _step(difference: Difference, reach: Reach, wanted: Doc, capabilities: Capabilities) -> Step:
    change = difference.change
    touches = reach.touched(change)
    way = route(change, capabilities)
    text = text_to_enter(change, wanted)
    risk = "values" if difference.guessed else _risk(change, touches)
    return Step(change, difference.because, touches, risk, way.way, way.why, text)


def _risk(change: Change, touches: tuple[Touched, ...]) -> Risk:
    match change:
        case DropTable() | DropColumn() | DropView() | DropFormula() | DropControl():
            return "loss"
        case SetDescription(_, _, _, ""):
            return "loss"
        case SetFormula(_, _, None, _):
            # What people entered gives way to what is computed; a column that is new has nothing yet.
            return "loss" if touches else "none"
        case SetFormula(_, _, _, None):
            return "values"
        case SetFormat(_, _, before, after):
            return "values" if (before.kind, before.many, before.to) != (after.kind, after.many, after.to) else "none"
        case SetOptions(_, _, options, after_options):
            return "values" if set(options) - set(after_options) else "none"
        case RenameColumn():
            return "none"
        case SetFormula() | SetNamedFormula() | SetView():
            unmoved = all(touched.rows == 0 for touched in touches)
            return "none" if touches and unmoved else "values"
    return "none"


# ------------------------------------------------------------ what has to be said


def _limits(steps: tuple[Step, ...]) -> list[str]:
    shown = [_view(step.change) for step in steps]
    return [
        f"the view {view.name} shows {view.limit} rows at most: no API writes or tells that, it is set by hand"
        for view in shown
        if view is not None and view.limit is not None
    ]


def _view(change: Change) -> View | None:
    match change:
        case AddView(view) | SetView(_, view):
            return view
    return None


def _kept_here(wanted: Doc) -> list[str]:
    """What the folder says and no API takes or tells."""
    about = {
        "tables": sum(bool(table.about) for table in wanted.tables.values()),
        "views": sum(bool(view.about) for view in views(wanted)),
        "named formulas": sum(bool(formula.about) for formula in wanted.formulas.values()),
    }
    told = [f"{what} ({count})" for what, count in about.items() if count]
    return [f"the descriptions of {', '.join(told)} stay in the folder: no API takes or tells them"] if told else []


def _unread(snapshot: Snapshot, wanted: Doc) -> list[str]:
    """What the doc was not read for, and the folder says something about."""
    described = sum(bool(column.about) for table in wanted.tables.values() for column in table.columns.values())
    if "mcp" in snapshot.ways or not described or not snapshot.tables:
        return []
    return [f"REST tells no descriptions: those of {described} columns of the folder are not compared"]
