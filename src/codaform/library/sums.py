"""Sums: the signs + and - over numbers, texts, dates and durations."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from codaform.library.function import Context, function
from codaform.library.numbers import finite, reckoned
from codaform.model import conversion, value_texts
from codaform.model.values import DAY, EvaluationError, elapsed, later


def _shifted(day: date, days: float) -> date:
    try:
        return day + timedelta(days=int(days // 1))
    except OverflowError:
        raise EvaluationError("out-of-range", "the date lies outside the calendar") from None


@function("", operator="+")
def add_numbers(left: float | None, right: float | None) -> float:
    """The sum of two numbers; a blank counts as 0.

    left: The first number.
    right: The second number.

    >>> 1 + 2
    3
    >>> "" + 1
    1
    """
    return finite((left or 0.0) + (right or 0.0))


@function("", operator="+")
def add_duration_to_date(
    context: Context, left: date | None, right: timedelta | None
) -> date | datetime | timedelta | None:
    """The date some time later; a part of a day gives a date and time.

    left: The date.
    right: The time that passes.

    >>> Date(2025, 12, 8) + Days(3)
    2025-12-11
    >>> Date(2025, 12, 8) + Days(Tasks.Last().Hours)
    2025-12-08
    """
    if left is None or right is None:
        return left if right is None else right
    if right % DAY:
        moment = conversion.to_datetime(left, context)
        return None if moment is None else later(moment, right)
    return _shifted(left, right / DAY)


@function("", operator="+")
def add_date_to_duration(
    context: Context, left: timedelta | None, right: date | None
) -> date | datetime | timedelta | None:
    """The date some time later, with the duration first.

    left: The time that passes.
    right: The date.

    >>> Days(3) + Date(2025, 12, 8)
    2025-12-11
    >>> "" + Date(2025, 12, 8)
    2025-12-08
    """
    return add_duration_to_date.rowwise(context, right, left)  # type: ignore[no-any-return]


@function("", operator="+")
def add_days_to_date(context: Context, left: date | None, right: float | None) -> date | datetime | None:
    """The date some days later; a part of a day gives a date and time.

    left: The date.
    right: How many days.

    >>> Date(2025, 12, 8) + 7
    2025-12-15
    >>> Date(2025, 12, 8) + 0.5
    2025-12-08 12:00
    >>> Tasks.Last().Due + 7
    1900-01-06
    """
    if left is None:
        return None if right is None else conversion.to_date(right, context)
    days = right or 0.0
    if days % 1:
        moment = conversion.to_datetime(left, context)
        return None if moment is None else later(moment, value_texts.days_long(days))
    return _shifted(left, days)


@function("", operator="+")
def add_date_to_days(context: Context, left: float | None, right: date | None) -> date | datetime | None:
    """The date some days later, with the number first.

    left: How many days.
    right: The date.

    >>> 7 + Date(2025, 12, 8)
    2025-12-15
    >>> 0 + Date(2025, 12, 8)
    2025-12-08
    >>> Tasks.Last().Hours + Date(2025, 12, 8)
    2025-12-08
    """
    return add_days_to_date.rowwise(context, right, left)  # type: ignore[no-any-return]


@function("", operator="+")
def add_duration_to_datetime(left: datetime | None, right: timedelta | None) -> datetime | None:
    """The moment some time later. Time that passes is counted, also across a change of the clocks (assumed).

    left: The moment.
    right: The time that passes.

    >>> DateTime(2025, 12, 8, 22, 30, 0) + Hours(3)
    2025-12-09 01:30
    >>> DateTime(2025, 12, 8, 22, 30, 0) + Days(Tasks.Last().Hours)
    2025-12-08 22:30
    """
    if left is None or right is None:
        return left
    return later(left, right)


@function("", operator="+")
def add_days_to_datetime(left: datetime | None, right: float | None) -> datetime | None:
    """The moment some days later.

    left: The moment.
    right: How many days.

    >>> DateTime(2025, 12, 8, 22, 30, 0) + 1
    2025-12-09 22:30
    >>> DateTime(2025, 12, 8, 22, 30, 0) + Tasks.Last().Hours
    2025-12-08 22:30
    """
    if left is None or right is None:
        return left
    return later(left, value_texts.days_long(right))


@function("", operator="+")
def add_datetime_to_duration(left: timedelta | None, right: datetime | None) -> datetime | None:
    """The moment some time later, with the duration first.

    left: The time that passes.
    right: The moment.

    >>> Hours(3) + DateTime(2025, 12, 8, 22, 30, 0)
    2025-12-09 01:30
    >>> "" + DateTime(2025, 12, 8, 22, 30, 0)
    2025-12-08 22:30
    """
    return add_duration_to_datetime.rowwise(right, left)  # type: ignore[no-any-return]


@function("", operator="+")
def add_durations(left: timedelta | None, right: timedelta | None) -> timedelta:
    """Two durations together; a number counts days.

    left: The first duration.
    right: The second duration.

    >>> Hours(1) + Minutes(30)
    1 hr 30 mins
    >>> Hours(1) + Days(Tasks.Last().Hours)
    1 hr
    """
    return within(lambda: (left or timedelta()) + (right or timedelta()))


@function("", operator="+")
def add_texts(left: str | None, right: str | None) -> str | None:
    """Two texts joined; any other value is joined as its text.

    left: The first text.
    right: The text behind it. Where `""` itself is written, any value becomes a text; a value that only turns out to be
        blank adds nothing.

    >>> "n" + 1
    "n1"
    >>> "n" + ""
    "n"
    >>> 7 + ""
    "7"
    """
    return (left or "") + (right or "") or None


@function("", operator="+")
def add(context: Context, left: object, right: object) -> object:
    """The sum of two values whose types are known only when computed: a text that is not blank joins, all else adds.

    left: The first value.
    right: The second value.

    >>> ParseJSON("[1]").First() + 2
    3
    >>> If(true, "", 5) + 2
    2
    """
    left, right = conversion.single(left), conversion.single(right)
    if any(isinstance(value, str) and value for value in (left, right)):
        return (conversion.to_text(left, context) or "") + (conversion.to_text(right, context) or "")
    match left, right:
        case timedelta(), timedelta():
            return add_durations.rowwise(left, right)
        case datetime(), _:
            return add_duration_to_datetime.rowwise(left, conversion.to_duration(right, context))
        case _, datetime():
            return add_duration_to_datetime.rowwise(right, conversion.to_duration(left, context))
        case date(), timedelta():
            return add_duration_to_date.rowwise(context, left, right)
        case timedelta(), date():
            return add_duration_to_date.rowwise(context, right, left)
        case date(), _ if not isinstance(right, date):
            return add_days_to_date.rowwise(context, left, conversion.to_number(right, context))
        case _, date() if not isinstance(left, date):
            return add_days_to_date.rowwise(context, right, conversion.to_number(left, context))
        case (timedelta(), _) | (_, timedelta()):
            return add_durations.rowwise(conversion.to_duration(left, context), conversion.to_duration(right, context))
    return add_numbers.rowwise(conversion.to_number(left, context), conversion.to_number(right, context))


@function("", operator="-")
def subtract_numbers(left: float | None, right: float | None) -> float:
    """The difference of two numbers; a blank counts as 0.

    left: The number that is taken from.
    right: The number that is taken away.

    >>> 5 - 2
    3
    >>> 5 - ""
    5
    """
    return finite((left or 0.0) - (right or 0.0))


@function("", operator="-")
def subtract_duration_from_datetime(left: datetime | None, right: timedelta | None) -> datetime | None:
    """The moment some time earlier.

    left: The moment.
    right: The time to go back.

    >>> DateTime(2025, 12, 9, 1, 30, 0) - Hours(3)
    2025-12-08 22:30
    >>> DateTime(2025, 12, 9, 1, 30, 0) - ""
    2025-12-09 01:30
    """
    return add_duration_to_datetime.rowwise(left, None if right is None else -right)  # type: ignore[no-any-return]


@function("", operator="-")
def subtract_days_from_datetime(left: datetime | None, right: float | None) -> datetime | None:
    """The moment some days earlier.

    left: The moment.
    right: How many days to go back.

    >>> DateTime(2025, 12, 9, 1, 30, 0) - 1
    2025-12-08 01:30
    >>> DateTime(2025, 12, 9, 1, 30, 0) - ""
    2025-12-09 01:30
    """
    return add_days_to_datetime.rowwise(left, None if right is None else -right)  # type: ignore[no-any-return]


@function("", operator="-")
def subtract_duration_from_date(context: Context, left: date | None, right: timedelta | None) -> date | datetime | None:
    """The date some time earlier.

    left: The date.
    right: The time to go back.

    >>> Date(2025, 12, 8) - Days(7)
    2025-12-01
    >>> Date(2025, 12, 8) - ""
    2025-12-08
    """
    if left is None or right is None:
        return left
    return add_duration_to_date.rowwise(context, left, -right)  # type: ignore[no-any-return]


@function("", operator="-")
def subtract_days_from_date(context: Context, left: date | None, right: float | None) -> date | datetime | None:
    """The date some days earlier.

    left: The date.
    right: How many days to go back.

    >>> Date(2025, 12, 8) - 7
    2025-12-01
    >>> Date(2025, 12, 8) - ""
    2025-12-08
    """
    return None if left is None else add_days_to_date.rowwise(context, left, -(right or 0.0))


@function("", operator="-")
def subtract_dates(left: date, right: date) -> timedelta:
    """The days between two dates, as a duration.

    left: The later date.
    right: The earlier date.

    >>> Date(2025, 12, 14) - Date(2025, 12, 8)
    6 days
    >>> Date(2025, 12, 14) - Tasks.Last().Due
    blank
    """
    return left - right


@function("", operator="-")
def subtract_datetimes(left: datetime, right: datetime) -> timedelta:
    """The time that passes between two moments, also across a change of the clocks (assumed).

    left: The later moment.
    right: The earlier moment.

    >>> DateTime(2025, 12, 9, 1, 30, 0) - DateTime(2025, 12, 8, 22, 0, 0)
    3 hrs 30 mins
    >>> DateTime(2025, 12, 9, 1, 30, 0) - Tasks.Last().Due.ToDateTime()
    blank
    """
    return elapsed(left, right)


@function("", operator="-")
def subtract_times(left: time, right: time) -> timedelta:
    """The time between two times of a day.

    left: The later time.
    right: The earlier time.

    >>> Time(9, 30, 0) - Time(8, 0, 0)
    1 hr 30 mins
    >>> Time(9, 30, 0) - ToTime("")
    blank
    """
    day = date(2000, 1, 1)
    return datetime.combine(day, left) - datetime.combine(day, right)


@function("", operator="-")
def subtract_durations(left: timedelta | None, right: timedelta | None) -> timedelta:
    """The difference of two durations; a number counts days.

    left: The duration that is taken from.
    right: The duration that is taken away.

    >>> Hours(2) - Minutes(30)
    1 hr 30 mins
    >>> Hours(2) - ""
    2 hrs
    """
    return within(lambda: (left or timedelta()) - (right or timedelta()))


@function("", operator="-", literals={"left": reckoned, "right": reckoned})
def subtract(context: Context, left: object, right: object) -> object:
    """The difference of two values whose types are known only when they are computed.

    left: The value that is taken from.
    right: The value that is taken away.

    >>> ParseJSON("[5]").First() - 2
    3
    >>> If(true, "", 5) - 2
    -2
    """
    left, right = conversion.single(left), conversion.single(right)
    match left, right:
        case datetime(), date():
            return elapsed(left, conversion.to_datetime(right, context) or left)
        case date(), datetime():
            return elapsed(conversion.to_datetime(left, context) or right, right)
        case date(), date():
            return left - right
        case datetime(), _:
            return subtract_duration_from_datetime.rowwise(left, conversion.to_duration(right, context))
        case date(), timedelta():
            return subtract_duration_from_date.rowwise(context, left, right)
        case date(), _:
            return subtract_days_from_date.rowwise(context, left, conversion.to_number(right, context))
        case (timedelta() | time(), _) | (_, timedelta() | time()):
            return subtract_durations.rowwise(
                conversion.to_duration(left, context), conversion.to_duration(right, context)
            )
    return subtract_numbers.rowwise(conversion.to_number(left, context), conversion.to_number(right, context))


@function("", operator="-")
def negate_number(value: float | None) -> float:
    """The number with the other sign; a blank counts as 0.

    value: The number.

    >>> -(3)
    -3
    >>> -""
    0
    """
    return 0.0 - (value or 0.0)


@function("", operator="-")
def negate_duration(value: timedelta) -> timedelta:
    """The duration with the other sign.

    value: The duration.

    >>> -Hours(2)
    2 hrs ago
    >>> -Days(Tasks.Last().Hours)
    blank
    """
    return -value


def within(compute: Callable[[], timedelta]) -> timedelta:
    """A duration that can be computed with. Raises EvaluationError for one that is too long."""
    try:
        return compute()
    except OverflowError:
        raise EvaluationError("out-of-range", "the duration is too long") from None
