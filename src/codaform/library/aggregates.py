"""Aggregates: one value that sums up many."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import wraps
from typing import Any

from codaform.library.function import Context, Function, T, function
from codaform.library.numbers import finite
from codaform.model.comparison import order
from codaform.model.conversion import to_number
from codaform.model.value_texts import days_long
from codaform.model.values import EvaluationError, is_blank


@function("Sum", certainty="documented")
def sum_numbers(*numbers: list[float | None]) -> float:
    """All numbers added up; 0 when there are none.

    numbers: Numbers and lists of numbers; blanks are skipped.

    >>> Sum(1, 2, 3.5)
    6.5
    >>> Tasks.Hours.Sum()
    11
    >>> Sum(List(1, ""), 2)
    3
    >>> Sum("")
    0
    """
    # Plainly from left to right, as every engine adds: `sum` corrects itself from Python 3.12 on.
    total = 0.0
    for group in numbers:
        for number in group:
            if number is not None:
                total += number
    return finite(total)


@function("Sum", certainty="documented")
def sum_durations(*durations: list[timedelta | None]) -> timedelta:
    """All durations added up; no time when there are none.

    durations: Durations and lists of durations; blanks are skipped.

    >>> Sum(Hours(2), Minutes(30))
    2 hrs 30 mins
    >>> Sum(List(Days(1), "", Days(2)))
    3 days
    """
    return _added(_present(durations))


@function("Average", certainty="seen")
def average_number(*numbers: list[float | None]) -> float | None:
    """The arithmetic mean of all numbers; blank when there are none.

    numbers: Numbers and lists of numbers; blanks are skipped and not counted.

    >>> Average(1, 2, 6)
    3
    >>> Tasks.Hours.Average()
    5.5
    >>> Average("")
    blank
    """
    present = _present(numbers)
    return _mean(present) if present else None


@function("Average", certainty="seen")
def average_duration(*durations: list[timedelta | None]) -> timedelta | None:
    """The arithmetic mean of all durations; blank when there are none.

    durations: Durations and lists of durations; blanks are skipped and not counted.

    >>> Average(Hours(2), Hours(3))
    2 hrs 30 mins
    >>> Average(List(Days(1), ""))
    1 day
    """
    present = _present(durations)
    return _added(present) / len(present) if present else None


@function("Max", certainty="seen")
def largest(context: Context, *values: list[T]) -> T | None:
    """The largest value: the latest date, the longest duration; blank when there are none.

    values: Values and lists of values; blanks are skipped. Dates and durations can be mixed with numbers, which count
        days.

    A maker saw Coda give an error for an empty list; so it is in a doc that has `assume: {max_of_nothing: error}`.

    >>> Max(3, 7, 5)
    7
    >>> Tasks.Due.Max()
    2025-12-15
    >>> Max(Hours(-3), 0)
    0 secs
    >>> Max("")
    blank
    """
    return _extreme(context, values, 1)


@function("Min", certainty="seen")
def smallest(context: Context, *values: list[T]) -> T | None:
    """The smallest value: the earliest date, the shortest duration; blank when there are none.

    values: Values and lists of values; blanks are skipped. Dates and durations can be mixed with numbers, which count
        days.

    A maker saw Coda give an error for an empty list; so it is in a doc that has `assume: {max_of_nothing: error}`.

    >>> Min(3, 7, 5)
    3
    >>> Min(Tasks.Due, Date(2025, 1, 31))
    2025-01-31
    >>> Min(Hours(12), 1)
    12 hrs
    >>> Min(List(2, ""), "")
    2
    """
    return _extreme(context, values, -1)


@function("Median", certainty="recalled")
def median_number(*numbers: list[float | None]) -> float | None:
    """The number in the middle of all numbers by size, of an even count the mean of the two; blank when there are none.

    numbers: Numbers and lists of numbers; blanks are skipped.

    >>> Median(1, 100, 3)
    3
    >>> Median(List(1, 2, "", 4, 100))
    3
    >>> Median("")
    blank
    """
    present = sorted(_present(numbers))
    if not present:
        return None
    below, above = _middle(present)
    return finite((below + above) / 2)


@function("Median", certainty="recalled")
def median_duration(*durations: list[timedelta | None]) -> timedelta | None:
    """The duration in the middle of all durations by length; blank when there are none.

    durations: Durations and lists of durations; blanks are skipped.

    >>> Median(Hours(1), Days(1), Hours(3))
    3 hrs
    >>> Median(List(Hours(1), "", Hours(2)))
    1 hr 30 mins
    """
    present = sorted(_present(durations))
    if not present:
        return None
    below, above = _middle(present)
    return below + (above - below) / 2


@function("Mode", certainty="recalled-weak")
def mode(*numbers: list[float | None]) -> float | None:
    """The number that comes up most often; blank when there are none.

    numbers: Numbers and lists of numbers; blanks are skipped.

    Assumed: of several that come up equally often it is the first.

    >>> Mode(1, 2, 2, 3)
    2
    >>> Mode(List(5, "", "", 4))
    5
    >>> Mode("")
    blank
    """
    counts: dict[float, int] = {}
    for number in _present(numbers):
        counts[number] = counts.get(number, 0) + 1
    return max(counts, key=lambda number: counts[number]) if counts else None


@function("Product", certainty="recalled")
def product(*numbers: list[float | None]) -> float | None:
    """All numbers multiplied; blank when there are none.

    numbers: Numbers and lists of numbers; blanks are skipped.

    Assumed: the product of nothing is blank.

    >>> Product(2, 3, 4)
    24
    >>> Product(List(5, "", 0.5))
    2.5
    >>> Product("")
    blank
    """
    present = _present(numbers)
    if not present:
        return None
    result = 1.0
    for number in present:
        result *= number
    return finite(result)


@function("StandardDeviation", certainty="recalled-weak")
def standard_deviation(numbers: list[float | None]) -> float | None:
    """How far numbers lie from their mean, typically: the square root of the variance.

    numbers: The numbers; blanks are skipped.

    Assumed: the numbers are a sample, so their count less one divides; fewer than two give blank.

    >>> Round(StandardDeviation(List(2, 4, 4, 4, 5, 5, 7, 9)), 3)
    2.138
    >>> List(1, "", 1).StandardDeviation()
    0
    >>> StandardDeviation("")
    blank
    """
    squared = _variance(_present((numbers,)))
    return None if squared is None else math.sqrt(squared)


@function("Variance", certainty="recalled-weak")
def variance(numbers: list[float | None]) -> float | None:
    """The mean of the squared distances of numbers from their mean.

    numbers: The numbers; blanks are skipped.

    Assumed: the numbers are a sample, so their count less one divides; fewer than two give blank.

    >>> Variance(List(1, 2, 3, 4))
    1.6666666666666667
    >>> List(1, "", 3).Variance()
    2
    >>> Variance("")
    blank
    """
    return _variance(_present((numbers,)))


@function("Percentile", certainty="recalled-weak")
def percentile(numbers: list[float | None], percent: float) -> float | None:
    """The number below which a share of the numbers lies.

    numbers: The numbers; blanks are skipped.
    percent: The share, from 0 (the smallest number) to 1 (the largest).

    Assumed: between two numbers the result lies in proportion, and the share is a fraction, as percentages are.

    >>> Percentile(List(10, 20, 30, 40, 50), 0.9)
    46
    >>> List(1, "", 3).Percentile(0.5)
    2
    >>> Percentile("", 0.5)
    blank
    >>> Percentile(List(1, 2), 90)
    error: out-of-range
    """
    if not 0 <= percent <= 1:
        raise EvaluationError("out-of-range", "a percentile lies from 0 to 1")
    present = sorted(_present((numbers,)))
    if not present:
        return None
    place = percent * (len(present) - 1)
    at = math.floor(place)
    if at == place:
        return present[at]
    return finite(present[at] + (present[at + 1] - present[at]) * (place - at))


@function("Correlation", certainty="recalled-weak")
def correlation(x: list[float | None], y: list[float | None]) -> float | None:
    """How closely two lists of numbers rise and fall together: from -1 (against each other) over 0 to 1.

    x: The first numbers.
    y: As many second numbers, in the same order; a pair with a blank is skipped.

    Assumed: fewer than two pairs give blank.

    >>> Correlation(List(1, 2, 3), List(2, 4, 6))
    1
    >>> Correlation(List(1, 2, "", 3), List(6, 4, 9, 2))
    -1
    >>> Correlation("", "")
    blank
    >>> Correlation(List(1, 2), List(5, 5))
    error: division-by-zero
    >>> Correlation(List(1, 2), List(5))
    error: wrong-value
    """
    if len(x) != len(y):
        raise EvaluationError("wrong-value", f"{len(x)} numbers cannot be paired with {len(y)}")
    pairs = [(a, b) for a, b in zip(x, y, strict=True) if a is not None and b is not None]
    if len(pairs) < 2:
        return None
    mean_x, mean_y = _mean([a for a, _ in pairs]), _mean([b for _, b in pairs])
    together = _folded([(a - mean_x) * (b - mean_y) for a, b in pairs])
    spread = math.sqrt(finite(_squared([a - mean_x for a, _ in pairs]) * _squared([b - mean_y for _, b in pairs])))
    if spread == 0:
        raise EvaluationError("division-by-zero", "numbers that are all equal do not correlate")
    return max(-1.0, min(1.0, together / spread))


@function("SumProduct", certainty="recalled")
def sum_product(*lists: list[float | None]) -> float:
    """The items of lists multiplied place by place, and the products added up.

    lists: Lists of the same length; a blank counts as 0.

    >>> SumProduct(List(1, 2, 3), List(10, 20, 30))
    140
    >>> SumProduct(List(1, ""), List(10, 20))
    10
    >>> SumProduct("")
    0
    >>> SumProduct(List(1, 2), List(10))
    error: wrong-value
    """
    if len({len(group) for group in lists}) > 1:
        raise EvaluationError(
            "wrong-value", f"lists of {' and '.join(str(len(group)) for group in lists)} items do not pair"
        )
    total = 0.0
    for place in zip(*lists, strict=True):
        factor = 1.0
        for number in place:
            factor *= number or 0.0
        total += factor
    return finite(total)


@function("Rank", certainty="seen")
def rank(context: Context, value: object, values: list[object], ascending: bool = True) -> float | None:
    """The place of a value among others by size, counted from 1; blank when it is not among them.

    value: The value to place.
    values: All values; blanks are skipped.
    ascending: Whether the smallest value has place 1; true if left out.

    Assumed: equal values share the first of their places.

    >>> Rank(20, List(30, 10, 20))
    2
    >>> Rank(20, List(30, 10, 20, 30, ""), false)
    3
    >>> Tasks.FormulaMap(CurrentValue.Hours.Rank(Tasks.Hours))
    [1, 2, blank]
    >>> Rank(5, List(1, 2))
    blank
    """
    if is_blank(value):
        return None
    sign = 1 if ascending else -1
    before, found = 0, False
    if type(value) is float and set(map(type, values)) == {float}:
        # The fast path for a column of numbers, as every row needs its rank.
        numbers: list[float] = values  # type: ignore[assignment]
        before = len([1 for number in numbers if number < value] if ascending else [1 for n in numbers if n > value])
        found = value in numbers
    else:
        for other in values:
            if not is_blank(other):
                difference = order(other, value, context) * sign
                before += difference < 0
                found = found or difference == 0
    return before + 1.0 if found else None


_PLAIN = (float, date, timedelta)
"""The kinds of values that Python orders as Coda does. Not datetime: two of one zone are compared by their clocks."""


def _present(groups: tuple[list[T | None], ...]) -> list[T]:
    return [item for group in groups for item in group if item is not None]


def _folded(numbers: list[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return finite(total)


def _squared(numbers: list[float]) -> float:
    return _folded([number * number for number in numbers])


def _mean(numbers: list[float]) -> float:
    return _folded(numbers) / len(numbers)


def _added(durations: list[timedelta]) -> timedelta:
    try:
        return sum(durations, timedelta())
    except OverflowError:
        raise EvaluationError("out-of-range", "the duration is too long") from None


def _middle(ordered: list[T]) -> tuple[T, T]:
    return ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]


def _variance(numbers: list[float]) -> float | None:
    if len(numbers) < 2:
        return None
    mean = _mean(numbers)
    return _squared([number - mean for number in numbers]) / (len(numbers) - 1)


def _extreme(context: Context, groups: tuple[list[T], ...], sign: int) -> T | None:
    """The largest value by a sign of 1, the smallest by -1; the first of equal ones."""
    values = groups[0] if len(groups) == 1 else [value for group in groups for value in group]
    kinds = set(map(type, values))
    if type(None) in kinds:
        values = [value for value in values if value is not None]
        kinds.discard(type(None))
    if len(kinds) == 1 and kinds.issubset(_PLAIN):
        pick: Callable[..., T] = max if sign > 0 else min
        return pick(values)
    if kinds == {str} and (numbers := _numeric(values, context)) is not None:
        # Texts that are all numbers compare as such: `"1,11,8".Split(",").Max()` (c:25879).
        return values[numbers.index(max(numbers) if sign > 0 else min(numbers))]
    best: Any = None
    for value in values:
        if not is_blank(value) and (best is None or order(value, best, context) * sign > 0):
            best = value
    if timedelta in kinds and isinstance(best, float):
        # Beside a duration a number counts days.
        best = days_long(best)
    return best  # type: ignore[no-any-return]


def _numeric(texts: Sequence[Any], context: Context) -> list[float] | None:
    """Texts as numbers, if every text is a number."""
    numbers = []
    for text in texts:
        try:
            number = to_number(text, context)
        except EvaluationError:
            return None
        if number is None:
            return None
        numbers.append(number)
    return numbers


def _strict(plain: Function) -> Function:
    """The same function, with an error where it has no value to give."""

    @wraps(plain.rowwise)
    def rowwise(*given: Any) -> Any:
        found = plain.rowwise(*given)
        if found is None:
            raise EvaluationError("wrong-value", f"{plain.name} of nothing has no value")
        return found

    return replace(plain, rowwise=rowwise)


STRICT = {
    plain: _strict(plain)
    for plain in (
        largest,
        smallest,
        average_number,
        average_duration,
        median_number,
        median_duration,
        mode,
        percentile,
    )
}
"""Aggregates that are blank where there is nothing, and what stands for them in a doc that takes that for an error."""
