"""Cells as the REST API shows them in its rich form, as the values that formulas compute with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, time, timedelta, tzinfo

from codaform.coda.wire.json_data import Json
from codaform.coda.wire.texts import Unfit, typed_boolean, typed_duration, typed_number, typed_time
from codaform.model import types
from codaform.model.conversion import days_long
from codaform.model.schema import Column, value_type
from codaform.model.types import ListOf, RowOf
from codaform.model.values import Fault, Person, Row

Find = Callable[[str, str], Row | None]
"""The row of a table's name and a row's id; None for one that is not there."""

_FENCED = re.compile(r'"?```(.*)```"?', re.DOTALL)


def value_of(given: Json, column: Column, zone: tzinfo, find: Find) -> object:
    """The value of a cell; None for an empty one, a list for a column that holds several.

    given: What the API gave. Raises Unfit, with the text that the cell shows, for what does not fit the column: Coda
    keeps a text in a cell of any type.
    """
    if given is None or given in ("", []):
        return None
    kind = value_type(column)
    items = _items(given)
    if isinstance(kind, ListOf):
        return [_single(item, kind.item, column, zone, find) for item in items]
    if len(items) != 1:
        raise Unfit(", ".join(map(text_of, items)))
    return _single(items[0], kind, column, zone, find)


def text_of(given: Json) -> str:
    """The text that a single cell shows, whatever it is."""
    match given:
        case None:
            return ""
        case bool():
            return "true" if given else "false"
        case str():
            fenced = _FENCED.fullmatch(given)
            return fenced[1] if fenced else given
        case dict():
            return str(given.get("name") or given.get("url") or given.get("amount") or "")
        case list():
            return ", ".join(map(text_of, given))
    return str(given)


def row_ids(given: Json) -> Iterator[str]:
    """The ids of the rows that a cell links."""
    for item in _items(given):
        if isinstance(item, Mapping) and item.get("@type") == "StructuredValue":
            yield str(item.get("rowId"))


def _items(given: Json) -> list[Json]:
    """The single values of a cell, those of lists within lists too."""
    found: list[Json] = []
    waiting: list[Json] = [given]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif item is not None and item != "":
            found.append(item)
    return found


def _single(given: Json, kind: types.Type, column: Column, zone: tzinfo, find: Find) -> object:
    if isinstance(given, Mapping):
        return _linked(given, kind, column, find)
    text = text_of(given)
    match kind:
        case types.NUMBER:
            number = _number(given)
            return typed_number(text) if number is None else number
        case types.BOOLEAN:
            return typed_boolean(text)
        case types.DATE:
            # By the text's own clocks, which are the doc's: no zone can move a day.
            return _moment(text).date()
        case types.DATETIME:
            moment = _moment(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        case types.TIME:
            return _time(text, zone)
        case types.DURATION:
            days = _number(given)
            return typed_duration(text) if days is None else _days(days, text)
        case types.PERSON:
            return Person(text, text) if "@" in text else Person(text)
        case types.OBJECT:
            return {"Name": text.rsplit("/", 1)[-1], "Url": text}
        case RowOf() | types.ACTION:
            raise Unfit(text)
    return text


def _linked(given: Mapping[str, Json], kind: types.Type, column: Column, find: Find) -> object:
    """A value that says what it is."""
    name, url = str(given.get("name") or ""), str(given.get("url") or "")
    match given.get("@type"):
        case "StructuredValue" if isinstance(kind, RowOf):
            row = find(column.to, str(given.get("rowId")))
            if row is None:
                raise Unfit(name)
            return row
        case "Person" if kind == types.PERSON:
            return Person(name, str(given.get("email") or ""))
        case "MonetaryAmount" if kind == types.NUMBER and (amount := _number(given.get("amount"))) is not None:
            return amount
        case "WebPage" if kind == types.TEXT:
            return url
        case "ImageObject" if kind == types.OBJECT:
            return {"Name": name, "Url": url}
    if kind in (types.TEXT, types.ANY):
        return text_of(dict(given))
    raise Unfit(text_of(dict(given)))


def _number(given: Json) -> float | None:
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(text) from None


def _time(text: str, zone: tzinfo) -> time:
    return typed_time(text, zone)


def _days(count: float, text: str) -> timedelta:
    try:
        return days_long(count)
    except (Fault, OverflowError):
        raise Unfit(text) from None
