"""A plan as people read it: plain lines for a terminal, and Markdown for a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from difflib import ndiff
from typing import Literal

from codaform.deploy.planning.changes import Change, SetDefault, SetFormula, SetNamedFormula
from codaform.deploy.planning.plan import Plan, Risk, Step
from codaform.deploy.planning.reach import Touched
from codaform.deploy.planning.routes import Way
from codaform.deploy.planning.wording import title
from codaform.source import Source
from codaform.syntax.parser import parse
from codaform.syntax.printer import show

Tone = Literal["plain", "title", "loss", "values", "quiet", "removed", "added"]
"""What a part of a line is, for who paints it."""

Paint = Callable[[str, Tone], str]

_WAYS: dict[Way, str] = {"rest": "REST", "mcp": "MCP", "hand": "by hand", "unsupported": "not possible"}
_RISKS: dict[Risk, str] = {"none": "", "values": "values may change", "loss": "something is lost"}
_MOST_NAMED = 6
_INDENT = "     "


def plain(text: str, _: Tone) -> str:
    """The text without a colour."""
    return text


def as_text(plan: Plan, paint: Paint = plain) -> str:
    """A plan in lines. paint: Is given every text that goes into them, and nothing else does."""
    lines = [paint(summary(plan), "plain")]
    explained: dict[str, int] = {}
    for number, step in enumerate(plan.steps, 1):
        name, way = paint(title(step.change), "title"), paint(f"[{_WAYS[step.route]}]", "quiet")
        details = list(_details(step, number, explained, paint))
        if number == 1 or details or not _goes_on(plan, number - 1):
            lines.append("")
        lines.append(f"{number:>3}. {name}  {way}")
        if details or not _goes_on(plan, number):
            lines += [_INDENT + paint(step.because, "plain"), *details]
    for heading, items in _behind_the_steps(plan):
        lines += ["", f"{heading}:", *(f"  - {paint(item, 'plain')}" for item in items)]
    if plan.steps:
        lines += ["", paint(totals(plan), "plain")]
    return "\n".join(lines)


def totals(plan: Plan) -> str:
    """How many steps add, change and remove something."""
    return ", ".join(f"{count} to {verb}" for verb, count in plan.totals.items())


def _goes_on(plan: Plan, number: int) -> bool:
    """Whether the step after this one (numbers begin with 1) has the same reason, and nothing else to be said of it."""
    if number >= len(plan.steps):
        return False
    step, following = plan.steps[number - 1], plan.steps[number]
    return step.because == following.because and not _has_details(step) and not _has_details(following)


def _has_details(step: Step) -> bool:
    by_hand = step.route in ("hand", "unsupported")
    return step.risk != "none" or bool(step.touches) or by_hand or any(True for _ in formula_lines(step.change))


def _details(step: Step, number: int, explained: dict[str, int], paint: Paint) -> Iterator[str]:
    """What there is to say of a step besides its reason. explained: Steps by the way that was explained with them."""
    if step.risk != "none":
        yield _INDENT + paint(_RISKS[step.risk], step.risk)
    for line in formula_lines(step.change):
        tone: Tone = "removed" if line.startswith("-") else "added" if line.startswith("+") else "plain"
        yield _INDENT + paint(line, tone)
    if step.touches:
        yield _INDENT + paint(f"moves {told_touches(step)}", "plain")
    if step.route in ("hand", "unsupported"):
        first = explained.setdefault(step.why_route, number)
        yield _INDENT + paint(step.why_route if first == number else f"by hand for the reason of step {first}", "quiet")
        yield from (f"{_INDENT}| {paint(line, 'plain')}" for line in step.text.splitlines())


def _behind_the_steps(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    if plan.doubled:
        yield "There twice, for a person to mend", plan.doubled
    if plan.notes:
        yield "Cannot be told", plan.notes
    if plan.left_alone:
        yield "In the doc and not in the folder, left alone", plan.left_alone


def summary(plan: Plan) -> str:
    """A plan in one line."""
    where = f"{plan.environment} ({plan.doc_name}, {plan.doc})"
    if not plan.steps and plan.doubled:
        return f"{where} has something twice that the folder has once"
    if not plan.steps:
        return f"{where} is as the folder says: nothing to do"
    ways = Counter(step.route for step in plan.steps)
    told = ", ".join(f"{count} {_WAYS[way]}" for way, count in sorted(ways.items()))
    steps = "1 step" if len(plan.steps) == 1 else f"{len(plan.steps)} steps"
    losses = sum(step.risk == "loss" for step in plan.steps)
    return f"{where}: {steps} ({told})" + (f", {losses} of them with a loss" if losses else "")


def told_touches(step: Step) -> str:
    """What a step moves, with how many sample rows change; the first few by name."""
    named = [_touched(touched) for touched in step.touches[:_MOST_NAMED]]
    more = len(step.touches) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def formula_lines(change: Change) -> Iterator[str]:
    """The lines of a formula that takes the place of another: `-` before those that go, `+` before those that come."""
    match change:
        case SetFormula(before=str(before), after=str(after)) | SetDefault(before=str(before), after=str(after)):
            pass
        case SetNamedFormula():
            before, after = change.before.formula.text, change.after.formula.text
        case _:
            return
    lines = ndiff(_laid_out(before), _laid_out(after))
    yield from (line.rstrip() for line in lines if not line.startswith("?"))


def _laid_out(text: str) -> list[str]:
    """The lines of a formula in its canonical layout, because Coda gives back another; of what is none, as it is."""
    tree, _ = parse(Source("formula", text))
    return (text if tree is None else show(tree)).strip().splitlines()


def _touched(touched: Touched) -> str:
    thing = touched.thing
    name = f"{thing.table}.{thing.name}" if thing.kind == "cells" else thing.name or thing.table
    if touched.rows is None:
        return name
    if thing.kind != "cells":
        return f"{name} ({'changes' if touched.rows else 'no change'} with the sample rows)"
    return f"{name} ({touched.rows} sample {'row' if touched.rows == 1 else 'rows'})"


# ------------------------------------------------------------ Markdown


def as_markdown(plan: Plan) -> str:
    """A plan as a comment of a pull request: a table of the steps, and behind it what is entered by hand."""
    lines = [f"### Plan for {escaped(plan.environment)}", "", escaped(summary(plan))]
    if plan.steps:
        lines[-1] += f": {totals(plan)}"
    if plan.steps:
        lines += ["", "| # | Step | Why | Moves | Risk | How |", "| ---: | --- | --- | --- | --- | --- |"]
        for number, step in enumerate(plan.steps, 1):
            cells = (
                title(step.change),
                step.because,
                told_touches(step) if step.touches else "",
                _RISKS[step.risk],
                _WAYS[step.route],
            )
            lines.append(f"| {number} | {' | '.join(map(escaped, cells))} |")
    for number, step in enumerate(plan.steps, 1):
        if lines_of_formula := list(formula_lines(step.change)):
            marks = fence("\n".join(lines_of_formula))
            lines += ["", f"{number}. {escaped(title(step.change))}", ""]
            lines += [f"   {line}" for line in (f"{marks}diff", *lines_of_formula, marks)]
    by_hand = [(number, step) for number, step in enumerate(plan.steps, 1) if step.route in ("hand", "unsupported")]
    if by_hand:
        lines += ["", "<details>", f"<summary>By hand: {len(by_hand)}</summary>"]
        for number, step in by_hand:
            lines += ["", f"{number}. {escaped(title(step.change))}: {escaped(step.why_route)}"]
            if step.text:
                marks = fence(step.text)
                lines += ["", *(f"   {line}" for line in (marks, *step.text.splitlines(), marks))]
        lines += ["", "</details>"]
    for heading, items in _behind_the_steps(plan):
        lines += ["", f"**{heading}**", "", *(f"- {escaped(item)}" for item in items)]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """A text on one line in which nothing is a mark of Markdown or HTML."""
    flat = " ".join(text.split())
    flat = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # @somebody and #12 would notify and link; a sign of no width keeps them as they look.
    return re.sub(r"([@#])(?=\w)", "\\1\u200b", re.sub(r"([\\`*_{}\[\]|~])", r"\\\1", flat))


def fence(text: str) -> str:
    """The marks around a text that is shown as it is, which do not stand in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)
