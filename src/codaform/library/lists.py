"""Lists: building, counting, taking parts, putting together."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import chain, filterfalse
from math import floor, isfinite
from typing import Any

from codaform.library.function import Context, Inner, Person, Row, T, function
from codaform.library.text import refuse_longer
from codaform.model.budget import STEPS_A_COMPARISON, STEPS_A_LIST
from codaform.model.values import EvaluationError, identity, is_blank


@function("List", certainty="documented")
def list_of(*values: T | None) -> list[T | None]:
    """A list of the values, in the order given.

    values: The items; a list among them stays a list, as one item. A blank stays too.

    >>> List(1, 2)
    [1, 2]
    >>> List("a", "", "b")
    ["a", blank, "b"]
    >>> List(List(1, 2), List(3))
    [[1, 2], [3]]
    >>> List()
    []
    """
    return list(values)


@function("ListCombine", certainty="seen")
def combine_nested(context: Context, *lists: list[list[T]]) -> list[Inner]:
    """All items of several lists of lists as one flat list.

    lists: The lists; their own lists are opened, however deep they lie.

    A list without items adds nothing: of a column with several values in a cell, the empty cells are left out.

    >>> ListCombine(List(List(1, 2), List(3)))
    [1, 2, 3]
    >>> List(List("a", ""), List(), List("b")).ListCombine()
    ["a", blank, "b"]
    >>> ListCombine(List(List(List(1), List(2)), List(List(3))))
    [1, 2, 3]
    >>> Projects.Tasks.ListCombine()
    [@Plan, @Build, @Check]
    """
    return _flat(lists, context)


@function("ListCombine", certainty="seen")
def combine(context: Context, *lists: list[T]) -> list[Inner]:
    """The values and the items of the lists as one flat list.

    lists: Single values and lists, in the order of the result.

    Assumed: a blank that is an item of a list stays an item; a blank argument adds nothing.

    >>> ListCombine(List(1, 2), 3, List(4))
    [1, 2, 3, 4]
    >>> ListCombine(List("a", ""), "b")
    ["a", blank, "b"]
    >>> ListCombine("", "b")
    ["b"]
    """
    return _flat(lists, context)


@function("Sequence", certainty="seen")
def sequence_of_numbers(from_: float, to: float, by: float | None = None) -> list[float]:
    """The numbers from one to another, both included.

    from_: The first number.
    to: The last number; it is left out where the steps miss it.
    by: The step; one if left out, upwards or downwards as the two numbers lie.

    Assumed: without a step the numbers also run downwards, and a step that leads away from the end gives none.
    A step of zero is an error.

    >>> Sequence(1, 4)
    [1, 2, 3, 4]
    >>> Sequence(3, 1)
    [3, 2, 1]
    >>> Sequence(0, 1, 0.25)
    [0, 0.25, 0.5, 0.75, 1]
    >>> Sequence(1, 8, 3)
    [1, 4, 7]
    >>> Sequence(1, "")
    []
    >>> Sequence(1, 3, 0)
    error: wrong-value
    """
    step = by if by is not None else _direction(to - from_)
    return [from_ + index * step for index in range(_steps(to - from_, step))]


@function("Sequence", certainty="seen")
def sequence_of_dates(from_: date, to: date, by: float | None = None) -> list[date]:
    """The days from one to another, both included.

    from_: The first day.
    to: The last day; it is left out where the steps miss it.
    by: The step in whole days; one if left out, onwards or backwards as the two days lie.

    >>> Sequence(Date(2025, 12, 8), Date(2025, 12, 10))
    [2025-12-08, 2025-12-09, 2025-12-10]
    >>> Sequence(Date(2025, 12, 8), Date(2025, 12, 31), 14)
    [2025-12-08, 2025-12-22]
    >>> Sequence(Date(2025, 12, 8), Date(2025, 12, 7))
    [2025-12-08, 2025-12-07]
    >>> Tasks.Last().Due.Sequence(Date(2025, 12, 8))
    []
    """
    days = (to - from_).days
    step = int(by) if by is not None else int(_direction(days))
    return [from_ + timedelta(days=index * step) for index in range(_steps(days, step))]


@function("First", certainty="seen")
def first(list_: list[T]) -> T | None:
    """The first item of a list or table; a single value is its own first item.

    list_: The list or table.

    >>> List("a", "b").First()
    "a"
    >>> Tasks.First()
    @Plan
    >>> First(7)
    7
    >>> First("")
    blank
    """
    return list_[0] if list_ else None


@function("Last", certainty="seen")
def last(list_: list[T]) -> T | None:
    """The last item of a list or table; a single value is its own last item.

    list_: The list or table.

    >>> List("a", "b").Last()
    "b"
    >>> Tasks.Last()
    @Check
    >>> List().Last()
    blank
    """
    return list_[-1] if list_ else None


@function("Nth", certainty="seen")
def nth(list_: list[T], position: float) -> T | None:
    """The item at a place in a list or table.

    list_: The list or table.
    position: The place; the first item has place 1.

    Assumed: where there is no such place, the result is blank.

    >>> List("a", "b", "c").Nth(2)
    "b"
    >>> Tasks.Nth(3)
    @Check
    >>> List("a").Nth(2)
    blank
    >>> Nth("", 1)
    blank
    >>> List("a", "b").Nth(0)
    blank
    """
    return list_[int(position) - 1] if 1 <= position < len(list_) + 1 else None


@function("Slice", certainty="seen")
def slice_text(value: str, start: float, end: float | None = None) -> str | None:
    """The part of a text between two places, both included.

    value: The text.
    start: The place of the first character; the text begins at 1.
    end: The place of the last character; the end of the text if left out, or if it lies beyond.

    Assumed: a start before 1 is the first character.

    >>> Slice("codaform", 5)
    "form"
    >>> Slice("codaform", 2, 4)
    "oda"
    >>> Slice("#ff8800", 2, 99)
    "ff8800"
    >>> Slice("abc", 4)
    blank
    >>> Slice("", 1)
    blank
    """
    return value[_part(start, end)] or None


@function("Slice", certainty="seen")
def slice_list(value: list[T], start: float, end: float | None = None) -> list[T]:
    """The items of a list or table between two places, both included.

    value: The list or table.
    start: The place of the first item; the list begins at 1.
    end: The place of the last item; the end of the list if left out, or if it lies beyond.

    Assumed: a start before 1 is the first item.

    >>> List("a", "b", "c", "d").Slice(2, 3)
    ["b", "c"]
    >>> Tasks.Hours.Slice(2)
    [8, blank]
    >>> List(1, 2, 3).Slice(0, 99)
    [1, 2, 3]
    >>> List(1, 2, 3).Slice(3, 2)
    []
    """
    return value[_part(start, end)]


@function("Splice", certainty="seen")
def splice(list_: list[T], start: float, delete_count: float, *items: T | None) -> list[T | None]:
    """A list with some items taken out and others put in their place.

    list_: The list.
    start: The place where the change begins; 1, as well as 0, is before the first item.
    delete_count: How many items are taken out.
    items: The items; a list among the items stays one item.

    Assumed: a start beyond the end appends.

    >>> List("a", "b", "c").Splice(2, 1)
    ["a", "c"]
    >>> List("a", "b").Splice(0, 0, "x", "y")
    ["x", "y", "a", "b"]
    >>> List("a", "b").Splice(2, 1, "")
    ["a", blank]
    >>> Splice("", 1, 0, "x")
    ["x"]
    >>> List("a").Splice(9, 0, "b")
    ["a", "b"]
    """
    at = min(max(int(start) - 1, 0), len(list_))
    after = at + max(int(delete_count), 0)
    return [*list_[:at], *items, *list_[after:]]


@function("ReverseList", certainty="recalled-weak")
def reverse_list(list_: list[T]) -> list[T]:
    """The items of a list from the last to the first.

    list_: The list or table.

    >>> List(1, 2, 3).ReverseList()
    [3, 2, 1]
    >>> List("a", "").ReverseList()
    [blank, "a"]
    >>> ReverseList("")
    []
    """
    return list_[::-1]


@function("Unique", certainty="seen")
def unique(context: Context, list_: list[T]) -> list[T]:
    """The different items of a list, each where it first stands.

    list_: The list or table. Texts differ in upper and lower case; rows are compared as rows, not by their text.

    >>> List("b", "a", "b", "B").Unique()
    ["b", "a", "B"]
    >>> List(1, "", 1, "").Unique()
    [1, blank]
    >>> Tasks.Project.Unique()
    [@Website, @Audit]
    >>> List(List(1, 2), List(1, 2), List(2, 1)).Unique()
    [[1, 2], [2, 1]]
    """
    kept: dict[object, T] = {}
    for key, item in zip(_keys(list_, context), list_, strict=True):
        kept.setdefault(key, item)
    return list(kept.values())


@function("RandomItem", volatile=True, certainty="recalled-weak")
def random_item(list_: list[T]) -> T | None:
    """A random item of a list, another one each time the formula is computed.

    list_: The list or table.

    >>> RandomItem(List("a"))
    "a"
    >>> Tasks.RandomItem().IsFromTable(Tasks)
    true
    >>> RandomItem("")
    blank
    """
    import random

    return random.choice(list_) if list_ else None


@function("RandomizeList", volatile=True, certainty="recalled-weak")
def randomize_list(list_: list[T]) -> list[T]:
    """The items of a list in a random order, another one each time the formula is computed.

    list_: The list or table.

    >>> List(3, 1, 2).RandomizeList().Sort()
    [1, 2, 3]
    >>> RandomizeList("")
    []
    """
    import random

    return random.sample(list_, len(list_))


@function("Count", certainty="documented")
def count(*lists: list[object]) -> float:
    """How many items there are, blank ones left out. A table counts its rows.

    lists: Lists, tables and single values; they are counted together.

    >>> Tasks.Count()
    3
    >>> Tasks.Hours.Count()
    2
    >>> Count("a", "", List(1, 2))
    3
    >>> Count("")
    0
    """
    # Most items are neither blank nor otherwise empty: only what Python calls false is looked at.
    return float(sum(len(items) - sum(map(is_blank, filterfalse(None, items))) for items in lists))


@function("CountAll", certainty="recalled")
def count_all(*lists: list[object]) -> float:
    """How many items there are, blank ones too.

    lists: Lists, tables and single values; they are counted together. A blank argument has no items.

    >>> Tasks.Hours.CountAll()
    3
    >>> CountAll(List("a", ""), "b")
    3
    >>> CountAll("")
    0
    """
    return float(sum(map(len, lists)))


@function("CountUnique", certainty="recalled-weak")
def count_unique(context: Context, *lists: list[object]) -> float:
    """How many different items there are.

    lists: Lists, tables and single values; they are counted together.

    Assumed: blanks are not counted, as in Count.

    >>> List("a", "b", "a", "").CountUnique()
    2
    >>> Tasks.Project.CountUnique()
    2
    >>> CountUnique(List(1, 2), 2)
    2
    """
    filled = [item for item in chain.from_iterable(lists) if item or not is_blank(item)]
    return float(len(set(_keys(filled, context))))


@function("Join", certainty="seen")
def join(list_: list[str], delimiter: str | None = None) -> str | None:
    """The texts of the items, one after the other.

    list_: The items; each is written as a text shows it.
    delimiter: What stands between two items; nothing if left out.

    Assumed: a blank item is an empty text, with the delimiter before and after it.

    >>> List("a", "b", "c").Join(", ")
    "a, b, c"
    >>> Tasks.Join("/")
    "Plan/Build/Check"
    >>> List(1, 2).Join()
    "12"
    >>> List("a", "", "b").Join("-")
    "a--b"
    >>> Join("", ", ")
    blank
    """
    return _joined(list_, delimiter or "")


@function("Join", certainty="seen")
def join_delimiter_first(delimiter: str | None, list_: list[str]) -> str | None:
    """The texts of the items, one after the other; the delimiter may come first where the other argument is a list.

    delimiter: What stands between two items.
    list_: The items; each is written as a text shows it.

    Assumed: both orders are read, as only the chained form is certain.

    >>> Join(", ", List("a", "b"))
    "a, b"
    >>> Join("", List("a", "b"))
    "ab"
    """
    return _joined(list_, delimiter or "")


def _joined(texts: list[str], delimiter: str) -> str | None:
    refuse_longer(sum(len(text or "") for text in texts) + len(delimiter) * max(len(texts) - 1, 0))
    return delimiter.join(text or "" for text in texts) or None


_LIMIT = 1_000_000
"""No list grows longer than this by a number in a formula."""

_PLAIN = frozenset({str, float, Row, Person, date, timedelta, type(None)})
"""Types whose values are their own identity. A boolean is not: Python takes true for 1."""


def _flat(items: Sequence[Any], context: Context) -> list[Any]:
    context.budget.charge(STEPS_A_LIST + len(items))
    found: list[Any] = []
    for item in items:
        if isinstance(item, list):
            found.extend(_flat(item, context))
        else:
            found.append(item)
    return found


def _keys(items: list[T], context: Context) -> Iterable[object]:
    """A key of each item, the same for the same values; quick where the items are their own keys."""
    context.budget.charge_texts(items)
    if _PLAIN.issuperset(map(type, items)) and "" not in items:
        return items
    context.budget.charge(STEPS_A_COMPARISON * len(items))
    context.budget.charge_whole(items)
    return map(identity, items)


def _direction(way: float) -> float:
    return 1.0 if way >= 0 else -1.0


def _steps(way: float, step: float) -> int:
    """How many items lie on the way, both ends counted."""
    if step == 0:
        raise EvaluationError("wrong-value", "a sequence cannot go on by 0")
    if way * step < 0:
        return 0
    # Ten steps of 0.1 are a little more than 1: what is missed by rounding counts as reached.
    steps = way / step + 1e-9
    if not isfinite(steps) or steps >= _LIMIT:
        raise EvaluationError("out-of-range", f"a sequence has at most {_LIMIT:,} items")
    return floor(steps) + 1


def _part(start: float, end: float | None) -> slice:
    first = max(int(start) - 1, 0)
    return slice(first, None if end is None else max(int(end), first))
