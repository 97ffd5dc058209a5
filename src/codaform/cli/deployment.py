"""The steps that `deploy` and `promote` share: plan, confirmation, progress, report."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import click

from codaform.cli.connect import Connection, connect
from codaform.cli.output.plans import put_plan
from codaform.cli.select import recall_sound
from codaform.cli.terminal import can_ask, drawn, put, put_json, say
from codaform.coda.snapshot.fetching import fetch_snapshot
from codaform.coda.snapshot.records import Snapshot
from codaform.deploy.applying import outcomes
from codaform.deploy.applying.apply import Progress
from codaform.deploy.applying.deployment import (
    Target,
    carry_through,
    check_saved,
    duration_estimate,
    plan_for,
)
from codaform.deploy.applying.journal import journal_of
from codaform.deploy.applying.outcomes import DeployReport
from codaform.deploy.applying.paste_sheet import manual_steps, write_sheet
from codaform.deploy.copying.backup import save, usual_path
from codaform.deploy.environments import LOCAL
from codaform.deploy.kinds.routes import Capabilities
from codaform.deploy.lock import NOTHING_KNOWN, LockEntry, read_lock
from codaform.deploy.planning import plan_file
from codaform.deploy.planning.doubles import doubled_rows
from codaform.deploy.planning.plan import Plan, PlanIsOld, PlanOptions, plan
from codaform.extras import require
from codaform.files import read_file_text
from codaform.project.files import CannotRead
from codaform.project.locate import reason
from codaform.project.memory import Memory
from codaform.project.session import Session
from codaform.text import harmless


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """The options of `deploy` and `promote`. plan_file: A kept plan to carry out."""

    environment: str
    mcp: bool
    apply: bool
    prune: bool
    allow_loss: bool
    alone: bool
    format_: str
    plan_file: Path | None = None
    rows: bool = False
    pages: bool = False


def deploy(path: Path | None, options: DeployOptions) -> bool:
    """Deploy a project, or show the plan; gives whether everything is done and read back. Raises CannotRead."""
    session = Session.recalled(recall_sound(path))
    pages: Mapping[str, str] = {}
    if options.pages:
        require("docs")
        from codaform.site.guides.canvas import document_pages

        pages = document_pages(session)
    saved = _saved(options) if options.plan_file is not None else None
    with connect(session.project, options.environment, options.mcp, if_there=True) as connection:
        return bring(session, target_of(connection), options, pages, saved)


def bring(
    session: Session,
    target: Target,
    options: DeployOptions,
    guides: Mapping[str, str],
    saved: Plan | None = None,
    entry: LockEntry | None = None,
) -> bool:
    """Bring a doc to the state of a project, or show the plan; gives whether all is done and read back.

    entry: The known ids for the plan; by default those of the lock file. Raises Failure and CannotRead.
    """
    root, target = session.project.root, replace(target, alone=target.alone or options.alone)
    with journal_of(root, options.environment) as journal:
        made, snapshot = plan_for(session, target, options.prune, entry)
        if saved is not None:
            try:
                check_saved(saved, snapshot, journal)
            except PlanIsOld as old:
                raise CannotRead(str(old)) from None
            made = saved
        if not options.apply:
            if options.format_ == "json":
                put_json(plan_file.as_data(made))
            else:
                put_plan(made)
            say("nothing was written; --apply carries it out")
            return True
        _confirm_losses(made, options.allow_loss)
        keep = backup_writer(root, options.environment)
        with _progress(
            duration_estimate(made, session if options.rows else None, len(guides), target.local)
        ) as progress:
            report = carry_through(made, snapshot, session, target, journal, options.rows, guides, progress, keep)
    _put_report(report, made, session, options.format_)
    return report.deployed


def read_plan(memory: Memory, environment: str, mcp: bool, prune: bool = False) -> Plan:
    """The plan for the doc of an environment, with what the doc has twice. Raises CannotRead.

    memory: A project without errors. mcp: Whether the MCP server has to be there.
    """
    project = memory.project
    lock = read_lock(project.root)
    with connect(project, environment, mcp, if_there=True) as connection:
        doc, tools = connection.environment.doc, connection.tools
        snapshot = fetch_snapshot(connection.rest, tools, doc, view_columns=True)
        options = PlanOptions(Capabilities(tools is not None, tools), prune)
        entry = lock.get(environment, NOTHING_KNOWN).of(doc)
        made = plan(environment, snapshot, Session.recalled(memory), entry, options)
        rows_of = partial(connection.rest.rows, doc, form="simpleWithArrays")
        doubled, unknown = doubled_rows(snapshot, project.doc, rows_of)
    return replace(made, doubled=(*made.doubled, *doubled), notes=(*made.notes, *unknown))


# ------------------------------------------------------------ parts


def target_of(connection: Connection) -> Target:
    """The doc of a connection."""
    where = connection.environment
    return Target(where.name, where.doc, connection.rest, connection.tools, where.name == LOCAL)


def _saved(options: DeployOptions) -> Plan:
    assert options.plan_file is not None
    try:
        found = plan_file.from_json(read_file_text(options.plan_file))
    except OSError as error:
        raise CannotRead(f"{options.plan_file} cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise CannotRead(f"{options.plan_file} is no plan: it is not a text in UTF-8") from None
    except plan_file.BadPlan as problem:
        raise CannotRead(f"{options.plan_file}: {problem}") from None
    if found.environment != options.environment:
        raise CannotRead(f"the plan is for {found.environment}, not for {options.environment}")
    return found


def backup_writer(root: Path, environment: str) -> Callable[[Snapshot], None]:
    """A function that writes a backup to the project's folder, and says where."""

    def keep(snapshot: Snapshot) -> None:
        path = usual_path(root, environment, snapshot.read_at)
        save(snapshot, path)
        say(f"backup: {path}")

    return keep


