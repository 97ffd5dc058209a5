"""Rows as people write them, in CSV and in YAML, with the place of every cell."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.model.schema import Column, Table
from codaform.project import yaml_tree
from codaform.project.cells import BadCell, is_as_long, read_cell, shown
from codaform.source import Source, Span, frozen, line_starts
from codaform.spelling import did_you_mean, nearest

_FIELD = re.compile(r'"([^"]*(?:""[^"]*)*)"|[^,\n]*')


@frozen
class RawCell:
    """A cell as written: the text of one value, or the texts of several.

    fault: Why no column can hold it; empty for all that a text file can hold.
    """

    text: str | tuple[str, ...]
    span: Span
    fault: str = ""


@frozen
class RawRow:
    """The cells of a row by column name, and the place of the row.

    number: The number of the row, from 1, in a file whose rows have no places; else 0.
    """

    cells: Mapping[str, RawCell]
    source: Source
    span: Span
    number: int = 0


def read_raw(cell: RawCell, column: Column, zone: ZoneInfo) -> object:
    """The value of a cell; a relation stays the display text of its row. Raises BadCell."""
    if cell.fault:
        raise BadCell(cell.fault)
    return read_cell(cell.text, column, zone)


def other_separator(source: Source, table: Table) -> Diagnostic | None:
    """That the fields of a `rows.csv` are separated by other signs than commas; None where they are not."""
    told = re.match(r'"?sep=([^\n"])"?\n', source.text)  # what a spreadsheet reads and hides
    if told is not None:
        fix = _with_commas(source, told[1], told.end())
        message = (
            "the first line tells a spreadsheet what separates the fields; here the header is first, and commas do"
        )
        return Diagnostic(rules.BAD_CSV, message, source, Span(0, told.end() - 1), "remove the line", fix)
    head = source.text.split("\n", 1)[0]
    for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        names = [part.strip().strip('"') for part in head.split(sign)]
        known = sum(part in table.columns for part in names)
        if len(names) < 2 or not known or head in table.columns or 2 * known < len(names):
            continue
        fix = _with_commas(source, sign)
        message = f"{name} separate the fields; here commas do"
        help = "save the file with commas; a field with a comma is in double quotes"
        return Diagnostic(rules.BAD_CSV, message, source, Span(0, len(head)), help, fix)
    return None


def _with_commas(source: Source, sign: str, start: int = 0) -> Fix | None:
    """To write a file whose fields another sign separates with commas; None if lines have more fields than the first.

    start: Where its first record starts.
    """
    with suppress(csv.Error):
        lines = io.StringIO(source.text[start:], newline="")
        records = [record for record in csv.reader(lines, delimiter=sign, strict=True) if record]
        if records and all(len(record) <= len(records[0]) for record in records):
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerows([field.strip() for field in one] for one in records)
            return Fix("separate the fields by commas", (Edit(Span(0, len(source.text)), text.getvalue()),))
    return None


def read_csv(source: Source, table: Table) -> tuple[list[RawRow], list[Diagnostic]]:
    """The rows of a `rows.csv`, each cell with its place, and what is wrong with the file."""
    found: list[Diagnostic] = []
    return [row for _, row in csv_rows(source, table, found)], found


def csv_rows(
    source: Source, table: Table, found: list[Diagnostic], wanted: Container[int] | None = None
) -> Iterator[tuple[int, RawRow]]:
    """The rows of a `rows.csv` by their numbers from 0, with the places of their cells.

    found: Takes what is wrong with the file. wanted: The numbers of the rows to give; all if left out.
    """
    records = _records(source, found)
    first = next(records, None)
    if first is None:
        return
    columns = csv_columns(_located(first[0], source.text, first[1].start), table, source, found)
    number = -1
    for fields, span in records:
        if len(fields) > len(columns):
            message = f"the line has {len(fields)} fields, the header {len(columns)}"
            help = "a text with a comma is in double quotes; several values in a field are separated by semicolons"
            found.append(Diagnostic(rules.BAD_CSV, message, source, span, help, group="lines"))
            continue
        number += 1
        if wanted is None or number in wanted:
            located = zip(columns, _located(fields, source.text, span.start), strict=False)
            cells = {name: RawCell(text, place) for name, (text, place) in located if name is not None}
            yield number, RawRow(cells, source, span)


def csv_columns(
    header: Sequence[tuple[str, Span]], table: Table, source: Source, found: list[Diagnostic]
) -> list[str | None]:
    """The column that each name of a header means; None for a name that is reported and means none."""
    columns: list[str | None] = []
    names = {text for text, _ in header}
    for name, span in header:
        problem = _column_fault(table, name, source, span)
        if problem is None and name in columns:
            problem = Diagnostic(rules.BAD_CSV, f"the column {name} stands twice in the header", source, span)
        if problem is not None:
            found.append(problem)
        columns.append(name if problem is None else _meant(name, table, names, columns))
    return columns


def header(source: Source) -> list[tuple[str, Span]]:
    """The names in the first record of a `rows.csv`, each with its place inside of its quotes if it has any."""
    first = next(_records(source, []), None)
    return _located(first[0], source.text, first[1].start) if first is not None else []


def _meant(name: str, table: Table, header: Collection[str], before: Sequence[str | None]) -> str | None:
    """The column that a misspelled header means, so that the rows get no findings that follow from it."""
    if name in table.columns:
        return None
    column = table.columns.get(nearest(name, table.columns) or "")
    if column is None or column.computed or column.name in header or column.name in before:
        return None
    return column.name


def _records(source: Source, found: list[Diagnostic]) -> Iterator[tuple[list[str], Span]]:
    """The fields and the place of each record. A record may go over several lines."""
    text = source.text
    starts = [*line_starts(text), len(text) + 1]
    # Only a line feed ends a line here, while `splitlines` ends lines at ten more characters that a cell may have.
    reader = csv.reader((text[start:end] for start, end in pairwise(starts)), strict=True)
    first_line = 0
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            at = Span(starts[min(first_line, len(starts) - 2)], starts[min(first_line + 1, len(starts) - 1)] - 1)
            found.append(Diagnostic(rules.BAD_CSV, f"the line is no CSV: {error}", source, at))
            return
        start, end = starts[first_line], max(starts[min(reader.line_num, len(starts) - 1)] - 1, starts[first_line])
        first_line = reader.line_num
        if not fields:
            continue
        yield fields, Span(start, end)


def _located(fields: list[str], text: str, at: int) -> list[tuple[str, Span]]:
    """The fields of a record with the place of each, inside of its quotes if it has any."""
    located = []
    for field in fields:
        written = _FIELD.match(text, at)
        assert written is not None
        located.append((field, Span(*written.span(1 if written[1] is not None else 0))))
        at = written.end() + 1
    return located


def read_yaml_rows(node: yaml_tree.Node, table: Table, source: Source) -> tuple[list[RawRow], list[Diagnostic]]:
    """The rows of a list of mappings."""
    found: list[Diagnostic] = []
    rows: list[RawRow] = []
    for item in node.items if isinstance(node, yaml_tree.Sequence) else ():
        row, problems = read_yaml_row(item, table, source)
        rows.append(row)
        found.extend(problems)
    return rows, found


def read_yaml_row(node: yaml_tree.Node, table: Table, source: Source) -> tuple[RawRow, list[Diagnostic]]:
    """A row from a mapping of column names to cells. A value for a formula's column replaces the formula."""
    found: list[Diagnostic] = []
    cells: dict[str, RawCell] = {}
    for key, value in yaml_tree.entries(node):
        problem = _column_fault(table, key.text, source, key.span, stubs=True)
        if problem is not None:
            found.append(problem)
            continue
        cells[key.text] = parse_cell(value)
    return RawRow(cells, source, node.span), found


