"""Deploying from the command line: asking, showing how far it is, and telling what came of it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from codaform.cli.connect import Connection, connection
from codaform.cli.output.json_text import as_json
from codaform.cli.output.plans import shown
from codaform.cli.output.terminal import drawn, put, say
from codaform.cli.select import sound
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.applying import outcomes
from codaform.deploy.applying.deployment import (
    Target,
    carry_through,
    check_saved,
    entry_of,
    ids_before,
    plan_for,
    remember,
)
from codaform.deploy.applying.expected import seconds
from codaform.deploy.applying.journal import journal_of
from codaform.deploy.applying.left_over import by_hand, kept, write_sheet
from codaform.deploy.applying.looking import Progress
from codaform.deploy.applying.outcomes import Report
from codaform.deploy.applying.verify import confirmed
from codaform.deploy.applying.verify import verify as read_back
from codaform.deploy.copying.backup import save, usual_path
from codaform.deploy.environments import LOCAL
from codaform.deploy.lock import LockEntry
from codaform.deploy.planning import plan_file
from codaform.deploy.planning.doubles import doubled_rows
from codaform.deploy.planning.plan import Plan, PlanIsOld, Wishes
from codaform.extras import require
from codaform.files import read_file_text
from codaform.project.files import CannotRead
from codaform.project.root import reason
from codaform.project.session import Session
from codaform.text import harmless


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    environment: str
    mcp: bool
    really: bool
    saved: Path | None
    rows: bool
    pages: bool
    prune: bool
    allow_loss: bool
    form: str
    alone: bool = False


def run(path: Path, wanted: Wanted) -> bool:
    """Deploy, or tell what would be done; whether everything is as it should be. Raises CannotRead."""
    project = sound(path)
    session = Session(project)
    guides: Mapping[str, str] = {}
    if wanted.pages:
        require("docs")
        from codaform.site.guides.canvas import document_pages

        guides = document_pages(session)
    saved = _saved(wanted) if wanted.saved is not None else None
    with connection(project, wanted.environment, wanted.mcp, if_there=True) as opened:
        return bring(session, target_of(opened), wanted, guides, saved)


def bring(
    session: Session,
    target: Target,
    wanted: Wanted,
    guides: Mapping[str, str],
    saved: Plan | None = None,
    entry: LockEntry | None = None,
) -> bool:
    """Bring a doc to what a project at work says, or tell what would be done. Raises Failure and CannotRead.

    entry: What the plan goes by; by default what the lock says.
    """
    root, target = session.project.root, replace(target, alone=target.alone or wanted.alone)
    with journal_of(root, wanted.environment) as journal:
        made, snapshot = plan_for(session, target, wanted.prune, entry)
        if saved is not None:
            try:
                check_saved(saved, snapshot, journal)
            except PlanIsOld as old:
                raise CannotRead(str(old)) from None
            made = saved
        if not wanted.really:
            _show_plan(made, wanted.form)
            say("nothing was written; --apply carries it out")
            return True
        _agree(made, wanted.allow_loss)
        keep = _keeper(root, wanted.environment)
        with _progress(seconds(made, session if wanted.rows else None, len(guides), target.local)) as progress:
            report = carry_through(made, snapshot, session, target, journal, wanted.rows, guides, progress, keep)
    _tell(report, made, session, wanted.form)
    return report.deployed


def check(path: Path, environment: str, mcp: bool, form: str) -> bool:
    """Read a doc back; whether it is as the folder says. Raises CannotRead."""
    project = sound(path)
    session = Session(project)
    with connection(project, environment, mcp, if_there=True) as opened:
        target = target_of(opened)
        snapshot = target.read()
        wishes = Wishes(target.capabilities)
        twice, untold = doubled_rows(
            snapshot, project.doc, partial(target.rest.rows, target.doc, form="simpleWithArrays")
        )
    entry = entry_of(project.root, environment).of(target.doc)
    found = read_back(snapshot, session, entry, wishes)
    found = replace(found, wrong=(*found.wrong, *twice), untold=(*found.untold, *untold))
    if entry.doc:
        # What a person made by now is remembered as well; an environment that was never deployed to is not.
        known = replace(entry, ids=ids_before(snapshot, entry).within(project.doc))
        remember(project.root, environment, confirmed(snapshot, project.doc, known, ()))
    if form == "json":
        put(as_json(outcomes.verified_json(found)))
    else:
        put(harmless(f"{environment}: {snapshot.doc.name} ({snapshot.doc.id})"))
        for line in outcomes.verified_lines(found):
            put(harmless(line))
    old = kept(project.root, environment)
    if old is not None and old.doc == target.doc:
        left = {outcomes.key_of(step) for step in found.left}
        paths = write_sheet(old, session, left)
        done = sum(outcomes.key_of(step) not in left for step in old.steps)
        say(f"{done} of {len(old.steps)} made by hand are there: {paths[0]}")
    return found.clean


# ------------------------------------------------------------ parts


def target_of(opened: Connection) -> Target:
    """The target of a deploy over a connection."""
    where = opened.environment
    return Target(where.name, where.doc, opened.rest, opened.tools, where.name == LOCAL)


def _saved(wanted: Wanted) -> Plan:
    assert wanted.saved is not None
    try:
        found = plan_file.from_json(read_file_text(wanted.saved))
    except OSError as error:
        raise CannotRead(f"{wanted.saved} cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{wanted.saved} is no plan: it is not a text in UTF-8") from None
    except plan_file.BadPlan as problem:
        raise CannotRead(f"{wanted.saved}: {problem}") from None
    if found.environment != wanted.environment:
        raise CannotRead(f"the plan is for {found.environment}, not for {wanted.environment}")
    return found


def _keeper(root: Path, environment: str) -> Callable[[Snapshot], None]:
    """What keeps a doc with all its rows in a file of the project's folder, and tells where."""

    def keep(snapshot: Snapshot) -> None:
        path = usual_path(root, environment, snapshot.read_at)
        save(snapshot, path)
        say(f"backup: {path}")

    return keep


