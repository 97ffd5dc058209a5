"""What a change to a doc makes its formulas show differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from codaform.evaluation.consequences import Consequence, Shown, consequences
from codaform.model.schema import views
from codaform.model.values import Row, identity
from codaform.semantics.dependencies import Reads, Thing, graph
from codaform.server.doc.local_doc import LocalDoc

MOST_COMPARED = 60_000
"""How many computed cells are looked at before and after a change; of a larger doc, its smaller tables are."""


@dataclass(frozen=True, slots=True)
class Effects:
    """What became of a change.

    done: What the change itself gave. cells: The computed cells that show something else, in the order of the doc.
    whole: Whether every cell that could have changed was looked at.
    """

    done: object
    cells: Sequence[Consequence]
    whole: bool


def observed(
    doc: LocalDoc, change: Callable[[], object], changed: Iterable[Thing], after: Callable[[], LocalDoc]
) -> Effects:
    """Carry out a change, and tell what follows from it.

    changed: What the change touches; only what reads it, by whatever way round, is compared.
    after: Gives the doc as it is afterwards.
    """
    changed = [*changed]
    things = reached(graph(doc.program), changed)
    columns, whole = _within(doc, things)
    # A control moves what stands in the doc as a whole; of a cell, the cells that follow are enough.
    controls = any(thing.kind == "control" for thing in changed)
    names = [thing.name for thing in things if thing.kind in ("named", "view")] if controls else []
    before = {**_values(doc, columns), **_of_doc(doc, names)}
    done = change()
    now = after()
    return Effects(done, consequences(before, {**_values(now, columns), **_of_doc(now, names)}), whole)


def reached(needs: Mapping[Thing, Reads], changed: Iterable[Thing]) -> set[Thing]:
    """Everything that is computed from these things, directly or not; of them themselves, what is computed."""
    readers: dict[Thing, list[Thing]] = {}
    for thing, read in needs.items():
        for step in read.things:
            readers.setdefault(step, []).append(thing)
    waiting = list(changed)
    seen = set(waiting)
    for thing in waiting:
        for reader in readers.get(thing, ()):
            if reader not in seen:
                seen.add(reader)
                waiting.append(reader)
    return {thing for thing in seen if thing in needs}


def moved_by_the_clock(doc: LocalDoc) -> list[Thing]:
    """What reads the clock."""
    return [thing for thing, read in graph(doc.program).items() if read.volatile]


def rows_of(doc: LocalDoc, table: str) -> list[Thing]:
    """What adding or removing a row of a table touches."""
    pointing = [
        Thing("cells", owner.name, column.name)
        for owner in doc.book.doc.tables.values()
        for column in owner.columns.values()
        if column.kind == "relation" and column.to == table
    ]
    own = [Thing("cells", table, name) for name in doc.book.doc.tables[table].columns]
    return [Thing("rows", table), *own, *pointing]


def everything(doc: LocalDoc) -> list[Thing]:
    """All of the doc, for a change that may touch anything, as a button's."""
    tables = doc.book.doc.tables.values()
    controls = [Thing("control", "", name) for name in doc.book.doc.controls]
    return (
        controls
        + [Thing("rows", table.name) for table in tables]
        + [Thing("cells", table.name, name) for table in tables for name in table.columns]
    )


def difference(before: Sequence[object], after: Sequence[object]) -> tuple[list[object], list[object]]:
    """What came into a list, and what went out of it."""
    old, new = Counter(map(identity, before)), Counter(map(identity, after))
    came, went = new - old, old - new
    return [item for item in after if identity(item) in came], [item for item in before if identity(item) in went]


def _within(doc: LocalDoc, things: set[Thing]) -> tuple[list[tuple[str, str]], bool]:
    """The columns to compare, table and name, in the order of the doc; and whether these are all."""
    tables = doc.book.doc.tables
    columns = [
        (table.name, column.name)
        for table in tables.values()
        for column in table.columns.values()
        if column.computed and column.kind != "button" and Thing("cells", table.name, column.name) in things
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
