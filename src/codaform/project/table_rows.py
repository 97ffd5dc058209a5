"""The rows of a table's file, column by column; rows as written, with their places, on a second look at the file.

The first look keeps values and no places: a file with a million rows hardly ever has a wrong cell. It remembers the
rows that may have one, and the second look finds these rows again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import overload
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.formats import LIMITED
from codaform.model.schema import Column, Table, value_type
from codaform.model.types import TEXT
from codaform.model.values import Error, Row
from codaform.project.cell_findings import is_doubtful, may_be_doubtful
from codaform.project.cells import BadCell, cell_reader
from codaform.project.column_formats import out_of_limits
from codaform.project.rows import RawRow, read_raw
from codaform.source import NOWHERE, Source, frozen

MOST_ROWS = 5_000_000
"""The most rows of a table that are read."""

UNREADABLE = Error("unknown", "what cannot be read is reported at its place")
"""The value of a cell that its column cannot hold."""

MOST_KNOWN = 100_000
"""How many texts of a column are known with their values, so that equal texts are read once and share a value."""

Texts = str | tuple[str, ...]
"""A cell as written: the text of one value, or the texts of several."""

Look = Callable[[Container[int] | None], Iterator[tuple[int, RawRow]]]
"""A second look at a file: the rows of some numbers, from 0; or all."""


OnRows = Callable[[int], None]
"""Takes how many rows of a file are read."""


def unnoticed(_rows: int) -> None:
    """Ignore the number of rows that are read."""


@frozen
class RowsFile:
    """A file with the rows of a table. name: What findings call it. root: The project's folder."""

    path: Path
    name: str
    root: Path
    table: Table
    zone: ZoneInfo
    on_rows: OnRows = unnoticed

    @property
    def nowhere(self) -> Source:
        """The file for findings that have no place in it."""
        return Source(self.name, "")

    def state(self) -> tuple[int, int]:
        """When the file was written, and how long it is: another state is another file."""
        try:
            status = self.path.stat()
        except OSError:
            return -1, -1
        return status.st_mtime_ns, status.st_size

    def too_many(self) -> Diagnostic:
        """That a file has more rows than are read."""
        message = f"the table has more than {MOST_ROWS:,} rows, the most that is read"
        return Diagnostic(rules.TOO_LARGE, message, self.nowhere, NOWHERE)


class CellValues:
    """The values of a column's entered cells: None for a blank, UNREADABLE for a cell that does not fit.

    suspects: The numbers of the rows, from 0, of whose cell there may be something to say.
    """

    def __init__(self, column: Column, zone: ZoneInfo) -> None:
        self.column = column
        self.suspects: list[int] = []
        self._known = _Known(column, zone)
        self._plain = value_type(column) == TEXT and not column.options
        self._values: list[object] = []

    def take(self, texts: Sequence[Texts]) -> None:
        """Read the cells of further rows."""
        known, first = self._known, len(self._values)
        if not self._plain:
            self._values += map(known.__getitem__, texts)
        elif len(known) < MOST_KNOWN:
            self._values += [known.setdefault(text, text) for text in texts]
        else:
            self._values += [known.get(text, text) for text in texts]
        if known.suspects:
            self.suspects += [at for at, text in enumerate(texts, first) if text in known.suspects]

    def take_values(self, values: Iterable[object]) -> None:
        """Take the cells of further rows: values of the column's type, and texts, or tuples of texts, to be read."""
        known = self._known
        for at, value in enumerate(values, len(self._values)):
            if isinstance(value, str | tuple):
                self._values.append(known[value])
                suspect = value in known.suspects
            else:
                self._values.append(value)
                suspect = known.limited and known.is_beyond(value)
            if suspect:
                self.suspects.append(at)

    def refuse(self, number: int) -> None:
        """Hold the cell of a row for one that does not fit, whatever it says."""
        self._values[number] = UNREADABLE
        self.suspects.append(number)

    def __iter__(self) -> Iterator[object]:
        return iter(self._values)

    def unreadable(self) -> list[int]:
        """The numbers of the rows whose cell does not fit."""
        return [at for at in self.suspects if self._values[at] is UNREADABLE]

    def entered(self, rows: Iterable[Row]) -> Iterator[tuple[Row, object]]:
        """The rows of a workbook with the values that are to be entered in them."""
        return (
            pair for pair in zip(rows, self._values, strict=True) if pair[1] is not None and pair[1] is not UNREADABLE
        )


