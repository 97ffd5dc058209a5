"""A new doc with what a backup holds: its schema by the steps of a deploy where MCP is there, else its pages alone."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from codaform.coda.door.failures import Unreadable
from codaform.coda.door.rest import Record, Rest
from codaform.coda.door.tools import Tools
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.applying.deployment import Target, carry_through, plan_for
from codaform.deploy.applying.journal import journal_of
from codaform.deploy.applying.outcomes import DeployReport
from codaform.deploy.copying.pulling import pulled
from codaform.deploy.lock import FILE
from codaform.project.project import Environment
from codaform.project.reader import read_project
from codaform.project.session import Session
from codaform.project.written_files import write

_NAME = "restored"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A new doc. undone: Sentences on the missing parts of the schema, some of which a person can make."""

    doc: str
    undone: tuple[str, ...] = ()


def new_doc(
    saved: Snapshot, name: str, rest: Rest, tools: Tools | None, patience: float = 120.0, time_zone: str = ""
) -> Rebuilt:
    """Make a doc with the tables of a backup, without rows. Raises Failure, and CannotRead.

    time_zone: The time zone of the new doc, if the backup has none. tools: Without them the doc gets no tables, only
    the pages of the backup without their text.
    """
    zone = saved.doc.time_zone or time_zone
    fields: Record = {"timezone": zone} if zone else {}
    doc = rest.create_doc(name, **fields).reply.get("id")
    if not isinstance(doc, str):
        raise Unreadable("Coda made a doc and does not say which")
    if tools is None:
        return Rebuilt(doc, (*_pages(saved, doc, rest, patience), "REST makes no tables: with --via mcp they are made"))
    return Rebuilt(doc, _schema(saved, doc, rest, tools, patience))


def _schema(saved: Snapshot, doc: str, rest: Rest, tools: Tools, patience: float) -> tuple[str, ...]:
    files = dict(pulled(saved, Environment(_NAME, saved.doc.id)).files)
    del files[Path(FILE)]  # its ids are those of the doc that was saved
    with tempfile.TemporaryDirectory(prefix="codaform-") as place:
        root = Path(place, "doc")
        write(root, files)
        session = Session(read_project(root, ""))
        target = Target(_NAME, doc, rest, tools, patience=patience, alone=True)
        plan, snapshot = plan_for(session, target)
        with journal_of(root, _NAME) as journal:
            return _undone(carry_through(plan, snapshot, session, target, journal))


def _undone(report: DeployReport) -> tuple[str, ...]:
    left = [
        f"{outcome.step.change}: {outcome.note or outcome.step.why_route or outcome.state}"
        for outcome in report.outcomes
        if outcome.state not in ("done", "already")
    ]
    return (*left, *([report.stopped] if report.stopped else []))


def _pages(saved: Snapshot, doc: str, rest: Rest, patience: float) -> tuple[str, ...]:
    """Make the pages level by level: a page can only go below one that is there."""
    made: dict[str, str] = {"": ""}
    waiting = list(saved.pages)
    failed: list[str] = []
    while ready := [page for page in waiting if page.parent in made]:
        requests: list[str] = []
        for page in ready:
            above = made[page.parent]
            subtitle: Record = {"subtitle": page.subtitle} if page.subtitle else {}
            accepted = rest.create_page(
                doc, {"name": page.name, **subtitle, **({"parentPageId": above} if above else {})}
            )
            made[page.id] = str(accepted.reply.get("id"))
            requests += [accepted.request] if accepted.request is not None else []
        late = sum(not rest.finish(request, patience) for request in requests)
        if late:
            failed.append(f"{late} pages were accepted, but not seen in time")
        waiting = [page for page in waiting if page.id not in made]
    failed += [f"the page {page.name} has no page above it any more" for page in waiting]
    return (*failed, "pages come without their text, which a backup does not hold")
