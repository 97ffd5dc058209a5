"""Moment tokens: how dates and times are written by a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from codaform.model.budget import Budget
from codaform.model.values import EPOCH, EvaluationError

_LONGEST = 1_000_000
_STEPS_A_LETTER = 2
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def moment_text(value: date | datetime | time, pattern: str, budget: Budget | None = None) -> str:
    """A date, a time or both, written by a pattern of Moment tokens with English names.

    Text in brackets is copied: `[Week] W`. A date has the time 0:00, a time the day 0 of the calendar.

    budget: Pays for each letter of the pattern and of the text, if a formula asks.
    """
    if budget is not None:
        budget.charge(_STEPS_A_LETTER * (len(pattern) + 1))
    text = _written(_moment(value), pattern)
    if budget is not None:
        budget.charge(len(text))
    if len(text) > _LONGEST:
        raise EvaluationError("out-of-range", f"a text of more than {_LONGEST} characters is too long")
    return text


def has_token(pattern: str) -> bool:
    """Whether anything in the pattern is written as the moment has it; text in brackets is not."""
    return any(found[0][0] not in "[\\" for found in re.finditer(_TOKEN, pattern))


def pieces(pattern: str) -> Iterator[tuple[Literal["text", "token"], str]]:
    """The tokens of a pattern, whole formats opened, and the text between them."""
    at = 0
    for found in re.finditer(_TOKEN, pattern):
        token = found[0]
        if found.start() > at:
            yield "text", pattern[at : found.start()]
        at = found.end()
        if token[0] in "[\\":
            yield "text", token[1:-1] if token[0] == "[" else token[1:]
        elif isinstance(meaning := _TOKENS[token], str):
            yield from pieces(meaning)
        else:
            yield "token", token
    if at < len(pattern):
        yield "text", pattern[at:]


def _moment(value: date | datetime | time) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), UTC)
    return datetime.combine(EPOCH, value, value.tzinfo or UTC)


def _written(moment: datetime, pattern: str) -> str:
    def replace(found: re.Match[str]) -> str:
        token = found[0]
        if token[0] == "[":
            return token[1:-1]
        if token[0] == "\\":
            return token[1:]
        meaning = _TOKENS[token]
        return _written(moment, meaning) if isinstance(meaning, str) else meaning(moment)

    return re.sub(_TOKEN, replace, pattern)


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _weekday(moment: datetime) -> int:
    return moment.isoweekday() % 7


def _day_of_year(moment: datetime) -> int:
    return moment.timetuple().tm_yday


def _quarter(moment: datetime) -> int:
    return (moment.month + 2) // 3


def _week(moment: datetime) -> tuple[int, int]:
    """Year and week as Moment's English counts: from Sunday, and the week of the first of January is week 1."""
    to_saturday = 6 - _weekday(moment)
    if moment.month == 12 and moment.day + to_saturday > 31:
        return moment.year + 1, 1
    return moment.year, (_day_of_year(moment) + to_saturday - 1) // 7 + 1


def _offset(moment: datetime, colon: str) -> str:
    minutes = round((moment.utcoffset() or timedelta()) / timedelta(minutes=1))
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def _twelve(moment: datetime) -> int:
    return (moment.hour + 11) % 12 + 1


def _fraction(digits: int) -> Callable[[datetime], str]:
    return lambda moment: f"{moment.microsecond:06}000"[:digits]


