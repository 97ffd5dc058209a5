"""Things that a doc has twice and the folder once: two deploys at once, or a copy made by hand, leave them behind."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from codaform.coda.snapshot.records import RemoteColumn, RemoteTable, Snapshot
from codaform.coda.wire.json_data import Json
from codaform.model.schema import Doc, views

MOST_ROWS = 5000
"""The most rows whose keys are counted; a larger table would take too many calls."""

_NUMBERED = re.compile(r"(.+) (?:[2-9]|[1-9]\d)")
"""A name with the number of a double; a year is part of a name."""

_MOST_NAMED = 3


def doubles(snapshot: Snapshot, wanted: Doc, pages: Collection[str] = ()) -> tuple[str, ...]:
    """Sentences on things that are there more than once, each beginning with the name.

    Coda lets two things have one name; a thing with the name and a number is a double if it looks alike. pages: The
    names of the pages that codaform made.
    """
    return (
        *_tables(snapshot, wanted),
        *_columns(snapshot, wanted),
        *_views(snapshot, wanted),
        *_formulas(snapshot, wanted),
        *(
            _repeated(name, "pages", count)
            for name, count in _often(page.name for page in snapshot.pages)
            if name in pages
        ),
    )


def doubled_rows(
    snapshot: Snapshot, wanted: Doc, rows: Callable[[str], Iterable[Mapping[str, Json]]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sentences on keys that more than one row has, and on tables that were not counted.

    rows: Returns the rows of the table of an id, in REST's simple form; its errors are raised.
    """
    found: list[str] = []
    untold: list[str] = []
    for table in snapshot.tables:
        ours = wanted.tables.get(table.name)
        keys = {name for name, column in ours.columns.items() if column.key} if ours is not None else set()
        for column in (column for column in table.columns if column.name in keys):
            listed = [*islice(rows(table.id), MOST_ROWS + 1)]
            if len(listed) > MOST_ROWS:
                untold.append(f"{table.name} has more than {MOST_ROWS} rows: no two of one key were looked for")
                continue
            values = (values.get(column.id) for row in listed if isinstance(values := row.get("values"), dict))
            twice = [
                (json.loads(text), count)
                for text, count in _often(json.dumps(value) for value in values if value not in (None, "", []))
            ]
            found += [
                f"{table.name}: {count} rows have the {column.name} {value}" for value, count in twice[:_MOST_NAMED]
            ]
            if len(twice) > _MOST_NAMED:
                found.append(f"{table.name}: {len(twice) - _MOST_NAMED} more keys are there more than once")
    return tuple(found), tuple(untold)


def _often(names: Iterable[str]) -> list[tuple[str, int]]:
    return [(name, count) for name, count in Counter(names).items() if count > 1]


def _repeated(name: str, what: str, count: int) -> str:
    return f"{name}: {count} {what} are called so, and the folder has one"


def _alike(name: str, other: str, what: str) -> str:
    return f"{name}: {what} {other} looks like a second one of it, and the folder has one"


def _base(name: str, wanted: Collection[str]) -> str:
    """The wanted name that a name consists of, followed by a number; empty for other names."""
    found = _NUMBERED.fullmatch(name)
    return found[1] if found is not None and found[1] in wanted and name not in wanted else ""


def _tables(snapshot: Snapshot, wanted: Doc) -> Iterator[str]:
    names = [table.name for table in snapshot.tables]
    yield from (_repeated(name, "tables", count) for name, count in _often(names) if name in wanted.tables)
    for table in snapshot.tables:
        base = _base(table.name, wanted.tables)
        others = [_shape(other) for other in snapshot.tables if other.name == base]
        if base and _shape(table) in others:
            yield _alike(base, table.name, "the table")


def _shape(table: RemoteTable) -> list[tuple[str, bool]]:
    """The content that a double shares with its original; its formulas may name other tables."""
    return sorted((column.name, bool(column.formula)) for column in table.columns)


def _columns(snapshot: Snapshot, wanted: Doc) -> Iterator[str]:
    for table in snapshot.tables:
        ours = wanted.tables.get(table.name)
        if ours is None:
            continue
        for name, count in _often(column.name for column in table.columns):
            if name in ours.columns:
                yield _repeated(f"{table.name}.{name}", "columns", count)
        for column in table.columns:
            base = _base(column.name, ours.columns)
            if base and column.formula and column.formula in _formulas_of(table.columns, base):
                yield _alike(f"{table.name}.{base}", column.name, "the column")


def _formulas_of(columns: Sequence[RemoteColumn], name: str) -> list[str | None]:
    return [column.formula for column in columns if column.name == name]


def _views(snapshot: Snapshot, wanted: Doc) -> Iterator[str]:
    names = [view.name for view in views(wanted)]
    tables = {table.id: table for table in snapshot.tables}
    for name, count in _often(view.name for view in snapshot.views):
        if name in names:
            yield _repeated(name, "views", count)
    for view in snapshot.views:
        base = _base(view.name, names)
        for other in snapshot.views:
            alike = _called(tables, view.table) == _called(tables, other.table)
            shown = (view.filter_text, bool(view.filter), [sort.descending for sort in view.sorts])
            if (
                base == other.name
                and alike
                and shown
                == (
                    other.filter_text,
                    bool(other.filter),
                    [sort.descending for sort in other.sorts],
                )
            ):
                yield _alike(base, view.name, "the view")
                break


def _called(tables: Mapping[str, RemoteTable], id: str) -> str:
    """The name of a table without the number of a double."""
    name = tables[id].name if id in tables else id
    found = _NUMBERED.fullmatch(name)
    return found[1] if found is not None else name


def _formulas(snapshot: Snapshot, wanted: Doc) -> Iterator[str]:
    for name, count in _often(formula.name for formula in snapshot.formulas):
        if name in wanted.formulas:
            yield _repeated(name, "named formulas", count)
    for formula in snapshot.formulas:
        base = _base(formula.name, wanted.formulas)
        texts = [(other.text, other.value) for other in snapshot.formulas if other.name == base]
        if base and (formula.text, formula.value) in texts:
            yield _alike(base, formula.name, "the named formula")
