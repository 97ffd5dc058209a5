"""A selection of a formula at work: it asks the index that it shares, and remembers who asked for what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from codaform.evaluation.indexes import MISSING, Index
from codaform.evaluation.ranges import ALL, Bounds, Intervals, narrowed
from codaform.model import types
from codaform.model.values import Row
from codaform.semantics import ir
from codaform.semantics.dependencies import GraphNode


class RowSelection:
    """One selection of one formula.

    owner: Whose formula it is, if its values are kept.
    asked: By the number of the formula's row, the values that it asked for; a list of them where it asks for several.
    scanned: The rows whose formulas looked at all rows, as an index could not be used.
    """

    def __init__(
        self, select: ir.Select, index: Index, keys: list[Callable[[Any], Any]], owner: GraphNode | None
    ) -> None:
        self.select = select
        self.index = index
        self.owner = owner
        self._equal = keys[: len(select.equal)]
        self._one = keys[0] if len(select.equal) == 1 else None
        self._range = _ranging(select, keys[-1])
        self._several = _reads_more_than_its_row(select)
        self.asked: dict[int, Any] = {}
        self.scanned: set[int] = set()
        self._by_key: dict[Any, Intervals | set[int]] | None = None
        self.rows: Callable[..., list[Row] | None] = self._in_range if select.bounds else self._equal_to
        """The rows whose cells are looked up; None where every row has to be asked.

        It is given the number of the formula's row, and the values of the equal columns, then those of the bounds;
        none of them where one is an error.
        """

    def _equal_to(self, root: int, *values: Any) -> list[Row] | None:
        index = self.index
        if not (index.ready or index.usable) or not values:
            self.scanned.add(root)
            return None
        key = self._key(values)
        if key is None and index.many:
            self.scanned.add(root)
            return None
        if self._by_key is None and not self._several:
            self.asked[root] = values
        else:
            self._remember(root, values)
        return index.groups.get(key) or []

    def _in_range(self, root: int, *values: Any) -> list[Row] | None:
        index = self.index
        if not (index.ready or index.usable) or not values:
            self.scanned.add(root)
            return None
        if self._by_key is None and not self._several:
            self.asked[root] = values
        else:
            self._remember(root, values)
        return index.between(self._key(values), self._range(values))

    def _key(self, values: tuple[Any, ...]) -> Any:
        if self._one is not None:
            return self._one(values[0])
        return tuple([key(value) for key, value in zip(self._equal, values, strict=False)]) if self._equal else ()

    # ------------------------------------------------------------ who asked

    def _remember(self, root: int, values: tuple[Any, ...]) -> None:
        if self._several:
            asked = self.asked.setdefault(root, [])
            if values not in asked:
                asked.append(values)
                if self._by_key is not None:
                    self._note(root, values)
            return
        before = self.asked.get(root)
        if before == values:
            return
        if before is not None:
            self._unnote(root, before)
        self.asked[root] = values
        self._note(root, values)

    def forget_all(self) -> None:
        """Forget all askers."""
        self.asked.clear()
        self.scanned.clear()
        self._by_key = None

    def askers(self, keys: Iterable[Any]) -> set[int]:
        """Who asked for rows that are found by one of these keys of the index."""
        if self._by_key is None:
            self._by_key = {}
            for root, asked in self.asked.items():
                for values in asked if self._several else (asked,):
                    self._note(root, values)
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

    def askers_of_move(self, before: Any, after: Any) -> set[int]:
        """Who finds other rows when a row is found by another key: not who finds it by both, and asked only once."""
        left, entered = self.askers((before,)), self.askers((after,))
        return left | entered if self._several else left ^ entered

    def askers_of(self, rows: Iterable[int]) -> set[int]:
        """Who asked for rows with these numbers, by the keys in the index, or looked at all rows."""
        return self.askers(map(self.index.key, rows)) | self.scanned

    def _note(self, root: int, values: tuple[Any, ...]) -> None:
        assert self._by_key is not None
        key = self._key(values)
        if self.select.bounds:
            intervals = self._by_key.get(key)
            if not isinstance(intervals, Intervals):
                intervals = self._by_key[key] = Intervals()
            intervals.put((root, id(values)), self._range(values))
        else:
            who = self._by_key.setdefault(key, set())
            assert isinstance(who, set)
            who.add(root)

    def _unnote(self, root: int, values: tuple[Any, ...]) -> None:
        assert self._by_key is not None
        who = self._by_key[self._key(values)]
        if isinstance(who, Intervals):
            who.drop((root, id(values)))
        else:
            who.discard(root)


def _ranging(select: ir.Select, key: Callable[[Any], Any]) -> Callable[[tuple[Any, ...]], Bounds]:
    """How the values that are looked for, of which the last are limits, become a range. key: Of a limit."""
    signs = [bound.sign for bound in select.bounds]

    def any_bounds(values: tuple[Any, ...]) -> Bounds:
        bounds = ALL
        for sign, value in zip(signs, values[-len(signs) :], strict=True):
            bounds = narrowed(bounds, sign, key(value))
        return bounds

    def above(values: tuple[Any, ...]) -> Bounds:
        low = values[-1]
        return any_bounds(values) if low is None else (key(low), opens, None, False, False, False)

    def below(values: tuple[Any, ...]) -> Bounds:
        high = values[-1]
        return any_bounds(values) if high is None else (None, False, key(high), opens, True, False)

    def between(values: tuple[Any, ...]) -> Bounds:
        low, high = values[-2], values[-1]
        if low is None or high is None:
            return any_bounds(values)
        return key(low), low_opens, key(high), opens, False, False

    opens = len(signs[-1]) == 1 if signs else False
    both = _between(select)
    if both is not None:
        low_opens, _ = both
        return between
    if len(signs) == 1:
        return above if signs[0][0] == ">" else below
    return any_bounds


def _between(select: ir.Select) -> tuple[bool, bool] | None:
    """Whether the limits themselves are left out, where there are two: a lower one and then an upper one.

    The lower limit leaves out blanks, so a condition for that is not needed.
    """
    bounds = list(select.bounds)
    if bounds and bounds[0].sign == ">" and bounds[0].value == ir.Constant(None, types.BLANK):
        del bounds[0]
    if len(bounds) != 2 or bounds[0].sign[0] != ">" or bounds[1].sign[0] != "<":
        return None
    return bounds[0].sign == ">", bounds[1].sign == "<"


def _reads_more_than_its_row(select: ir.Select) -> bool:
    """Whether the values depend on items that a formula goes through, so that a row asks for several keys."""
    values = [*(value for _, value in select.equal), *(bound.value for bound in select.bounds)]
    return any(isinstance(part, ir.Local) and part.slot != 0 for value in values for part in ir.parts(value))
