"""What a cell probably means that is written as other programs and countries write it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

_NUMBER = re.compile(r"([$€£¥₹]|[A-Z]{3})?\s*([+\-\u2212]?)\s*(\d[\d.,'’\s]*|[.,]\d+)\s*([$€£¥₹%]|[A-Z]{3})?")
_GROUP = r"[.,'’\s]"
_TRUE = frozenset({"yes", "y", "on", "1", "x", "ja", "oui", "si", "sí", "wahr", "t", "✓", "✔", "checked"})
_FALSE = frozenset({"no", "n", "off", "0", "nein", "non", "falsch", "f", "✗", "unchecked"})
_CERTAIN = frozenset({"yes", "y", "on", "no", "n", "off", "1", "0"})
_TIME = re.compile(r"(?i)(\d{1,2}):(\d\d)(:\d\d)?\s*([ap])?\.?(?:m\.?)?")


@dataclass(frozen=True, slots=True)
class Hint:
    """What would be right. text: How it is written; empty if that is open. certain: Whether nothing else is meant."""

    why: str
    text: str = ""
    certain: bool = False


def number_hint(text: str, kind: str) -> Hint:
    """The number that a text means. kind: The type of its column."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return Hint("")
    before, sign, digits, behind = found.groups()
    number = _digits(digits)
    if number is None:
        return Hint("")
    value, certain, other = number
    value = ("-" if sign in ("-", "\u2212") else "") + value
    if behind == "%" and kind != "percent":
        part = format(Decimal(value).scaleb(-2).normalize(), "f")
        return Hint(f"write {part}, or give the column the type percent", part)
    if behind == "%":
        value += "%"
    if other:
        return Hint(f"write {value}, or {other} if the comma is a decimal one", value)
    if before or (behind and behind != "%"):
        return Hint(f"write {value}; the currency belongs to the column", value, certain)
    return Hint(f"write {value}", value, certain)


def _digits(text: str) -> tuple[str, bool, str] | None:
    """Digits without groups and with a decimal point, whether they are certain, and what else they may be."""
    text = text.strip()
    signs = re.findall(_GROUP, text)
    if not signs:
        return text, True, ""
    last = re.search(rf"({_GROUP})(\d*)$", text)
    if last is None:
        return None
    whole, decimal, fraction = text[: last.start()], last[1], last[2]
    grouped = re.fullmatch(rf"\d{{1,3}}({_GROUP})\d{{3}}(?:\1\d{{3}})*", text)
    if grouped and len(signs) == 1 and grouped[1] == ",":
        return text.replace(",", ""), False, text.replace(",", ".")
    if grouped and (len(signs) > 1 or grouped[1] != "."):
        return re.sub(_GROUP, "", text), True, ""
    if decimal not in (",", ".") or not fraction:
        return None
    inner = re.fullmatch(rf"\d{{1,3}}({_GROUP})\d{{3}}(?:\1\d{{3}})*", whole)
    if not re.fullmatch(r"\d*", whole) and (inner is None or inner[1] == decimal):
        return None
    return f"{re.sub(_GROUP, '', whole) or '0'}.{fraction}", True, ""


def flag_hint(text: str) -> Hint:
    """The truth value that a text means."""
    plain = text.strip().casefold()
    for words, value in ((_TRUE, "true"), (_FALSE, "false")):
        if plain in words:
            return Hint(f"write {value}", value, plain in _CERTAIN)
    return Hint("write true or false")


def date_hint(text: str) -> Hint:
    """The date that a text means."""
    if found := re.fullmatch(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\s*", text):
        return _dates([(int(found[1]), int(found[2]), int(found[3]))])
    if found := re.fullmatch(r"\s*(\d{1,2})([-/.])(\d{1,2})\2(\d{4})\s*", text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        both = [(year, second, first)] if found[2] == "." else [(year, second, first), (year, first, second)]
        return _dates(both)
    return Hint("")


def _dates(candidates: list[tuple[int, int, int]]) -> Hint:
    known: dict[str, None] = {}
    for year, month, day in candidates:
        with suppress(ValueError):
            known[date(year, month, day).isoformat()] = None
    if not known:
        return Hint("")
    return Hint(f"write {' or '.join(known)}", next(iter(known)) if len(known) == 1 else "", len(known) == 1)


def time_hint(text: str) -> Hint:
    """The time of day that a text means."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return Hint("")
    hour = int(found[1])
    if found[4]:
        hour = hour % 12 + (12 if found[4].lower() == "p" else 0)
    if hour > 23 or int(found[2]) > 59:
        return Hint("")
    wanted = f"{hour:02}:{found[2]}{found[3] or ''}"
    return Hint(f"write {wanted}", wanted, True)


def is_doubtful_percent(text: str) -> bool:
    """Whether a text in a column of percents may mean a hundredth: `10` is 1000%, and hardly ever meant so."""
    return re.fullmatch(r"-?(?:[2-9]|[1-9]\d{1,13})(?:\.0*)?", text) is not None
