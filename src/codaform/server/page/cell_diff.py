"""The cells whose values a change to a doc alters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from codaform.evaluation.cell_changes import CellChange, Shown, cell_changes
from codaform.model.schema import views
from codaform.model.values import Row, identity
from codaform.semantics.dependencies import GraphNode, graph
from codaform.server.doc.local_doc import LocalDoc

MOST_COMPARED = 60_000
"""The most computed cells to compare before and after a change; in a larger doc, those of its smaller tables."""


@dataclass(frozen=True, slots=True)
class CellDiff:
    """The effects of a change.

    done: The result of the change itself. cells: The computed cells with another value, in the order of the doc.
    complete: Whether every cell that may differ was compared.
    """

    done: object
    cells: Sequence[CellChange]
    complete: bool


def observe(
    doc: LocalDoc, change: Callable[[], object], changed: Iterable[GraphNode], after: Callable[[], LocalDoc]
) -> CellDiff:
    """Carry out a change, and compare the cells before and after it.

    changed: The nodes that the change touches; only their direct and indirect readers are compared.
    after: Returns the doc after the change.
    """
    changed = [*changed]
    needs = graph(doc.program)
    things = {thing for thing in needs.followers(changed) if thing in needs}
    columns, complete = _within(doc, things)
    # A control can alter named formulas and views too; for a cell, the computed cells are enough.
    controls = any(thing.kind == "control" for thing in changed)
    names = [thing.name for thing in things if thing.kind in ("named", "view")] if controls else []
    before = {**_values(doc, columns), **_of_doc(doc, names)}
    done = change()
    now = after()
    return CellDiff(done, cell_changes(before, {**_values(now, columns), **_of_doc(now, names)}), complete)


def clock_readers(doc: LocalDoc) -> list[GraphNode]:
    """The nodes that read the clock."""
    return graph(doc.program).volatile


def rows_of(doc: LocalDoc, table: str) -> list[GraphNode]:
    """The nodes that a new or removed row of a table touches."""
    pointing = [
        GraphNode("cells", owner.name, column.name)
        for owner in doc.book.doc.tables.values()
        for column in owner.columns.values()
        if column.kind == "relation" and column.to == table
    ]
    own = [GraphNode("cells", table, name) for name in doc.book.doc.tables[table].columns]
    return [GraphNode("rows", table), *own, *pointing]


def everything(doc: LocalDoc) -> list[GraphNode]:
    """All nodes of the doc, for a change that may touch anything, such as a button's."""
    tables = doc.book.doc.tables.values()
    controls = [GraphNode("control", "", name) for name in doc.book.doc.controls]
    return (
        controls
        + [GraphNode("rows", table.name) for table in tables]
        + [GraphNode("cells", table.name, name) for table in tables for name in table.columns]
    )


def difference(before: Sequence[object], after: Sequence[object]) -> tuple[list[object], list[object]]:
    """The items that are new in a list, and the items that are gone."""
    old, new = Counter(map(identity, before)), Counter(map(identity, after))
    came, went = new - old, old - new
    return [item for item in after if identity(item) in came], [item for item in before if identity(item) in went]


def _within(doc: LocalDoc, things: set[GraphNode]) -> tuple[list[tuple[str, str]], bool]:
    """The columns to compare, as table and name, in the order of the doc; and whether these are all."""
    tables = doc.book.doc.tables
    columns = [
        (table.name, column.name)
        for table in tables.values()
        for column in table.columns.values()
        if column.computed and column.kind != "button" and GraphNode("cells", table.name, column.name) in things
    ]
    sizes = {name: len(doc.book.rows(name)) for name in {table for table, _ in columns}}
    room, chosen = MOST_COMPARED, set()
    for table, column in sorted(columns, key=lambda pair: sizes[pair[0]]):
        room -= sizes[table]
        if room < 0:
            break
        chosen.add((table, column))
    return [pair for pair in columns if pair in chosen], len(chosen) == len(columns)


def _of_doc(doc: LocalDoc, names: Iterable[str]) -> Shown:
    schema, book = doc.book.doc, doc.book
    known = {view.name for view in views(schema)}
    formulas = {name: book.named_value(name) for name in names if name in schema.formulas}
    rows = {name: list(book.rows(name)) for name in names if name in known}
    return {(None, name): value for name, value in sorted({**formulas, **rows}.items())}


def _values(doc: LocalDoc, columns: Sequence[tuple[str, str]]) -> Shown:
    shown: dict[tuple[Row | None, str], object] = {}
    for table, column in columns:
        if table in doc.book.doc.tables and column in doc.book.doc.tables[table].columns:
            shown.update(((row, column), doc.book.value(row, column)) for row in doc.book.rows(table))
    return shown
