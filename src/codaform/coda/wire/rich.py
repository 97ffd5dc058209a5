"""Values in the rich form of the REST API, JSON-LD and texts in fences: read by two policies, and written.

`read_shown` takes a cell for what it shows: each value says itself what it is, whatever the type of its column. This is
right for computed cells, whose formulas may give anything. `read_entered` takes a cell for what was entered into its
column, and fits each value to the column's type: Coda keeps a text in a cell of any type.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, tzinfo
from typing import cast

from codaform.coda.wire.json_data import Json, flatten
from codaform.coda.wire.texts import (
    DocLookup,
    InvalidValue,
    boolean_from_text,
    duration_from_text,
    file_address,
    json_number,
    number_from_text,
    plain_value,
    time_from_text,
)
from codaform.model import types
from codaform.model.number_text import number_text
from codaform.model.schema import Column, value_type
from codaform.model.value_texts import days_long
from codaform.model.values import UNTOLD, Action, Error, EvaluationError, Person, Row

FindRow = Callable[[str, str], object | None]
"""A row by its id and the id of its table; None if the doc has no such row."""

ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|mailto:|tel:|www\.)\S+", re.IGNORECASE)
"""The texts that are links in a column of links; others are plain texts there."""

_CONTEXT = "http://schema.org/"
_ERROR = "#ERROR: "
_FENCED = re.compile(r'"?```(.*?)```"?', re.DOTALL)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?")


# ------------------------------------------------------------ as shown


def read_shown(given: Json, column: Column, zone: tzinfo, find: FindRow) -> object:
    """The value that a cell shows; None for an empty cell, a list for a list.

    column: Its type decides only between a date, a time and a moment, and between a duration and a text.
    Raises InvalidValue, with the text that the cell shows, for an unknown row and an unknown JSON-LD type.
    """
    if isinstance(given, list):
        return [read_shown(item, column, zone, find) for item in given]
    match given:
        case None | "":
            return None
        case bool():
            return given
        case int() | float():
            return _finite(given)
        case dict():
            return linked_value(given, find)
    fenced = _FENCED.fullmatch(given)
    if fenced is not None:
        return fenced[1]
    if given.startswith(_ERROR):
        return Error(UNTOLD, given.removeprefix(_ERROR))
    return _shown_text(given, column, zone)


def _shown_text(text: str, column: Column, zone: tzinfo) -> object:
    """A text without a fence: a moment, a duration, a number that JSON cannot spell, or formatted text."""
    kind = value_type(column)
    kind = kind.item if isinstance(kind, types.ListOf) else kind
    if kind == types.DURATION:
        return duration_from_text(text)
    if text in ("inf", "-inf", "nan"):
        return float(text)
    moment = _moment(text) if _MOMENT.fullmatch(text) else None
    if moment is None:
        return text
    match kind:
        case types.DATE:
            return moment.date()  # in the text's own zone, which is the doc's
        case types.TIME:
            return moment.time()
    try:
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    except OverflowError:  # the first and the last hours of the calendar
        return moment


# ------------------------------------------------------------ as entered


def read_entered(given: Json, column: Column, zone: tzinfo, find: FindRow) -> object:
    """The value of an entered cell, of the column's type; None for an empty cell, a list if the column holds several.

    A moment keeps the offset of its text, so that the caller can read the doc's clocks where the zone is not known.
    Raises InvalidValue, with the text that the cell shows, for a value that does not fit the column.
    """
    if given is None or given in ("", []):
        return None
    kind = value_type(column)
    items = _items(given)
    if isinstance(kind, types.ListOf):
        return [_entered(item, kind.item, zone, find) for item in items]
    if len(items) != 1:
        raise InvalidValue(shown_text(given))
    return _entered(items[0], kind, zone, find)


def _entered(given: Json, kind: types.Type, zone: tzinfo, find: FindRow) -> object:
    if isinstance(given, Mapping):
        return _entered_link(given, kind, find)
    text = shown_text(given)
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    match kind:
        case types.NUMBER:
            return _finite(given) if is_number else number_from_text(text)
        case types.BOOLEAN:
            return boolean_from_text(text)
        case types.DATE | types.DATETIME:
            moment = _moment(text)
            if moment is None:
                raise InvalidValue(text)
            if kind == types.DATE:
                return moment.date()  # in the text's own zone, which is the doc's: no other zone can move a day
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        case types.TIME:
            return time_from_text(text, zone)
        case types.DURATION:
            return _days(_finite(given), text) if is_number else duration_from_text(text)
        case types.PERSON:
            return Person(text, text) if "@" in text else Person(text)
        case types.OBJECT:
            return {"Name": text.rsplit("/", 1)[-1], "Url": text}
        case types.RowOf() | types.ACTION:
            raise InvalidValue(text)
    return text


def _entered_link(given: Mapping[str, Json], kind: types.Type, find: FindRow) -> object:
    takes_text = kind in (types.TEXT, types.ANY)
    try:
        value = linked_value(given, find)
    except InvalidValue:
        if takes_text:
            return shown_text(given)
        raise
    match value:
        case Row() if isinstance(kind, types.RowOf):
            return value
        case Person() if kind == types.PERSON:
            return value
        case float() if kind == types.NUMBER and math.isfinite(value):
            return value
        case dict() if kind == types.OBJECT:
            return value
        case str() if takes_text:
            return value
    if takes_text:
        return shown_text(given)
    raise InvalidValue(shown_text(given))


def _days(count: float, text: str) -> object:
    try:
        return days_long(count)
    except (EvaluationError, OverflowError):
        raise InvalidValue(text) from None


# ------------------------------------------------------------ what both policies share


def linked_value(given: Mapping[str, Json], find: FindRow) -> object:
    """The value of a JSON-LD object: a row as `find` gives it, a Person, an amount as a float, the address of a web
    page as a text, an image as a dict with `Name` and `Url`.

    Raises InvalidValue for a row that `find` does not find, and for an unknown type such as a Pack's object.
    """
    name, url = str(given.get("name") or ""), str(given.get("url") or "")
    match given.get("@type"):
        case "StructuredValue" if given.get("rowId"):
            row = find(str(given["rowId"]), str(given.get("tableId") or ""))
            if row is not None:
                return row
        case "Person":
            return Person(name, str(given.get("email") or ""))
        case "MonetaryAmount":
            return _amount(given.get("amount"))
        case "WebPage":
            return url
        case "ImageObject":
            return {"Name": name, "Url": url}
    raise InvalidValue(shown_text(given))


def shown_text(given: Json | Mapping[str, Json]) -> str:
    """The text that a cell shows; the texts of a list are joined by commas."""
    match given:
        case None:
            return ""
        case bool():
            return "true" if given else "false"
        case str():
            fenced = _FENCED.fullmatch(given)
            return fenced[1] if fenced else given
        case Mapping():
            shown = given.get("name") or given.get("url") or given.get("amount") or ""
            return shown if isinstance(shown, str) else shown_text(shown)
        case list():
            return ", ".join(map(shown_text, _items(given)))
    try:
        return number_text(given)
    except OverflowError:
        return str(given)


def linked_row_ids(given: Json) -> Iterator[str]:
    """The ids of the rows that a cell links."""
    for item in _items(given):
        if isinstance(item, Mapping) and item.get("@type") == "StructuredValue":
            yield str(item.get("rowId"))


def _items(given: Json) -> list[Json]:
    """The values of a cell that are not blank, those of lists within lists too."""
    return [cast("Json", item) for item in flatten(given) if item is not None and item != ""]


def _amount(given: Json) -> float:
    """An amount of money, which the API gives as a number or as a text."""
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise InvalidValue(shown_text(given))
    try:
        return float(given)
    except (ValueError, OverflowError):
        raise InvalidValue(shown_text(given)) from None


def _finite(given: Json) -> float:
    assert isinstance(given, int | float)
    try:
        return float(given)
    except OverflowError:  # a whole number that no float holds
        raise InvalidValue(shown_text(given)) from None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


# ------------------------------------------------------------ writing


def write_rich(value: object, column: Column, lookup: DocLookup) -> Json:
    """A single value in the rich form, as the server of a doc gives it."""
    match value:
        case float() | int() if column.kind == "currency" and not isinstance(value, bool):
            return _link("MonetaryAmount", currency=column.format.currency or "USD", amount=json_number(value))
        case Row():
            return _link(
                "StructuredValue",
                additionalType="row",
                name=lookup.display(value),
                url=lookup.row_link(value),
                tableId=lookup.table_id(value.table),
                rowId=lookup.row_id(value),
                tableUrl=lookup.table_link(value.table),
            )
        case Person():
            return _link("Person", name=value.name, **({"email": value.email} if value.email else {}))
        case dict() if column.kind in ("image", "file"):
            return _image(str(value.get("Name") or ""), file_address(value), value)
        case str() if value and column.kind == "image":
            return _image("", value, {})
        case str() if column.kind == "link" and ADDRESS.fullmatch(value):
            return _link("WebPage", url=value)
        case str() | dict() | Action() if value:
            return f"```{plain_value(value, column, lookup)}```"
    return plain_value(value, column, lookup)


def _link(kind: str, **members: Json) -> dict[str, Json]:
    return {"@context": _CONTEXT, "@type": kind, **members}


def _image(name: str, url: str, facts: Mapping[str, object]) -> dict[str, Json]:
    sizes: dict[str, Json] = {
        side.lower(): json_number(size)
        for side in ("Height", "Width")
        if isinstance(size := facts.get(side), float | int) and not isinstance(size, bool)
    }
    return _link("ImageObject", **({"name": name} if name else {}), url=url, **sizes, status="live")
