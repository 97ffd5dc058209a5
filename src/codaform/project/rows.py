"""Rows as people write them, in CSV and in YAML, with the place of every cell."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.model.schema import Column, Table
from codaform.project import yaml_tree
from codaform.project.cells import is_as_long, shown
from codaform.source import Source, Span, line_starts
from codaform.spelling import did_you_mean, nearest

_FIELD = re.compile(r'"([^"]*(?:""[^"]*)*)"|[^,\n]*')


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as written: the text of one value, or the texts of several."""

    text: str | tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of a row by column name, and the place of the row."""

    cells: Mapping[str, RawCell]
    source: Source
    span: Span


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
    """The rows of a `rows.csv`."""
    found: list[Diagnostic] = []
    rows: list[RawRow] = []
    records = _records(source, found)
    header = next(records, None)
    if header is None:
        return rows, found
    columns: list[str | None] = []
    names = {text for text, _ in header[0]}
    for name, span in header[0]:
        problem = _entered(table, name, source, span)
        if problem is None and name in columns:
            problem = Diagnostic(rules.BAD_CSV, f"the column {name} stands twice in the header", source, span)
        if problem is not None:
            found.append(problem)
        columns.append(name if problem is None else _meant(name, table, names, columns))
    for fields, span in records:
        if len(fields) > len(columns):
            message = f"the line has {len(fields)} fields, the header {len(columns)}"
            help = "a text with a comma is in double quotes; several values in a field are separated by semicolons"
            found.append(Diagnostic(rules.BAD_CSV, message, source, span, help))
            continue
        cells = {
            name: RawCell(text, place) for name, (text, place) in zip(columns, fields, strict=False) if name is not None
        }
        rows.append(RawRow(cells, source, span))
    return rows, found


def header(source: Source) -> list[tuple[str, Span]]:
    """The names in the first record of a `rows.csv`, each with its place inside of its quotes if it has any."""
    first = next(_records(source, []), None)
    return first[0] if first is not None else []


def _meant(name: str, table: Table, header: Collection[str], before: Sequence[str | None]) -> str | None:
    """The column that a misspelled header means, so that the rows get no findings that follow from it."""
    if name in table.columns:
        return None
    column = table.columns.get(nearest(name, table.columns) or "")
    if column is None or column.computed or column.name in header or column.name in before:
        return None
    return column.name


def _records(source: Source, found: list[Diagnostic]) -> Iterator[tuple[list[tuple[str, Span]], Span]]:
    """Each record's fields with their places. A record may go over several lines."""
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
        yield _located(fields, text, start), Span(start, end)


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
        problem = _entered(table, key.text, source, key.span, stubs=True)
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


def _entered(table: Table, name: str, source: Source, span: Span, stubs: bool = False) -> Diagnostic | None:
    """The fault of a column name at the head of entered values."""
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
