"""Values of cells as JSON of the REST API and the MCP tools, and such JSON as values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Literal, TypeGuard, cast

from codaform.coda.wire import ids
from codaform.coda.wire.formats import PEOPLE
from codaform.coda.wire.json_data import Json, flatten
from codaform.coda.wire.rich import ADDRESS, write_rich
from codaform.coda.wire.texts import (
    DocLookup,
    InvalidValue,
    boolean_from_text,
    date_from_text,
    duration_from_text,
    file_address,
    json_number,
    moment_from_text,
    number_from_text,
    plain_text,
    plain_value,
    time_from_text,
)
from codaform.model import types
from codaform.model.number_text import number_text
from codaform.model.schema import Column, value_type
from codaform.model.values import Error, Person, Row, is_blank

ValueForm = Literal["simple", "simpleWithArrays", "rich"]
"""The three forms of a value, by the names of the API's `valueFormat`."""

_UNIX = datetime(1970, 1, 1, tzinfo=UTC)

_LISTS = ("reaction",)
"""The types of columns whose cells are lists, with one or no item too."""

_FILES = ("image", "file")
"""The types of columns that take an address, or a list of addresses."""


def cell_to_rest(value: object, column: Column, form: ValueForm, lookup: DocLookup) -> Json:
    """A cell's value in one of the API's three forms.

    value: Any value of the language, whether it fits the column's type or not.
    """
    if column.kind in _LISTS and not isinstance(value, Error):
        items = value if isinstance(value, list) else [] if is_blank(value) else [value]
        return [_nested(item, column, form, lookup) for item in items]
    if is_blank(value):
        return ""
    if isinstance(value, list) or column.many:
        items = value if isinstance(value, list) else [value]
        if form != "simple":
            return [_nested(item, column, form, lookup) for item in items]
        # Assumed: several numbers or dates are joined like names; a single one is shown without a list.
        if len(items) != 1:
            return ",".join(plain_text(item, column, lookup) for item in items)
        return cell_to_rest(items[0], _single(column), form, lookup)
    return write_rich(value, column, lookup) if form == "rich" else plain_value(value, column, lookup)


def _single(column: Column) -> Column:
    return replace(column, many=False, options=()) if column.many else column


def _nested(value: object, column: Column, form: ValueForm, lookup: DocLookup) -> Json:
    """An item of a list: the API's lists hold lists, which hold single values."""
    if isinstance(value, list):
        return [_nested(item, column, form, lookup) for item in flatten(value)]
    return write_rich(value, column, lookup) if form == "rich" else plain_value(value, column, lookup)


def cell_from_rest(given: object, column: Column, lookup: DocLookup, parsing: bool) -> object:
    """The value of a cell after this JSON was written to it; blank for null, `""` and `[]`.

    parsing: Whether to read a text as if it were typed into the cell; otherwise it stays a text.
    Raises InvalidValue if the column cannot hold the value: Coda then keeps its text in the cell without a word.
    """
    if given is None or given == "" or given == []:
        return None
    if isinstance(given, list):
        items = [item for item in flatten(given) if item is not None and item != ""]
        if column.many or column.kind in _LISTS or (column.kind in _FILES and len(items) > 1):
            return _all(items, list(map(sent_text, items)), column, lookup, parsing) or None
        if len(items) > 1:
            raise InvalidValue(", ".join(map(sent_text, items)))
        return cell_from_rest(items[0], column, lookup, parsing) if items else None
    if column.kind in _LISTS:
        return [_read_one(given, column, lookup, parsing)]
    if not column.many:
        return _read_one(given, column, lookup, parsing)
    try:
        if column.kind == "select" and parsing and "," in str(given) and given not in column.options:
            # A comma separates options within a text, but not within an item of a list.
            raise InvalidValue(sent_text(given))
        return [_read_one(given, column, lookup, parsing)]
    except InvalidValue:
        parts = (
            [part.strip() for part in given.split(",") if part.strip()] if isinstance(given, str) and parsing else []
        )
        if len(parts) < 2:
            raise
    return _all(parts, [sent_text(given)], column, lookup, parsing)


