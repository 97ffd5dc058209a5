"""The keys of tables: each row has one, and no two rows have the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic
from codaform.model.schema import Column, Table
from codaform.model.values import Error, identity, is_blank
from codaform.project.cell_findings import in_row
from codaform.project.cells import read_moment, shown
from codaform.project.project import Project
from codaform.project.rows import RawRow
from codaform.project.table_rows import column_values, located
from codaform.semantics.program import Program


def check_keys(project: Project) -> Iterator[Diagnostic]:
    """The findings about the entered keys of the sample rows."""
    zone = ZoneInfo(project.doc.time_zone)
    for table, column in _keys(project):
        if column.computed:
            continue
        rows = project.rows[table.name]
        yield from _wrong(table, column, rows, column_values(rows, column, zone))


def check_computed_keys(project: Project, program: Program) -> Iterator[Diagnostic]:
    """The findings about the keys that formulas compute for the sample rows. Builds a workbook if needed."""
    keys = [(table, column) for table, column in _keys(project) if column.formula is not None]
    if not keys:
        return
    from codaform.evaluation.workbook import Workbook
    from codaform.project import loading

    zone = ZoneInfo(project.doc.time_zone)
    now = read_moment(project.clock, zone) if project.clock else datetime.now(UTC).astimezone(zone)
    book = Workbook(program, now, project.user)
    loading.load(book, project.rows)
    for table, column in keys:
        values = [book.value(row, column.name) for row in book.rows(table.name)]
        yield from _wrong(table, column, project.rows[table.name], values)


def repeated(values: Iterable[object]) -> dict[object, list[int]]:
    """The places of the values that are there more than once, by what tells values apart."""
    places: dict[object, list[int]] = {}
    for at, value in enumerate(values):
        if not isinstance(value, Error) and not is_blank(value):
            places.setdefault(identity(value), []).append(at)
    return {key: found for key, found in places.items() if len(found) > 1}


def _keys(project: Project) -> list[tuple[Table, Column]]:
    keys = [(table, column) for table in project.doc.tables.values() for column in table.columns.values() if column.key]
    return [(table, column) for table, column in keys if project.rows.get(table.name)]


def _wrong(table: Table, column: Column, rows: Sequence[RawRow], values: Sequence[object]) -> Iterator[Diagnostic]:
    again = [at for places in repeated(values).values() for at in places[1:]]
    blank = [at for at, value in enumerate(values) if is_blank(value)]
    found = located(rows, (*again, *blank))
    for row in (found[at] for at in again if at in found):
        cell = row.cells.get(column.name)
        what = shown(cell.text) if cell is not None and isinstance(cell.text, str) else "the same"
        message = f"another row of {table.name} has {what} as its {column.name} too, which is the key"
        span = cell.span if cell is not None else row.span
        yield in_row(Diagnostic(rules.BROKEN_KEY, message, row.source, span), row, column.name)
    for row in (found[at] for at in blank if at in found):
        cell = row.cells.get(column.name)
        message = f"this row of {table.name} has no {column.name}, which is the key"
        span = cell.span if cell is not None and cell.span.end > cell.span.start else row.span
        yield in_row(Diagnostic(rules.BROKEN_KEY, message, row.source, span), row, column.name)