def parse_cell(node: yaml_tree.Node) -> RawCell:
    """A YAML node as a cell."""
    if isinstance(node, yaml_tree.Sequence):
        return RawCell(tuple(item.text for item in node.items if isinstance(item, yaml_tree.Scalar)), node.span)
    return RawCell(node.text if isinstance(node, yaml_tree.Scalar) else "", node.span)


def _column_fault(table: Table, name: str, source: Source, span: Span, stubs: bool = False) -> Diagnostic | None:
    """The fault of a column name at the head of entered values; None where it has none.

    stubs: Whether a value may stand in for the formula of a column.
    """
    column = table.columns.get(name)
    if column is None and name.strip() in table.columns:
        bare = name.strip()
        message = f'table {table.name} has no column "{name}"; it is {bare}, without blanks around it'
        return Diagnostic(rules.BAD_CSV, message, source, span, fix=Fix(f"write {bare}", (Edit(span, bare),)))
    if column is None:
        close = nearest(name, table.columns)
        help = did_you_mean(close, f"it has {', '.join(table.columns)}")
        keeps = close is not None and is_as_long(close, name)
        fix = Fix(f"write {close}", (Edit(span, close),), safe=False) if close and keeps else None
        return Diagnostic(
            rules.BAD_CSV, f"table {table.name} has no column {shown(name) or '(empty)'}", source, span, help, fix
        )
    if column.computed and not (stubs and _may_stand_in(column)):
        return Diagnostic(rules.BAD_CSV, f"the column {name} is computed; it holds no entered values", source, span)
    return None


def _may_stand_in(column: Column) -> bool:
    return column.formula is not None
