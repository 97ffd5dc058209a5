"""The lines of a document that say something else than the written page."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from difflib import SequenceMatcher

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import STALE_PAGE
from codaform.site.guides.rendering import RenderedDocument
from codaform.source import Span, line_starts

_LONGEST = 60
_HELP = "codaform docs build writes the page again; is the sentence around it still true?"


def stale_lines(rendered: RenderedDocument, before: str, now: str | None = None) -> Iterator[Diagnostic]:
    """A finding for each line of the document whose part of the page differs from the written page.

    Lines with a reported fault are left out. before: The written page, without the mark. now: The page to be written,
    if it differs from the rendered one; it has the same lines.
    """
    old, new = before.split("\n"), (rendered.page.text if now is None else now).split("\n")
    told = _with_problems(rendered)
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal" or not rendered.origins:
            continue
        was, says = _filled(old, i1, i2), _filled(new, j1, j2)
        places = says or ([_beside(rendered, j1)] if was else [])
        for at, number in enumerate(places):
            line = rendered.origins[min(number, len(rendered.origins) - 1)]
            if line in told:
                continue
            told.add(line)
            message = _message(old[was[at]] if at < len(was) else "", new[number] if says else "")
            yield Diagnostic(STALE_PAGE, message, rendered.source, _span(rendered, line), _HELP)


def _filled(lines: list[str], start: int, end: int) -> list[int]:
    """The lines of a stretch that say anything."""
    return [number for number in range(start, end) if lines[number].strip()]


def _beside(rendered: RenderedDocument, at: int) -> int:
    """The line of the page behind which, or before which, something was that is not there any more.

    It was worked out, so it belongs to the nearest line that is; the author's own lines say what they said.
    """
    new, own = rendered.page.text.split("\n"), rendered.source.text.split("\n")
    before = next((number for number in range(at - 1, -1, -1) if new[number].strip()), 0)
    behind = next((number for number in range(at, len(new)) if new[number].strip()), before)
    for number in (before, behind):
        if number < len(rendered.origins) and new[number] != own[rendered.origins[number] - 1]:
            return number
    return before


def _with_problems(rendered: RenderedDocument) -> set[int]:
    """The lines that pages come from in which, or in the directives that begin in which, something is false."""
    begins = sorted(set(rendered.origins))
    lines = {rendered.source.text.count("\n", 0, one.span.start) + 1 for one in rendered.problems}
    return {begins[bisect_right(begins, line) - 1] for line in lines if begins and line >= begins[0]}


def _message(was: str, says: str) -> str:
    if "<svg" in was or "<svg" in says:
        return "the picture shows something else now"
    plain_was, plain_says = _plain(was), _plain(says)
    if plain_was == plain_says:
        return "the page looks otherwise now"
    if not plain_says:
        return f"the page said “{_cut(plain_was, plain_says)}”, which is not there any more"
    if not plain_was:
        return f"the page does not say “{_cut(plain_says, plain_was)}” yet"
    return f"the page says “{_cut(plain_was, plain_says)}”, it has to say “{_cut(plain_says, plain_was)}” now"


def _plain(line: str) -> str:
    """The visible text of a line, with blanks between cells."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", line)).split())


def _cut(text: str, other: str) -> str:
    """The part of a line where it differs from another one, with a few letters around."""
    same = next((at for at, (one, two) in enumerate(zip(text, other, strict=False)) if one != two), 0)
    start = max(0, same - _LONGEST // 3)
    return (
        ("…" if start else "") + text[start : start + _LONGEST].strip() + ("…" if len(text) > start + _LONGEST else "")
    )


def _span(rendered: RenderedDocument, line: int) -> Span:
    starts = [*line_starts(rendered.source.text), len(rendered.source.text) + 1]
    number = min(line, len(starts) - 1)
    start, end = starts[number - 1], starts[number] - 1
    return Span(start, max(start, end))
