"""Carrying out a plan: each step looked at just before it is written, written down, done once, and looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from codaform.coda.failures import CannotReach, Failure, ToolFailed, ToolMissing, Unreadable
from codaform.coda.tools import Tools
from codaform.deploy.applying.carrying_out import MOST_COLUMNS, ColumnUpdate, Hands, together
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.known import Known
from codaform.deploy.applying.looking import (
    Application,
    Keep,
    Progress,
    fault_of,
    look,
    owner_of,
    place_of,
    remember,
    standing_now,
)
from codaform.deploy.applying.outcomes import Outcome, State, key_of
from codaform.deploy.applying.seen import Eyes, SeenTable
from codaform.deploy.applying.waiting import missing_without, needs_of, waits_for
from codaform.deploy.planning.changes import (
    AddColumn,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropFormula,
    DropTable,
    DropView,
    SetNamedFormula,
    SetView,
)
from codaform.deploy.planning.ordering import phase
from codaform.deploy.planning.plan import Plan
from codaform.semantics.dependencies import Thing
from codaform.semantics.program import Program

ATTEMPTS = 3
"""How often a call is sent of which nobody knows whether it arrived, each time after looking that it did not."""


class _Stop(Exception):
    """Why nothing more is written."""


def apply(
    plan: Plan,
    program: Program,
    known: Known,
    journal: Journal,
    eyes: Eyes | None,
    tools: Tools | None,
    keep: Keep = lambda _: None,
    progress: Progress = lambda *_: None,
) -> tuple[tuple[Outcome, ...], str]:
    """Carry out a plan's steps that have a way by the tools; gives what came of each, and why it stopped, if it did.

    program: Of the doc as it is to be. known: What names mean in the doc; it is told of what is made.
    Nothing is raised: what cannot be written stops the run, and is an outcome.
    """
    work = Application(plan, program, known, journal, eyes, tools, keep, progress)
    needs = needs_of(program)
    missing: set[Thing] = set()
    changes = [step.change for step in plan.steps]
    waiting = [*range(len(changes))]
    while waiting and not work.stopped:
        number = waiting[0]
        step, change = plan.steps[number], changes[number]
        progress(len(changes) - len(waiting), len(changes), key_of(step))
        lacking = waits_for(change, missing, needs, program.doc)
        batch = [number]
        if step.route != "mcp" or tools is None or eyes is None:
            state: State = "impossible" if step.route == "unsupported" else "by hand"
            work.outcomes[number] = Outcome(step, state, step.why_route)
        elif lacking is not None:
            work.outcomes[number] = Outcome(step, "waiting", f"it needs {_called(lacking)}, which is not there yet")
        else:
            open_things = {thing for other in waiting[1:] for thing in missing_without(changes[other])}
            for other in waiting[1:]:
                if len(batch) == MOST_COLUMNS or phase(changes[other]) != phase(change):
                    break
                fits = together(change, changes[other]) and plan.steps[other].route == "mcp"
                if (
                    fits
                    and waits_for(changes[other], missing | open_things | _made_by(changes, batch), needs, program.doc)
                    is None
                ):
                    batch.append(other)
            try:
                _make(work, batch)
            except _Stop as stop:
                work.stopped = str(stop)
        for done in batch:
            outcome = work.outcomes.get(done)
            if outcome is not None and outcome.state not in ("done", "already"):
                missing.update(missing_without(changes[done]))
        waiting = [other for other in waiting if other not in work.outcomes]
        if work.stopped:
            break
    for number in waiting:
        work.outcomes[number] = Outcome(plan.steps[number], "not reached")
    progress(len(changes), len(changes), "")
    return tuple(work.outcomes[number] for number in range(len(changes))), work.stopped


def _made_by(changes: Sequence[Change], numbers: Sequence[int]) -> set[Thing]:
    return {thing for number in numbers for thing in missing_without(changes[number])}


def _called(thing: Thing) -> str:
    match thing.kind:
        case "cells":
            return f"{thing.table}.{thing.name}"
        case "rows":
            return f"the table {thing.table}"
        case "view":
            return f"the view {thing.name}"
    return thing.name


# ------------------------------------------------------------ one batch


def _make(work: Application, numbers: Sequence[int]) -> None:
    """Make the steps of a batch, which go in one call. Raises _Stop."""
    keys = [key_of(work.plan.steps[number]) for number in numbers]
    begun = {*work.journal.open_keys()}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            left = _still_to_do(work, numbers, begun, again=attempt > 1)
            if not left:
                return
            work.journal.write("begun", [key_of(work.plan.steps[number]) for number in left])
            begun.update(keys)
            _write(work, [work.plan.steps[number].change for number in left])
        except ToolMissing as missing:
            work.journal.write("failed", keys, str(missing))
            _settle(work, numbers, "by hand", str(missing))
            return
        except (CannotReach, Unreadable) as lost:
            if getattr(lost, "uncertain", True) and attempt < ATTEMPTS:
                continue  # whether it arrived is looked up, never guessed
            state: State = "not confirmed" if getattr(lost, "uncertain", True) else "failed"
            work.journal.write("unsure" if state == "not confirmed" else "failed", keys, str(lost))
            _settle(work, numbers, state, str(lost))
            raise _Stop(str(lost)) from None
        except Failure as failure:
            work.journal.write("failed", keys, str(failure))
            said = f"{_places(work, numbers)}{failure}" if isinstance(failure, ToolFailed) else str(failure)
            _settle(work, numbers, "failed", said)
            raise _Stop(said) from None
        else:
            _seen_after(work, left)
            return


def _settle(work: Application, numbers: Sequence[int], state: State, said: str) -> None:
    for number in numbers:
        if number not in work.outcomes:
            work.outcomes[number] = Outcome(work.plan.steps[number], state, said)


def _places(work: Application, numbers: Sequence[int]) -> str:
    """Where the formulas stand that were refused."""
    places = [place for number in numbers if (place := place_of(work, work.plan.steps[number].change))]
    return f"{', '.join(places)}: " if places else ""


def _still_to_do(work: Application, numbers: Sequence[int], begun: set[str], again: bool) -> list[int]:
    """The steps of a batch that are still to be made, by what the doc says now. Raises Failure, and _Stop where the doc
    has moved since the plan was made.

    again: Whether this run has sent the call before and does not know what came of it.
    """
    found: list[int] = []
    seen = look(work, work.plan.steps[numbers[0]].change)
    for number in numbers:
        step = work.plan.steps[number]
        if number in work.outcomes:
            continue
        where = standing_now(work, step.change, seen)
        match where.state:
            case "to do":
                found.append(number)
            case "done":
                was_begun = key_of(step) in begun
                remember(work, step.change, seen)
                work.journal.write("found", [key_of(step)], "it is there")
                said = "" if again else "an earlier run had begun it" if was_begun else ""
                work.outcomes[number] = Outcome(step, "done" if again else "already", said)
            case "overtaken":
                said = f"{where.why}; plan anew"
                work.journal.write("failed", [key_of(step)], said)
                work.outcomes[number] = Outcome(step, "overtaken", said)
                raise _Stop(said)
    work.keep(work.known)
    return found


def _write(work: Application, changes: Sequence[Change]) -> None:
    """Write changes that go in one call. Raises Failure."""
    assert work.eyes is not None
    assert work.tools is not None
    hands = Hands(work.tools, work.known, work.wanted)
    first = changes[0]
    match first:
        case AddTable(table):
            seen = look(work, first).table
            hands.make_table(first, _page_for(work, hands, table.name) if seen is None else "", seen)
        case AddColumn(table_name):
            hands.add_columns(table_name, [change.column for change in changes if isinstance(change, AddColumn)])
        case AddFormula():
            hands.make_formula(first, _front_page(work))
        case SetNamedFormula(before, _):
            now = work.eyes.formula(before.name)
            hands.change_formula(first, now.page if now is not None else _front_page(work))
        case DropFormula(name):
            now = work.eyes.formula(name)
            hands.drop(first, now.page if now is not None else "")
        case DropTable() | DropColumn() | DropView():
            hands.drop(first)
        case AddView(view):
            hands.make_view(view, _there(work, first))
        case SetView():
            hands.change_view(first, _there(work, first))
        case _:
            hands.update_columns(cast("Sequence[ColumnUpdate]", changes), _there(work, first))


def _there(work: Application, change: Change) -> SeenTable:
    seen = look(work, change).table
    if seen is None:
        raise _Stop(f"the table {owner_of(change)} is gone; plan anew")
    return seen


def _front_page(work: Application) -> str:
    assert work.eyes is not None
    pages = work.eyes.pages()
    if not pages:
        raise _Stop("the doc has no page that a formula could stand on")
    return pages[0][0]


def _page_for(work: Application, hands: Hands, name: str) -> str:
    """The page that a table is made on: one of its name, made where there is none. Raises Failure and _Stop."""
    assert work.eyes is not None
    for id, title in work.eyes.pages():
        if title == name:
            return id
    if not hands.tools.has("page_create", "uri", "title"):
        return _front_page(work)
    key = [f"add page {name}"]
    work.journal.write("begun", key)
    try:
        id = hands.make_page(name)
    except CannotReach as lost:
        found = next((id for id, title in work.eyes.pages() if title == name), "")
        if not lost.uncertain or not found:
            raise
        id = found
    work.known.pages[name] = id
    work.keep(work.known)
    work.journal.write("done", key, ids={f"page {name}": id})
    return id


# ------------------------------------------------------------ after a write


def _seen_after(work: Application, numbers: Sequence[int]) -> None:
    """Look at what was written. Raises _Stop where it is not as it was written, or Coda finds a formula wrong."""
    first = work.plan.steps[numbers[0]].change
    try:
        seen = look(work, first)
        for number in numbers:
            step = work.plan.steps[number]
            wrong = fault_of(work, step.change, seen)
            if wrong:
                work.journal.write("failed", [key_of(step)], wrong)
                work.outcomes[number] = Outcome(step, "failed", wrong)
                continue
            ids = remember(work, step.change, seen)
            work.journal.write("done", [key_of(step)], ids=ids)
            work.outcomes[number] = Outcome(step, "done")
    except Failure as failure:
        left = [number for number in numbers if number not in work.outcomes]
        work.journal.write("unsure", [key_of(work.plan.steps[number]) for number in left], str(failure))
        _settle(work, left, "not confirmed", f"it was written, and could not be read back: {failure}")
    work.keep(work.known)
    bad = [work.outcomes[number] for number in numbers if work.outcomes[number].state != "done"]
    if bad:
        raise _Stop(bad[0].said)
