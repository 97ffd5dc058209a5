"""A table's `rows.parquet` by column. A value that is not of its column's type is read as its text in a CSV is."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.extras import MissingExtra, explain, require
from codaform.files import open_to_read
from codaform.model import types
from codaform.model.number_text import number_text
from codaform.model.schema import Column, value_type
from codaform.model.value_texts import duration_text
from codaform.project import table_rows
from codaform.project.cell_hints import is_doubtful_percent
from codaform.project.files import control_fault, unreadable
from codaform.project.rows import RawCell, RawRow, csv_columns
from codaform.project.table_rows import CellValues, RowsFile, TableRows, cells_for
from codaform.source import NOWHERE

_BATCH = 10_000
"""How many rows are read at a time."""

_EPOCH = datetime(1970, 1, 1)
_FRACTIONS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
"""Nanoseconds in each unit of time."""

_Arrow = Any
"""A type, an array or a module of pyarrow, which is imported where such a file is read."""

_Plain = Callable[[_Arrow], list[object]]
"""The values of an array as Python's own; None for nulls."""


def read_parquet_file(file: RowsFile) -> tuple[TableRows | None, list[Diagnostic]]:
    """The rows of a `rows.parquet`, None where they cannot be read; and what is wrong with the file, cells apart."""
    problem = unreadable(file.path, file.name, file.root)
    if problem is not None:
        return None, [problem]
    try:
        require("parquet")
        import pyarrow as pa
        import pyarrow.parquet as _  # noqa: F401
    except ImportError as error:
        why = str(error) if isinstance(error, MissingExtra) else explain(error)
        return None, [Diagnostic(rules.MISSING_FILE, f"{file.name} cannot be read: {why}", file.nowhere, NOWHERE)]
    try:
        return _Reading(file, pa).read()
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        message = f"the file is no Parquet that can be read: {' '.join(str(error).split())}"
        return None, [Diagnostic(rules.BAD_PARQUET, message, file.nowhere, NOWHERE)]


