"""Rows as Coda's API gives them, as the values that the columns of a mirror hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from codaform.coda.door.rest import Record
from codaform.coda.wire.json_data import Json, flatten
from codaform.coda.wire.rich import linked_row_ids, read_entered, shown_text
from codaform.coda.wire.texts import InvalidValue
from codaform.mirror.layout import StoredColumn, StoredTable, stored_as
from codaform.model.schema import Table
from codaform.model.values import Person
from codaform.project.files import CannotRead

MISFIT = "misfit"
"""The only member of the canonical form of a cell whose value does not fit its column: its text."""


@dataclass(slots=True)
class ReadRow:
    """A row of Coda for a table of the mirror.

    cells: By the name of the column in the doc, what goes into its column; of a relation, the ids of rows in Coda.
    misfits: By name, the texts of cells whose values do not fit. people: Addresses by name.
    """

    id: str
    name: str
    cells: dict[str, Any] = field(default_factory=dict)
    misfits: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)

    def synced(self, table: StoredTable) -> dict[str, Json]:
        """The canonical values of the columns that the mirror owns; blank ones are left out."""
        found: dict[str, Json] = {}
        for column in table.owned:
            if column.name in self.misfits:
                found[column.name] = {MISFIT: self.misfits[column.name]}
            elif (value := canonical(self.cells.get(column.name))) is not None:
                found[column.name] = value
        return found


class RowReader:
    """Reads the rows of a table. declared: As the doc declares it. zone: The doc's."""

    def __init__(self, table: StoredTable, declared: Table, zone: tzinfo) -> None:
        self._table = table
        self._columns = [(one, stored_as(declared.columns[one.name])) for one in table.columns]
        self._zone = zone

    def read(self, record: Record) -> ReadRow:
        """A row. Raises CannotRead if it lacks a column that the mirror has."""
        values = record.get("values")
        given: Mapping[str, Json] = values if isinstance(values, dict) else {}
        row = ReadRow(str(record.get("id")), storable(str(record.get("name") or "")))
        for stored, declared in self._columns:
            if stored.id not in given:
                gone = f"{self._table.name}.{stored.name} is not in the doc any more"
                raise CannotRead(f"{gone}: codaform drift shows what changed there")
            cell = given[stored.id]
            if cell is None or cell in ("", []):
                continue
            try:
                row.cells[stored.name] = self._value(cell, stored, declared, row)
            except InvalidValue as problem:
                row.misfits[stored.name] = storable(problem.text)
        return row

    def _value(self, cell: Json, stored: StoredColumn, declared: Any, row: ReadRow) -> Any:
        if stored.refers:
            items = [item for item in flatten(cell) if item not in (None, "")]
            ids = list(linked_row_ids(cell))
            if len(ids) != len(items) or (len(ids) > 1 and not stored.linked):
                raise InvalidValue(shown_text(cell))
            return ids if stored.linked else ids[0]
        if stored.kind in ("other", "pack_object"):
            return Stored(cell)
        value = read_entered(cell, declared, self._zone, lambda *_: None)
        options = stored.options if stored.kind == "select" else ()
        return self._stored(value, cell, options, row)

    def _stored(self, value: object, cell: Json, options: tuple[str, ...], row: ReadRow) -> Any:
        """A value of the language as the column holds it. Raises InvalidValue."""
        match value:
            case list():
                return [self._stored(item, cell, options, row) for item in value]
            case Person():
                if value.email:
                    row.people[value.name] = value.email
                return self._stored(value.name, cell, (), row)
            case str():
                if "\0" in value or (options and value not in options):
                    raise InvalidValue(shown_text(cell))
                return value
            case float() if not math.isfinite(value):
                raise InvalidValue(shown_text(cell))
            case timedelta():
                return Decimal(value // timedelta(microseconds=1)) / 1_000_000
            case datetime():
                return _instant(value, cell)
            case dict():
                return Stored(value)
        return value


def _instant(value: datetime, cell: Json) -> datetime:
    try:
        return value.astimezone(UTC)
    except (OverflowError, ValueError):  # the first and the last hours of the calendar
        raise InvalidValue(shown_text(cell)) from None


@dataclass(frozen=True, slots=True)
class Stored:
    """A value that the mirror keeps as JSON."""

    value: Any


def storable(text: str) -> str:
    """A text without the one character that PostgreSQL cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def canonical(value: Any) -> Json:
    """A stored value as JSON in which equal values are equal; blank is None."""
    match value:
        case None | "":
            return None
        case [] | ():
            return None
        case bool() | str():
            return value
        case int() | float():
            return float(value)
        case Decimal():
            return format(value.quantize(Decimal("0.000001")), "f")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case date() | time():
            return value.isoformat()
        case list() | tuple():
            return [canonical(item) for item in value]
        case Stored():
            return json.loads(json.dumps(value.value, sort_keys=True, default=str))  # type: ignore[no-any-return]
    return json.loads(json.dumps(value, sort_keys=True, default=str))  # type: ignore[no-any-return]
