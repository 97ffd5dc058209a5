"""Carrying out a plan: each step looked at just before it is written, written down, done once, and looked at again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import cast

from codaform.coda.door.failures import CannotReach, Failure, ToolFailed, ToolMissing, Unreadable
from codaform.coda.door.tools import Tools
from codaform.deploy.applying.carrying_out import MOST_COLUMNS, ColumnUpdate, Hands, NotKnown, together
from codaform.deploy.applying.hold import NotBegun, nothing
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.looking import (
    Application,
    Keep,
    Look,
    Progress,
    fault_of,
    look,
    owner_of,
    place_of,
    remember,
    standing_now,
)
from codaform.deploy.applying.outcomes import STILL_TO_DO, Outcome, State, key_of
from codaform.deploy.ids import Ids
from codaform.deploy.planning.changes import (
    AddColumn,
    AddControl,
    AddFormula,
    AddTable,
    AddView,
    Change,
    DropColumn,
    DropControl,
    DropFormula,
    DropTable,
    DropView,
    SetControl,
    SetNamedFormula,
    SetView,
)
from codaform.deploy.planning.needs import Needs, given
from codaform.deploy.planning.ordering import phase
from codaform.deploy.planning.plan import Plan, Step
from codaform.deploy.remote.inspector import Eyes, SeenTable
from codaform.model import unexpected
from codaform.project.files import CannotRead
from codaform.semantics.dependencies import Thing
from codaform.semantics.program import Program

ATTEMPTS = 3
"""How often a call is sent of which nobody knows whether it arrived, each time after looking that it did not."""


class _Stop(Exception):
    """Why nothing more is written."""


def apply(
    plan: Plan,
    program: Program,
    ids: Ids,
    journal: Journal,
    eyes: Eyes | None,
    tools: Tools | None,
    keep: Keep = lambda _: None,
    progress: Progress = lambda *_: None,
    take: Callable[[], None] = nothing,
) -> tuple[tuple[Outcome, ...], str]:
    """Carry out a plan's steps that have a way by the tools; gives what came of each, and why it stopped, if it did.

    program: Of the doc as it is to be. ids: What names mean in the doc; it is told of what is made.
    take: Called before the doc is looked at for a write: it holds the doc. Raises NotBegun where nothing was written,
    as another deploy is at work; whatever else cannot be written is an outcome. A step that is refused takes those with
    it that need it, and no others; what makes every further write doubtful stops the run.
    """
    work = Application(plan, program, ids, journal, eyes, tools, keep, progress, take)
    needs = Needs(program)
    missing: dict[Thing, State] = {}
    """What is not there because a step did not make it, and what came of that step."""
    changes = [step.change for step in plan.steps]
    waiting = [*range(len(changes))]
    while waiting and not work.stopped:
        number = waiting[0]
        step, change = plan.steps[number], changes[number]
        progress(len(changes) - len(waiting), len(changes), key_of(step))
        lacking = next((thing for thing in needs.of(change) if thing in missing), None)
        batch = [number]
        if step.route != "mcp" or tools is None or eyes is None:
            state: State = "impossible" if step.route == "unsupported" else "by hand"
            work.outcomes[number] = Outcome(step, state, step.why_route)
        elif lacking is not None:
            work.outcomes[number] = _left_out(step, lacking, missing[lacking])
        else:
            batch = _batch(work, needs, waiting, missing)
            try:
                _make(work, batch)
            except _Stop as stop:
                work.stopped = str(stop)
            except (NotBegun, CannotRead):
                raise
            except Exception as error:  # whatever it is, the doc must not stay half made without a word
                said = f"{unexpected.told(error)}; what codaform does wrong here is worth a report"
                work.journal.write("failed", [key_of(plan.steps[one]) for one in batch], said)
                _settle(work, batch, "failed", said)
        for done in batch:
            outcome = work.outcomes.get(done)
            if outcome is not None and outcome.state not in ("done", "already"):
                missing |= dict.fromkeys(given(changes[done]), outcome.state)
        waiting = [other for other in waiting if other not in work.outcomes]
    for number in waiting:
        work.outcomes[number] = Outcome(plan.steps[number], "not reached")
    progress(len(changes), len(changes), "")
    return tuple(work.outcomes[number] for number in range(len(changes))), work.stopped


def _left_out(step: Step, lacking: Thing, state: State) -> Outcome:
    """What comes of a step that needs what another did not make. state: What came of that one."""
    if state in STILL_TO_DO:
        return Outcome(step, "waiting", f"it needs {_called(lacking)}, which is not there yet")
    return Outcome(step, "skipped", f"it needs {_called(lacking)}, which could not be made")


def _batch(work: Application, needs: Needs, waiting: Sequence[int], missing: Collection[Thing]) -> list[int]:
    """The first of the steps that wait, and those that can go in one call with it: all that they need is there."""
    steps = work.plan.steps
    change = steps[waiting[0]].change
    batch = [waiting[0]]
    open_things = {*missing, *(thing for other in waiting for thing in given(steps[other].change))}
    for other in waiting[1:]:
        step = steps[other]
        if len(batch) == MOST_COLUMNS:
            break
        fits = step.route == "mcp" and phase(step.change) == phase(change) and together(change, step.change)
        if fits and open_things.isdisjoint(needs.of(step.change)):
            batch.append(other)
    return batch


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
    """Make the steps of a batch, which go in one call; one by one where they are refused together. Raises _Stop."""
    keys = [key_of(work.plan.steps[number]) for number in numbers]
    begun = {*work.journal.open_keys()}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            work.take()
            left, seen = _still_to_do(work, numbers, begun, again=attempt > 1)
            if not left:
                return
            work.journal.write("begun", [key_of(work.plan.steps[number]) for number in left])
            begun.update(keys)
            _write(work, [work.plan.steps[number].change for number in left], seen)
        except NotBegun:
            raise
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
        except (ToolFailed, NotKnown) as refused:
            left = [number for number in numbers if number not in work.outcomes]
            work.journal.write("failed", [key_of(work.plan.steps[number]) for number in left], str(refused))
            if len(left) > 1:
                for number in left:  # one of them was refused, and the others need not be
                    _make(work, [number])
                return
            _settle(work, left, "failed", f"{_places(work, left)}{refused}")
            if str(refused) == work.refused:  # the fault is not of the step
                raise _Stop(f"{refused}; the step before it was refused with the same words") from None
            work.refused = str(refused)
            return
        except Failure as failure:
            work.journal.write("failed", keys, str(failure))
            _settle(work, numbers, "failed", str(failure))
            raise _Stop(str(failure)) from None
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


def _still_to_do(work: Application, numbers: Sequence[int], begun: set[str], again: bool) -> tuple[list[int], Look]:
    """The steps of a batch that are still to be made, by what the doc says now, and that. Raises Failure, and _Stop
    where the doc has moved since the plan was made.

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
    work.keep(work.ids)
    return found, seen