_TOKENS: dict[str, str | Callable[[datetime], str]] = {
    # Year
    "Y": lambda m: f"{m.year:04}",
    "YY": lambda m: f"{m.year % 100:02}",
    "YYYY": lambda m: f"{m.year:04}",
    "YYYYY": lambda m: f"{m.year:05}",
    "YYYYYY": lambda m: f"+{m.year:06}",
    "y": lambda m: str(m.year),
    "yo": lambda m: _ordinal(m.year),
    "yy": lambda m: f"{m.year:02}",
    "yyy": lambda m: f"{m.year:03}",
    "yyyy": lambda m: f"{m.year:04}",
    "N": lambda _: "AD",
    "NN": lambda _: "AD",
    "NNN": lambda _: "AD",
    "NNNN": lambda _: "Anno Domini",
    "NNNNN": lambda _: "AD",
    # Quarter and month
    "Q": lambda m: str(_quarter(m)),
    "Qo": lambda m: _ordinal(_quarter(m)),
    "M": lambda m: str(m.month),
    "Mo": lambda m: _ordinal(m.month),
    "MM": lambda m: f"{m.month:02}",
    "MMM": lambda m: _MONTHS[m.month - 1][:3],
    "MMMM": lambda m: _MONTHS[m.month - 1],
    # Week
    "w": lambda m: str(_week(m)[1]),
    "wo": lambda m: _ordinal(_week(m)[1]),
    "ww": lambda m: f"{_week(m)[1]:02}",
    "gg": lambda m: f"{_week(m)[0] % 100:02}",
    "gggg": lambda m: f"{_week(m)[0]:04}",
    "ggggg": lambda m: f"{_week(m)[0]:05}",
    "W": lambda m: str(m.isocalendar().week),
    "Wo": lambda m: _ordinal(m.isocalendar().week),
    "WW": lambda m: f"{m.isocalendar().week:02}",
    "GG": lambda m: f"{m.isocalendar().year % 100:02}",
    "GGGG": lambda m: f"{m.isocalendar().year:04}",
    "GGGGG": lambda m: f"{m.isocalendar().year:05}",
    # Day
    "D": lambda m: str(m.day),
    "Do": lambda m: _ordinal(m.day),
    "DD": lambda m: f"{m.day:02}",
    "DDD": lambda m: str(_day_of_year(m)),
    "DDDo": lambda m: _ordinal(_day_of_year(m)),
    "DDDD": lambda m: f"{_day_of_year(m):03}",
    "d": lambda m: str(_weekday(m)),
    "do": lambda m: _ordinal(_weekday(m)),
    "dd": lambda m: _WEEKDAYS[_weekday(m)][:2],
    "ddd": lambda m: _WEEKDAYS[_weekday(m)][:3],
    "dddd": lambda m: _WEEKDAYS[_weekday(m)],
    "e": lambda m: str(_weekday(m)),
    "E": lambda m: str(m.isoweekday()),
    # Time of day
    "H": lambda m: str(m.hour),
    "HH": lambda m: f"{m.hour:02}",
    "h": lambda m: str(_twelve(m)),
    "hh": lambda m: f"{_twelve(m):02}",
    "k": lambda m: str(m.hour or 24),
    "kk": lambda m: f"{m.hour or 24:02}",
    "Hmm": lambda m: f"{m.hour}{m.minute:02}",
    "Hmmss": lambda m: f"{m.hour}{m.minute:02}{m.second:02}",
    "hmm": lambda m: f"{_twelve(m)}{m.minute:02}",
    "hmmss": lambda m: f"{_twelve(m)}{m.minute:02}{m.second:02}",
    "m": lambda m: str(m.minute),
    "mm": lambda m: f"{m.minute:02}",
    "s": lambda m: str(m.second),
    "ss": lambda m: f"{m.second:02}",
    **{"S" * digits: _fraction(digits) for digits in range(1, 10)},
    "a": lambda m: "am" if m.hour < 12 else "pm",
    "A": lambda m: "AM" if m.hour < 12 else "PM",
    # Zone and seconds since 1970
    "z": lambda m: m.tzname() or "",
    "zz": lambda m: m.tzname() or "",
    "Z": lambda m: _offset(m, ":"),
    "ZZ": lambda m: _offset(m, ""),
    "X": lambda m: str((m - _UNIX) // timedelta(seconds=1)),
    "x": lambda m: str((m - _UNIX) // timedelta(milliseconds=1)),
    # Whole formats; in small letters with short names and without leading zeros
    "LT": "h:mm A",
    "LTS": "h:mm:ss A",
    "L": "MM/DD/YYYY",
    "LL": "MMMM D, YYYY",
    "LLL": "MMMM D, YYYY h:mm A",
    "LLLL": "dddd, MMMM D, YYYY h:mm A",
    "l": "M/D/YYYY",
    "ll": "MMM D, YYYY",
    "lll": "MMM D, YYYY h:mm A",
    "llll": "ddd, MMM D, YYYY h:mm A",
}
"""The text of each token: a function of the moment, or other tokens."""

# Compiled when first used, as only some docs write dates by a format.
_TOKEN = r"\[[^\[]*\]|\\?(?:" + "|".join(sorted(_TOKENS, key=len, reverse=True)) + ")"
