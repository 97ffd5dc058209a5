"""The probable meaning of a cell in the notation of other programs and countries."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date

from codaform.model.value_texts import read_duration
from codaform.model.values import EvaluationError
from codaform.source import frozen

_NUMBER = re.compile(r"([$€£¥₹]|[A-Z]{3})?\s*([+\-\u2212]?)\s*(\d[\d.,'’\s]*|[.,]\d+)\s*([$€£¥₹%]|[A-Z]{3})?")
_GROUP = r"[.,'’\s]"
_TRUE = frozenset({"yes", "y", "on", "1", "x", "ja", "oui", "si", "sí", "wahr", "t", "✓", "✔", "checked"})
_FALSE = frozenset({"no", "n", "off", "0", "nein", "non", "falsch", "f", "✗", "unchecked"})
_CERTAIN = frozenset({"yes", "y", "on", "no", "n", "off", "1", "0"})
_TIME = re.compile(r"(?i)(\d{1,2}):(\d\d)(:\d\d)?\s*([ap])?\.?(?:m\.?)?")


@frozen
class Hint:
    """A correction. text: Its text; empty if that is open. certain: Whether it is the only meaning."""

    why: str
    text: str = ""
    certain: bool = False


def number_hint(text: str, kind: str) -> Hint:
    """The number that a text means. kind: The type of its column."""
    if owed := re.fullmatch(r"\((.+)\)", text.strip()):
        hint = number_hint(f"-{owed[1]}", kind)
        return Hint(f"{hint.why} if the brackets are a minus", hint.text) if hint.text else hint
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
        from decimal import Decimal

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
    text = re.sub(r"(?<=\d)\.$", "", text.strip())
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
    if found := re.fullmatch(r"\s*(\d{1,2})\.(\d{1,2})\.(\d\d)\s*", text):
        hint = _dates([(2000 + int(found[3]), int(found[2]), int(found[1]))])
        return Hint(hint.why, hint.text)  # the century is a guess
    if found := re.fullmatch(r"\s*(\d{4})(\d\d)(\d\d)\s*", text):
        hint = _dates([(int(found[1]), int(found[2]), int(found[3]))])
        return Hint(hint.why, hint.text)
    if found := re.fullmatch(r"\s*(\d{4}-\d\d-\d\d)[T ]([\d:.]+)(Z|[+-]\d\d:\d\d)?\s*", text):
        if found[3] or re.search("[1-9]", found[2]):
            return Hint(f"write {found[1]}, or give the column the type datetime")
        return Hint(f"write {found[1]}", found[1], True)
    words = re.findall(r"[^\W\d]+|\d+", text)
    months = [word for word in words if word[:3].casefold() in _MONTHS and _is_month(word)]
    numbers = [word for word in words if word.isdecimal()]
    if len(months) == 1 and len(numbers) == 2 and len(words) <= 4:
        day, year = sorted(numbers, key=len)
        if len(year) == 4 and len(day) < 3:
            return _dates([(int(year), _MONTHS[months[0][:3].casefold()], int(day))])
    return Hint("")


_NAMES_OF_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTHS = {name[:3]: number for number, name in enumerate(_NAMES_OF_MONTHS, start=1)}


def _is_month(word: str) -> bool:
    return any(name.startswith(word.casefold()) for name in _NAMES_OF_MONTHS)


def moment_hint(text: str) -> Hint:
    """The moment that a text means: a date and a time of day as people write them."""
    found = re.fullmatch(r"\s*(.*\d),?(?:\s+|T)(\d{1,2}:\d\d(?::\d\d)?(?:\s*[AaPp]\.?[Mm]\.?)?)\s*", text)
    if found is None:
        return date_hint(text)
    dated = Hint("", found[1], True) if _is_date(found[1]) else date_hint(found[1])
    timed = Hint("", found[2], True) if re.fullmatch(r"\d\d:\d\d(:\d\d)?", found[2]) else time_hint(found[2])
    if not dated.text or not timed.text:
        return Hint("")
    wanted = f"{dated.text}T{timed.text}"
    return Hint(f"write {wanted}", wanted, dated.certain and timed.certain)


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and date.fromisoformat(text) is not None
    except ValueError:
        return False


def duration_hint(text: str) -> Hint:
    """The duration that a text means whose numbers have decimal commas."""
    wanted = re.sub(r"(?<=\d),(?=\d)", ".", text)
    try:
        read_duration(wanted)
    except EvaluationError:
        return Hint("")
    return Hint(f"write {wanted}", wanted, not re.search(r"\d,\d{3}(?!\d)", text))


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
