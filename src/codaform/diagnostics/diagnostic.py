"""What the compiler has to say: a value first, text last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codaform.source import Source, Span

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding. `bad` raises it, `good` is clean: both are tests.

    code: The stable code, `CF` and three digits; the first digit is the stage.
    name: The stable name, lower case with hyphens.
    """

    code: str
    name: str
    why: str
    bad: str
    good: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of a span (offsets in the diagnostic's source)."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a finding; `safe` ones keep the meaning and may be applied unseen."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding at one place. A finding about a quoted text moves to its place in the larger text, with its fix."""

    rule: Rule
    message: str
    source: Source
    span: Span
    help: str = ""
    fix: Fix | None = None

    def __post_init__(self) -> None:
        passage = self.source.passage
        if passage is None:
            return
        if self.fix is not None:
            text = passage.edited([(edit.span, edit.text) for edit in self.fix.edits])
            object.__setattr__(self, "fix", Fix(self.fix.title, (Edit(passage.span, text),), self.fix.safe))
        object.__setattr__(self, "span", passage.located(self.span))
        object.__setattr__(self, "source", passage.whole)
