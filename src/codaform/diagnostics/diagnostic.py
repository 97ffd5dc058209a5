"""A diagnostic: the rule, the message, the place and the fix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from codaform.source import Source, Span, frozen

Severity = Literal["error", "warning", "info"]
Safety = Literal["safe", "unsafe", "mixed"]
"""Whether the fixes of a rule keep the meaning: all, none for certain, or some."""


@frozen
class Rule:
    """One kind of diagnostic. The rule's page of the reference is generated from these fields.

    code: The stable code: `CF` and three digits. The first digit is the stage.
    name: The stable name: lower case, with hyphens.
    what: One sentence that says what is wrong.
    why: Why that matters.
    bad: An example that raises the rule; a test runs it.
    good: An example without diagnostics; a test runs it.
    fix: What the fix changes, or nothing for a rule without fixes.
    safety: Whether the fix keeps the meaning. `check --fix` applies safe fixes, `check --unsafe-fixes` the others too.
    see: Pages to read on, below docs/, with their anchors.
    """

    code: str
    name: str
    what: str
    why: str
    bad: str
    good: str
    severity: Severity = "error"
    fix: str = ""
    safety: Safety = "safe"
    see: tuple[str, ...] = ()

    @property
    def page(self) -> str:
        """The page of the rule, below docs/."""
        return f"reference/rules/{self.code}.md"


@frozen
class Edit:
    """Replace the text of a span (offsets in the diagnostic's source)."""

    span: Span
    text: str


@frozen
class Fix:
    """Edits that remove the cause of a diagnostic. A `safe` fix keeps the meaning of the text."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@frozen
class Diagnostic:
    """A rule that does not hold at one place of a source.

    A diagnostic about a passage of a larger text moves itself, with its fix, to its place in the larger text.

    group: What it shares with many others of its rule and source, such as `cells of hours`; a report shows a few of a
    group. count: How many places it speaks for.
    """

    rule: Rule
    message: str
    source: Source
    span: Span
    help: str = ""
    fix: Fix | None = None
    group: str = ""
    count: int = 1

    def __post_init__(self) -> None:
        passage = self.source.passage
        if passage is None:
            return
        if self.fix is not None:
            text = passage.edited([(edit.span, edit.text) for edit in self.fix.edits])
            object.__setattr__(self, "fix", Fix(self.fix.title, (Edit(passage.span, text),), self.fix.safe))
        object.__setattr__(self, "span", passage.located(self.span))
        object.__setattr__(self, "source", passage.whole)


def errors_in(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The findings that are errors."""
    return [diagnostic for diagnostic in diagnostics if diagnostic.rule.severity == "error"]
