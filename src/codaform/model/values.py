"""The values that formulas compute with.

Blank is `None`; a number is a `float`; text `str`, boolean `bool`, `date`, `time`, duration `timedelta`, a list `list`.
A date and time is a `datetime` with a time zone. An object is a `dict` of text to values.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache

from codaform.source import NOWHERE, Span, frozen


@frozen
class Row:
    """A reference to a row; its values are read from the table, never copied."""

    table: str
    id: int


@frozen
class Person:
    """A person with an account, as in a People column; identified by name, as in fixtures."""

    name: str
    email: str = field(default="", compare=False)


@frozen
class Action:
    """An action that a button would do: its name and arguments. It is described here, never performed."""

    name: str
    arguments: tuple[object, ...] = ()


@frozen
class Error:
    """The value of a cell that has none: which rule was broken, and where in the formula."""

    rule: str
    message: str
    span: Span = NOWHERE


UNTOLD = "untold"
"""The rule of an error of which a service told the message alone."""


class EvaluationError(Exception):
    """How an error value travels from where it arises to the cell that shows it."""

    def __init__(self, rule: str, message: str, span: Span | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.span = span

    def value(self) -> Error:
        """The error as the cell keeps it."""
        return Error(self.rule, self.message, self.span or NOWHERE)


DAY = timedelta(days=1)

EPOCH = date(1899, 12, 30)
"""Day 0 of dates as numbers (Packs documentation)."""


def is_blank(value: object) -> bool:
    """Blank, the empty text and the empty list are all blank."""
    return value is None or value == "" or value == []


def instant(value: datetime) -> datetime:
    """The same moment in UTC: Python compares and subtracts two times of one zone by their wall clocks."""
    return value.astimezone(UTC)


def identity(value: object) -> object:
    """A hashable key: two values have the same key when they are the same value."""
    match value:
        case list():
            return ("list", *(identity(item) for item in value))
        case dict():
            return ("object", *((key, identity(item)) for key, item in value.items()))
        case bool():
            return ("boolean", value)
        case datetime():
            return ("instant", instant(value))
        case "":
            return None
        case Action():
            return ("action", value.name, *(identity(argument) for argument in value.arguments))
        case _:
            return value


@cache
def is_fixed(zone: tzinfo) -> bool:
    """Whether the clocks of a zone never change."""
    return zone.utcoffset(None) is not None


def elapsed(end: datetime, start: datetime) -> timedelta:
    """The time that passes between two moments, also across a change of the clocks."""
    zone = end.tzinfo
    if zone is start.tzinfo and zone is not None and (is_fixed(zone) or end.utcoffset() == start.utcoffset()):
        return end - start
    return end.astimezone(UTC) - start.astimezone(UTC)


def later(moment: datetime, span: timedelta) -> datetime:
    """The moment so much time after another, in the same zone."""
    try:
        return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)
    except OverflowError:
        raise EvaluationError("out-of-range", "the date lies outside the calendar") from None
