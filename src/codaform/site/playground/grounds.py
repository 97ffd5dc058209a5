"""What a formula is tried on beside the project: the doc of the examples, and a table that a reader pastes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, tzinfo
from zoneinfo import ZoneInfo

from codaform.diagnostics.diagnostic import Diagnostic
from codaform.evaluation.example_book import example_workbook
from codaform.evaluation.workbook import Workbook
from codaform.model.schema import Column, Doc, Table
from codaform.model.value_texts import read_datetime, read_duration, read_number
from codaform.model.values import EvaluationError
from codaform.semantics.bind import Bound
from codaform.semantics.program import FormulaSite, bind_site, program_of
from codaform.source import Source

OWN = "Table"
"""The name of a pasted table."""

MOST_CELLS = 50_000
"""The most cells of a pasted table that are read."""

_MOST_OPTIONS = 12
_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Grounds:
    """A doc with rows."""

    book: Workbook

    def bind(self, text: Source, table: str = "") -> tuple[Bound, tuple[Diagnostic, ...]]:
        """Any formula, bound in a row of the table, or on a page."""
        return bind_site(self.book.doc, FormulaSite("test" if table else "named", table, ""), text, None)


def example_grounds() -> Grounds:
    """The doc of the examples of functions and rules."""
    return Grounds(example_workbook())


def own_grounds(text: str, kinds: Mapping[str, str], beside: Workbook) -> Grounds:
    """A pasted table: CSV, or cells copied from Coda or a spreadsheet. Raises ValueError where there is no table in it.

    text: The first line has the names of the columns. kinds: The types that a reader chose, by column; the others are
    guessed. A cell that is not of its column's type is blank. beside: Gives the clock and the time zone.
    """
    lines = list(_lines(text))
    if len(lines) < 2:
        raise ValueError("a table has a line with the names of its columns, and a line for each row")
    names = _column_names(lines[0])
    rows = [line + [""] * (len(names) - len(line)) for line in lines[1 : 1 + MOST_CELLS // len(names)]]
    columns = {}
    for at, name in enumerate(names):
        cells = [row[at].strip() for row in rows]
        kind = kinds.get(name, "")
        kind = kind if kind in KINDS else guessed_kind(cells)
        options = tuple(dict.fromkeys(filter(None, cells))) if kind == "select" else ()
        columns[name] = Column(name, kind, options=options, display=at == 0)
    doc = Doc("your table", {OWN: Table(OWN, columns)}, time_zone=beside.doc.time_zone)
    book = Workbook(program_of(doc), beside.now)
    for row in rows:
        book.add(
            OWN,
            {name: _read(columns[name].kind, cell.strip(), book.zone) for name, cell in zip(names, row, strict=False)},
        )
    return Grounds(book)


def _lines(text: str) -> Iterator[list[str]]:
    """The cells of each line that is not empty: between tabs where the first line has one, else as CSV."""
    first = text.lstrip("\ufeff\r\n").partition("\n")[0]
    between = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
    for line in csv.reader(io.StringIO(text.lstrip("\ufeff\r\n"), newline=""), delimiter=between):
        if any(cell.strip() for cell in line):
            yield line


def _column_names(line: Sequence[str]) -> list[str]:
    """The names of the columns, each different; one without a name is called by its place."""
    found: list[str] = []
    for at, cell in enumerate(line, 1):
        name = base = " ".join(cell.split())[:100] or f"Column {at}"
        number = 2
        while name in found:
            name, number = f"{base} {number}", number + 1
        found.append(name)
    return found


def guessed_kind(cells: Sequence[str]) -> str:
    """The type of a column, by its cells: the first type that all of them have."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return "text"
    for kind in ("checkbox", "number", "date", "datetime", "duration"):
        if all(_read(kind, cell, _ZONE) is not None for cell in filled):
            return kind
    different = len(set(filled))
    return "select" if different <= _MOST_OPTIONS and 2 * different <= len(filled) else "text"


def _number(text: str) -> object:
    return read_number(text)


def _date(text: str) -> object:
    moment = read_datetime(text, _ZONE)
    return moment.date() if moment is not None and moment.time() == time() else None


def _duration(text: str) -> object:
    return read_duration(text) if any(letter.isalpha() for letter in text) or ":" in text else None


KINDS: dict[str, Callable[[str], object]] = {
    "text": lambda text: text,
    "number": _number,
    "checkbox": {"true": True, "yes": True, "false": False, "no": False}.get,
    "date": _date,
    "datetime": lambda text: read_datetime(text, _ZONE),
    "duration": _duration,
    "select": lambda text: text,
}
"""How a cell is read, by the type of its column."""


def _read(kind: str, text: str, zone: tzinfo) -> object:
    """The value of a cell; None where it is blank or of another type. zone: Of moments without an offset."""
    if not text:
        return None
    try:
        if kind == "datetime":
            return read_datetime(text, zone)
        return KINDS[kind](text.lower() if kind == "checkbox" else text)
    except EvaluationError:
        return None
