"""Dates and times: made, moved, counted and written."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from codaform.library.function import Context, function
from codaform.model.conversion import attempted, to_date, to_datetime, to_time
from codaform.model.moment import has_token, moment_text
from codaform.model.value_texts import read_datetime
from codaform.model.values import DAY, EvaluationError
from codaform.text import shorten

UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
"""The units of time that a moment can be cut to."""


def tells_time(format: str, given: object = None) -> None:
    """EvaluationError for a format that writes every date and time as the same text."""
    if not has_token(format):
        raise EvaluationError("wrong-value", f'the format "{shorten(format)}" holds no token: YYYY, MM, DD, HH, mm …')


def _is_unit(unit: str, given: object = None) -> None:
    if unit.lower() not in UNITS:
        raise EvaluationError("wrong-value", f'"{shorten(unit)}" is no unit of time; there are {", ".join(UNITS)}')


def _is_moment(value: object, given: object = None) -> None:
    if isinstance(value, str):
        read_datetime(value, UTC)


@function("Today", volatile=True, certainty="documented")
def today(context: Context) -> date:
    """The current date in the doc's time zone.

    >>> Today()
    2025-12-10
    >>> Today() - Days(1)
    2025-12-09
    """
    return context.now.date()


@function("Now", volatile=True, certainty="documented")
def now(context: Context) -> datetime:
    """The current date and time in the doc's time zone.

    >>> Now()
    2025-12-10 09:00
    >>> Now() + Hours(3)
    2025-12-10 12:00
    """
    return context.now


@function("Date", certainty="seen")
def date_of(year: float, month: float, day: float) -> date:
    """A date made from its parts.

    year: The year, from 1 to 9999.
    month: The month; 1 is January.
    day: The day of the month; 1 is the first.

    Months and days that do not exist roll over: month 13 is the January after, day 0 the last day of the month before.
    Decimals are cut off.

    >>> Date(2025, 12, 8)
    2025-12-08
    >>> Date(2023, 2, 29)
    2023-03-01
    >>> Date(2025, 13, 0)
    2025-12-31
    >>> Date(2025, "", 1)
    blank
    >>> Date(10000, 1, 1)
    error: out-of-range
    >>> List(2025, 2026).Date(1, 1)
    [2025-01-01, 2026-01-01]
    """
    return _date(year, month, day)


@function("DateTime", certainty="recalled")
def datetime_of(
    context: Context, year: float, month: float, day: float, hour: float = 0, minute: float = 0, second: float = 0
) -> datetime:
    """A date with a time of day, in the doc's time zone.

    year: The year, from 1 to 9999.
    month: The month; 1 is January.
    day: The day of the month; 1 is the first.
    hour: The hour from 0 to 23; 0 if left out.
    minute: The minute; 0 if left out.
    second: The second; 0 if left out.

    Assumed: all parts roll over as those of Date do, and decimals are cut off.

    >>> DateTime(2025, 12, 8, 22, 30)
    2025-12-08 22:30
    >>> DateTime(2025, 12, 8)
    2025-12-08 00:00
    >>> DateTime(2025, 12, 8, 25, -1)
    2025-12-09 00:59
    >>> DateTime("", 12, 8)
    blank
    >>> List(2025, 2026).DateTime(1, 1, 12)
    [2025-01-01 12:00, 2026-01-01 12:00]
    """
    return _local(_date(year, month, day), _clock(hour, minute, second), context.zone)


@function("Time", certainty="recalled")
def time_of(hour: float, minute: float, second: float = 0) -> time:
    """A time of day.

    hour: The hour from 0 to 23.
    minute: The minute.
    second: The second; 0 if left out.

    Assumed: parts roll over, past midnight too, and decimals are cut off.

    >>> Time(22, 30)
    22:30
    >>> Time(9, 5, 7)
    09:05:07
    >>> Time(24, 90)
    01:30
    >>> Time("", 30)
    blank
    >>> List(9, 10).Time(0)
    [09:00, 10:00]
    """
    return (datetime(1, 1, 1) + _clock(hour, minute, second) % DAY).time()


@function("EndOfMonth", certainty="seen")
def end_of_month(date: date, months: float = 0) -> date:
    """The last day of a month.

    date: A date in the month to start from.
    months: How many months later, or earlier when negative; the same month if left out.

    >>> EndOfMonth(Date(2024, 1, 15), 1)
    2024-02-29
    >>> EndOfMonth(Date(2025, 12, 8))
    2025-12-31
    >>> EndOfMonth("", 1)
    blank
    >>> Tasks.Due.EndOfMonth(-1)
    [2025-11-30, 2025-11-30, blank]
    """
    return _months_later(date.replace(day=1), months, day=31)


@function("RelativeDate", certainty="seen")
def relative_date(date: date, months: float) -> date:
    """The same day in another month, or its last day where the month is shorter; without a time of day.

    date: The date to start from.
    months: How many months later, or earlier when negative.

    >>> RelativeDate(Date(2024, 1, 31), 1)
    2024-02-29
    >>> RelativeDate(DateTime(2025, 12, 8, 22, 30), -12)
    2024-12-08
    >>> RelativeDate("", 1)
    blank
    >>> RelativeDate(Date(9999, 12, 31), 1)
    error: out-of-range
    >>> Tasks.Due.RelativeDate(1)
    [2026-01-08, 2026-01-15, blank]
    """
    return _months_later(date, months)


@function("DateTimeTruncate", certainty="recalled", literals={"unit": _is_unit})
def truncate_moment(context: Context, value: datetime, unit: str) -> datetime:
    """The start of the year, quarter, month, week, day, hour, minute or second in which a moment lies.

    value: The date and time.
    unit: One of "year", "quarter", "month", "week", "day", "hour", "minute" and "second".

    A week starts on the doc's first day of the week.

    >>> DateTimeTruncate(DateTime(2025, 12, 8, 22, 30), "hour")
    2025-12-08 22:00
    >>> DateTimeTruncate(Now(), "quarter")
    2025-10-01 00:00
    >>> DateTimeTruncate("", "day")
    blank
    >>> DateTimeTruncate(Now(), "fortnight")
    error: wrong-value
    >>> Tasks.Due.DateTimeTruncate("week")
    [2025-12-07 00:00, 2025-12-14 00:00, blank]
    """
    _is_unit(unit)
    match unit.lower():
        case "second":
            return value.replace(microsecond=0)
        case "minute":
            return value.replace(second=0, microsecond=0)
        case "hour":
            return value.replace(minute=0, second=0, microsecond=0)
        case "day":
            start = value.date()
        case "week":
            start = _days_later(value.date(), -((value.isoweekday() - context.first_day_of_week) % 7))
        case "month":
            start = value.date().replace(day=1)
        case "quarter":
            start = value.date().replace(month=(value.month - 1) // 3 * 3 + 1, day=1)
        case _:
            start = value.date().replace(month=1, day=1)
    return _local(start, timedelta(), context.zone)


@function("Workday", certainty="seen")
def workday(start: date, days: float, holidays: list[date | None] | None = None) -> date:
    """The date so many working days after another one, which does not count itself.

    start: The date to start from.
    days: How many working days later, or earlier when negative; decimals are cut off.
    holidays: Days that are no working days; none if left out.

    The working days are Monday to Friday. Assumed: no days later is the start itself, also at a weekend.

    >>> Workday(Date(2025, 12, 12), 1)
    2025-12-15
    >>> Workday(Date(2025, 12, 23), 3, List(Date(2025, 12, 25), Date(2025, 12, 26)))
    2025-12-30
    >>> Workday(Date(2025, 12, 15), -1)
    2025-12-12
    >>> Workday("", 5)
    blank
    >>> Tasks.Due.Workday(5)
    [2025-12-15, 2025-12-22, blank]
    """
    step = int(days)
    if not step:
        return start
    off = _weekday_holidays(holidays)
    if step > 0:
        number = _working_days_until(start) + step
        for holiday in sorted(holiday for holiday in off if holiday > start):
            if holiday > _working_day(number):
                break
            number += 1
    else:
        number = _working_days_until(start) - (start.isoweekday() < 6) + 1 + step
        for holiday in sorted((holiday for holiday in off if holiday < start), reverse=True):
            if holiday < _working_day(number):
                break
            number -= 1
    return _working_day(number)


@function("NetWorkingDays", certainty="seen")
def net_working_days(start: date, end: date, holidays: list[date | None] | None = None) -> float:
    """How many working days a span has, its first and its last day included.

    start: The first day.
    end: The last day.
    holidays: Days that are no working days; none if left out.

    The working days are Monday to Friday. Assumed: negative when the end lies before the start.

    >>> NetWorkingDays(Date(2025, 12, 5), Date(2025, 12, 8))
    2
    >>> NetWorkingDays(Date(2025, 12, 1), Date(2025, 12, 31), List(Date(2025, 12, 25), Date(2025, 12, 26)))
    21
    >>> NetWorkingDays(Date(2025, 12, 8), Date(2025, 12, 5))
    -2
    >>> NetWorkingDays("", Today())
    blank
    >>> Tasks.Due.NetWorkingDays(Date(2025, 12, 15))
    [6, 1, blank]
    """
    if end < start:
        return -_working_days(end, start, holidays)
    return _working_days(start, end, holidays)


@function("ToDate", certainty="seen", literals={"value": _is_moment}, each=("value",))
def as_date(context: Context, value: object) -> date | None:
    """A value as a date.

    value: A text (in the order month, day, year, or as 2025-12-08), a number of days, or a date and time, which loses
        its time. A text without a date gives blank.

    >>> ToDate("03/01/2020")
    2020-03-01
    >>> ToDate(DateTime(2025, 12, 8, 22, 30))
    2025-12-08
    >>> ToDate(20405)
    1955-11-12
    >>> ToDate("")
    blank
    >>> ToDate(Tasks.First().Name)
    blank
    """
    return attempted(to_date, value, context)


@function("ToDateTime", certainty="documented", literals={"value": _is_moment}, each=("value",))
def as_datetime(context: Context, value: object) -> datetime | None:
    """A value as a date and time in the doc's time zone.

    value: A text (in the order month, day, year, or as 2025-12-08T22:30), a number of days, or a date, which becomes
        its midnight. A text without a date gives blank (inferred from ToDate).

    >>> ToDateTime("12/8/2025 10:30 PM")
    2025-12-08 22:30
    >>> ToDateTime(20405.5)
    1955-11-12 12:00
    >>> ToDateTime("")
    blank
    >>> ToDateTime(Tasks.First().Name)
    blank
    """
    return attempted(to_datetime, value, context)


@function("ToTime", certainty="recalled", literals={"value": _is_moment}, each=("value",))
def as_time(context: Context, value: object) -> time | None:
    """A value as a time of day.

    value: A text, a number of days, a duration since midnight, or a date and time. A text without a time gives blank
        (inferred from ToDate).

    >>> ToTime("10:30 PM")
    22:30
    >>> ToTime(0.75)
    18:00
    >>> ToTime("")
    blank
    >>> ToTime(Now())
    09:00
    """
    return attempted(to_time, value, context)


@function("EpochToDate", certainty="seen")
def epoch_to_date(context: Context, seconds: float) -> datetime:
    """The moment so many seconds after the start of 1970 in UTC.

    seconds: How many seconds.

    >>> EpochToDate(86400)
    1970-01-02 00:00
    >>> EpochToDate("")
    blank
    >>> EpochToDate(1000000000000)
    error: out-of-range
    >>> List(0, 60).EpochToDate()
    [1970-01-01 00:00, 1970-01-01 00:01]
    """
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(context.zone)
    except (OverflowError, ValueError):
        raise _outside() from None


@function("FormatDateTime", certainty="seen", literals={"format": tells_time})
def format_moment(context: Context, value: datetime, format: str) -> str:
    """A date, or a date and time, as a text.

    value: The date and time.
    format: Moment tokens: "YYYY-MM-DD", "h:mm A", "dddd, MMMM Do". Text in brackets is copied.

    >>> FormatDateTime(DateTime(2025, 12, 8, 22, 30), "YYYY-MM-DD HH:mm")
    "2025-12-08 22:30"
    >>> FormatDateTime(Date(2025, 12, 8), "dddd, MMMM Do")
    "Monday, December 8th"
    >>> FormatDateTime("", "LL")
    blank
    >>> Tasks.Due.FormatDateTime("[week] W")
    ["week 50", "week 51", blank]
    """
    return moment_text(value, format, context.budget)


@function("FormatDateTime", certainty="seen", literals={"format": tells_time})
def format_time(context: Context, value: time, format: str) -> str:
    """A time of day as a text.

    value: The time.
    format: Moment tokens: "HH:mm", "h:mm A".

    >>> FormatDateTime(Time(22, 30), "h:mm A")
    "10:30 PM"
    >>> FormatDateTime(Time("", 30), "h:mm A")
    blank
    """
    return moment_text(value, format, context.budget)


def _outside() -> EvaluationError:
    return EvaluationError("out-of-range", "the date lies outside the years 1 to 9999")


def _date(year: float, month: float, day: float) -> date:
    """The date of parts that roll over: 29 February 2023 is 1 March (seen in formulas of users)."""
    try:
        return date(int(year), int(month), int(day))
    except (ValueError, OverflowError):
        pass
    from dateutil.relativedelta import relativedelta

    try:
        return date(int(year), 1, 1) + relativedelta(months=int(month) - 1, days=int(day) - 1)
    except (ValueError, OverflowError):
        raise _outside() from None


def _months_later(start: date, months: float, day: int | None = None) -> date:
    from dateutil.relativedelta import relativedelta

    try:
        return start + relativedelta(months=int(months), day=day)
    except (ValueError, OverflowError):
        raise _outside() from None


def _days_later(start: date, days: int) -> date:
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise _outside() from None


def _clock(hour: float, minute: float, second: float) -> timedelta:
    try:
        return timedelta(hours=int(hour), minutes=int(minute), seconds=int(second))
    except (OverflowError, ValueError):
        raise _outside() from None


def _local(start: date, clock: timedelta, zone: tzinfo) -> datetime:
    """The moment when clocks in the zone show this; where they skip it, they are an hour further."""
    try:
        shown = datetime.combine(start, time(), zone) + clock
        return shown.astimezone(UTC).astimezone(zone)
    except OverflowError:
        raise _outside() from None


# Working days, Monday to Friday, are numbered from 1 January of the year 1, which was a Monday: so they are counted
# without looking at each. Both ends of a span count (Friday to Monday is 2, seen in the community).


def _working_days_until(day: date) -> int:
    """The number of the working day, or of the last one before a weekend."""
    weeks, rest = divmod(day.toordinal(), 7)
    return 5 * weeks + min(rest, 5)


def _working_day(number: int) -> date:
    weeks, rest = divmod(number - 1, 5)
    try:
        return date.fromordinal(7 * weeks + rest + 1)
    except (ValueError, OverflowError):
        raise _outside() from None


def _working_days(start: date, end: date, holidays: list[date | None] | None) -> float:
    off = sum(1 for holiday in _weekday_holidays(holidays) if start <= holiday <= end)
    first = _working_days_until(start) - (start.isoweekday() < 6)
    return float(_working_days_until(end) - first - off)


def _weekday_holidays(holidays: list[date | None] | None) -> set[date]:
    return {holiday for holiday in holidays or [] if holiday is not None and holiday.isoweekday() < 6}
