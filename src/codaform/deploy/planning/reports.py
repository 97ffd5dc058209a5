"""A plan for people: plain lines for a terminal, and Markdown for a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from difflib import ndiff
from typing import Literal

from codaform.deploy.kinds.change import Risk, SchemaChange
from codaform.deploy.kinds.impact import Touched
from codaform.deploy.kinds.routes import Way
from codaform.deploy.planning.plan import Plan, Step
from codaform.diagnostics.render.markdown import escaped, fence
from codaform.source import Source
from codaform.syntax.parser import parse
from codaform.syntax.printer import show

Tone = Literal["plain", "title", "loss", "values", "quiet", "removed", "added"]
"""The meaning of a part of a line, which decides its colour."""

Paint = Callable[[str, Tone], str]

_WAYS: dict[Way, str] = {"rest": "REST", "mcp": "MCP", "hand": "by hand", "unsupported": "not possible"}
_RISKS: dict[Risk, str] = {"none": "", "values": "values may change", "loss": "something is lost"}
_MOST_NAMED = 6
_INDENT = "     "


def plain(text: str, _: Tone) -> str:
    """The text without a colour."""
    return text


def as_text(plan: Plan, paint: Paint = plain) -> str:
    """A plan in lines. paint: Called with every text in them."""
    lines = [paint(summary(plan), "plain")]
    explained: dict[str, int] = {}
    for number, step in enumerate(plan.steps, 1):
        name, way = paint(str(step.change), "title"), paint(f"[{_WAYS[step.route]}]", "quiet")
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
    """Whether the next step (numbers begin with 1) has the same reason, and neither has details."""
    if number >= len(plan.steps):
        return False
    step, following = plan.steps[number - 1], plan.steps[number]
    return step.because == following.because and not _has_details(step) and not _has_details(following)


def _has_details(step: Step) -> bool:
    by_hand = step.route in ("hand", "unsupported")
    return step.risk != "none" or bool(step.touches) or by_hand or any(True for _ in _formula_lines(step.change))


def _details(step: Step, number: int, explained: dict[str, int], paint: Paint) -> Iterator[str]:
    """The details of a step beside its reason. explained: The first step with each reason for a way."""
    if step.risk != "none":
        yield _INDENT + paint(_RISKS[step.risk], step.risk)
    for line in _formula_lines(step.change):
        tone: Tone = "removed" if line.startswith("-") else "added" if line.startswith("+") else "plain"
        yield _INDENT + paint(line, tone)
    if step.touches:
        yield _INDENT + paint(f"moves {_touches_text(step)}", "plain")
    if step.route in ("hand", "unsupported"):
        first = explained.setdefault(step.why_route, number)
        yield _INDENT + paint(step.why_route if first == number else f"by hand for the reason of step {first}", "quiet")
        yield from (f"{_INDENT}| {paint(line, 'plain')}" for line in step.text.splitlines())


def _behind_the_steps(plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    if plan.doubled:
        yield "There twice, for a person to clean up", plan.doubled
    if plan.notes:
        yield "Unknown", plan.notes
    if plan.unmanaged:
        yield "In the doc and not in the folder, left alone", plan.unmanaged


def summary(plan: Plan) -> str:
    """A plan in one line."""
    where = f"{plan.environment} ({plan.doc_name}, {plan.doc})"
    if not plan.steps and plan.doubled:
        return f"{where} has something twice that the folder has once"
    if not plan.steps:
        return f"{where} is as the folder says: nothing to do"
    ways = Counter(step.route for step in plan.steps)
    by_way = ", ".join(f"{count} {_WAYS[way]}" for way, count in sorted(ways.items()))
    steps = "1 step" if len(plan.steps) == 1 else f"{len(plan.steps)} steps"
    losses = sum(step.risk == "loss" for step in plan.steps)
    return f"{where}: {steps} ({by_way})" + (f", {losses} of them with a loss" if losses else "")


def _touches_text(step: Step) -> str:
    """The things that a step touches, with how many sample rows change; the first few by name."""
    named = [_touched(touched) for touched in step.touches[:_MOST_NAMED]]
    more = len(step.touches) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _formula_lines(change: SchemaChange) -> Iterator[str]:
    """The lines of a formula that replaces another: `-` before old lines, `+` before new ones."""
    if change.replaced_text is not None:
        before, after = map(_laid_out, change.replaced_text)
        yield from (line.rstrip() for line in ndiff(before, after) if not line.startswith("?"))


def _laid_out(text: str) -> list[str]:
    """The lines of a formula in its canonical layout, as Coda returns another; a text with errors stays unchanged."""
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
    """A plan as a comment for a pull request: a table of the steps, then the texts to enter by hand."""
    lines = [f"### Plan for {escaped(plan.environment)}", "", escaped(summary(plan))]
    if plan.steps:
        lines[-1] += f": {totals(plan)}"
    if plan.steps:
        lines += ["", "| # | Step | Why | Moves | Risk | How |", "| ---: | --- | --- | --- | --- | --- |"]
        for number, step in enumerate(plan.steps, 1):
            cells = (
                str(step.change),
                step.because,
                _touches_text(step) if step.touches else "",
                _RISKS[step.risk],
                _WAYS[step.route],
            )
            lines.append(f"| {number} | {' | '.join(map(escaped, cells))} |")
    for number, step in enumerate(plan.steps, 1):
        if lines_of_formula := list(_formula_lines(step.change)):
            marks = fence("\n".join(lines_of_formula))
            lines += ["", f"{number}. {escaped(str(step.change))}", ""]
            lines += [f"   {line}" for line in (f"{marks}diff", *lines_of_formula, marks)]
    by_hand = [(number, step) for number, step in enumerate(plan.steps, 1) if step.route in ("hand", "unsupported")]
    if by_hand:
        lines += ["", "<details>", f"<summary>By hand: {len(by_hand)}</summary>"]
        for number, step in by_hand:
            lines += ["", f"{number}. {escaped(str(step.change))}: {escaped(step.why_route)}"]
            if step.text:
                marks = fence(step.text)
                lines += ["", *(f"   {line}" for line in (marks, *step.text.splitlines(), marks))]
        lines += ["", "</details>"]
    for heading, items in _behind_the_steps(plan):
        lines += ["", f"**{heading}**", "", *(f"- {escaped(item)}" for item in items)]
    return "\n".join(lines) + "\n"
