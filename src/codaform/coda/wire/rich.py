"""Rich values of the REST API as values of the language, and those as what the API takes when a cell is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from typing import cast

from codaform.coda.wire.json_data import Json
from codaform.coda.wire.texts import Cells, Unfit, plain_text, typed_duration
from codaform.model import types
from codaform.model.schema import Column, value_type
from codaform.model.values import UNTOLD, Error, Person, Row

FindRow = Callable[[str, str], Row | None]
"""The row of a row's id and its table's; None for one that is not there."""

_ERROR = "#ERROR: "
_FENCED = re.compile(r'"?```(.*?)```"?', re.DOTALL)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)?")


def read_rich(told: Json, column: Column, zone: tzinfo, find: FindRow) -> object:
    """The value of a cell that the API showed in its rich form; blank for `""`.

    column: Its type says what a moment and a span of time are; everything else says itself what it is.
    Raises Unfit for what is no value of the language, as the parts that are not known of an object of a Pack.
    """
    if isinstance(told, list):
        return [read_rich(item, column, zone, find) for item in told]
    match told:
        case None | "":
            return None
        case bool():
            return told
        case int() | float():
            return float(told)
        case dict():
            return _linked(told, find)
    fenced = _FENCED.fullmatch(told)
    if fenced is not None:
        return fenced[1]
    if told.startswith(_ERROR):
        return Error(UNTOLD, told.removeprefix(_ERROR))
    return _bare(told, column, zone)


def _linked(told: Mapping[str, Json], find: FindRow) -> object:
    kind = told.get("@type")
    match kind:
        case "StructuredValue" if told.get("additionalType") == "row":
            row = find(str(told.get("rowId")), str(told.get("tableId")))
            if row is None:
                raise Unfit(f"a row that cannot be seen ({told.get('name')})")
            return row
        case "Person":
            return Person(str(told.get("name", "")), str(told.get("email", "")))
        case "MonetaryAmount":
            amount = told.get("amount")
            return float(amount) if isinstance(amount, int | float) else _number(str(amount))
        case "WebPage":
            return str(told.get("url", ""))
        case "ImageObject":
            return {"Name": str(told.get("name", "")), "Url": str(told.get("url", ""))}
    raise Unfit(f"a value of the kind {kind}")


def _bare(text: str, column: Column, zone: tzinfo) -> object:
    """A text without a fence: a moment, a span of time, or a number that JSON cannot spell."""
    kind = value_type(column)
    kind = kind.item if isinstance(kind, types.ListOf) else kind
    if kind == types.DURATION:
        return typed_duration(text)
    if _MOMENT.fullmatch(text):
        moment = datetime.fromisoformat(text)
        match kind:
            case types.DATE:
                return moment.date()  # by the text's own clocks, which are those of the doc
            case types.TIME:
                return moment.time()
        return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
    if text in ("inf", "-inf", "nan"):
        return float(text)
    return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Unfit(text) from None


def sent(value: object, column: Column, cells: Cells) -> Json:
    """What is written to a cell so that it holds a value: rows by their ids, people by their addresses."""
    match value:
        case None:
            return ""
        case list():
            items = [sent(item, column, cells) for item in cast("list[object]", value)]
            return items or ""
        case bool() | float() | int():
            return value
        case Row():
            return cells.row_id(value)
        case Person():
            return value.email or value.name
        case date() if not isinstance(value, datetime):
            return value.isoformat()  # with a midnight it would be another day in a doc of another zone
    return plain_text(value, column, cells)