class _Reading:
    def __init__(self, file: RowsFile, pa: _Arrow) -> None:
        self.file = file
        self.pa = pa

    def read(self) -> tuple[TableRows | None, list[Diagnostic]]:
        file, found = self.file, list[Diagnostic]()
        count = 0
        with open_to_read(file.path) as handle:
            parquet = self.pa.parquet.ParquetFile(handle)
            if parquet.metadata.num_rows > table_rows.MOST_ROWS:
                return None, [file.too_many()]
            plain = self.columns(parquet.schema_arrow, found)
            columns = {name: cells_for(file.table.columns[name], file.zone) for name, _, _ in plain}
            own = {name: _own(file.table.columns[name], file.zone) for name in columns}
            for batch in parquet.iter_batches(_BATCH, use_threads=False):
                for name, place, of in plain:
                    _take(columns[name], of(batch.column(place)), own[name], count)
                count += batch.num_rows
                file.on_rows(count)
        return TableRows(columns, count, self.look), found

    def columns(self, schema: _Arrow, found: list[Diagnostic]) -> list[tuple[str, int, _Plain]]:
        """The columns that are read: the name, the place in the file, and what makes Python's values of an array."""
        nowhere = self.file.nowhere
        faults: list[Diagnostic] = []
        names = csv_columns([(name, NOWHERE) for name in schema.names], self.file.table, nowhere, faults)
        found.extend(replace(fault, rule=rules.BAD_PARQUET, fix=None) for fault in faults)
        known: list[tuple[str, int, _Plain]] = []
        for place, name in enumerate(names):
            kind = schema.field(place).type
            plain = self.plain(kind) if name is not None else None
            if name is not None and plain is not None:
                known.append((name, place, plain))
            elif name is not None:
                message = f"the file has values of the type {kind} in the column {name}; no cell holds such values"
                help = "numbers, texts, booleans, dates, times, timestamps, durations and lists of these are read"
                found.append(Diagnostic(rules.BAD_PARQUET, message, nowhere, NOWHERE, help))
        return known

    def plain(self, kind: _Arrow) -> _Plain | None:
        """What makes Python's values of an array of a type; None for a type that no cell holds."""
        of = self.pa.types
        if of.is_dictionary(kind):
            decoded = self.plain(kind.value_type)
            return None if decoded is None else lambda array: decoded(array.dictionary_decode())
        if of.is_list(kind) or of.is_large_list(kind) or of.is_fixed_size_list(kind):
            inner = self.plain(kind.value_type)
            if inner is None:
                return None
            return lambda array: [None if item is None else inner(item) for item in _lists(array)]
        if of.is_timestamp(kind):
            zone = UTC if kind.tz is not None else None
            return partial(self.counted, known=_Counted(partial(_moment, zone=zone), _FRACTIONS[kind.unit]))
        if of.is_duration(kind):
            return partial(self.counted, known=_Counted(_duration, _FRACTIONS[kind.unit]))
        if of.is_time(kind):
            return partial(self.counted, known=_Counted(_time, _FRACTIONS[kind.unit]))
        if of.is_date(kind):
            return partial(self.counted, known=_Counted(_date, 86_400_000 if of.is_date64(kind) else 1))
        texts = of.is_string(kind) or of.is_large_string(kind) or of.is_string_view(kind)
        numbers = of.is_integer(kind) or of.is_floating(kind) or of.is_decimal(kind)
        if texts:
            return lambda array: [text and text.replace("\r\n", "\n") for text in array.to_pylist()]
        if numbers or of.is_boolean(kind) or of.is_null(kind):
            return lambda array: array.to_pylist()
        return None

    def counted(self, array: _Arrow, known: _Counted) -> list[object]:
        """The values of an array that counts days or units of time.

        pyarrow's own values would differ by whether pandas is installed, and a date outside of Python's calendar would
        end the reading.
        """
        whole = self.pa.int32() if array.type.bit_width == 32 else self.pa.int64()
        return [None if count is None else known[count] for count in array.cast(whole).to_pylist()]

    def look(self, wanted: Container[int] | None) -> Iterator[tuple[int, RawRow]]:
        """The rows with their cells as a CSV has them; none, if the file cannot be read any more."""
        with suppress(self.pa.ArrowException, OSError, UnicodeDecodeError):
            yield from self.rows(wanted)

    def rows(self, wanted: Container[int] | None) -> Iterator[tuple[int, RawRow]]:
        file, number = self.file, 0
        with open_to_read(file.path) as handle:
            parquet = self.pa.parquet.ParquetFile(handle)
            plain = self.columns(parquet.schema_arrow, [])
            for batch in parquet.iter_batches(_BATCH, use_threads=False):
                here = [at for at in range(batch.num_rows) if wanted is None or number + at in wanted]
                columns = [(name, of(batch.column(place))) for name, place, of in plain] if here else []
                for at in here:
                    cells = {name: _written(values[at], file.table.columns[name]) for name, values in columns}
                    yield number + at, RawRow(cells, file.nowhere, NOWHERE, number + at + 1)
                number += batch.num_rows


def column_names(path: Path) -> list[str]:
    """The names of the columns of a `rows.parquet`; none where it cannot be read. Raises MissingExtra."""
    require("parquet")
    import pyarrow as pa
    import pyarrow.parquet

    try:
        with open_to_read(path) as handle:
            return list(pyarrow.parquet.ParquetFile(handle).schema_arrow.names)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        return []


# ------------------------------------------------------------ values


def _lists(array: _Arrow) -> Iterator[_Arrow]:
    """The arrays in an array of lists; None for a null."""
    return (array[at].values if array[at].is_valid else None for at in range(len(array)))


class _Counted(dict[int, object]):
    """The values of counts of days or of units of time: equal ones are one object, as far as there is room."""

    def __init__(self, of: Callable[[int], object], unit: int) -> None:
        super().__init__()
        self._of = of
        self._unit = unit

    def __missing__(self, count: int) -> object:
        value = _in_calendar(self._of, count, self._unit)
        if len(self) < table_rows.MOST_KNOWN:
            self[count] = value
        return value


