"""Shared by tests of deploys: a project, a local Coda as the target, and the doc there afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from codaform.coda.door.pace import Pace
from codaform.coda.door.rest import Rest
from codaform.coda.door.tokens import Secret
from codaform.coda.door.tools import open_tools
from codaform.deploy.applying.deployment import Target, carry_through, plan_for
from codaform.deploy.applying.journal import journal_of
from codaform.deploy.applying.outcomes import DeployReport
from codaform.project.session import Session
from codaform.testing import RunningCoda
from door import SWIFT

ENVIRONMENT = "staging"


@contextmanager
def target_of(coda: RunningCoda, patience: float = 20.0) -> Iterator[Target]:
    """The doc of a local Coda, open by both its APIs."""
    rest = Rest(Secret(coda.token), coda.url, Pace({}, SWIFT), timeout=20)
    try:
        with open_tools(Secret(coda.mcp_token), coda.url, Pace({}, SWIFT), timeout=20) as tools:
            yield Target(ENVIRONMENT, coda.doc_id, rest, tools, local=True, patience=patience)
    finally:
        rest.close()


@contextmanager
def new_doc(coda: RunningCoda, patience: float = 20.0) -> Iterator[Target]:
    """A doc with nothing in it beside those that a local Coda has, open by both its APIs."""
    with target_of(coda, patience) as known:
        made = known.rest.create_doc("Untitled")
        coda.finish()
        yield replace(known, doc=str(made.reply["id"]))


def deploy(
    session: Session,
    target: Target,
    rows: bool = False,
    guides: Mapping[str, str] | None = None,
    prune: bool = False,
) -> DeployReport:
    """A deploy with nothing asked."""
    with journal_of(session.project.root, target.environment) as journal:
        made, snapshot = plan_for(session, target, prune)
        return carry_through(made, snapshot, session, target, journal, rows, guides)


def states(report: DeployReport) -> dict[str, int]:
    """How many steps had which outcome."""
    found: dict[str, int] = {}
    for outcome in report.outcomes:
        found[outcome.state] = found.get(outcome.state, 0) + 1
    return found


def copied(folder: Path, to: Path) -> Path:
    """A project's folder copied, so that a deploy may write its lock."""
    from shutil import copytree, ignore_patterns

    return copytree(folder, to, ignore=ignore_patterns(".codaform", "doc.lock.yml"))