def _agree(made: Plan, allowed: bool) -> None:
    """Ask before something is lost. Raises CannotRead where nobody agrees."""
    losses = [step for step in made.steps if step.risk == "loss" and step.route in ("mcp", "rest")]
    if not losses or allowed:
        return
    for step in losses:
        say(f"{outcomes.key_of(step)}: something is lost; {step.because}")
    what = "1 step loses" if len(losses) == 1 else f"{len(losses)} steps lose"
    if not _somebody_is_here():
        raise CannotRead(f"{what} something, and nobody is here to agree: --allow-loss does; nothing was written")
    typed = click.prompt(f"{what} something. The name of the doc, to go on", default="", show_default=False, err=True)
    if typed.strip() != made.doc_name:
        raise CannotRead(f"that is not the doc's name, {made.doc_name}; nothing was written")


def _somebody_is_here() -> bool:
    """Whether a question would be answered."""
    return not os.environ.get("CI") and sys.stdin.isatty()


def _show_plan(made: Plan, form: str) -> None:
    put(as_json(plan_file.as_data(made)) if form == "json" else shown(made))


def _tell(report: Report, made: Plan, session: Session, form: str) -> None:
    if form == "json":
        put(as_json(outcomes.as_json(report)))
    else:
        for line in outcomes.report_lines(report):
            put(harmless(line))
    hand = by_hand(made, report)
    if hand.steps:
        left = {outcomes.key_of(step) for step in report.verified.left} if report.verified is not None else None
        paths = write_sheet(hand, session, left)
        say(f"what a person has to make: {paths[0]} and {paths[1]}")


@contextmanager
def _progress(expected: float) -> Iterator[Progress]:
    """How far it is, on a terminal only. expected: How many seconds the limits let it take at least."""
    if not drawn(sys.stderr):
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[left]}"))
    started = time.monotonic()
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("deploy", total=1, left="")

        def told(done: int, all_of_them: int, what: str) -> None:
            left = _left(time.monotonic() - started, done, all_of_them, expected)
            bar.update(task, completed=done, total=all_of_them, description=harmless(what)[:60], left=left)

        yield told


def _left(passed: float, done: int, all_of_them: int, expected: float) -> str:
    """How long it still takes: by the pace so far, and never less than the limits allow."""
    measured = passed / done * (all_of_them - done) if done else 0.0
    left = max(measured, expected - passed, 0.0)
    return f"about {int(left // 60)} min {int(left % 60)} s left" if left >= 60 else f"about {left:.0f} s left"
