"""Writing fixes into files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from codaform.cli.jobs.writing import rewrite
from codaform.cli.select import Selection, check_selected
from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.fixes import apply_fixes

ROUNDS = 10
"""How often a fix may open the way for another."""


def mend(selections: Sequence[Selection], unsafe: bool) -> Iterator[tuple[str, Diagnostic]]:
    """Write fixes until none is left that applies; gives each finding that was fixed, with the name of its file."""
    for _ in range(ROUNDS):
        found, _checked = check_selected(selections)
        unreadable = {diagnostic.source.name for diagnostic in found if diagnostic.rule == rules.BAD_ENCODING}
        by_name: dict[str, list[Diagnostic]] = {}
        for diagnostic in found:
            if diagnostic.fix is not None and diagnostic.source.name not in unreadable:
                by_name.setdefault(diagnostic.source.name, []).append(diagnostic)
        mended = False
        for name, diagnostics in by_name.items():
            text = diagnostics[0].source.text
            after, applied = apply_fixes(text, diagnostics, unsafe)
            if after != text:
                rewrite(Path(name), text, after)
                mended = True
                yield from ((name, diagnostic) for diagnostic in applied)
        if not mended:
            return
