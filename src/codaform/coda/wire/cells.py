"""Values of cells as the JSON of the REST API, and JSON that was sent as the value of a cell."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Literal, TypeGuard, cast

from codaform.coda.wire import ids
from codaform.coda.wire.formats import PEOPLE
from codaform.coda.wire.json_data import Json, flat
from codaform.coda.wire.rich import write_rich
from codaform.coda.wire.texts import (
    Cells,
    Unfit,
    address,
    number,
    plain_text,
    plain_value,
    typed_boolean,
    typed_date,
    typed_duration,
    typed_moment,
    typed_number,
    typed_time,
)
from codaform.model import types
from codaform.model.number_text import number_text
from codaform.model.schema import Column, value_type
from codaform.model.values import Person, Row, is_blank

Form = Literal["simple", "simpleWithArrays", "rich"]
"""The three forms of a value, by the names of the API's `valueFormat`."""

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def show(value: object, column: Column, form: Form, cells: Cells) -> Json:
    """A cell's value in one of the API's three forms.

    value: Any value of the language, also one that does not fit the column's type: it is shown by what it is.
    """
    if is_blank(value):
        return ""
    if isinstance(value, list) or column.many:
        items = value if isinstance(value, list) else [value]
        if form != "simple":
            return [_nested(item, column, form, cells) for item in items]
        # Assumed: several numbers or dates are joined like names; one alone is shown as if it were no list.
        if len(items) != 1:
            return ",".join(plain_text(item, column, cells) for item in items)
        return show(items[0], _single(column), form, cells)
    return write_rich(value, column, cells) if form == "rich" else plain_value(value, column, cells)


def _single(column: Column) -> Column:
    return replace(column, many=False, options=()) if column.many else column


def _nested(value: object, column: Column, form: Form, cells: Cells) -> Json:
    """An item of a list: the API's lists hold lists, and those hold single values."""
    if isinstance(value, list):
        return [_nested(item, column, form, cells) for item in flat(value)]
    return write_rich(value, column, cells) if form == "rich" else plain_value(value, column, cells)


def read(given: object, column: Column, cells: Cells, parsing: bool) -> object:
    """The value that a column's cell has after this JSON was written to it; blank for null, `""` and `[]`.

    parsing: Whether a text is read as if it were typed into the cell; if not, it stays a text.
    Raises Unfit for what the column cannot hold: Coda keeps the text of it in the cell, and says nothing.
    """
    if given is None or given == "" or given == []:
        return None
    if isinstance(given, list):
        items = [item for item in flat(given) if item is not None and item != ""]
        if column.many:
            return _all(items, list(map(sent_text, items)), column, cells, parsing) or None
        if len(items) > 1:
            raise Unfit(", ".join(map(sent_text, items)))
        return read(items[0], column, cells, parsing) if items else None
    if not column.many:
        return _read_one(given, column, cells, parsing)
    try:
        if column.kind == "select" and parsing and "," in str(given) and given not in column.options:
            raise Unfit(sent_text(given))  # a comma parts several options, in one text and not in an item of a list
        return [_read_one(given, column, cells, parsing)]
    except Unfit:
        parts = (
            [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) and parsing else []
        )
        if len(parts) < 2:
            raise
    return _all(parts, [sent_text(given)], column, cells, parsing)


def _all(items: Sequence[object], texts: list[str], column: Column, cells: Cells, parsing: bool) -> list[object]:
    """Each item's value. Assumed: one that does not fit makes a text of the whole cell."""
    try:
        return [_read_one(item, column, cells, parsing) for item in items]
    except Unfit:
        raise Unfit(", ".join(texts)) from None


def _read_one(given: object, column: Column, cells: Cells, parsing: bool) -> object:
    text = sent_text(given)
    if isinstance(given, dict | list):
        raise Unfit(text)
    match column.kind:
        case "text" | "canvas" | "email" | "link":
            return text
        case "select":
            # What is no option is taken silently, and the options stay as they are.
            return text
        case "other":
            return float(given) if _is_number(given) else given
        case "image" | "file":
            return {"Name": text.rstrip("/").rsplit("/", 1)[-1], "Url": text}
        case "relation":
            row = cells.row_by_id(text, column.to) or (cells.find(text, column.to) if parsing else None)
            if row is None:
                raise Unfit(text)
            return row
        case "pack_object" | "button" | "reaction":
            raise Unfit(text)
    if isinstance(given, str) and not parsing:
        raise Unfit(text)
    return _read_typed(given, text, column, cells)