def _confirm_losses(made: Plan, allowed: bool) -> None:
    """Ask before steps lose data. Raises CannotRead without a confirmation."""
    losses = [step for step in made.steps if step.risk == "loss" and step.route in ("mcp", "rest")]
    if not losses or allowed:
        return
    for step in losses:
        say(f"{outcomes.key_of(step)}: loses data; {step.because}")
    steps = "1 step loses data" if len(losses) == 1 else f"{len(losses)} steps lose data"
    if not can_ask():
        raise CannotRead(f"{steps}, and this is no terminal to confirm it: give --allow-loss; nothing was written")
    typed = click.prompt(f"{steps}. Type the name of the doc to go on", default="", show_default=False, err=True)
    if typed.strip() != made.doc_name:
        raise CannotRead(f"that is not the doc's name, {made.doc_name}; nothing was written")


def _put_report(report: DeployReport, made: Plan, session: Session, format_: str) -> None:
    if format_ == "json":
        put_json(outcomes.as_json(report))
    else:
        for line in outcomes.report_lines(report):
            put(harmless(line))
    hand = manual_steps(made, report)
    if hand.steps:
        left = {outcomes.key_of(step) for step in report.verified.remaining} if report.verified is not None else None
        paths = write_sheet(hand, session, left)
        say(f"steps for a person: {paths[0]} and {paths[1]}")


@contextmanager
def _progress(expected: float) -> Iterator[Progress]:
    """A progress bar, on a terminal only. expected: The least seconds that the rate limits allow."""
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

        def on_step(done: int, total: int, step: str) -> None:
            left = _left(time.monotonic() - started, done, total, expected)
            bar.update(task, completed=done, total=total, description=harmless(step)[:60], left=left)

        yield on_step


def _left(passed: float, done: int, total: int, expected: float) -> str:
    """The time left: by the pace so far, and never less than the rate limits allow."""
    measured = passed / done * (total - done) if done else 0.0
    left = max(measured, expected - passed, 0.0)
    return f"about {int(left // 60)} min {int(left % 60)} s left" if left >= 60 else f"about {left:.0f} s left"