def _all(items: Sequence[object], texts: list[str], column: Column, lookup: DocLookup, parsing: bool) -> list[object]:
    """The value of each item. Assumed: if one does not fit, the whole cell becomes a text."""
    try:
        return [_read_one(item, column, lookup, parsing) for item in items]
    except InvalidValue:
        raise InvalidValue(", ".join(texts)) from None


def _read_one(given: object, column: Column, lookup: DocLookup, parsing: bool) -> object:
    text = sent_text(given)
    if isinstance(given, dict | list):
        raise InvalidValue(text)
    match column.kind:
        case "text" | "canvas" | "email" | "link":
            return text
        case "select":
            # Coda accepts an unknown option without a word, and does not add it to the options.
            return text
        case "other":
            return float(given) if _is_number(given) else given
        case kind if kind in _FILES:
            return {"Name": text.rstrip("/").rsplit("/", 1)[-1], "Url": text}
        case "relation":
            row = lookup.row_by_id(text, column.to) or (lookup.find(text, column.to) if parsing else None)
            if row is None:
                raise InvalidValue(text)
            return row
        case "pack_object" | "button":
            raise InvalidValue(text)
    if isinstance(given, str) and not parsing:
        raise InvalidValue(text)
    return _read_typed(given, text, column, lookup)


def _read_typed(given: object, text: str, column: Column, lookup: DocLookup) -> object:
    """The value of the column's type, as if it were typed into the cell."""
    kind = value_type(column)
    match kind.item if isinstance(kind, types.ListOf) else kind:
        case types.NUMBER:
            if isinstance(given, str):
                return number_from_text(given)
            if _is_number(given):
                return float(given)
        case types.BOOLEAN:
            return boolean_from_text(text)
        case types.DATE if isinstance(given, str):
            return date_from_text(given, lookup.zone)
        case types.DATETIME if isinstance(given, str):
            return moment_from_text(given, lookup.zone)
        case types.TIME if isinstance(given, str):
            return time_from_text(given, lookup.zone)
        case types.DURATION if isinstance(given, str) or _is_number(given):
            # Assumed for numbers: they count days, as everywhere in the language.
            return duration_from_text(text)
        case types.PERSON if isinstance(given, str):
            if (person := lookup.person(given)) is not None:
                return person
        case types.DATE | types.DATETIME | types.TIME if _is_number(given):
            raise InvalidValue(text, float(given))  # Coda was seen to keep the number
    raise InvalidValue(text)


def _is_number(given: object) -> TypeGuard[int | float]:
    try:
        return isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    except OverflowError:  # a whole number that no float holds
        return False


def sent_text(given: object) -> str:
    """The text of sent JSON that does not fit a column."""
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
    """The text of an infinite number, of NaN, or of an integer too large for a float."""
    try:
        return repr(given)
    except ValueError:  # Python does not write whole numbers of more than some thousand digits
        return hex(int(given))


def cell_to_write(value: object, column: Column, lookup: DocLookup) -> Json:
    """The JSON to write for a value: the id of a row, the e-mail address of a person."""
    match value:
        case None:
            return ""
        case list():
            items = [cell_to_write(item, column, lookup) for item in cast("list[object]", value)]
            return items or ""
        case bool() | float() | int():
            return value
        case Row():
            return lookup.row_id(value)
        case Person():
            return value.email or value.name
        case date() if not isinstance(value, datetime):
            return value.isoformat()  # with a midnight it would be another day in a doc of another zone
    return plain_text(value, column, lookup)


# ------------------------------------------------------------ the tools' forms


