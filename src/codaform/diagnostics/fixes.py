"""Applying fixes to a text."""

from __future__ import annotations

from collections.abc import Iterable

from codaform.diagnostics.diagnostic import Diagnostic, Edit


def apply_fixes(text: str, diagnostics: Iterable[Diagnostic], unsafe: bool = False) -> tuple[str, list[Diagnostic]]:
    """The text after the fixes, and the diagnostics whose fix is in it, by place.

    The edits of a fix are applied all or not at all. A fix reaches from its first edit to its last: parentheses around
    something and a change inside of it are not mixed. Of fixes that overlap, the one that begins earlier wins (then the
    shorter, then the one that is given first); the others are left for a run on the new text. Fixes that only touch are
    all applied, insertions at one offset in the order given. A fix whose edits are all in place already counts as
    applied. Passed over are fixes of a diagnostic of another text, and those that change nothing.

    unsafe: Apply those fixes too that may change the meaning.
    """
    wanted = []
    for diagnostic in diagnostics:
        fix = diagnostic.fix
        if fix is not None and (fix.safe or unsafe) and diagnostic.source.text == text:
            edits = sorted(fix.edits, key=lambda edit: (edit.span.start, edit.span.end))
            if _applicable(text, edits):
                wanted.append((edits, diagnostic))
    wanted.sort(key=lambda pair: (pair[0][0].span.start, pair[0][-1].span.end))

    pieces: list[str] = []
    applied: list[Diagnostic] = []
    done: set[Edit] = set()
    reached = 0
    for edits, diagnostic in wanted:
        if done.issuperset(edits):
            applied.append(diagnostic)
        elif edits[0].span.start >= reached and done.isdisjoint(edits):
            for edit in edits:
                pieces += text[reached : edit.span.start], edit.text
                reached = edit.span.end
            done.update(edits)
            applied.append(diagnostic)
    return "".join(pieces) + text[reached:], applied


def _applicable(text: str, edits: list[Edit]) -> bool:
    """Whether edits, by place, lie in the text one after the other and change it."""
    reached = 0
    for edit in edits:
        if not reached <= edit.span.start <= edit.span.end <= len(text):
            return False
        reached = edit.span.end
    return any(text[edit.span.start : edit.span.end] != edit.text for edit in edits)
