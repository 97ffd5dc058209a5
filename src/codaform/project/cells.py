"""Reading a cell as a person wrote it, by the type of its column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import TypeVar
from zoneinfo import ZoneInfo

from codaform.model import types
from codaform.model.conversion import read_duration, read_number
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf, RowOf, Type
from codaform.model.values import Fault, Person, instant
from codaform.semantics.scope import nearest

V = TypeVar("V")


class BadCell(Exception):
    """A text that its column cannot hold; the message says why."""


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?([+-]\d\d:\d\d|Z)?")
_TIME = re.compile(r"\d\d:\d\d(:\d\d)?")


def read_cell(text: str | Sequence[str], column: Column, zone: ZoneInfo) -> object:
    """The value of a cell; a relation stays the display text of its row. Raises BadCell.

    text: The text of a single value, or the texts of several; empty for blank.
    """
    kind = value_type(column)
    if isinstance(kind, ListOf):
        texts = split_values(text) if isinstance(text, str) else list(text)
        return [_read_single(item, kind.item, column, zone) for item in texts if item != ""]
    if not isinstance(text, str):
        raise BadCell(f"{column.name} holds one value, here stand {len(text)}")
    return None if text == "" else _read_single(text, kind, column, zone)


def split_values(text: str) -> list[str]:
    """The values of a cell that holds several, between semicolons; one that has a semicolon itself stands in quotes."""
    if ";" not in text and '"' not in text:
        return [text.strip()] if text.strip() else []
    found = re.findall(r'\s*(?:"((?:[^"]|"")*)"|([^;]*))\s*(?:;|$)', text)
    values = [quoted.replace('""', '"') if quoted else plain.strip() for quoted, plain in found]
    return [value for value in values if value]


def _read_single(text: str, kind: Type, column: Column, zone: ZoneInfo) -> object:
    match kind:
        case types.TEXT:
            if column.options and text not in column.options:
                close = nearest(text, column.options)
                hint = f"did you mean {close}?" if close else f"the options are {', '.join(column.options)}"
                raise BadCell(f"{shown(text)} is no option of {column.name}; {hint}")
            return text
        case types.NUMBER:
            return _number(text, column)
        case types.BOOLEAN:
            if text.lower() not in ("true", "false"):
                raise BadCell(f"{shown(text)} is neither true nor false")
            return text.lower() == "true"
        case types.DATE:
            return _date(text)
        case types.DATETIME:
            return read_moment(text, zone)
        case types.TIME:
            if not _TIME.fullmatch(text):
                raise BadCell(f"{shown(text)} is no time like 09:30")
            return _valid(lambda: time.fromisoformat(text), text)
        case types.DURATION:
            try:
                return read_duration(text)
            except Fault as fault:
                raise BadCell(f"{fault.message}; it is written like 2 hours 30 minutes") from None
        case types.PERSON:
            return Person(text, text) if "@" in text else Person(text)
        case types.OBJECT:
            return {"Name": text.rsplit("/", 1)[-1], "Url": text}
        case types.ACTION:
            raise BadCell(f"{column.name} is a button; it holds no value")
        case RowOf():
            return text
    return text


def _number(text: str, column: Column) -> float:
    try:
        value = read_number(text)
    except Fault as fault:
        raise BadCell(fault.message) from None
    if value is None or (text.endswith("%") and column.kind != "percent") or "," in text:
        raise BadCell(f"{shown(text)} is not a number")
    return value


def _date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise BadCell(f"{shown(text)} is no date like 2025-12-08")
    return _valid(lambda: date.fromisoformat(text), text)


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment like 2025-12-10T09:00, in the zone unless it names an offset. Raises BadCell."""
    if not _MOMENT.fullmatch(text):
        raise BadCell(f"{shown(text)} is no moment like 2025-12-08T22:30")

    def read() -> datetime:
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
        instant(moment)  # at both ends of the calendar there are wall clocks without an instant
        return moment

    return _valid(read, text)


def _valid(read: Callable[[], V], text: str) -> V:
    try:
        return read()
    except (ValueError, OverflowError):
        raise BadCell(f"{shown(text)} does not exist in the calendar") from None


def shown(text: str) -> str:
    """A text in a message: in one line, and of that the first characters."""
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"