def cell_to_tool(value: object, column: Column, lookup: DocLookup, select_list: str = "") -> Json:
    """A cell's value in the form of the MCP tools: references with name and id, moments with seconds and text.

    select_list: The id of the hidden table of a select column's options, from `ids.select_list`.
    """
    if is_blank(value):
        return [] if column.kind in _LISTS else ""
    if isinstance(value, list):
        return [cell_to_tool(item, column, lookup, select_list) for item in value]
    match value:
        case Row():
            row, table = lookup.row_id(value), lookup.table_id(value.table)
            return {"type": "ref", "name": lookup.display(value), "rowId": row, "targetTableId": table}
        case str() if column.kind == "select":
            target = select_list or ids.select_list(ids.stable("table", column.name), ids.stable("column", column.name))
            return {"type": "ref", "name": value, "rowId": ids.stable("row", target, value), "targetTableId": target}
        case Person():
            # As seen, the id of a row in the hidden table of people; assumed: how its number is made.
            person = f"i-{ids.stable('user', value.email or value.name)}"
            return {"type": "ref", "objectId": PEOPLE, "identifier": person, "name": value.name}
        case str() if column.kind == "link" and ADDRESS.fullmatch(value):
            return {"type": "urlref", "url": value, "name": value}
        case dict() if column.kind in _FILES:
            # Assumed: no reply with a picture or a file was seen.
            return {"type": "urlref", "url": file_address(value), "name": str(value.get("Name") or file_address(value))}
        case date():
            return _moment(value, lookup)
    # Assumed: a time of day and a duration are texts, as in the REST API; so is the text of a canvas.
    return plain_value(value, column, lookup)


def _moment(value: date, lookup: DocLookup) -> Json:
    """A moment for the tools: seconds since 1970, and the text to type, `2/18/2024`. Assumed: the text of a time."""
    moment = value if isinstance(value, datetime) else datetime.combine(value, time(), lookup.zone)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=lookup.zone)
    return {
        "type": "dt",
        "epoch": json_number((aware - _UNIX).total_seconds()),
        "input": _typed(value, aware.astimezone(lookup.zone)),
    }


def _typed(value: date, local: datetime) -> str:
    """A date, or a date and time, as an American types it: `2/18/2024 3:30 PM`."""
    if not isinstance(value, datetime):
        return f"{value.month}/{value.day}/{value.year}"
    seconds = f":{local.second:02}" if local.second else ""
    clock = f"{local.hour % 12 or 12}:{local.minute:02}{seconds} {'AM' if local.hour < 12 else 'PM'}"
    return f"{local.month}/{local.day}/{local.year} {clock}"


def formatted_text(text: str) -> dict[str, Json]:
    """A text with looks or chips for the tools, without its looks. Assumed: what is below `root`."""
    return {"type": "slate", "root": {"type": "Root", "children": [{"type": "Default", "children": [{"text": text}]}]}}


def plain_of_formatted(given: Mapping[str, Json]) -> str:
    """The text of a formatted text that a tool gave: that of its leaves, a line for each block below the root."""
    root = given.get("root")
    blocks = root.get("children") if isinstance(root, dict) else None
    return "\n".join(_leaves(block) for block in blocks) if isinstance(blocks, list) else _leaves(root)


def _leaves(node: Json) -> str:
    if not isinstance(node, dict):
        return ""
    children = node.get("children")
    inside = "".join(map(_leaves, children)) if isinstance(children, list) else ""
    return inside or str(node.get("text") or node.get("name") or "")


def cell_from_tool(given: object, column: Column, lookup: DocLookup) -> object:
    """The value of a cell after a tool wrote this JSON to it; blank for null, `""` and `[]`.

    Raises InvalidValue if the column cannot hold the value: unlike the REST API, the tools accept rows only by their
    ids and options only by a listed name (reported by one author).
    """
    items = flatten(given) if isinstance(given, list) else [given]
    for item in items:
        if item is None or item == "":
            continue
        text = sent_text(item)
        if column.kind == "relation" and lookup.row_by_id(text, column.to) is None:
            raise InvalidValue(text)
        if column.kind == "select" and text not in column.options:
            raise InvalidValue(text)
    return cell_from_rest(given, column, lookup, parsing=True)
