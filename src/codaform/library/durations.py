"""Durations: made from days, hours, minutes and seconds, and told in them."""

from datetime import date, datetime, timedelta

from codaform.library.function import Context, function
from codaform.model.conversion import to_number
from codaform.model.values import DAY, EPOCH, EvaluationError

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@function("Duration", certainty="seen")
def duration(days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> timedelta:
    """A duration made from its parts.

    days: How many days.
    hours: How many hours.
    minutes: How many minutes.
    seconds: How many seconds.

    Each part may have decimals, be negative or be more than the next larger unit holds.

    >>> Duration(1, 2, 30)
    1 day 2 hrs 30 mins
    >>> Duration(0, 0, 90)
    1 hr 30 mins
    >>> Duration("", 2)
    2 hrs
    >>> List(1, 2).Duration()
    [1 day, 2 days]
    """
    return _span(days=days, hours=hours, minutes=minutes, seconds=seconds)


@function("Weeks", certainty="recalled-weak")
def weeks_long(weeks: float) -> timedelta:
    """A duration of so many weeks of seven days.

    weeks: How many weeks.

    >>> Weeks(2)
    14 days
    >>> Weeks("")
    blank
    >>> List(1, 2).Weeks()
    [7 days, 14 days]
    """
    return _span(weeks=weeks)


@function("Days", certainty="seen")
def days_long(days: float) -> timedelta:
    """A duration of so many days.

    days: How many days.

    >>> Days(1.5)
    1 day 12 hrs
    >>> Days("")
    blank
    >>> Days(1000000000000)
    error: out-of-range
    >>> List(1, 2).Days()
    [1 day, 2 days]
    """
    return _span(days=days)


@function("Hours", certainty="recalled")
def hours_long(hours: float) -> timedelta:
    """A duration of so many hours.

    hours: How many hours.

    >>> Hours(36)
    1 day 12 hrs
    >>> Hours("")
    blank
    >>> Tasks.Hours.Hours()
    [3 hrs, 8 hrs, blank]
    """
    return _span(hours=hours)


@function("Minutes", certainty="recalled")
def minutes_long(minutes: float) -> timedelta:
    """A duration of so many minutes.

    minutes: How many minutes.

    >>> Minutes(90)
    1 hr 30 mins
    >>> Minutes("")
    blank
    >>> List(1, 60).Minutes()
    [1 min, 1 hr]
    """
    return _span(minutes=minutes)


@function("Seconds", certainty="recalled")
def seconds_long(seconds: float) -> timedelta:
    """A duration of so many seconds.

    seconds: How many seconds.

    >>> Seconds(90)
    1 min 30 secs
    >>> Seconds("")
    blank
    >>> List(1, 60).Seconds()
    [1 sec, 1 min]
    """
    return _span(seconds=seconds)


@function("ToDays", certainty="seen")
def to_days(value: timedelta) -> float:
    """The length of a duration in days.

    value: The duration; a number counts days.

    >>> ToDays(Hours(36))
    1.5
    >>> ToDays(Date(2025, 12, 10) - Date(2025, 12, 8))
    2
    >>> ToDays("")
    blank
    >>> List(Hours(12), Days(2)).ToDays()
    [0.5, 2]
    """
    return value / DAY


@function("ToDays", certainty="seen")
def to_days_of_date(value: date) -> float:
    """A date as a number: how many days it lies after 30 December 1899.

    value: The date.

    >>> ToDays(Date(1955, 11, 12))
    20405
    >>> ToDays(Date("", 11, 12))
    blank
    >>> Tasks.Due.ToDays()
    [45999, 46006, blank]
    """
    return float((value - EPOCH).days)


@function("ToDays", certainty="seen")
def to_days_of_moment(context: Context, value: datetime) -> float | None:
    """A date and time as a number: days after 30 December 1899, with the time of day as a fraction.

    value: The date and time.

    >>> ToDays(DateTime(1955, 11, 12, 18))
    20405.75
    >>> ToDays(DateTime("", 11, 12))
    blank
    """
    return to_number(value, context)


@function("ToHours", certainty="recalled")
def to_hours(value: timedelta) -> float:
    """The length of a duration in hours.

    value: The duration; a number counts days.

    >>> ToHours(Days(1.5))
    36
    >>> ToHours(DateTime(2025, 12, 8, 17, 30) - DateTime(2025, 12, 8, 9))
    8.5
    >>> ToHours("")
    blank
    >>> List(Minutes(30), Days(1)).ToHours()
    [0.5, 24]
    """
    return value / HOUR


@function("ToMinutes", certainty="recalled")
def to_minutes(value: timedelta) -> float:
    """The length of a duration in minutes.

    value: The duration; a number counts days.

    >>> ToMinutes(Hours(1.5))
    90
    >>> ToMinutes("")
    blank
    >>> List(Seconds(30), Days(1)).ToMinutes()
    [0.5, 1440]
    """
    return value / MINUTE


@function("ToSeconds", certainty="seen")
def to_seconds(value: timedelta) -> float:
    """The length of a duration in seconds.

    value: The duration; a number counts days.

    >>> ToSeconds(Duration(1))
    86400
    >>> ToSeconds("")
    blank
    >>> List(Minutes(1), Hours(1)).ToSeconds()
    [60, 3600]
    """
    return value / SECOND


def _span(*, weeks: float = 0, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> timedelta:
    try:
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except (OverflowError, ValueError):
        raise EvaluationError("out-of-range", "the duration is too long") from None
