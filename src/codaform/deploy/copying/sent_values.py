"""Cells of a snapshot as what the REST API takes for the same cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from codaform.coda.snapshot.records import RemoteColumn
from codaform.coda.wire.json_data import Json
from codaform.coda.wire.rich import linked_value, shown_text
from codaform.coda.wire.texts import InvalidValue, json_number
from codaform.model.values import Person

_UNSENT = frozenset({"button", "reaction", "packObject", "other"})
"""Types of columns whose cells no API takes."""

PARSED = frozenset(
    {"date", "dateTime", "time", "duration", "person", "lookup", "image", "imageReference", "attachments"}
)
"""Types of columns whose cells Coda reads like typed text; it stores the texts of other columns unchanged."""


_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")


def is_entered(column: RemoteColumn) -> bool:
    """Whether a person, and so the API, can write the cells of a column."""
    return not column.calculated and not column.formula and type_of(column) not in _UNSENT


def type_of(column: RemoteColumn) -> str:
    """The API's type of a column."""
    return str(column.format.get("type"))


def sent(given: Json, column: RemoteColumn, row: Callable[[str, str], str | None]) -> Json:
    """The value to send for a cell that was read; empty for a blank one.

    row: By the ids of a table and a row when it was read, the id of the row that is meant now; None where there is none
    yet, and then the cell has nothing in its place.
    """
    if isinstance(given, list):
        items = [item for part in given if (item := sent(part, column, row)) != ""]
        return [*items] if items else ""
    if isinstance(given, Mapping):
        return _linked(given, row)
    if given is None or isinstance(given, bool | int | float):
        return "" if given is None else given
    text = shown_text(given)
    found = _MOMENT.fullmatch(text)
    match type_of(column):
        # A day and a time of day are those of the doc's clocks; the offset would move them in a doc of another zone.
        case "date" if found is not None:
            return found[1]
        case "time" if found is not None:
            return found[2]
    return text


def same(one: Json, other: Json, column: RemoteColumn) -> bool:
    """Whether two cells to send are equal: moments are equal in any time zone."""
    return one == other or (type_of(column) == "dateTime" and _instants(one) == _instants(other))


def same_people(one: Json, other: Json) -> bool:
    """Whether two cells of people, as read, name the same people; Coda adds the address of a person with an account."""
    people, others = _people(one), _people(other)
    return len(people) == len(others) and all(
        first == second or (first[0] == second[0] and "" in (first[1], second[1]))
        for first, second in zip(people, others, strict=True)
    )


def _people(given: Json) -> list[tuple[str, str]]:
    items = given if isinstance(given, list) else [] if given in (None, "") else [given]
    return [
        (str(item.get("name") or ""), str(item.get("email") or ""))
        if isinstance(item, dict)
        else (shown_text(item), "")
        for item in items
    ]


def _instants(value: Json) -> list[object]:
    found: list[object] = []
    for item in value if isinstance(value, list) else [value]:
        try:
            found.append(datetime.fromisoformat(str(item)).astimezone(UTC))
        except (ValueError, OverflowError):
            found.append(item)
    return found


def _linked(given: Mapping[str, Json], row: Callable[[str, str], str | None]) -> Json:
    try:
        value = linked_value(given, lambda id, table: row(table, id))
    except InvalidValue as problem:
        return "" if given.get("@type") in ("StructuredValue", "MonetaryAmount") else problem.text
    match value:
        case Person():
            return value.email or value.name
        case dict():
            return str(value["Url"])
        case float():
            return json_number(value)
        case str():
            return value
    raise AssertionError(value)
