"""Applying a plan: each step is inspected, noted in the journal, made once, and inspected again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from codaform.coda.door.failures import CannotReach, Failure, ToolFailed, ToolMissing, Unreadable
from codaform.coda.door.tools import Tools
from codaform.deploy.applying.hold import NotBegun, nothing
from codaform.deploy.applying.journal import Journal
from codaform.deploy.applying.outcomes import STILL_TO_DO, State, StepOutcome, key_of
from codaform.deploy.ids import Ids
from codaform.deploy.kinds.needs import FormulaNeeds
from codaform.deploy.planning.plan import Plan, Step
from codaform.deploy.remote.inspector import Inspector, Observation
from codaform.deploy.remote.writer import MOST_COLUMNS, NotKnown, Stop, Writer
from codaform.model import unexpected
from codaform.project.files import CannotRead
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.program import Program

Keep = Callable[[Ids], None]
"""Called with the ids after each write, so that they are in the lock as soon as there are any."""

Progress = Callable[[int, int, str], None]
"""Called with the number of steps that are settled, the number of all, and the next one."""

ATTEMPTS = 3
"""How often a call is sent if no reply says whether it arrived; the doc is inspected before each time."""


@dataclass(slots=True)
class Application:
    """A plan that is being applied.

    program: Of the doc as the folder has it. inspector, tools: None without an MCP server; everything is then left to a
    person. take: Holds the doc. refused: The words by which the last step was refused; empty if it was not.
    """

    plan: Plan
    program: Program
    ids: Ids
    journal: Journal
    inspector: Inspector | None = None
    tools: Tools | None = None
    keep: Keep = lambda _: None
    progress: Progress = lambda *_: None
    take: Callable[[], None] = nothing
    outcomes: dict[int, StepOutcome] = field(default_factory=dict)
    stopped: str = ""
    refused: str = ""

    def inspect(self, number: int) -> Observation:
        """What the doc has of a step at this moment. Raises Failure."""
        assert self.inspector is not None
        nothing_yet = Observation(self.inspector, self.ids, self.program.doc)
        return self.plan.steps[number].change.inspect(nothing_yet, self.journal.made())

    def settle(self, numbers: Sequence[int], state: State, why: str) -> None:
        """Give an outcome to the steps that have none yet."""
        for number in numbers:
            self.outcomes.setdefault(number, StepOutcome(self.plan.steps[number], state, why))


def apply(
    plan: Plan,
    program: Program,
    ids: Ids,
    journal: Journal,
    inspector: Inspector | None,
    tools: Tools | None,
    keep: Keep = lambda _: None,
    progress: Progress = lambda *_: None,
    take: Callable[[], None] = nothing,
) -> tuple[tuple[StepOutcome, ...], str]:
    """Make the steps of a plan that the tools can make; returns their outcomes, and why it stopped, if it did.

    program: Of the doc as the folder has it. ids: What names mean in the doc; each step adds its own. take: Holds the
    doc; called before a write. A step that is refused takes along the steps that need it, and no others; a failure
    that makes all further writes doubtful stops the run. Raises NotBegun if another deploy is at work and nothing was
    written; any other failure to write is an outcome.
    """
    work = Application(plan, program, ids, journal, inspector, tools, keep, progress, take)
    formulas = FormulaNeeds(program)
    missing: dict[GraphNode, State] = {}
    """The things that a step did not make, with the outcome of that step."""
    changes = [step.change for step in plan.steps]
    waiting = [*range(len(changes))]
    while waiting and not work.stopped:
        number = waiting[0]
        step, change = plan.steps[number], changes[number]
        progress(len(changes) - len(waiting), len(changes), key_of(step))
        lacking = next((thing for thing in change.needs(formulas) if thing in missing), None)
        batch = [number]
        if step.route != "mcp" or tools is None or inspector is None:
            state: State = "impossible" if step.route == "unsupported" else "by hand"
            work.outcomes[number] = StepOutcome(step, state, step.why_route)
        elif lacking is not None:
            work.outcomes[number] = _left_out(step, lacking, missing[lacking])
        else:
            batch = _batch(work, formulas, waiting, missing)
            try:
                _make(work, batch)
            except Stop as stop:
                work.stopped = str(stop)
            except (NotBegun, CannotRead):
                raise
            except Exception as error:  # a doc that is half made needs a report of why
                why = f"{unexpected.describe(error)}; what codaform does wrong here is worth a report"
                work.journal.write("failed", [key_of(plan.steps[one]) for one in batch], why)
                work.settle(batch, "failed", why)
        for done in batch:
            outcome = work.outcomes.get(done)
            if outcome is not None and outcome.state not in ("done", "already"):
                missing |= dict.fromkeys(changes[done].gives, outcome.state)
        waiting = [other for other in waiting if other not in work.outcomes]
    for number in waiting:
        work.outcomes[number] = StepOutcome(plan.steps[number], "not reached")
    progress(len(changes), len(changes), "")
    return tuple(work.outcomes[number] for number in range(len(changes))), work.stopped


def _left_out(step: Step, lacking: GraphNode, state: State) -> StepOutcome:
    """The outcome of a step that needs a missing thing. state: The outcome of the step that gives the thing."""
    if state in STILL_TO_DO:
        return StepOutcome(step, "waiting", f"it needs {_called(lacking)}, which is not there yet")
    return StepOutcome(step, "skipped", f"it needs {_called(lacking)}, which could not be made")


def _batch(
    work: Application, formulas: FormulaNeeds, waiting: Sequence[int], missing: Collection[GraphNode]
) -> list[int]:
    """The first of the steps that wait, and those that can go in the same call as nothing that they need is missing."""
    steps = work.plan.steps
    first = steps[waiting[0]].change
    if not first.batch:
        return [waiting[0]]
    still_missing = {*missing, *(thing for other in waiting for thing in steps[other].change.gives)}
    along = [
        other
        for other in waiting[1:]
        if steps[other].route == "mcp"
        and (steps[other].change.phase, steps[other].change.batch) == (first.phase, first.batch)
        and still_missing.isdisjoint(steps[other].change.needs(formulas))
    ]
    return [waiting[0], *along[: MOST_COLUMNS - 1]]


def _called(thing: GraphNode) -> str:
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
    """Make the steps of a batch in one call; one by one if the server refuses that. Raises Stop."""
    keys = [key_of(work.plan.steps[number]) for number in numbers]
    begun = {*work.journal.open_keys()}
    for attempt in range(1, ATTEMPTS + 1):
        try:
            work.take()
            left, observed = _still_to_do(work, numbers, begun, again=attempt > 1)
            if not left:
                return
            work.journal.write("begun", [key_of(work.plan.steps[number]) for number in left])
            begun.update(keys)
            _write(work, left, observed)
        except NotBegun:
            raise
        except ToolMissing as missing:
            work.journal.write("failed", keys, str(missing))
            work.settle(numbers, "by hand", str(missing))
            return
        except (CannotReach, Unreadable) as lost:
            if getattr(lost, "uncertain", True) and attempt < ATTEMPTS:
                continue  # the next look shows whether it arrived
            state: State = "not confirmed" if getattr(lost, "uncertain", True) else "failed"
            work.journal.write("unsure" if state == "not confirmed" else "failed", keys, str(lost))
            work.settle(numbers, state, str(lost))
            raise Stop(str(lost)) from None
        except (ToolFailed, NotKnown) as refused:
            left = [number for number in numbers if number not in work.outcomes]
            work.journal.write("failed", [key_of(work.plan.steps[number]) for number in left], str(refused))
            if len(left) > 1:
                for number in left:  # the server refused one step; it may accept the others
                    _make(work, [number])
                return
            work.settle(left, "failed", f"{_places(work, left)}{refused}")
            if str(refused) == work.refused:  # the step is not the cause
                raise Stop(f"{refused}; the step before it was refused with the same words") from None
            work.refused = str(refused)
            return
        except Failure as failure:
            work.journal.write("failed", keys, str(failure))
            work.settle(numbers, "failed", str(failure))
            raise Stop(str(failure)) from None
        else:
            _inspect_after(work, left)
            return


def _places(work: Application, numbers: Sequence[int]) -> str:
    """The places in the folder of formulas that were refused."""
    steps = (work.plan.steps[number] for number in numbers)
    places = [place for step in steps if (place := step.change.source(work.program.doc))]
    return f"{', '.join(places)}: " if places else ""


def _still_to_do(
    work: Application, numbers: Sequence[int], begun: set[str], again: bool
) -> tuple[list[int], Observation]:
    """The steps of a batch that are still to be made, and the doc at this moment. Raises Failure, and Stop if the doc
    was changed since the plan was made.

    again: Whether this run has sent the call before, without a reply.
    """
    found: list[int] = []
    observed = work.inspect(numbers[0])
    for number in numbers:
        step = work.plan.steps[number]
        if number in work.outcomes:
            continue
        where = step.change.state(observed)
        match where.state:
            case "to do":
                found.append(number)
            case "done":
                was_begun = key_of(step) in begun
                step.change.learn(observed)
                work.journal.write("found", [key_of(step)], "it is there")
                why = "" if again else "an earlier run had begun it" if was_begun else ""
                work.outcomes[number] = StepOutcome(step, "done" if again else "already", why)
            case "conflict":
                why = f"{where.why}; make a new plan"
                work.journal.write("failed", [key_of(step)], why)
                work.outcomes[number] = StepOutcome(step, "conflict", why)
                raise Stop(why)
    work.keep(work.ids)
    return found, observed


def _write(work: Application, numbers: Sequence[int], observed: Observation) -> None:
    """Write the steps of a batch. observed: What the doc has of the first. Raises Failure and Stop."""
    assert work.tools is not None
    writer = Writer(
        work.tools, observed.inspector, work.ids, work.program.doc, lambda table: _page_for(work, writer, table)
    )
    first, *along = (work.plan.steps[number].change for number in numbers)
    first.write(writer, observed, along)


def _page_for(work: Application, writer: Writer, name: str) -> str:
    """The page that a table is made on: the one of its name, made if there is none. Raises Failure and Stop."""
    for id, title in writer.inspector.pages():
        if title == name:
            return id
    if not writer.tools.has("page_create", "uri", "title"):
        return writer.front_page()
    key = [f"add page {name}"]
    work.journal.write("begun", key)
    try:
        id = writer.make_page(name)
    except CannotReach as lost:
        found = next((id for id, title in writer.inspector.pages() if title == name), "")
        if not lost.uncertain or not found:
            raise
        id = found
    work.ids.pages[name] = id
    work.keep(work.ids)
    work.journal.write("done", key, ids={f"page {name}": id})
    return id


# ------------------------------------------------------------ after a write


def _inspect_after(work: Application, numbers: Sequence[int]) -> None:
    """Check the steps that were written: the doc may show something else, or Coda may reject a formula. Raises Stop if
    the doc cannot be read."""
    try:
        observed = work.inspect(numbers[0])
        for number in numbers:
            step = work.plan.steps[number]
            wrong = step.change.fault(observed)
            if wrong:
                work.journal.write("failed", [key_of(step)], wrong)
                work.outcomes[number] = StepOutcome(step, "failed", wrong)
                continue
            ids = step.change.learn(observed)
            work.journal.write("done", [key_of(step)], ids=ids)
            work.outcomes[number] = StepOutcome(step, "done")
            work.refused = ""
    except Failure as failure:
        left = [number for number in numbers if number not in work.outcomes]
        work.journal.write("unsure", [key_of(work.plan.steps[number]) for number in left], str(failure))
        work.settle(left, "not confirmed", f"it was written, and could not be read back: {failure}")
    work.keep(work.ids)
    unsure = [work.outcomes[number].note for number in numbers if work.outcomes[number].state == "not confirmed"]
    if unsure:
        raise Stop(unsure[0])
