"""Telling findings: as text, JSON, GitHub annotations, SARIF, JUnit.

Every format sorts by file, then place, and ends without a line end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from codaform.diagnostics.diagnostic import Diagnostic, Rule, Severity
from codaform.source import Source, line_starts
from codaform.text import columns, harmless, harmless_lines

WIDTH = 100
"""The columns of a source line that are shown at most."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found, in the files that it checked, with the version that checked them."""

    diagnostics: Sequence[Diagnostic]
    checked: Sequence[str]
    version: str
    color: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """Line and column count from 1, the offset from 0; all count characters."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True, slots=True)
class _Finding:
    """A diagnostic with its places, and those of its fix's edits, worked out."""

    diagnostic: Diagnostic
    start: _Place
    end: _Place
    edits: tuple[tuple[_Place, _Place, str], ...]


def _located(diagnostics: Iterable[Diagnostic]) -> list[_Finding]:
    starts = cache(lambda source: line_starts(source.text))  # for this run only: a source has many findings

    def place(source: Source, offset: int) -> _Place:
        offset = max(0, min(offset, len(source.text)))
        line = bisect_right(starts(source), offset)
        return _Place(line, offset - starts(source)[line - 1] + 1, offset)

    def order(diagnostic: Diagnostic) -> tuple[str, int, int, str, str]:
        span = diagnostic.span
        return diagnostic.source.name, span.start, span.end, diagnostic.rule.code, diagnostic.message

    found = []
    for diagnostic in sorted(diagnostics, key=order):
        source, span, fix = diagnostic.source, diagnostic.span, diagnostic.fix
        edits = [(place(source, e.span.start), place(source, e.span.end), e.text) for e in fix.edits] if fix else []
        found.append(_Finding(diagnostic, place(source, span.start), place(source, span.end), tuple(edits)))
    return found


# --------------------------------------------------------------------- text

_COLORS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "34"}


