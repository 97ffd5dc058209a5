"""What came of a deploy: of each step, and of reading everything back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codaform.deploy.planning.plan import Step
from codaform.deploy.planning.wording import title

State = Literal[
    "done",
    "already",
    "by hand",
    "impossible",
    "waiting",
    "overtaken",
    "failed",
    "skipped",
    "not confirmed",
    "not reached",
]
"""Of a step: made and seen in the doc; seen there before it was made; for a person to make; for nobody; behind
something that a person has to make first; the doc has something else there by now; refused, or not as it was written;
behind something that was; accepted without anybody knowing whether it was done; behind one that stopped the deploy."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step. said: Why, where there is more to say than the state."""

    step: Step
    state: State
    said: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """What came of something that is no step of the plan: rows of a table, a page. what: It in a few words."""

    what: str
    state: State
    said: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading everything back says.

    right: How many things of the folder were found as they should be. left: What still differs, in the plan's words.
    untold: What nobody can tell. wrong: Columns that Coda itself reports an error of, and what is there twice.
    """

    right: int
    left: tuple[Step, ...] = ()
    untold: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    read_at: str = ""

    @property
    def clean(self) -> bool:
        """Whether everything that can be read is as it should be."""
        return not self.left and not self.wrong


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a deploy. verified: None where nothing could be read back. stopped: Why it ended before its end."""

    environment: str
    doc: str
    doc_name: str
    outcomes: tuple[Outcome, ...] = ()
    extras: tuple[Extra, ...] = ()
    verified: Verified | None = None
    stopped: str = ""
    local: bool = False

    @property
    def deployed(self) -> bool:
        """Whether the doc is what the folder says, as far as anybody can read."""
        bad = any(extra.state not in ("done", "already") for extra in self.extras)
        return not self.stopped and not bad and self.verified is not None and self.verified.clean

    @property
    def left_to_a_person(self) -> bool:
        """Whether everything that a program can do is done, and something is left that only a person can."""
        hand = bool(self.outcomes) and all(one.state in ("done", "already", *STILL_TO_DO) for one in self.outcomes)
        bad = any(extra.state not in ("done", "already") for extra in self.extras)
        seen = self.verified is not None and not self.verified.wrong
        left = {key_of(step) for step in self.verified.left} if self.verified is not None else set()
        theirs = {key_of(one.step) for one in self.outcomes if one.state in STILL_TO_DO}
        return not self.stopped and not bad and seen and hand and bool(left) and left <= theirs


STILL_TO_DO = ("by hand", "impossible", "waiting")
"""States of steps that stand on the paste sheet."""


def key_of(step: Step) -> str:
    """By what a step is known in the journal."""
    return title(step.change)


# ------------------------------------------------------------ as text


def report_lines(report: Report) -> list[str]:
    """A report for a person, line by line."""
    lines = [f"{report.environment}: {report.doc_name} ({report.doc})"]
    counts = [(state, [one for one in report.outcomes if one.state == state]) for state in _ORDER]
    for state, those in counts:
        if not those:
            continue
        lines.append(f"  {_WORDS[state]}: {len(those)}")
        if state != "done":
            lines += [f"    {title(one.step.change)}{f': {one.said}' if one.said else ''}" for one in those]
    lines += [f"  {extra.what}: {extra.state}{f': {extra.said}' if extra.said else ''}" for extra in report.extras]
    lines += verified_lines(report.verified)
    if report.stopped:
        lines.append(f"  stopped: {report.stopped}")
    if report.local:
        lines.append("  This is a local Coda: it proves what codaform does, not what Coda does.")
    lines.append(f"  {ending(report)}")
    return lines


def ending(report: Report) -> str:
    """What it all came to, in a few words."""
    if report.deployed:
        return "deployed: everything that can be read back is as the folder says"
    if report.left_to_a_person and report.verified is not None:
        left = {key_of(step) for step in report.verified.left}
        waiting = sum(one.state == "waiting" and key_of(one.step) in left for one in report.outcomes)
        theirs = f"deployed, but for {_steps(len(report.verified.left) - waiting)} that only a person can make"
        return f"{theirs}; after that, the next deploy makes the other {waiting}" if waiting else theirs
    return f"not deployed: {_how_to_go_on(report)}"


def _how_to_go_on(report: Report) -> str:
    """What a person does next where not everything was made."""
    again = "then run codaform deploy again: what is done stays, and what is missing is made"
    failed = sum(one.state == "failed" for one in report.outcomes)
    if report.stopped:
        return f"it stopped before its end; mend what it says, {again}"
    if failed:
        left = sum(one.state == "skipped" for one in report.outcomes)
        behind = f", and {_steps(left)} with {'it' if failed == 1 else 'them'}" if left else ""
        return f"{_steps(failed)} failed{behind}; mend what is said there, {again}"
    if any(extra.state not in ("done", "already") for extra in report.extras):
        return f"rows or pages are missing; mend what is said there, {again}"
    return "what reading back found to differ stands above; codaform plan says what would be done about it"


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def verified_lines(verified: Verified | None) -> list[str]:
    """What reading back said, line by line."""
    if verified is None:
        return ["  verified: nothing; the doc could not be read back"]
    lines = [f"  verified: {verified.right} as the folder says, read back at {verified.read_at}"]
    lines += [f"  differs: {title(step.change)}: {step.because}" for step in verified.left]
    lines += [f"  wrong in Coda: {said}" for said in verified.wrong]
    lines += [f"  not verified: {said}" for said in verified.untold]
    return lines


def as_json(report: Report) -> dict[str, object]:
    """A report as plain data."""
    return {
        "environment": report.environment,
        "doc": report.doc,
        "name": report.doc_name,
        "local": report.local,
        "deployed": report.deployed,
        "stopped": report.stopped,
        "steps": [
            {"step": title(one.step.change), "state": one.state, "route": one.step.route, "said": one.said}
            for one in report.outcomes
        ],
        "extras": [{"what": extra.what, "state": extra.state, "said": extra.said} for extra in report.extras],
        "verified": verified_json(report.verified),
    }


def verified_json(verified: Verified | None) -> dict[str, object] | None:
    """What reading back said, as plain data."""
    if verified is None:
        return None
    return {
        "clean": verified.clean,
        "right": verified.right,
        "differs": [{"step": title(step.change), "because": step.because} for step in verified.left],
        "wrong": [*verified.wrong],
        "not_verified": [*verified.untold],
        "read_at": verified.read_at,
    }


_WORDS = {
    "done": "done and seen in the doc",
    "already": "there already",
    "by hand": "to be made by hand",
    "impossible": "cannot be made",
    "waiting": "waiting for what is made by hand",
    "overtaken": "overtaken: the doc has moved",
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
    "overtaken",
    "failed",
    "skipped",
    "not confirmed",
    "not reached",
)