def _read_typed(given: object, text: str, column: Column, cells: Cells) -> object:
    """What is read by the type of the column, as if it were typed into the cell."""
    kind = value_type(column)
    match kind.item if isinstance(kind, types.ListOf) else kind:
        case types.NUMBER:
            if isinstance(given, str):
                return typed_number(given)
            if _is_number(given):
                return float(given)
        case types.BOOLEAN:
            return typed_boolean(text)
        case types.DATE if isinstance(given, str):
            return typed_date(given, cells.zone)
        case types.DATETIME if isinstance(given, str):
            return typed_moment(given, cells.zone)
        case types.TIME if isinstance(given, str):
            return typed_time(given, cells.zone)
        case types.DURATION if isinstance(given, str) or _is_number(given):
            # Assumed for numbers: they count days, as everywhere in the language.
            return typed_duration(text)
        case types.PERSON if isinstance(given, str):
            return cells.person(given)
    raise Unfit(text)


def _is_number(given: object) -> TypeGuard[int | float]:
    try:
        return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    except OverflowError:  # a whole number that no float holds
        return False


def sent_text(given: object) -> str:
    """What was sent as the text that it is taken for."""
    match given:
        case str():
            return given
        case bool():
            return "true" if given else "false"
        case int() | float():
            return number_text(given) if _is_number(given) else _strange_number(given)
    try:
        return json.dumps(given, ensure_ascii=False, default=str)
    except RecursionError:
        return "…"


def _strange_number(given: float) -> str:
    """A number that no float holds, or that is none."""
    try:
        return repr(given)
    except ValueError:  # Python does not write whole numbers of more than some thousand digits
        return hex(int(given))


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


# ------------------------------------------------------------ the tools' forms


def show_tool(value: object, column: Column, cells: Cells, select_list: str = "") -> Json:
    """A cell's value as the MCP tools show it: references by name and id, moments by seconds and text.

    select_list: The id of the hidden table of a select column's options, as `ids.select_list` makes it.
    """
    if is_blank(value):
        return ""
    if isinstance(value, list):
        return [show_tool(item, column, cells, select_list) for item in value]
    match value:
        case Row():
            row, table = cells.row_id(value), cells.table_id(value.table)
            return {"type": "ref", "name": cells.display(value), "rowId": row, "targetTableId": table}
        case str() if column.kind == "select":
            target = select_list or ids.select_list(ids.stable("table", column.name), ids.stable("column", column.name))
            return {"type": "ref", "name": value, "rowId": ids.stable("row", target, value), "targetTableId": target}
        case Person():
            return {"type": "ref", "objectId": PEOPLE, "identifier": value.email or value.name, "name": value.name}
        case str() if column.kind == "link":
            return {"type": "urlref", "url": value, "name": value}
        case dict() if column.kind in ("image", "file"):
            # Assumed: pictures and files were not among the replies seen.
            return {"type": "urlref", "url": address(value), "name": str(value.get("Name") or address(value))}
        case date():
            return _moment(value, column, cells)
    # Assumed: a time of day and a duration are texts, as in the REST API; so is the text of a canvas.
    return plain_value(value, column, cells)


def _moment(value: date, column: Column, cells: Cells) -> Json:
    """Assumed: seconds since 1970, and the text that would be typed; only the names of the members were seen."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(), cells.zone)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=cells.zone)
    return {"type": "dt", "epoch": number((aware - _UNIX).total_seconds()), "input": plain_text(value, column, cells)}


def read_tool(given: object, column: Column, cells: Cells) -> object:
    """The value that a column's cell has after a tool wrote this to it: blank for null, `""` and `[]`.

    Raises Unfit for what the column cannot hold: unlike the REST API the tools take rows only by their ids and options
    only by a name in the list (reported by one author).
    """
    items = flat(given) if isinstance(given, list) else [given]
    for item in items:
        if item is None or item == "":
            continue
        text = sent_text(item)
        if column.kind == "relation" and cells.row_by_id(text, column.to) is None:
            raise Unfit(text)
        if column.kind == "select" and text not in column.options:
            raise Unfit(text)
    return read(given, column, cells, parsing=True)
