"""Diagnostics as a SARIF log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from codaform.diagnostics.diagnostic import Diagnostic, Rule, Severity
from codaform.diagnostics.render.places import Located, Point, located

_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def as_sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """The findings as a SARIF 2.1.0 log of one run, in ASCII."""
    import json

    found = located(diagnostics)
    rules = sorted({finding.diagnostic.rule for finding in found}, key=lambda rule: rule.code)
    driver = {"name": "codaform", "version": version, "rules": [_rule_sarif(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_finding_sarif(finding, rules.index(finding.diagnostic.rule)) for finding in found],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2)


def _rule_sarif(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": _sarif_message(rule.what),
        "fullDescription": _sarif_message(rule.why),
        "help": {"text": _help(rule), "markdown": _help(rule, "```\n", "\n```")},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"page": f"docs/{rule.page}"},
    }


def _help(rule: Rule, before: str = "", after: str = "") -> str:
    """What a viewer shows of a rule beside a finding. before, after: What encloses an example."""
    parts = [rule.why, f"Bad:\n\n{before}{_cut(rule.bad)}{after}", f"Good:\n\n{before}{_cut(rule.good)}{after}"]
    if rule.fix:
        parts.append(f"Fix: {rule.fix}")
    return "\n\n".join([*parts, f"More: docs/{rule.page}"])


def _cut(example: str) -> str:
    from codaform.text import shorten

    return "\n".join(shorten(line, 200) for line in example.split("\n")[:20])


def _finding_sarif(finding: Located, rule_index: int) -> dict[str, Any]:
    diagnostic, fix = finding.diagnostic, finding.diagnostic.fix
    artifact = _artifact(diagnostic.source.name)
    region = _region(finding.start, finding.end)
    message = f"{diagnostic.message}\nhelp: {diagnostic.help}" if diagnostic.help else diagnostic.message
    result: dict[str, Any] = {
        "ruleId": diagnostic.rule.code,
        "ruleIndex": rule_index,
        "level": _LEVELS[diagnostic.rule.severity],
        "message": _sarif_message(message),
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
    }
    if fix and finding.edits:
        replacements = [
            {"deletedRegion": _region(start, end), "insertedContent": {"text": text}}
            for start, end, text in finding.edits
        ]
        change = {"artifactLocation": artifact, "replacements": replacements}
        told = {"description": _sarif_message(fix.title), "artifactChanges": [change], "properties": {"safe": fix.safe}}
        result["fixes"] = [told]
    return result


def _sarif_message(text: str) -> dict[str, str]:
    """A message without placeholders `{0}` and links `[text](target)`, which SARIF reads in it."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _region(start: Point, end: Point) -> dict[str, int]:
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _artifact(name: str) -> dict[str, str]:
    from pathlib import PurePath
    from urllib.parse import quote

    path = PurePath(name)
    uri = quote(path.as_posix().encode("utf-8", "surrogatepass"))
    if path.is_absolute():
        return {"uri": f"file:///{uri.lstrip('/')}"}
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}
