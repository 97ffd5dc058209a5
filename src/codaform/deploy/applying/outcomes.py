"""The outcome of a deploy: of each step, and of reading everything back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codaform.deploy.planning.plan import Step

State = Literal[
    "done",
    "already",
    "by hand",
    "impossible",
    "waiting",
    "conflict",
    "failed",
    "skipped",
    "not confirmed",
    "not reached",
]
"""The states of a step: made and seen in the doc; there before it was made; for a person to make; impossible; after
something that a person has to make first; in conflict with a change of the doc; refused, or the doc shows something
else; after a failed step; accepted, but the doc does not show it yet; after the step that stopped the deploy."""


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """The outcome of a step. note: The reason, if the state does not say it."""

    step: Step
    state: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class SideOutcome:
    """The outcome of something beside the steps: the rows of a table, or a page. what: Its name in a few words."""

    what: str
    state: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of reading everything back.

    right: How many things of the folder the doc has as the folder says. remaining: The steps for the rest. unknown:
    Notes on things that no API returns. wrong: Columns with an error in Coda, and doubles.
    """

    right: int
    remaining: tuple[Step, ...] = ()
    unknown: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    read_at: str = ""

    @property
    def clean(self) -> bool:
        """Whether everything that can be read is as the folder says."""
        return not self.remaining and not self.wrong


@dataclass(frozen=True, slots=True)
class DeployReport:
    """The outcome of a deploy. verified: None if the doc could not be read back. stopped: Why it stopped early."""

    environment: str
    doc: str
    doc_name: str
    outcomes: tuple[StepOutcome, ...] = ()
    extras: tuple[SideOutcome, ...] = ()
    verified: Verification | None = None
    stopped: str = ""
    local: bool = False

    @property
    def deployed(self) -> bool:
        """Whether the doc is as the folder says, as far as an API can read it."""
        bad = any(extra.state not in ("done", "already") for extra in self.extras)
        return not self.stopped and not bad and self.verified is not None and self.verified.clean

    @property
    def needs_a_person(self) -> bool:
        """Whether a program has done all that it can, and only manual steps remain."""
        hand = bool(self.outcomes) and all(one.state in ("done", "already", *STILL_TO_DO) for one in self.outcomes)
        bad = any(extra.state not in ("done", "already") for extra in self.extras)
        seen = self.verified is not None and not self.verified.wrong
        left = {key_of(step) for step in self.verified.remaining} if self.verified is not None else set()
        theirs = {key_of(one.step) for one in self.outcomes if one.state in STILL_TO_DO}
        return not self.stopped and not bad and seen and hand and bool(left) and left <= theirs


STILL_TO_DO = ("by hand", "impossible", "waiting")
"""The states of steps on the paste sheet."""


def key_of(step: Step) -> str:
    """The key of a step in the journal."""
    return str(step.change)


# ------------------------------------------------------------ as text


def report_lines(report: DeployReport) -> list[str]:
    """A report for a person, line by line."""
    lines = [f"{report.environment}: {report.doc_name} ({report.doc})"]
    counts = [(state, [one for one in report.outcomes if one.state == state]) for state in _ORDER]
    for state, those in counts:
        if not those:
            continue
        lines.append(f"  {_WORDS[state]}: {len(those)}")
        if state != "done":
            lines += [f"    {one.step.change}{f': {one.note}' if one.note else ''}" for one in those]
    lines += [f"  {extra.what}: {extra.state}{f': {extra.note}' if extra.note else ''}" for extra in report.extras]
    lines += verified_lines(report.verified)
    if report.stopped:
        lines.append(f"  stopped: {report.stopped}")
    if report.local:
        lines.append("  This is a local Coda: it proves what codaform does, not what Coda does.")
    lines.append(f"  {ending(report)}")
    return lines


def ending(report: DeployReport) -> str:
    """The outcome in a few words."""
    if report.deployed:
        return "deployed: everything that can be read back is as the folder says"
    if report.needs_a_person and report.verified is not None:
        left = {key_of(step) for step in report.verified.remaining}
        waiting = sum(one.state == "waiting" and key_of(one.step) in left for one in report.outcomes)
        theirs = f"deployed, but for {_steps(len(report.verified.remaining) - waiting)} that only a person can make"
        return f"{theirs}; after that, the next deploy makes the other {waiting}" if waiting else theirs
    return f"not deployed: {_how_to_go_on(report)}"


def _how_to_go_on(report: DeployReport) -> str:
    """The next action of a person if not everything was made."""
    again = "then run codaform deploy again: what is done stays, and what is missing is made"
    failed = sum(one.state == "failed" for one in report.outcomes)
    if report.stopped:
        return f"it stopped early; fix the cause, {again}"
    if failed:
        left = sum(one.state == "skipped" for one in report.outcomes)
        behind = f", and {_steps(left)} with {'it' if failed == 1 else 'them'}" if left else ""
        return f"{_steps(failed)} failed{behind}; fix the causes, {again}"
    if any(extra.state not in ("done", "already") for extra in report.extras):
        return f"rows or pages are missing; fix the causes, {again}"
    return "the doc still differs, see above; codaform plan shows the steps for that"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def verified_lines(verified: Verification | None) -> list[str]:
    """The result of reading back, line by line."""
    if verified is None:
        return ["  verified: nothing; the doc could not be read back"]
    lines = [f"  verified: {verified.right} as the folder says, read back at {verified.read_at}"]
    lines += [f"  differs: {step.change}: {step.because}" for step in verified.remaining]
    lines += [f"  wrong in Coda: {said}" for said in verified.wrong]
    lines += [f"  not verified: {said}" for said in verified.unknown]
    return lines


def as_json(report: DeployReport) -> dict[str, object]:
    """A report as plain data."""
    return {
        "environment": report.environment,
        "doc": report.doc,
        "name": report.doc_name,
        "local": report.local,
        "deployed": report.deployed,
        "stopped": report.stopped,
        "steps": [
            {"step": str(one.step.change), "state": one.state, "route": one.step.route, "said": one.note}
            for one in report.outcomes
        ],
        "extras": [{"what": extra.what, "state": extra.state, "said": extra.note} for extra in report.extras],
        "verified": verified_json(report.verified),
    }


def verified_json(verified: Verification | None) -> dict[str, object] | None:
    """The result of reading back, as plain data."""
    if verified is None:
        return None
    return {
        "clean": verified.clean,
        "right": verified.right,
        "differs": [{"step": str(step.change), "because": step.because} for step in verified.remaining],
        "wrong": [*verified.wrong],
        "not_verified": [*verified.unknown],
        "read_at": verified.read_at,
    }


_WORDS = {
    "done": "done and seen in the doc",
    "already": "there already",
    "by hand": "to be made by hand",
    "impossible": "cannot be made",
    "waiting": "waiting for what is made by hand",
    "conflict": "conflict: the doc was changed since the plan",
    "failed": "failed",
    "skipped": "skipped",
    "not confirmed": "accepted, not confirmed",
    "not reached": "not reached",
}
_ORDER: tuple[State, ...] = (
    "done",
    "already",
    "by hand",
    "waiting",
    "impossible",
    "conflict",
    "failed",
    "skipped",
    "not confirmed",
    "not reached",
)
