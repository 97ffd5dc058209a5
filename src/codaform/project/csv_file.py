"""A table's `rows.csv` by column: read line by line, so that its size is no matter."""

from __future__ import annotations

import csv
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from itertools import chain

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project import table_rows
from codaform.project.files import CannotRead, NoText, read_lines, read_text
from codaform.project.rows import RawRow, csv_columns, csv_rows, other_separator
from codaform.project.table_rows import CellValues, OnRows, RowsFile, TableRows, cells_for, unnoticed
from codaform.source import NOWHERE, Source

_BLOCK = 200
"""How many rows are read at a time: so few that the garbage collector does not go through them."""

LARGE = 1 << 20
"""Files of so many bytes are read as arrays where pyarrow is installed; for smaller ones it does not pay to load it."""


def read_csv_file(file: RowsFile, wanted: Collection[str] | None = None) -> tuple[TableRows | None, list[Diagnostic]]:
    """The rows of a `rows.csv`, None where they cannot be read; and what is wrong with the file, cells apart.

    wanted: The columns of a large file that are read as arrays at once; None for no arrays.
    """
    large, state = is_large(file), file.state()
    if wanted is not None and large:
        try:
            from codaform.project.csv_arrays import read_csv_arrays
        except ImportError:  # one that is there and does not load
            return _read(file)
        arrays = read_csv_arrays(file, wanted)
        if arrays is not None:
            later = CellsReadLater(file, arrays.state, arrays.names)
            return TableRows(later, arrays.size, _Reading(file).look, arrays), []
    found, problems = _read(file)
    if found is None or problems or not large:
        return found, problems
    return replace(found, columns=CellsReadLater(file, state, tuple(found.columns), dict(found.columns))), []


def sound_header(file: RowsFile) -> list[str] | None:
    """The columns of a `rows.csv` in the order of its header; None where there is something to say of it."""
    try:
        lines = read_lines(file.path, file.name, file.root)
        head = next(lines, "")
        names = next(csv.reader(chain([head], lines), strict=True), [])
    except (NoText, csv.Error):
        return None
    faults: list[Diagnostic] = []
    source = Source(file.name, head)
    columns = csv_columns([(name, NOWHERE) for name in names], file.table, source, faults)
    if faults or not columns or other_separator(source, file.table) is not None:
        return None
    return [name for name in columns if name is not None]


def is_large(file: RowsFile) -> bool:
    """Whether a file may be read as arrays."""
    try:
        large = file.path.suffix == ".csv" and file.path.stat().st_size >= LARGE
    except OSError:
        return False
    return large and find_spec("numpy") is not None and find_spec("pyarrow") is not None


def _read(file: RowsFile) -> tuple[TableRows | None, list[Diagnostic]]:
    """The rows, read line by line."""
    try:
        return _Reading(file).read()
    except NoText as no:
        return None, [no.problem]


class CellsReadLater(Mapping[str, CellValues]):
    """The cells of a file as values, by column. The first access reads them.

    An access raises CannotRead if the file has changed. A column that was released is read again, with all others.

    read: Those that are read already.
    """

    def __init__(
        self,
        file: RowsFile,
        state: tuple[int, int],
        names: tuple[str, ...],
        read: dict[str, CellValues] | None = None,
    ) -> None:
        self._file = replace(file, on_rows=unnoticed)
        self._state = state
        self._names = names
        self._read = read

    def read(self, on_rows: OnRows = unnoticed) -> Mapping[str, CellValues]:
        """The cells, read by now. on_rows: Is called while they are read."""
        if self._read is None:
            found, _ = _read(replace(self._file, on_rows=on_rows))
            if found is None or self._file.state() != self._state:
                raise CannotRead(f"{self._file.name} was changed while it was read; start the command again")
            self._read = dict(found.columns)
        return self._read

    def release(self, name: str) -> None:
        """Give the memory of a column back, as its values are somewhere else now."""
        if self._read is not None:
            self._read.pop(name, None)

    def __getitem__(self, name: str) -> CellValues:
        if name not in self._names:
            raise KeyError(name)
        if self._read is not None and name not in self._read:
            self._read = None
        return self.read()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Reading:
    def __init__(self, file: RowsFile) -> None:
        self.file = file
        self.count = 0
        self.sound = True
        """Whether the header and the lines are as they should be."""

    @cached_property
    def source(self) -> Source:
        """The whole text, for what is found on a second look."""
        source, problems = read_text(self.file.path, self.file.name, self.file.root, most=None)
        return source if not problems else Source(self.file.name, "")

    def read(self) -> tuple[TableRows | None, list[Diagnostic]]:
        file = self.file
        lines = read_lines(file.path, file.name, file.root)
        head = next(lines, "")
        if other_separator(Source(file.name, head), file.table) is not None:
            separated = other_separator(self.source, file.table)
            return None, [separated] if separated is not None else []
        records = self.records(csv.reader(chain([head], lines), strict=True))
        header = [(name, NOWHERE) for name in next(records, [])]
        faults: list[Diagnostic] = []
        names = csv_columns(header, file.table, Source(file.name, ""), faults)
        columns = {name: cells_for(file.table.columns[name], file.zone) for name in names if name is not None}
        self.take(records, [None if name is None else columns[name] for name in names])
        if self.count > table_rows.MOST_ROWS:
            return None, [file.too_many()]
        found: list[Diagnostic] = []
        if faults or not self.sound:
            for _ in csv_rows(self.source, file.table, found, wanted=()):
                pass
        return TableRows(columns, self.count, self.look), found

    def records(self, reader: Iterator[list[str]]) -> Iterator[list[str]]:
        """The records that are no blank lines, up to a line that is no CSV."""
        try:
            yield from filter(None, reader)
        except csv.Error:
            self.sound = False

    def take(self, records: Iterator[list[str]], columns: list[CellValues | None]) -> None:
        """Read the rows. A line with too many fields is passed over; missing fields are blank."""
        width, rows = len(columns), list[list[str]]()
        for record in records:
            if len(record) != width:
                if len(record) > width:
                    self.sound = False
                    continue
                record += [""] * (width - len(record))
            rows.append(record)
            if len(rows) == _BLOCK:
                self.take_block(rows, columns)
                rows.clear()
                if self.count > table_rows.MOST_ROWS:
                    return
        self.take_block(rows, columns)

    def take_block(self, rows: list[list[str]], columns: list[CellValues | None]) -> None:
        self.count += len(rows)
        for cells, texts in zip(columns, zip(*rows, strict=True), strict=bool(rows)):
            if cells is not None:
                cells.take(texts)
        self.file.on_rows(self.count)

    def look(self, wanted: Container[int] | None) -> Iterator[tuple[int, RawRow]]:
        return csv_rows(self.source, self.file.table, [], wanted)
