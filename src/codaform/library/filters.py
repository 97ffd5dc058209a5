"""Lists: asking each item, to keep, compute, sort or find it."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cmp_to_key
from math import isfinite
from typing import Any

from codaform.library.function import Context, Person, R, Row, T, function
from codaform.model.budget import SHORT
from codaform.model.comparison import equal, order
from codaform.model.conversion import single
from codaform.model.values import EvaluationError, instant, is_blank


@function("Filter", certainty="documented")
def filter_items(list_: list[T], condition: Callable[[T], bool]) -> list[T]:
    """The items for which a condition holds, in their order.

    list_: The list, table or view.
    condition: The condition on each item; CurrentValue is the item. A row's columns can be named alone.

    >>> Tasks.Filter(Status = "Open")
    [@Build, @Check]
    >>> Tasks.Filter(CurrentValue.Hours > 2).Name
    ["Plan", "Build"]
    >>> List(1, "", 3).Filter(CurrentValue.IsNotBlank())
    [1, 3]
    >>> Filter("", true)
    []
    """
    return [item for item in list_ if condition(item)]


@function("FormulaMap", also=("ForEach",), certainty="seen")
def formula_map(list_: list[T], formula: Callable[[T], R]) -> list[R]:
    """A formula computed for each item: as many results as there are items, in their order.

    list_: The list, table or view.
    formula: The formula for each item; CurrentValue is the item.

    A blank result keeps its place, and a result that is a list stays a list. With an action as the formula, the result
    is one action per item.

    >>> List(1, 2, 3).FormulaMap(CurrentValue * 10)
    [10, 20, 30]
    >>> Tasks.ForEach(CurrentValue.Due)
    [2025-12-08, 2025-12-15, blank]
    >>> List(1, 2).FormulaMap(List(CurrentValue, "x"))
    [[1, "x"], [2, "x"]]
    >>> FormulaMap("", 1)
    []
    """
    return [formula(item) for item in list_]


@function("CountIf", certainty="seen")
def count_if(list_: list[T], condition: Callable[[T], bool]) -> float:
    """How many items fulfil a condition.

    list_: The list, table or view.
    condition: The condition on each item; CurrentValue is the item.

    >>> List(1, 5, 9).CountIf(CurrentValue > 3)
    2
    >>> Tasks.CountIf(Hours.IsBlank())
    1
    >>> CountIf("", true)
    0
    """
    return float(sum(1 for item in list_ if condition(item)))


@function("SumIf", certainty="recalled")
def sum_if(list_: list[float], condition: Callable[[float], bool]) -> float:
    """The sum of the numbers that fulfil a condition.

    list_: The numbers; blanks among them add nothing, durations count in days.
    condition: The condition on each number; CurrentValue is the number.

    >>> List(1, 5, 9).SumIf(CurrentValue > 3)
    14
    >>> Tasks.Hours.SumIf(CurrentValue != 3)
    8
    >>> SumIf("", true)
    0
    """
    return _total([item for item in list_ if condition(item)])[0]


@function("AverageIf", certainty="recalled-weak")
def average_if(list_: list[float], condition: Callable[[float], bool]) -> float | None:
    """The mean of the numbers that fulfil a condition; blank if no number does.

    list_: The numbers; blanks among them are not counted, durations count in days.
    condition: The condition on each number; CurrentValue is the number.

    >>> List(1, 5, 9).AverageIf(CurrentValue > 3)
    7
    >>> Tasks.Hours.AverageIf(CurrentValue != 3)
    8
    >>> List(1, 2).AverageIf(CurrentValue > 3)
    blank
    """
    total, counted = _total([item for item in list_ if condition(item)])
    return total / counted if counted else None


@function("Sort", certainty="seen")
def sort(context: Context, list_: list[T], ascending: bool = True, by: Callable[[T], object] | None = None) -> list[T]:
    """The items in order of their values; equal items keep their order.

    list_: The list, table or view. Rows are sorted by their display column unless `by` says otherwise.
    ascending: Whether the smallest comes first; so if left out.
    by: The value to compare, computed for each item; CurrentValue is the item. The flag comes before it.

    Assumed: blanks count as smallest, so they come first when ascending. Texts are compared character by character,
    upper case before lower case.

    >>> List(3, 1, 2).Sort()
    [1, 2, 3]
    >>> List("b", "", "a").Sort()
    [blank, "a", "b"]
    >>> Tasks.Sort(false, Hours)
    [@Build, @Plan, @Check]
    >>> List("bb", "a", "cc").Sort(true, CurrentValue.Length())
    ["a", "bb", "cc"]
    >>> Tasks.Sort()
    [@Build, @Check, @Plan]
    """
    keys = [_sort_key(item if by is None else by(item), context) for item in list_]
    filled = [place for place, key in enumerate(keys) if not is_blank(key)]
    kinds = {type(keys[place]) for place in filled}
    times = len(filled).bit_length()
    context.budget.charge(len(filled) * times // (_QUICK_COMPARISONS_A_STEP if _ordered(kinds) else 1))
    if str in kinds:
        context.budget.charge_texts(keys, times)
    key = _comparable(kinds, context)
    filled.sort(key=lambda place: key(keys[place]), reverse=not ascending)
    blanks = [place for place, value in enumerate(keys) if is_blank(value)]
    return [list_[place] for place in (blanks + filled if ascending else filled + blanks)]


@function("All", certainty="community-hidden")
def all_true(list_: list[bool]) -> bool:
    """Whether every item is true.

    list_: The conditions. Blank is not true; of no items at all, every one is.

    >>> All(List(true, true))
    true
    >>> List(true, "").All()
    false
    >>> All("")
    true
    """
    return all(list_)


@function("Any", certainty="community-hidden")
def any_true(list_: list[bool]) -> bool:
    """Whether at least one item is true.

    list_: The conditions. Blank is not true.

    >>> Any(List(false, true))
    true
    >>> List(false, "").Any()
    false
    >>> Any("")
    false
    """
    return any(list_)


@function("Contains", certainty="documented", compares=("list", "values"))
def contains(context: Context, list_: list[object], *values: object) -> bool:
    """Whether at least one of the values is an item of the list. A part of a text is not found; ContainsText does that.

    list_: The list; a single value counts as a list of one.
    values: The values to look for. Assumed: a list counts as each of its items.

    >>> List("a", "b").Contains("x", "b")
    true
    >>> Contains(4, 1, 4, 7, 10)
    true
    >>> "Coda".Contains("Co")
    false
    >>> Tasks.Filter(Tags.Contains("b"))
    [@Build]
    >>> Contains("", "a")
    false
    >>> List("a", "").Contains("")
    true
    """
    return _share(list_, _opened(values), context)


@function("In", certainty="recalled", compares=("value", "values"))
def is_in(context: Context, value: object, *values: object) -> bool:
    """Whether the value is one of the values: Contains from the other side.

    value: The value to look for.
    values: The values, and lists of values.

    >>> In("b", "a", "b")
    true
    >>> Tasks.Filter(Name.In(List("Plan", "Rest")))
    [@Plan]
    >>> In("", "a")
    false
    """
    return _share(_opened(values), _opened((value,)), context)


@function("Matches", certainty="recalled", compares=("value", "filter"))
def matches(context: Context, value: list[object], *filter_: object) -> bool:
    """Whether the value is among those selected, or nothing is selected: the test for a filter control.

    value: The value; of a list, one item is enough.
    filter_: The selected values, and lists of values.

    Assumed: an empty selection lets everything through.

    >>> Tasks.Filter(Status.Matches("Open"))
    [@Build, @Check]
    >>> Tasks.Filter(Status.Matches(""))
    [@Plan, @Build, @Check]
    >>> Matches(List("a", "b"), List("b", "c"))
    true
    >>> Matches("", "a")
    false
    """
    selected = [item for item in _opened(filter_) if not is_blank(item)]
    return not selected or _share(value, selected, context)


@function("Find", certainty="seen")
def find_text(within: str, search: str, start: float = 1) -> float | None:
    """The place where a text first occurs in another.

    within: The text to search through.
    search: The text to look for; upper and lower case differ.
    start: The place where the search begins; the text begins at 1.

    Assumed: where it does not occur, the result is blank.

    >>> "codaform".Find("form")
    5
    >>> Find("banana", "an", 3)
    4
    >>> Find("Coda", "x")
    blank
    >>> Find("", "a")
    blank
    """
    return _place(within.find(search, max(int(start) - 1, 0)))


@function("Find", certainty="seen", compares=("within", "search"))
def find_item(context: Context, within: list[object], search: object, start: float = 1) -> float | None:
    """The place of the first item of a list or table that equals a value; of a row, its number in the table.

    within: The list or table to search through.
    search: The value to look for.
    start: The place where the search begins; the list begins at 1.

    >>> List("a", "b", "a").Find("a", 2)
    3
    >>> Tasks.Find(Tasks.Last())
    3
    >>> Tasks.Name.Find("Rest")
    blank
    >>> List(1, "").Find("")
    2
    """
    return _place(_index(within, search, max(int(start) - 1, 0), context))


@function("Find", certainty="seen", compares=("search", "within"))
def find_item_first(context: Context, search: object, within: list[object], start: float = 1) -> float | None:
    """The place of an item in a list; the item may come first where the other argument is a list.

    search: The value to look for.
    within: The list or table to search through.
    start: The place where the search begins; the list begins at 1.

    Assumed: both orders are read, as only the chained form is certain.

    >>> Find("b", List("a", "b"))
    2
    >>> Find("x", List("a", ""))
    blank
    """
    return _place(_index(within, search, max(int(start) - 1, 0), context))


_ORDERED = frozenset({float, str, bool, date, time, timedelta})
"""Types that Python orders as `model.conversion.order` does, each among its own."""

_QUICK_COMPARISONS_A_STEP = 4

_EQUATED = frozenset({float, str, bool, date, timedelta, Row, Person})
"""Types that Python compares as `model.conversion.equal` does, each among its own."""


def _total(items: list[float]) -> tuple[float, int]:
    """The sum, added from the first to the last as every engine adds, and how many numbers it has."""
    total, counted = 0.0, 0
    for item in items:
        if item is not None:
            total += item
            counted += 1
    if not isfinite(total):
        raise EvaluationError("out-of-range", "the sum is too large for a number")
    return total, counted


def _sort_key(value: object, context: Context) -> object:
    value = single(value)
    if isinstance(value, Row):
        return single(context.display(value))
    return value.name if isinstance(value, Person) else value


def _ordered(kinds: set[type]) -> bool:
    return len(kinds) <= 1 and kinds <= _ORDERED


def _comparable(kinds: set[type], context: Context) -> Callable[[Any], Any]:
    """What Python may compare of keys of these types: themselves, where it orders their one type as Coda does."""
    if _ordered(kinds):
        return lambda key: key
    if kinds == {datetime}:
        return instant
    return cmp_to_key(lambda left, right: order(left, right, context))


def _opened(values: tuple[object, ...]) -> list[object]:
    """The values, with the items of a list in its place."""
    opened: list[object] = []
    for value in values:
        if isinstance(value, list):
            opened.extend(value)
        else:
            opened.append(value)
    return opened


def _share(items: list[object], wanted: list[object], context: Context) -> bool:
    """Whether some item equals some wanted value."""
    kinds = {*map(type, wanted), *map(type, items)} - {type(None)}
    if len(kinds) <= 1 and kinds <= _EQUATED and not any(map(is_blank, wanted)):
        if str in kinds and any(len(value) > SHORT for value in wanted):  # type: ignore[arg-type]
            context.budget.charge_texts(items)
        return wanted[0] in items if len(wanted) == 1 else not set(wanted).isdisjoint(items)
    context.budget.charge(len(wanted) * len(items))
    return any(equal(item, value, context) for value in wanted for item in items)


def _index(items: list[object], value: object, start: int, context: Context) -> int:
    """Where the first equal item stands, from 0; -1 where there is none."""
    if type(value) in _EQUATED and not is_blank(value) and {*map(type, items)} <= {type(value), type(None)}:
        if type(value) is str and len(value) > SHORT:
            context.budget.charge_texts(items)
        try:
            return items.index(value, start)
        except ValueError:
            return -1
    return next((at for at in range(start, len(items)) if equal(items[at], value, context)), -1)


def _place(index: int) -> float | None:
    return None if index < 0 else float(index + 1)
