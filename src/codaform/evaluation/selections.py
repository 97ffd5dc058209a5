"""A selection of a formula at work: it looks up keys in a shared index, and remembers the keys of each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from codaform.evaluation.indexes import MISSING, Index
from codaform.evaluation.ranges import ALL, Bounds, Intervals, narrowed
from codaform.evaluation.rows import facts
from codaform.evaluation.rows.code import AS_READ
from codaform.model.values import Row
from codaform.semantics import ir
from codaform.semantics.dependencies import GraphNode


class RowSelection:
    """One selection of one formula. It looks for keys of the index, which the formula makes of its values.

    A row looks up the key of the group, or a tuple of this key and the keys of the bounds. A look-up only notes its
    key; after an edit, the noted keys become the keys and ranges by which a change finds the rows that looked them up.

    owner: Whose formula it is, if its values are kept.
    keys: How the values of the equal columns, then those of the bounds, become keys.
    sought: Where a row looks for its own cells, how their keys are read; MISSING where one is not known any more.
    several: Whether a row asks for several keys.
    whole: Whether the owner's values are what it finds in a range, and nothing else is made of it.
    asked: What was asked for since the last edit: by the number of the row; if it asks for several, by that and itself.
    scanned: The rows whose formulas looked at all rows, as an index could not be used.
    rows: The rows whose cells are looked up, given the number of the formula's row and what it asks for; None where
        every row has to be asked. It asks for nothing where one of the values is an error.
    """

    def __init__(
        self,
        select: ir.Select,
        index: Index,
        keys: list[Callable[[Any], Any]],
        sought: list[Callable[[Row], Any]],
        owner: GraphNode | None,
        whole: bool,
    ) -> None:
        self.index = index
        self.owner = owner
        self.keys = keys
        self.sought = sought
        self.several = facts.asks_for_several(select)
        self.whole = whole and bool(select.bounds) and select.rest is None
        self.asked: dict[Any, Any] = {}
        self.scanned: set[int] = set()
        self._signs = [bound.sign for bound in select.bounds]
        self._known: dict[Any, Any] = {}
        self._by_key: dict[Any, Intervals | set[int]] = {}
        self.rows: Callable[..., list[Row] | None] = self._found

    def _found(self, root: int, *asked: Any) -> list[Row] | None:
        index = self.index
        if not index.usable or not asked or (asked[0] is None and index.many):
            self.scanned.add(root)
            return None
        key = asked if self._signs else asked[0]
        self.asked[(root, key) if self.several else root] = key
        if self._signs:
            return index.between(key[0], self._range(key))
        return index.groups.get(key) or []

    def _range(self, asked: tuple[Any, ...]) -> Bounds:
        bounds = ALL
        for sign, key in zip(self._signs, asked[1:], strict=True):
            bounds = narrowed(bounds, sign, key)
        return bounds

    # ------------------------------------------------------------ who asked

    def forget_all(self) -> None:
        """Forget all askers."""
        self.asked.clear()
        self.scanned.clear()
        self._known.clear()
        self._by_key.clear()

    def everyone(self) -> set[int]:
        """The rows that ever asked."""
        who = self._known.keys() | self.asked.keys()
        return self.scanned | ({root for root, _ in who} if self.several else who)

    def askers(self, keys: Iterable[Any]) -> set[int]:
        """Who asked for rows that are found by one of these keys of the index."""
        self._take_up()
        found: set[int] = set()
        for key in keys:
            if key is MISSING:
                continue
            for equal, value in self.index.places(key):
                who = self._by_key.get(equal)
                if isinstance(who, Intervals):
                    found.update(root for root, _ in who.around(value))
                elif who is not None:
                    found |= who
        return found

    def askers_of(self, rows: Iterable[int]) -> set[int]:
        """Who asked for rows with these numbers, by the keys in the index, or looked at all rows."""
        return self.askers(map(self.index.key, rows)) | self.scanned

    def _take_up(self) -> None:
        """Find those by key who asked since the last edit."""
        for who, asked in self.asked.items():
            root, before = who[0] if self.several else who, self._known.get(who, MISSING)
            if asked is AS_READ:
                asked = self._read_again(root)
                if asked is MISSING:
                    continue  # the row will have to be computed again
            if before is not MISSING:
                if before == asked:
                    continue
                self._unnote(root, before)
            self._known[who] = asked
            self._note(root, asked)
        self.asked.clear()

    def _read_again(self, root: int) -> Any:
        """The key that a row looks up; MISSING where a cell of the key has changed and is not computed yet."""
        assert self.owner is not None
        row = Row(self.owner.table, root)
        keys = [key(row) for key in self.sought]
        if MISSING in keys:
            return MISSING
        equal = len(self.index.equal)
        key = keys[0] if equal == 1 else tuple(keys[:equal])
        return (key, *keys[equal:]) if self._signs else key

    def _note(self, root: int, asked: Any) -> None:
        if not self._signs:
            who = self._by_key.setdefault(asked, set())
            assert isinstance(who, set)
            who.add(root)
            return
        intervals = self._by_key.get(asked[0])
        if not isinstance(intervals, Intervals):
            intervals = self._by_key[asked[0]] = Intervals()
        intervals.put((root, id(asked)), self._range(asked))

    def _unnote(self, root: int, asked: Any) -> None:
        who = self._by_key[asked[0] if self._signs else asked]
        if isinstance(who, Intervals):
            who.drop((root, id(asked)))
        else:
            who.discard(root)
