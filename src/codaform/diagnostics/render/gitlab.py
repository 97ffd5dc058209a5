"""Diagnostics as a report of code quality for GitLab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from codaform.diagnostics.diagnostic import Diagnostic, Severity
from codaform.diagnostics.render.places import Located, located
from codaform.text import harmless

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "info": "info"}


def as_gitlab(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings as GitLab's report of code quality, in ASCII; it shows new ones beside the lines of a change.

    A finding's fingerprint is of its file, rule and message, and of how often these came before in the file: a finding
    that only moved to another line is not a new one.
    """
    import json

    met: Counter[tuple[str, str, str]] = Counter()
    found = []
    for finding in located(diagnostics):
        diagnostic = finding.diagnostic
        kind = diagnostic.source.name, diagnostic.rule.code, diagnostic.message
        met[kind] += 1
        found.append(_finding_gitlab(finding, _fingerprint(*kind, str(met[kind]))))
    return json.dumps(found, indent=2)


def _finding_gitlab(finding: Located, fingerprint: str) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    help_ = f" Help: {diagnostic.help}" if diagnostic.help else ""
    return {
        "description": harmless(f"{diagnostic.rule.code} {diagnostic.message}{help_}"),
        "check_name": diagnostic.rule.name,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[diagnostic.rule.severity],
        "location": {
            "path": diagnostic.source.name.removeprefix("./"),
            "lines": {"begin": finding.start.line, "end": finding.end.line},
        },
    }


def _fingerprint(*parts: str) -> str:
    from hashlib import sha256

    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