def _in_calendar(of: Callable[[int], object], count: int, unit: int) -> object:
    """The value of a count of units; a text where Python has no such value."""
    if of is _date:
        whole, rest, in_a_year = count // unit, 0, 365.2425
    else:
        (whole, rest), in_a_year = divmod(count * unit, 1_000), 365.2425 * 86_400_000_000
    try:
        value = of(whole)
    except (ValueError, OverflowError):
        return f"year {1970 + whole / in_a_year:.0f}"
    if not rest:
        return value
    if isinstance(value, datetime | time):
        return f"{value.isoformat(timespec='microseconds')}{rest:03}"
    return f"{count * unit} nanoseconds"


def _date(days: int) -> date:
    return date.fromordinal(_EPOCH.toordinal() + days)


def _moment(micro: int, zone: Any) -> datetime:
    return (_EPOCH + timedelta(microseconds=micro)).replace(tzinfo=zone)


def _duration(micro: int) -> timedelta:
    return timedelta(microseconds=micro)


def _time(micro: int) -> time:
    return (_EPOCH + timedelta(microseconds=micro)).time()


def _take(cells: CellValues, values: list[object], own: Callable[[object], object], first: int) -> None:
    """Read the cells of further rows. first: The number of the first of these rows."""
    kinds = set(map(type, values))
    if kinds <= {str, type(None)}:
        cells.take([str(value or "") for value in values])
    else:
        cells.take_values(map(own, values))
    if kinds & {str, list} and _fault(values):
        for at, value in enumerate(values, first):
            if _fault(value):
                cells.refuse(at)


def _own(column: Column, zone: ZoneInfo) -> Callable[[object], object]:
    """What makes a column's own value of a value, or the text, or the texts, to be read as one."""
    makers: dict[types.Type, Callable[[Any], object]] = {
        types.NUMBER: _as_number,
        types.BOOLEAN: lambda value: value if isinstance(value, bool) else None,
        types.DATE: lambda value: value if type(value) is date else None,
        types.DATETIME: lambda value: _as_moment(value, zone) if isinstance(value, datetime) else None,
        types.TIME: lambda value: value if isinstance(value, time) and not value.microsecond else None,
        types.DURATION: lambda value: value if isinstance(value, timedelta) else None,
    }
    own = makers.get(value_type(column), lambda _: None)

    def convert(value: object) -> object:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, list):
            return tuple(_text(item) for item in value if item is not None)
        found = own(value)
        return _text(value) if found is None else found

    return convert


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _as_moment(value: datetime, zone: ZoneInfo) -> datetime | None:
    try:
        return value.replace(tzinfo=zone) if value.tzinfo is None else value.astimezone(zone)
    except (ValueError, OverflowError):
        return None


def _written(value: object, column: Column) -> RawCell:
    """A cell as a CSV or a list in YAML would have it."""
    if isinstance(value, list):
        return RawCell(tuple(_text(item) for item in value if item is not None), NOWHERE, _fault(value))
    text = "" if value is None else _text(value)
    if column.kind == "percent" and not isinstance(value, str) and is_doubtful_percent(text):
        text = f"{text.partition('.')[0]}00%"
    return RawCell(text, NOWHERE, _fault(value))


def _fault(value: object) -> str:
    """What speaks against a text in whatever column; empty for nothing."""
    if isinstance(value, list):
        return control_fault("".join([text for text in value if isinstance(text, str)])) or next(
            filter(None, (_fault(item) for item in value if isinstance(item, list))), ""
        )
    return control_fault(value) if isinstance(value, str) else ""


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number_text(value) if math.isfinite(value) else str(value)
        case Decimal():
            return format(value, "f")
        case timedelta():
            return duration_text(value)
        case date() | time():
            return value.isoformat()
    return str(value)
