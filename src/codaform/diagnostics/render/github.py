"""Diagnostics as annotations of a GitHub workflow."""

from __future__ import annotations

from collections.abc import Iterable

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.render.places import Located, located
from codaform.text import harmless, harmless_lines


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings as workflow commands, which GitHub shows beside the changed lines."""
    return "\n".join(_finding_github(finding) for finding in located(diagnostics))


def _finding_github(finding: Located) -> str:
    diagnostic, start, end = finding.diagnostic, finding.start, finding.end
    command = {"error": "error", "warning": "warning", "info": "notice"}[diagnostic.rule.severity]
    properties: dict[str, object] = {"file": harmless(diagnostic.source.name), "line": start.line}
    if start.line == end.line:
        properties |= {"col": start.column, "endLine": end.line, "endColumn": end.column}
    else:
        properties |= {"endLine": end.line}  # GitHub takes columns only if a finding stays on one line
    properties["title"] = f"{diagnostic.rule.code} {diagnostic.rule.name}"
    told = [diagnostic.message]
    told += [f"help: {diagnostic.help}"] if diagnostic.help else []
    told += [f"fix: {diagnostic.fix.title}"] if diagnostic.fix else []
    message = _github_escaped("\n".join(harmless_lines(part) for part in told))
    listed = ",".join(f"{key}={_github_property(str(value))}" for key, value in properties.items())
    return f"::{command} {listed}::{message}"


def _github_escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_escaped(text).replace(":", "%3A").replace(",", "%2C")
