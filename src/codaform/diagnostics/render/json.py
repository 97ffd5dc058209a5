"""Diagnostics as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.places import Located, located


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings as JSON, in ASCII, of this shape:

    {"version": 1,
     "diagnostics": [{"code": "CF203", "rule": "unknown-column", "severity": "error" | "warning" | "info",
                      "message": "…", "help": "…", "page": "…", "file": "…", "start": PLACE, "end": PLACE,
                      "fix": FIX | null, "count": 1}]}

    The page is the rule's, in codaform's docs. A count above 1 is of one that speaks for all further wrong cells of a
    column, or lines, of a file.

    PLACE is {"line": 1, "column": 1, "offset": 0}, FIX {"title": "…", "safe": true, "edits": [EDIT]}, and EDIT
    {"start": PLACE, "end": PLACE, "text": "…"}. Lines and columns count from 1, offsets from 0; all count Unicode
    characters, in the text without byte-order mark and with `\\n` for every line end. An end is the place behind the
    last character. Keys may be added; if one goes or changes its meaning, `version` changes.
    """
    import json

    told = [_finding_json(finding) for finding in located(diagnostics)]
    return json.dumps({"version": 1, "diagnostics": told}, indent=2)


def _finding_json(finding: Located) -> dict[str, Any]:
    diagnostic, fix = finding.diagnostic, finding.diagnostic.fix
    edits = [{"start": asdict(start), "end": asdict(end), "text": text} for start, end, text in finding.edits]
    return {
        "code": diagnostic.rule.code,
        "rule": diagnostic.rule.name,
        "severity": diagnostic.rule.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "page": f"docs/{diagnostic.rule.page}",
        "file": diagnostic.source.name,
        "start": asdict(finding.start),
        "end": asdict(finding.end),
        "fix": {"title": fix.title, "safe": fix.safe, "edits": edits} if fix else None,
        "count": diagnostic.count,
    }
