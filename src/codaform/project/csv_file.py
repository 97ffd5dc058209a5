"""A table's `rows.csv` by column: read line by line, so that its size is no matter."""

from __future__ import annotations

import csv
from collections.abc import Container, Iterator
from functools import cached_property
from itertools import chain

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.project import table_rows
from codaform.project.files import NoText, read_lines, read_text
from codaform.project.rows import RawRow, csv_columns, csv_rows, other_separator
from codaform.project.table_rows import CellValues, RowsFile, TableRows, cells_for
from codaform.source import NOWHERE, Source

_BLOCK = 200
"""How many rows are read at a time: so few that the garbage collector does not go through them."""


def read_csv_file(file: RowsFile) -> tuple[TableRows | None, list[Diagnostic]]:
    """The rows of a `rows.csv`, None where they cannot be read; and what is wrong with the file, cells apart."""
    try:
        return _Reading(file).read()
    except NoText as no:
        return None, [no.problem]


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
