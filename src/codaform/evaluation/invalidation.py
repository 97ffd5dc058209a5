"""The reach of a change: cells are marked one by one, by walking the relations of formulas backwards.

A reader of the changed rows is marked at once. A reader that looks rows up by a changed cell is found by its key,
before and after; the key after is known only when the cell is computed, so that is settled before the next value is
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from codaform.evaluation.indexes import MISSING, Index, KeyColumn, keyed
from codaform.evaluation.readers import Readers
from codaform.evaluation.rows.facts import own_cells, reads_own_cells
from codaform.evaluation.selections import RowSelection
from codaform.evaluation.store import RowStore
from codaform.evaluation.views import ViewRows
from codaform.model import types
from codaform.model.schema import value_type
from codaform.model.types import ListOf, RowOf, item_of
from codaform.model.values import Row
from codaform.semantics import ir
from codaform.semantics.conditions import along
from codaform.semantics.dependencies import GraphNode
from codaform.semantics.ir import Key
from codaform.semantics.relations import Edge, Picked, Through

_NO_LISTS: Mapping[int, list[Row]] = {}


@dataclass(frozen=True, slots=True)
class Forgotten:
    """That values are not known any more, and why.

    rows: The numbers of the rows; None for all rows.
    """

    node: GraphNode
    rows: frozenset[int] | None
    because: GraphNode


class Kept(Protocol):
    """The values that a workbook keeps beside its cells.

    zone: The doc's time zone.
    """

    zone: ZoneInfo

    def keeps_results(self) -> bool:
        """Whether anything was computed beside cells."""

    def kept_view(self, node: GraphNode) -> ViewRows | None:
        """The rows of a view, if they were ever asked for."""

    def refresh_view(self, node: GraphNode) -> bool:
        """Look at the rows of a view that may have changed; whether it shows others now."""

    def forget_name(self, node: GraphNode) -> bool:
        """Know the value of a named formula or a control no more; whether it was known."""


class Invalidation:
    """The indexes of a workbook, who asked them, and what is still to be settled.

    waiting: Indexes that may find other rows than when they were asked, and views that may show others.
    trace: The list of forgotten values; None without a reader.
    """

    def __init__(self, book: Kept, store: RowStore, readers: Readers) -> None:
        self._book = book
        self._store = store
        self._readers = readers
        self._indexes: dict[object, Index] = {}
        self._by_read: dict[GraphNode, list[tuple[Index, tuple[Through, ...]]]] = {}
        self._rank: dict[Index, int] = {}
        self._selections: dict[tuple[GraphNode, int], RowSelection] = {}
        self._of_index: dict[Index, list[RowSelection]] = {}
        self._mirrors: dict[Index, list[GraphNode]] = {}
        self._sound: dict[Index, bool] = {}
        self.waiting: set[Index | GraphNode] = set()
        self._settling = False
        self.trace: list[Forgotten] | None = None

    # ------------------------------------------------------------ indexes

    def index(
        self, table: str, equal: tuple[Key, ...], ranged: Key = (), key: Callable[[Any], Any] | None = None
    ) -> Index:
        """The index of a table by columns, shared by all that ask. key: How values become texts, to be found so."""
        name = (table, equal, ranged, key is not None)
        found = self._indexes.get(name)
        if found is None:
            columns = [self._column(table, column, key) for column in equal]
            in_order = self._column(table, ranged, key) if ranged else None
            kin = self._indexes.get((table, equal, (), key is not None)) if equal and ranged else None
            found = self._indexes[name] = Index(self._store, table, tuple(columns), in_order, kin)
            self._by_read.setdefault(GraphNode("rows", table), []).append((found, ()))
            self._rank[found] = -1
            for column in (*equal, ranged):
                back: tuple[Through, ...] = ()
                for owner, step in along(self._store.doc, table, column):
                    read = GraphNode("cells", owner, step)
                    self._by_read.setdefault(read, []).append((found, back))
                    self._rank[found] = max(self._rank[found], self._readers.rank.get(read, -1))
                    back = (*back, Through(owner, step))
        return found

    def _column(self, table: str, name: Key, key: Callable[[Any], Any] | None) -> KeyColumn:
        steps = list(along(self._store.doc, table, name))
        owner, last = steps[-1]
        kind = value_type(self._store.doc.tables[owner].columns[last])
        cells = tuple(self._store.cells(owner, step) for owner, step in steps)
        if key is not None:
            return KeyColumn(name, types.TEXT, cells, key)
        return KeyColumn(name, kind, cells, keyed(kind, self._book.zone))

    def _item_key(self, column: KeyColumn) -> Callable[[Any], Any]:
        """How a sought value becomes a key: in a column of several values, as a single one."""
        return keyed(item_of(column.kind), self._book.zone) if isinstance(column.kind, ListOf) else column.key

    def selection(self, select: ir.Select, owner: GraphNode | None) -> RowSelection:
        """A selection at work; the one that remembers, where its owner keeps what it finds."""
        known = None if owner is None else self._selections.get((owner, select.number))
        if known is not None:
            return known
        index = self.index(select.table, tuple(column for column, _ in select.equal), select.ranged)
        keys = [self._item_key(column) for column in index.equal]
        if index.ranged is not None:
            keys.extend([index.ranged.key] * len(select.bounds))
        sought = []
        if owner is not None and reads_own_cells(select):
            sought = [self._sought(owner.table, *both) for both in zip(select.sought, keys, strict=True)]
        found = RowSelection(select, index, keys, sought, owner, self._readers.is_whole(owner, select))
        if owner is not None:
            self._selections[owner, select.number] = found
            self._of_index.setdefault(index, []).append(found)
            index.watched = True
        return found

    def _sought(self, table: str, value: ir.Node, key: Callable[[Any], Any]) -> Callable[[Row], Any]:
        """How the key of a value that a row of a table looks for is read again."""
        if isinstance(value, ir.Constant):
            known = key(value.value)
            return lambda _: known
        path = own_cells(value) or ()
        steps = tuple(self._store.cells(*step) for step in along(self._store.doc, table, path))
        return KeyColumn(path, value.type, steps, key).known

    def mirror(self, node: GraphNode, table: str, column: str) -> Index:
        """The index that fills a reverse column: rows of the other table by the rows that they point to."""
        index = self.index(table, ((column,),))
        mirrors = self._mirrors.setdefault(index, [])
        if node not in mirrors:
            mirrors.append(node)
            index.watched = True
        return index

    # ------------------------------------------------------------ marking

    def mark(self, node: GraphNode, rows: set[int] | None) -> None:
        """Values of a thing were changed: in some rows, or in all."""
        walked: set[GraphNode] = set()
        waiting: list[tuple[GraphNode, set[int] | None]] = [(node, rows)]
        while waiting:
            node, rows = waiting.pop()
            for index, back in list(self._by_read.get(node, ())):
                found_by = rows
                for step in reversed(back):
                    found_by = None if found_by is None else self._pointing(step, found_by)
                if found_by is None or found_by:
                    index.mark(found_by)
                    if index.watched:
                        self.waiting.add(index)
            # Who reads what is known only once all formulas are understood.
            for reader, edge in self._readers.of(node) if self._is_computed() else ():
                is_named = reader.kind == "named"  # an index does not know that it asked, and it has one value
                if edge.keys is not None and not is_named:
                    continue  # settled by the index
                in_circle = reader in self._readers.circles
                if in_circle and reader in walked:
                    continue
                reached = None if in_circle or is_named or rows is None else self._reached(reader, edge, rows)
                if reached is not None and not reached:
                    continue
                forgotten = self._forget(reader, reached, node)
                if in_circle:
                    walked.add(reader)
                    waiting.append((reader, None))
                elif forgotten is None or forgotten:
                    waiting.append((reader, forgotten))

    def _is_computed(self) -> bool:
        return self._store.keeps_computed or self._book.keeps_results()

    def forget(self, node: GraphNode) -> None:
        """Forget a computed thing, and everything computed from it."""
        if node.kind == "view":
            self._forget(GraphNode("filter", node.table, node.name), None, node)
        self._forget(node, None, node)
        self.mark(node, None)

    def _forget(self, reader: GraphNode, rows: set[int] | None, because: GraphNode) -> set[int] | None:
        """Know some values of a reader no more; those that were known, None for all."""
        forgotten: set[int] | None = set()
        match reader.kind:
            case "cells" | "filter":
                cells = self._store.kept(reader)
                forgotten = set() if cells is None else cells.forget(rows)
                if forgotten is None:
                    self._forget_askers(reader)
            case "view":
                view = self._book.kept_view(reader)
                if view is not None:
                    view.mark(rows)
                    self.waiting.add(reader)
            case "named" | "control":
                forgotten = {0} if self._book.forget_name(reader) else set()
        if self.trace is not None and (forgotten is None or forgotten):
            self.trace.append(Forgotten(reader, None if forgotten is None else frozenset(forgotten), because))
        return None if reader.kind in ("named", "control") and forgotten else forgotten

    def _forget_askers(self, owner: GraphNode) -> None:
        for (asker, _), selection in self._selections.items():
            if asker == owner:
                selection.forget_all()

    def _reached(self, reader: GraphNode, edge: Edge, rows: set[int]) -> set[int] | None:
        """The rows of the reader that a change of some rows reaches; None for all."""
        if edge.path is None:
            return None
        reached = rows
        for step in reversed(edge.path):
            if isinstance(step, Picked):
                selection = self._selections.get((reader, step.number))
                return set() if selection is None else selection.askers_of(reached)
            reached = self._pointing(step, reached)
            if not reached:
                break
        return reached

    def _pointing(self, step: Through, rows: set[int]) -> set[int]:
        """The rows whose cell holds one of some rows, as far as is known: what is not is marked already."""
        column = self._store.doc.tables[step.table].columns[step.column]
        if column.reverse:
            index = self.index(column.to, ((column.reverse,),))
            return {item for id in rows for item in _items(index, index.key(id))}
        if not isinstance(item_of(value_type(column)), RowOf):
            return set()
        index = self.index(step.table, ((step.column,),))
        index.peek()
        return {row.id for id in rows for row in index.groups.get(id, ())}

    # ------------------------------------------------------------ settling

    def pause(self) -> bool:
        """Let another question settle what is waiting; whether this one was about to."""
        settling, self._settling = self._settling, False
        return settling

    def go_on(self, settling: bool) -> None:
        """Go on after a pause."""
        self._settling = settling

    def settle(self) -> None:
        """Find out who is reached by a changed key: from what is computed first to what is computed last."""
        if self._settling:
            return
        self._settling = True
        try:
            while self.waiting:
                first = min(self.waiting, key=self._rank_of)
                if isinstance(first, Index):
                    self._settle_index(first)
                    self.waiting.discard(first)
                else:
                    changed = self._book.refresh_view(first)
                    self.waiting.discard(first)
                    if changed:
                        self.mark(first, None)
        finally:
            self._settling = False

    def _rank_of(self, waiting: Index | GraphNode) -> int:
        return self._rank[waiting] if isinstance(waiting, Index) else self._readers.rank.get(waiting, -1)

    def drop(self) -> None:
        """Forget the askers and the rows that they found."""
        self.waiting.clear()
        for index in self._indexes.values():
            index.same.clear()
            index.order.clear()
            index.groups.clear()
            index.moved.clear()
            index.built = False
            index.mark(None)
        for selection in self._selections.values():
            selection.forget_all()

    def _settle_index(self, index: Index) -> None:
        """Mark what looked rows up by keys that changed."""
        sound = self._sound.get(index, True)
        usable = index.usable
        self._sound[index] = usable
        moved, index.moved = index.moved, []
        for selection in self._of_index.get(index, ()):
            owner = selection.owner
            assert owner is not None
            lists: dict[int, list[Row]] = {}
            if sound != usable:
                reached = selection.everyone()
                selection.scanned.clear()
            else:
                reached = set(selection.scanned) if moved else set()
                for id, before, after in moved:
                    left, entered = selection.askers((before,)), selection.askers((after,))
                    # A formula row that finds a row by both keys finds the same rows, if it looks up only once.
                    changed = left | entered if selection.several else left ^ entered
                    reached |= changed
                    if selection.whole:
                        self._move(owner, Row(index.table, id), changed, entered, lists)
            self._spread(owner, reached, _first(index), lists)
        for node in self._mirrors.get(index, ()):
            reached = set()
            for _, before, after in moved:
                reached |= _items(index, before) ^ _items(index, after)
            self._spread(node, reached, _first(index))

    def _move(
        self, owner: GraphNode, moved: Row, changed: set[int], entered: set[int], lists: dict[int, list[Row]]
    ) -> None:
        """Put a row into the lists that find it now, and take it out of the others: so they are not made again.

        changed: The owners of these lists. entered: Those that find it now. lists: The lists that were changed so far.
        """
        cells = self._store.kept(owner)
        if cells is None:
            return
        for root in changed:
            known = lists.get(root, cells.values[root])
            if type(known) is list:
                lists[root] = self._store.moved(known, moved, root in entered)

    def _spread(
        self, owner: GraphNode, rows: Iterable[int], because: GraphNode, lists: Mapping[int, list[Row]] = _NO_LISTS
    ) -> None:
        """Know values of an owner no more, and what is computed from them. lists: The values that are known already."""
        reached = set(rows)
        if not reached:
            return
        forgotten = self._forget(owner, reached, because)
        cells = self._store.kept(owner) if lists else None
        if cells is not None and forgotten:
            for root in forgotten & lists.keys():
                cells.values[root] = lists[root]
        if forgotten is None or forgotten:
            self.mark(owner, forgotten)


def _first(index: Index) -> GraphNode:
    """The first column of an index, for the trace."""
    column = index.equal[0] if index.equal else index.ranged
    return GraphNode("cells", index.table, column.name[0] if column else "")


def _items(index: Index, key: Any) -> set[int]:
    """The rows that a row with a key points to."""
    return set() if key is MISSING else {item for item, _ in index.places(key) if item is not None}