def _write(work: Application, changes: Sequence[Change], seen: Look) -> None:
    """Write changes that go together. seen: What stands there now. Raises Failure."""
    assert work.eyes is not None
    assert work.tools is not None
    hands = Hands(work.tools, work.ids, work.wanted)
    first = changes[0]
    match first:
        case AddTable(table):
            page = _page_for(work, hands, table.name) if seen.table is None else ""
            hands.make_table(first, page, seen.table)
        case AddColumn(table_name):
            columns = [change.column for change in changes if isinstance(change, AddColumn)]
            hands.add_columns(table_name, columns, _there(first, seen))
        case AddFormula():
            hands.make_formula(first, _front_page(work))
        case SetNamedFormula(before, _):
            now = work.eyes.formula(before.name)
            hands.change_formula(first, now.page if now is not None else _front_page(work))
        case DropFormula(name):
            now = work.eyes.formula(name)
            hands.drop(first, now.page if now is not None else "")
        case AddControl():
            hands.make_button(first, _front_page(work))
        case SetControl(old, new):
            there = work.eyes.control(old.name) or work.eyes.control(new.name)
            hands.change_control(first, there.page if there is not None else _front_page(work))
        case DropControl(name):
            there = work.eyes.control(name)
            hands.drop(first, there.page if there is not None else "")
        case DropTable() | DropColumn() | DropView():
            hands.drop(first)
        case AddView(view):
            hands.make_view(view, _there(first, seen))
        case SetView():
            hands.change_view(first, _there(first, seen))
        case _:
            hands.update_columns(cast("Sequence[ColumnUpdate]", changes), _there(first, seen))


def _there(change: Change, seen: Look) -> SeenTable:
    if seen.table is None:
        raise _Stop(f"the table {owner_of(change)} is gone; plan anew")
    return seen.table


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
    work.ids.pages[name] = id
    work.keep(work.ids)
    work.journal.write("done", key, ids={f"page {name}": id})
    return id


# ------------------------------------------------------------ after a write


def _seen_after(work: Application, numbers: Sequence[int]) -> None:
    """Look at what was written: it may not be as it was written, or Coda may find a formula wrong. Raises _Stop where
    it cannot be seen."""
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
            work.refused = ""
    except Failure as failure:
        left = [number for number in numbers if number not in work.outcomes]
        work.journal.write("unsure", [key_of(work.plan.steps[number]) for number in left], str(failure))
        _settle(work, left, "not confirmed", f"it was written, and could not be read back: {failure}")
    work.keep(work.ids)
    unsure = [work.outcomes[number].said for number in numbers if work.outcomes[number].state == "not confirmed"]
    if unsure:
        raise _Stop(unsure[0])