def as_text(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """The findings for a person, each with its line of the source."""
    paint = _painted if color else _plain
    return "\n\n".join(_finding_text(finding, paint) for finding in _located(diagnostics))


def _painted(style: str, text: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _plain(_style: str, text: str) -> str:
    return text


def _finding_text(finding: _Finding, paint: Callable[[str, str], str]) -> str:
    diagnostic, start = finding.diagnostic, finding.start
    rule, color = diagnostic.rule, _COLORS[diagnostic.rule.severity]
    number = str(start.line)
    gutter = " " * len(number)
    message = harmless_lines(diagnostic.message, "  ")
    rows = [
        paint(f"1;{color}", f"{rule.severity}[{rule.name}]") + paint("1", f": {message}"),
        f"{gutter}{paint('2', '-->')} {harmless(diagnostic.source.name)}:{start.line}:{start.column}",
    ]
    if diagnostic.source.text:
        line, indent, marks = _marked_line(diagnostic.source.text, start.offset, finding.end.offset)
        rows += [
            gutter + paint("2", " |"),
            paint("2", f"{number} |") + f" {line}".rstrip(),
            gutter + paint("2", " |") + " " * (indent + 1) + paint(f"1;{color}", marks),
        ]
    notes = {"help": diagnostic.help, "fix": diagnostic.fix.title if diagnostic.fix else ""}
    for word, note in notes.items():
        if note:
            shown = harmless_lines(note, f"{gutter}   {' ' * len(word)}  ")
            rows.append(f"{gutter} {paint('2', '=')} {paint('1', f'{word}:')} {shown}")
    return "\n".join(rows)


def _marked_line(text: str, start: int, end: int) -> tuple[str, int, str]:
    """The line of a span as it is shown, the columns before the carets, and the carets."""
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    line = text[begin:stop].rstrip("\r")
    start, last = min(start - begin, len(line)), min(end - begin, len(line))
    while 0 < start < len(line) and _columns(line[start]) == 0:
        start -= 1  # a mark has no column of its own: the letter below it is marked
    first, until = _window(line, start, last)
    shown = "".join(_cell(character) for character in line[first:until])
    left, right = "…" if first else "", "…" if until < len(line) else ""
    carets = "^" * max(1, _columns(line[start : min(last, until)]))
    more = " ..." if end > stop + 1 else ""  # a span that only takes the line end with it stays on its line
    return left + shown + right, len(left) + _columns(line[first:start]), carets + more


def _window(line: str, start: int, end: int) -> tuple[int, int]:
    """The part of a line that is shown: all that fits, with the span in the middle or, if it is long, near the left."""
    span = _columns(line[start : min(end, _ahead(line, start, WIDTH))])
    first = _back(line, start, max(WIDTH // 5, (WIDTH - span) // 2))
    until = _ahead(line, first, WIDTH)
    first = _back(line, until, WIDTH)
    while 0 < first < start and _columns(line[first]) == 0:
        first += 1
    return first, until


def _ahead(line: str, at: int, room: int) -> int:
    while at < len(line) and (room := room - _columns(line[at])) >= 0:
        at += 1
    return at


def _back(line: str, at: int, room: int) -> int:
    while at > 0 and (room := room - _columns(line[at - 1])) >= 0:
        at -= 1
    return at


def _columns(text: str) -> int:
    return sum(columns(_cell(character)) for character in text)


def _cell(character: str) -> str:
    """A character of a source line as it is shown."""
    return "    " if character == "\t" else character if character in "\u200c\u200d" else harmless(character)


def summary(diagnostics: Iterable[Diagnostic], files: int) -> str:
    """How much was found in how many files, in words."""
    counts = Counter(diagnostic.rule.severity for diagnostic in diagnostics)
    said = [_counted(counts[severity], severity) for severity in _COLORS if counts[severity]]
    where = _counted(files, "file")
    if not said:
        return f"{where}, nothing to report"
    return " and ".join([", ".join(said[:-1]), said[-1]] if said[1:] else said) + f" in {where}"


def _counted(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"


# ------------------------------------------------------------ for programs


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings as JSON, in ASCII, of this shape:

    {"version": 1,
     "diagnostics": [{"code": "CF203", "rule": "unknown-column", "severity": "error" | "warning" | "info",
                      "message": "…", "help": "…", "file": "…", "start": PLACE, "end": PLACE, "fix": FIX | null}]}

    PLACE is {"line": 1, "column": 1, "offset": 0}, FIX {"title": "…", "safe": true, "edits": [EDIT]}, and EDIT
    {"start": PLACE, "end": PLACE, "text": "…"}. Lines and columns count from 1, offsets from 0; all count Unicode
    characters, in the text without byte-order mark and with `\\n` for every line end. An end is the place behind the
    last character. Keys may be added; if one goes or changes its meaning, `version` changes.
    """
    import json

    told = [_finding_json(finding) for finding in _located(diagnostics)]
    return json.dumps({"version": 1, "diagnostics": told}, indent=2)


def _finding_json(finding: _Finding) -> dict[str, Any]:
    diagnostic, fix = finding.diagnostic, finding.diagnostic.fix
    edits = [{"start": asdict(start), "end": asdict(end), "text": text} for start, end, text in finding.edits]
    return {
        "code": diagnostic.rule.code,
        "rule": diagnostic.rule.name,
        "severity": diagnostic.rule.severity,
        "message": diagnostic.message,
        "help": diagnostic.help,
        "file": diagnostic.source.name,
        "start": asdict(finding.start),
        "end": asdict(finding.end),
        "fix": {"title": fix.title, "safe": fix.safe, "edits": edits} if fix else None,
    }


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """The findings as workflow commands, which GitHub shows beside the changed lines."""
    return "\n".join(_finding_github(finding) for finding in _located(diagnostics))


def _finding_github(finding: _Finding) -> str:
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


_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def as_sarif(diagnostics: Iterable[Diagnostic], version: str) -> str:
    """The findings as a SARIF 2.1.0 log of one run, in ASCII."""
    import json

    found = _located(diagnostics)
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
        "shortDescription": _sarif_message(rule.why),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _finding_sarif(finding: _Finding, rule_index: int) -> dict[str, Any]:
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


def _region(start: _Place, end: _Place) -> dict[str, int]:
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _artifact(name: str) -> dict[str, str]:
    from pathlib import PurePath
    from urllib.parse import quote

    path = PurePath(name)
    uri = quote(path.as_posix().encode("utf-8", "surrogatepass"))
    if path.is_absolute():
        return {"uri": f"file:///{uri.lstrip('/')}"}
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def as_junit(diagnostics: Iterable[Diagnostic], checked: Sequence[str]) -> str:
    """The findings as JUnit XML: a test case for each checked file, failed if the file has errors.

    All errors of a file are one failure, because many readers show only the first; warnings and infos are its output.
    A file that has findings is a test case even if it is not among the checked.
    """
    from xml.etree import ElementTree

    by_file: dict[str, list[Diagnostic]] = {name: [] for name in checked}
    for finding in _located(diagnostics):
        by_file.setdefault(finding.diagnostic.source.name, []).append(finding.diagnostic)
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(suites, "testsuite", name="codaform")
    failures = 0
    for name, found in sorted(by_file.items()):
        case = ElementTree.SubElement(suite, "testcase", classname="codaform", name=harmless(name))
        errors = [diagnostic for diagnostic in found if diagnostic.rule.severity == "error"]
        others = [diagnostic for diagnostic in found if diagnostic.rule.severity != "error"]
        if errors:
            failures += 1
            message = harmless(errors[0].message) + (f" (and {len(errors) - 1} more)" if errors[1:] else "")
            failure = ElementTree.SubElement(case, "failure", type=errors[0].rule.name, message=message)
            failure.text = as_text(errors)
        if others:
            ElementTree.SubElement(case, "system-out").text = as_text(others)
    for element in (suites, suite):
        for key, count in {"tests": len(by_file), "failures": failures, "errors": 0, "skipped": 0}.items():
            element.set(key, str(count))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode")


FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": lambda report: as_text(report.diagnostics, report.color),
    "json": lambda report: as_json(report.diagnostics),
    "github": lambda report: as_github(report.diagnostics),
    "sarif": lambda report: as_sarif(report.diagnostics, report.version),
    "junit": lambda report: as_junit(report.diagnostics, report.checked),
}
"""The formats by name."""
