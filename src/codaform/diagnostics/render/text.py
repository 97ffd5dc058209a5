"""Diagnostics as text for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from codaform.diagnostics.diagnostic import Diagnostic, Severity
from codaform.diagnostics.render.places import Located, located
from codaform.text import columns, harmless, harmless_lines

WIDTH = 100
"""The columns of a source line that are shown at most."""

_COLORS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "34"}


def as_text(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """The findings for a person, each with its line of the source."""
    paint = _painted if color else _plain
    return "\n\n".join(_finding_text(finding, paint) for finding in located(diagnostics))


def _painted(style: str, text: str) -> str:
    return f"\x1b[{style}m{text}\x1b[0m"


def _plain(_style: str, text: str) -> str:
    return text


def _finding_text(finding: Located, paint: Callable[[str, str], str]) -> str:
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
    """The shown line of a span, the columns before the carets, and the carets."""
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
    """The shown form of a character of a source line."""
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
