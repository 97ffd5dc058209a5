"""Facts that hold for every doc and may stand on any page: names of rules, functions and files, weekdays of dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.diagnostics.rules import FALSE_FACT, RULES
from codaform.site.guides.passages import CODE, PassageText, passages
from codaform.site.reference.functions import function_entries
from codaform.source import Source, Span
from codaform.spelling import is_slip

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DATE = re.compile(
    rf"""
    (?:\b(?P<weekday>{"|".join(_DAYS)}),?\s+(?:the\s+)?(?:\{{[a-z]+\}}`[^`\n]*?→\s*)?)?
    (?<![\w-])(?:
      (?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)
      | (?P<before>\d{{1,2}})\s+(?P<name>{"|".join(_MONTHS)})\s+(?P<behind>\d{{4}})
    )(?![\w-])
    """,
    re.VERBOSE,
)
_CALLED = re.compile(r"(?<![\w.])[A-Z][A-Za-z]{3,}(?=\()")
_RULE = re.compile(r"`([a-z]+(?:-[a-z]+)+)`")
_RULE_CODE = re.compile(r"\bCF\d{3}\b")
_FILE_NAMES = frozenset({"doc.yml", "doc.lock.yml", "doc.besides.yml", "table.yml", "rows.csv", "mkdocs.yml"})
_CODES = frozenset(rule.code for rule in RULES)
_RULES = frozenset(rule.name for rule in RULES)


def false_facts(source: Source) -> Iterator[Diagnostic]:
    """A finding for each slip in a name of a rule, function or file, each day that is none or another weekday."""
    for passage in passages(source):
        if FALSE_FACT.name not in passage.allowed:
            yield from _names(source, passage)
            yield from _dates(source, passage)


def _names(source: Source, passage: PassageText) -> Iterator[Diagnostic]:
    for found in re.finditer(rf"{CODE}+", passage.text):
        at = passage.start + found.start()
        code = source.text[at : at + len(found[0])]
        for called in _CALLED.finditer(code):
            if slip := _slip(called[0], _functions()):
                span = Span(at + called.start(), at + called.end())
                yield Diagnostic(FALSE_FACT, f"there is no function {called[0]}", source, span, f"did you mean {slip}?")
        if (rule := _RULE.fullmatch(code)) and (slip := _slip(rule[1], _RULES)):
            span = Span(at + 1, at + len(code) - 1)
            yield Diagnostic(FALSE_FACT, f"there is no rule {rule[1]}", source, span, f"did you mean {slip}?")
        name = code.strip("`").rpartition("/")[2]
        slip = _slip(name.casefold(), _FILE_NAMES)
        if slip and name.rpartition(".")[2] == slip.rpartition(".")[2]:
            span = Span(at + 1, at + len(code) - 1)
            yield Diagnostic(FALSE_FACT, f"codaform has no file {name}", source, span, f"did you mean {slip}?")
    for number in _RULE_CODE.finditer(source.text, passage.start, passage.start + len(passage.text)):
        if number[0] not in _CODES:
            yield Diagnostic(FALSE_FACT, f"there is no rule {number[0]}", source, Span(*number.span()))


@cache
def _functions() -> frozenset[str]:
    return frozenset(name for entry in function_entries() for name in entry.names if name.isalnum())


def _slip(name: str, known: Iterable[str]) -> str:
    """The name that another one is a slip of; empty for a name that is known."""
    return "" if name in known else next((one for one in sorted(known) if is_slip(name, one)), "")


def _dates(source: Source, passage: PassageText) -> Iterator[Diagnostic]:
    for found in _DATE.finditer(source.text, passage.start, passage.start + len(passage.text)):
        year, day = int(found["year"] or found["behind"]), int(found["day"] or found["before"])
        month = int(found["month"]) if found["month"] else _MONTHS.index(found["name"]) + 1
        start = found.start("year") if found["year"] else found.start("before")
        try:
            weekday = _DAYS[date(year, month, day).weekday()]
        except ValueError:
            message = f"there is no day {source.text[start : found.end()]}"
            yield Diagnostic(FALSE_FACT, message, source, Span(start, found.end()))
            continue
        if found["weekday"] not in (None, weekday):
            message = f"{source.text[start : found.end()]} is a {weekday}, and no {found['weekday']}"
            yield Diagnostic(FALSE_FACT, message, source, Span(found.start(), found.end()))