class RelatedTexts(CellValues):
    """The values of a relation's cells: display texts, each kept once.

    texts: The different values, a blank first. numbers: The value of each row, by its place in `texts`.
    """

    def __init__(self, column: Column, zone: ZoneInfo) -> None:
        super().__init__(column, zone)
        self.texts: list[object] = [None]
        self.numbers = array("l")
        self._places: dict[Texts, int] = {"": 0}

    def take(self, texts: Sequence[Texts]) -> None:
        """Read the cells of further rows."""
        places, first = self._places, len(self.numbers)
        for text in texts:
            place = places.get(text)
            if place is None:
                place = places[text] = len(self.texts)
                self.texts.append(self._known.read(text))
            self.numbers.append(place)
        if suspects := self._known.suspects:
            self.suspects += [at for at, text in enumerate(texts, first) if text in suspects]

    def take_values(self, values: Iterable[object]) -> None:
        """Take the cells of further rows: texts, or tuples of texts, to be read."""
        self.take(["" if value is None else value if isinstance(value, tuple) else str(value) for value in values])

    def refuse(self, number: int) -> None:
        """Hold the cell of a row for one that does not fit, whatever it says."""
        self.numbers[number] = len(self.texts)
        self.texts.append(UNREADABLE)
        self.suspects.append(number)

    def unreadable(self) -> list[int]:
        """The numbers of the rows whose cell does not fit."""
        return [at for at in self.suspects if self.texts[self.numbers[at]] is UNREADABLE]

    def __iter__(self) -> Iterator[object]:
        return map(self.texts.__getitem__, self.numbers)

    def pointing(self, rows: Iterable[Row], targets: Sequence[object]) -> Iterator[tuple[Row, object]]:
        """The rows of a workbook with what they point to. targets: What each of `texts` names."""
        return ((row, targets[place]) for row, place in zip(rows, self.numbers, strict=True) if place)

    def rows_outside(self, known: Container[object]) -> list[int]:
        """The numbers of the rows with a text that is not among the known ones."""
        places = {
            place
            for place, value in enumerate(self.texts)
            if not all(text in known for text in (value if isinstance(value, list) else [value] if value else []))
        }
        return self.rows_of(places)

    def rows_of(self, places: Collection[int]) -> list[int]:
        """The numbers of the rows with values at some places."""
        return [at for at, place in enumerate(self.numbers) if place in places] if places else []


class _Known(dict[Texts, object]):
    """The values of a column's texts, each read when it is first asked for."""

    def __init__(self, column: Column, zone: ZoneInfo) -> None:
        super().__init__()
        self.suspects: set[Texts] = set()
        self._column = column
        self._read = cell_reader(column, zone)
        self._doubted = may_be_doubtful(column)
        self.limited = column.kind in LIMITED
        self[""] = None

    def __missing__(self, text: Texts) -> object:
        value = self.read(text)
        if len(self) < MOST_KNOWN:
            self[text] = value
        return value

    def read(self, text: Texts) -> object:
        """The value of a text; whether there may be something to say of it is remembered."""
        try:
            value = self._read(text)
        except BadCell:
            value = UNREADABLE
        if value is UNREADABLE or (self._doubted and is_doubtful(text, self._column)) or self.is_beyond(value):
            self.suspects.add(text)
        return None if value == [] else value

    def is_beyond(self, value: object) -> bool:
        """Whether a value is beyond the limits of its column."""
        items = value if isinstance(value, list) else (value,)
        return any(out_of_limits(self._column.kind, self._column.format, item) for item in items)


@frozen
class TableRows(Sequence[RawRow]):
    """The rows of a table's file.

    columns: The values of the columns that the file has, by name. size: How many rows there are.
    look: The second look at the file. arrays: The cells as `csv_arrays` reads them, of a large file.
    """

    columns: Mapping[str, CellValues]
    size: int
    look: Look = field(repr=False, compare=False)
    arrays: object = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[RawRow]:
        return (row for _, row in self.look(None))

    @overload
    def __getitem__(self, number: int) -> RawRow: ...

    @overload
    def __getitem__(self, number: slice) -> list[RawRow]: ...

    def __getitem__(self, number: int | slice) -> RawRow | list[RawRow]:
        if isinstance(number, slice):
            return list(located(self, range(self.size)[number]).values())
        return located(self, [range(self.size)[number]])[range(self.size)[number]]

    def suspects(self) -> set[int]:
        """The numbers of the rows of which there may be something to say, whatever rows the other tables have."""
        return {number for cells in self.columns.values() for number in cells.suspects}


def located(rows: Sequence[RawRow], numbers: Iterable[int]) -> dict[int, RawRow]:
    """Some of the rows by their numbers, in order."""
    wanted = sorted(set(numbers))
    if not isinstance(rows, TableRows):
        return {number: rows[number] for number in wanted}
    found: dict[int, RawRow] = {}
    for number, row in rows.look(set(wanted)) if wanted else ():
        found[number] = row
        if len(found) == len(wanted):
            break
    return found


def cells_for(column: Column, zone: ZoneInfo) -> CellValues:
    """What takes the cells of a column."""
    return RelatedTexts(column, zone) if column.kind == "relation" else CellValues(column, zone)


def column_values(rows: Sequence[RawRow], column: Column, zone: ZoneInfo) -> list[object]:
    """The value that each row has in a column; UNREADABLE where its cell does not fit."""
    if isinstance(rows, TableRows):
        cells = rows.columns.get(column.name)
        return list(cells) if cells is not None else [None] * len(rows)
    values: list[object] = []
    for row in rows:
        cell = row.cells.get(column.name)
        try:
            values.append(read_raw(cell, column, zone) if cell is not None else None)
        except BadCell:
            values.append(UNREADABLE)
    return values


def display_texts(table: Table, rows: Sequence[RawRow]) -> list[str] | None:
    """What the rows are displayed as, without those that have no text; None where only computing tells.

    A text that its column cannot hold displays the row too: only the cell is wrong then.
    """
    display = table.display
    if display is None or display.computed or value_type(display) != TEXT:
        return None
    if isinstance(rows, TableRows):
        cells = rows.columns.get(display.name)
        if cells is None:
            return []
        if not cells.suspects:
            return [text for text in cells if isinstance(text, str)]
    written = (row.cells.get(display.name) for row in rows)
    return [cell.text for cell in written if cell is not None and isinstance(cell.text, str) and cell.text]
