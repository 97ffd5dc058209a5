"""Findings about cells: what is there, what would be right, and a fix that loses no value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from codaform.diagnostics import rules
from codaform.diagnostics.diagnostic import Diagnostic, Edit, Fix
from codaform.model.schema import Column, value_type
from codaform.model.types import TEXT, ListOf
from codaform.project import yaml_text
from codaform.project.cell_hints import is_doubtful_percent
from codaform.project.cells import BadCell, is_as_long, parts_of, protected, shown, split_items, told_apart
from codaform.project.rows import RawCell, RawRow
from codaform.source import NOWHERE, Source, Span
from codaform.spelling import did_you_mean, nearest


def in_row(finding: Diagnostic, row: RawRow, column: str) -> Diagnostic:
    """A finding about a cell of a column; it names row and column where no place in a file does."""
    finding = replace(finding, group=f"cells of {column}")
    if not row.number:
        return finding
    return replace(finding, message=f"{finding.message} (row {row.number:,}, {column})", fix=None)


def bad_cell(problem: BadCell, source: Source, span: Span) -> Diagnostic:
    """That a cell is not what its column holds."""
    fix = _fix(problem.wanted, source, span, problem.certain) if problem.wanted else None
    return Diagnostic(rules.BAD_CELL, str(problem), source, span, fix=fix)


def may_be_doubtful(column: Column) -> bool:
    """Whether `doubtful_cell` has something to say of any cell of a column."""
    return column.kind == "percent" or (value_type(column) == ListOf(TEXT) and not column.options)


def is_doubtful(text: str | tuple[str, ...], column: Column) -> bool:
    """Whether `doubtful_cell` has something to say of a cell."""
    return doubtful_cell(RawCell(text, NOWHERE), column, Source("", "")) is not None


def doubtful_cell(cell: RawCell, column: Column, source: Source) -> Diagnostic | None:
    """That a cell is read, but may be meant otherwise."""
    if not may_be_doubtful(column) or not isinstance(cell.text, str):
        return None
    if column.kind == "percent":
        if not is_doubtful_percent(cell.text):
            return None
        message = f"{cell.text} in a column of percents is {_hundredfold(cell.text)}%"
        help = f"write {cell.text}% or {_hundredfold(cell.text)}%"
        fix = _fix(f"{cell.text}%", source, cell.span, False)
        return Diagnostic(rules.DOUBTFUL_CELL, message, source, cell.span, help, fix)
    items = split_items(cell.text)
    doubtful = next((item for item, quoted in items if not quoted and len(parts_of(item)) > 1), None)
    if doubtful is None:
        return None
    message = f"{shown(doubtful)} is read as one value of {column.name}, since semicolons separate values"
    help = f"write {'; '.join(parts_of(doubtful))}, or {protected(doubtful)} if it is one"
    texts = [protected(item) if quoted else "; ".join(parts_of(item) or [item]) for item, quoted in items]
    return Diagnostic(
        rules.DOUBTFUL_CELL, message, source, cell.span, help, _fix("; ".join(texts), source, cell.span, False)
    )


def no_such_row(text: str, column: Column, known: Iterable[str], cell: RawCell, source: Source) -> Diagnostic:
    """That a relation names a row that is not there. known: The rows that are, for a suggestion."""
    message = f"no row of {column.to} is displayed as {shown(text)}"
    texts = list(known)[:5_000]
    there = set(texts)
    parts = told_apart(text, there) or parts_of(text)
    if parts and any(part in there for part in parts):
        separated = "; ".join(map(protected, parts))
        if not column.many:
            help = f"{column.name} holds one row; many: true lets it hold several, separated by semicolons"
            return Diagnostic(rules.UNKNOWN_ROW, message, source, cell.span, help)
        fix = None
        if isinstance(cell.text, str) and all(part in there for part in parts):
            items = split_items(cell.text)
            whole = [separated if item == text else protected(item) for item, _ in items]
            fix = _fix("; ".join(whole), source, cell.span, True)
        return Diagnostic(
            rules.UNKNOWN_ROW, message, source, cell.span, f"rows are separated by semicolons: {separated}", fix
        )
    close = nearest(text, texts)
    help = did_you_mean(close)
    if parts:
        help = (f"{help} " if help else "") + "rows are separated by semicolons" if column.many else help
    keeps = close is not None and is_as_long(close, text)
    fix = _fix(close, source, cell.span, False) if close and keeps and cell.text == text else None
    return Diagnostic(rules.UNKNOWN_ROW, message, source, cell.span, help, fix)


def _hundredfold(text: str) -> str:
    return text.partition(".")[0] + "00"


def _fix(text: str, source: Source, span: Span, certain: bool) -> Fix:
    """To write another text into a cell of a CSV or YAML file."""
    return Fix(f"write {shown(text)}", (Edit(span, _spelled(text, source, span)),), certain)


def _spelled(text: str, source: Source, span: Span) -> str:
    if not source.name.endswith(".csv"):
        return yaml_text.scalar(text)
    if source.text[span.start - 1 : span.start] == '"' and source.text[span.end : span.end + 1] == '"':
        return text.replace('"', '""')
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in ',"\n') else text
